/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Part C: times of the die, in one sector that must be erased and is erased again.
 * Nothing else is written, no status register either: what is protected is left alone.
 */
#include <stdio.h>
#include <string.h>

#include "ch341a.h"
#include "clock.h"
#include "nor_command.h"
#include "nor_dies.h"
#include "report_steps.h"
#include "session.h"
#include "single_frames.h"

#define SECTOR_SIZE 4096
#define PAGES (SECTOR_SIZE / NOR_PAGE_SIZE)
#define BYTE_NS 5333
#define PAGE_LIMIT_US (NOR_MAX_PROGRAM_MS * 1000)
#define ERASE_LIMIT_US 3000000
/* Of a size that is in no table: the last byte of the ID, as most makers use it. */
#define SMALLEST_CAPACITY 0x10
#define LARGEST_CAPACITY 0x18

void report_pattern(uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		data[i] = (uint8_t)(i * 89 + (i >> 8) * 31 + 7);
}

static uint32_t size_of(uint32_t jedec_id)
{
	const struct nor_die *const die = nor_die_find(jedec_id);
	const unsigned int capacity = jedec_id & 0xff;

	if (die)
		return die->size;
	return capacity >= SMALLEST_CAPACITY && capacity <= LARGEST_CAPACITY ? 1u << capacity : 0;
}

static bool is_erased(const uint8_t *data)
{
	for (size_t i = 0; i < SECTOR_SIZE; i++) {
		if (data[i] != 0xff)
			return false;
	}
	return true;
}

