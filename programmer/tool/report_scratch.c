/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Part C: times of the die, in one sector that must be erased and is erased again.
 * Nothing else is written, no status register either: what is protected is left alone.
 */
#include <stdio.h>
#include <string.h>

#include "ch341a.h"
#include "clock.h"
#include "image_crc.h"
#include "nor_command.h"
#include "hardware_report.h"
#include "session.h"

#define PAGE_LIMIT_US (NOR_MAX_PROGRAM_MS * 1000)
#define ERASE_LIMIT_US 3000000

static void fill(uint8_t *data)
{
	for (size_t i = 0; i < REPORT_SECTOR; i++)
		data[i] = (uint8_t)(i * 89 + (i >> 8) * 31 + 7);
}

/* ---- commands that take their time ---- */

/* The die repeats its status for as long as it is clocked. Returns a time between the
 * last one with WIP and the first without: packets have pauses. */
static int64_t find_idle(struct single *single, int64_t limit_us)
{
	const int64_t limit = beken_clock_us() + limit_us;
	int64_t busy_us = 0;

	while (!single->error) {
		uint8_t in[CH341A_SPI_PER_PACKET];
		const int64_t sent_us = single_spi(single, NULL, in, sizeof(in));

		for (size_t i = 0; i < sizeof(in) && !single->error; i++) {
			const int64_t at_us = sent_us + (int64_t)i * REPORT_BYTE_NS / 1000;

			if (!(in[i] & NOR_SR1_WIP))
				return busy_us ? (busy_us + at_us) / 2 : at_us;
			busy_us = at_us;
		}
		if (sent_us > limit)
			single_keep(single, BEKEN_ERR_BUSY);
	}
	return 0;
}

static int64_t wait_idle(struct single *single, int64_t limit_us)
{
	const uint8_t request = NOR_RDSR;
	int64_t idle_us;

	single_select(single);
	single_spi(single, &request, NULL, 1);
	idle_us = find_idle(single, limit_us);
	single_deselect(single);
	return idle_us;
}

/* Write enable and the command with its n bytes of data. Returns how long the die was
 * busy, in us. */
static int64_t change(struct single *single, uint8_t opcode, uint32_t address, const uint8_t *data, size_t n,
		      int64_t limit_us)
{
	const uint8_t enable = NOR_WREN;
	uint8_t out[4 + NOR_PAGE_SIZE] = { opcode, (uint8_t)(address >> 16), (uint8_t)(address >> 8),
					   (uint8_t)address };
	int64_t started_us;

	if (n)
		memcpy(out + 4, data, n);
	single_frame(single, &enable, 1, NULL, 0);
	single_frame(single, out, 4 + n, NULL, 0);
	started_us = beken_clock_us();
	return wait_idle(single, limit_us) - started_us;
}

static int64_t erase(struct single *single, struct report_scratch *scratch)
{
	uint8_t data[REPORT_SECTOR];
	const int64_t us = change(single, NOR_ERASE_4K, scratch->address, NULL, 0, ERASE_LIMIT_US);

	single_read(single, scratch->address, data, sizeof(data));
	if (!single->error) {
		scratch->erased = image_is_erased(data, REPORT_SECTOR);
		scratch->dirty = !scratch->erased;
	}
	return us;
}

static void program_pages(struct single *single, struct report_scratch *scratch, const uint8_t *data)
{
	const int64_t start = beken_clock_us();

	scratch->dirty = true;
	for (uint32_t at = 0; at < REPORT_SECTOR && !single->error; at += NOR_PAGE_SIZE) {
		const int64_t us = change(single, NOR_PROGRAM, scratch->address + at, data + at, NOR_PAGE_SIZE,
					  PAGE_LIMIT_US);

		single_wait(single, 0);
		if (!single->error && us > scratch->page_us)
			scratch->page_us = us;
	}
	if (!single->error)
		scratch->single_us = beken_clock_us() - start;
}

/* ---- one after the other ---- */

static void refuse(struct report_scratch *scratch, const char *reason)
{
	snprintf(scratch->refused, sizeof(scratch->refused), "%s", reason);
	report_say("   %s", reason);
}

static void measure_die(struct single *single, struct report_scratch *scratch)
{
	uint8_t data[REPORT_SECTOR], found[REPORT_SECTOR];

	fill(data);
	program_pages(single, scratch, data);
	single_read(single, scratch->address, found, sizeof(found));
	if (single->error)
		return;
	if (image_is_erased(found, REPORT_SECTOR)) {
		scratch->dirty = false;
		scratch->erased = true;
		refuse(scratch, "The flash takes no page there: write-protected. Choose a sector that is not.");
		return;
	}
	scratch->verified = !memcmp(found, data, sizeof(data));
	scratch->erase_us = erase(single, scratch);
	scratch->done = !single->error && scratch->erased;
}

void report_scratch(struct single *single, const struct report_chip *chip, struct report_scratch *scratch)
{
	uint8_t data[REPORT_SECTOR];

	report_say("C  The sector at 0x%x", (unsigned int)scratch->address);
	report_say("C1 Reads it: it must be erased.");
	if (scratch->address >= chip->flash_size) {
		refuse(scratch, chip->has_id
					? "There is no such sector in this flash, or its size is not known."
					: "No flash answers.");
		return;
	}
	single_read(single, scratch->address, data, sizeof(data));
	single_wait(single, 0);
	if (single->error)
		return;
	if (!image_is_erased(data, REPORT_SECTOR)) {
		refuse(scratch, "The sector is not erased (all FF), so nothing is written.");
		return;
	}
	report_step(single, "C2 Writes 16 pages in single frames, and erases the sector.");
	measure_die(single, scratch);
	report_scratch_clean(single, scratch);
}

int report_pipeline(const struct frontend *frontend, const struct params *params,
		    struct report_scratch *scratch)
{
	uint8_t data[REPORT_SECTOR], found[REPORT_SECTOR];
	struct params own = *params;
	struct session *session;
	int error, close_error;
	int64_t start;

	report_say("C3 Writes the same pages once more, by the pipeline, and erases them.");
	own.beken.keep = true;
	own.unprotect = false;
	error = session_open(frontend, &own, &session);
	if (error)
		return error;
	fill(data);
	scratch->dirty = true;
	start = beken_clock_us();
	error = session_program(session, scratch->address, data, sizeof(data));
	scratch->pipelined_us = beken_clock_us() - start;
	if (!error)
		error = session_read(session, scratch->address, found, sizeof(found));
	if (!error)
		scratch->verified = scratch->verified && !memcmp(data, found, sizeof(data));
	close_error = session_close(session);
	return error ? error : close_error;
}

void report_scratch_clean(struct single *single, struct report_scratch *scratch)
{
	struct single own = { .usb = single->usb };

	if (!scratch->dirty)
		return;
	wait_idle(&own, ERASE_LIMIT_US);
	erase(&own, scratch);
	if (own.error || scratch->dirty)
		report_say("   The sector at 0x%x could not be erased again.", (unsigned int)scratch->address);
	single_keep(single, own.error);
}