static int read_sector(struct raw_usb *usb, uint32_t address, uint8_t *data)
{
	const uint8_t out[] = { NOR_READ, (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address };

	return single_frame(usb, out, sizeof(out), data, SECTOR_SIZE);
}

/* ---- commands that take their time ---- */

/* The die repeats its status for as long as it is clocked. *idle_us is between the last
 * one with WIP and the first without: packets have pauses. */
static int find_idle(struct raw_usb *usb, int64_t limit_us, int64_t *idle_us)
{
	const int64_t limit = clock_us() + limit_us;
	int64_t started_us, busy_us = 0;

	for (;;) {
		uint8_t in[CH341A_SPI_PER_PACKET];
		const int error = single_spi(usb, NULL, in, sizeof(in), &started_us);

		if (error)
			return error;
		for (size_t i = 0; i < sizeof(in); i++) {
			const int64_t at_us = started_us + (int64_t)i * BYTE_NS / 1000;

			if (!(in[i] & NOR_SR1_WIP)) {
				*idle_us = busy_us ? (busy_us + at_us) / 2 : at_us;
				return BEKEN_OK;
			}
			busy_us = at_us;
		}
		if (started_us > limit)
			return BEKEN_ERR_BUSY;
	}
}

static int wait_idle(struct raw_usb *usb, int64_t limit_us, int64_t *idle_us)
{
	const uint8_t request = NOR_RDSR;
	int64_t unused;
	int error = single_pins(usb, CH341A_PINS_IDLE & ~CH341A_PIN_CS, CH341A_PINS_ALL_OUTPUTS), end;

	if (!error)
		error = single_spi(usb, &request, NULL, 1, &unused);
	if (!error)
		error = find_idle(usb, limit_us, idle_us);
	end = single_pins(usb, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
	return error ? error : end;
}

/* Write enable and the command; *us is how long the die was busy. */
static int change(struct raw_usb *usb, const uint8_t *out, size_t n, int64_t limit_us, int64_t *us)
{
	const uint8_t enable = NOR_WREN;
	int64_t started_us, idle_us = 0;
	int error = single_frame(usb, &enable, 1, NULL, 0);

	if (!error)
		error = single_frame(usb, out, n, NULL, 0);
	started_us = clock_us();
	if (!error)
		error = wait_idle(usb, limit_us, &idle_us);
	*us = idle_us - started_us;
	return error;
}

static int erase(struct raw_usb *usb, struct report_scratch *scratch, int64_t *us)
{
	const uint8_t out[] = { NOR_ERASE_4K, (uint8_t)(scratch->address >> 16),
				(uint8_t)(scratch->address >> 8), (uint8_t)scratch->address };
	uint8_t data[SECTOR_SIZE];
	int error = change(usb, out, sizeof(out), ERASE_LIMIT_US, us);

	if (!error)
		error = read_sector(usb, scratch->address, data);
	if (!error) {
		scratch->erased = is_erased(data);
		scratch->dirty = !scratch->erased;
	}
	return error;
}

static int program_pages(struct raw_usb *usb, struct report_scratch *scratch, const uint8_t *data)
{
	const int64_t start = clock_us();

	scratch->dirty = true;
	for (uint32_t page = 0; page < PAGES; page++) {
		const uint32_t address = scratch->address + page * NOR_PAGE_SIZE;
		uint8_t out[4 + NOR_PAGE_SIZE] = { NOR_PROGRAM, (uint8_t)(address >> 16),
						   (uint8_t)(address >> 8), (uint8_t)address };
		int64_t us;
		int error;

		memcpy(out + 4, data + (size_t)page * NOR_PAGE_SIZE, NOR_PAGE_SIZE);
		error = change(usb, out, sizeof(out), PAGE_LIMIT_US, &us);
		if (!error)
			error = single_wait(0);
		if (error)
			return error;
		if (us > scratch->page_us)
			scratch->page_us = us;
	}
	scratch->single_us = clock_us() - start;
	return BEKEN_OK;
}

/* ---- one after the other ---- */

static void refuse(struct report_scratch *scratch, const char *reason)
{
	snprintf(scratch->refused, sizeof(scratch->refused), "%s", reason);
	report_say("   %s", reason);
}

static int measure_die(struct raw_usb *usb, struct report_scratch *scratch)
{
	uint8_t data[SECTOR_SIZE], found[SECTOR_SIZE];
	int error;

	report_pattern(data, sizeof(data));
	report_say("C2 Writes 16 pages in single frames, and erases the sector.");
	error = program_pages(usb, scratch, data);
	if (!error)
		error = read_sector(usb, scratch->address, found);
	if (!error && is_erased(found)) {
		scratch->dirty = false;
		scratch->erased = true;
		refuse(scratch, "The flash takes no page there: write-protected. Choose a sector that is not.");
		return BEKEN_OK;
	}
	if (!error) {
		scratch->verified = !memcmp(found, data, sizeof(data));
		error = erase(usb, scratch, &scratch->erase_us);
	}
	scratch->done = !error && scratch->erased;
	return error;
}

int report_scratch_clean(struct raw_usb *usb, struct report_scratch *scratch)
{
	int64_t idle_us, us;
	int error;

	if (!scratch->dirty)
		return BEKEN_OK;
	error = wait_idle(usb, ERASE_LIMIT_US, &idle_us);
	if (!error)
		error = erase(usb, scratch, &us);
	if (error || scratch->dirty)
		report_say("   The sector at 0x%x could not be erased again.", (unsigned int)scratch->address);
	return error;
}

int report_scratch(struct raw_usb *usb, uint32_t jedec_id, struct report_scratch *scratch)
{
	uint8_t data[SECTOR_SIZE];
	int error, clean;

	report_say("C  The sector at 0x%x", (unsigned int)scratch->address);
	report_say("C1 Reads it: it must be erased.");
	if (scratch->address >= size_of(jedec_id)) {
		refuse(scratch, jedec_id ? "There is no such sector in this flash, or its size is not known."
					 : "No flash answers.");
		return BEKEN_OK;
	}
	error = read_sector(usb, scratch->address, data);
	if (!error)
		error = single_wait(0);
	if (error)
		return error;
	if (!is_erased(data)) {
		refuse(scratch, "The sector is not erased (all FF), so nothing is written.");
		return BEKEN_OK;
	}
	error = measure_die(usb, scratch);
	clean = report_scratch_clean(usb, scratch);
	return error ? error : clean;
}
