/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Part B: the chip. Resets it, reads, and writes nothing. While it watches the time after
 * a reset, MOSI stays at its idle level: the eFuse can be written in this window too, by
 * a protocol that is not published (BK7252 data sheet, 8.16), so nothing else but 0xD2 is
 * ever sent in it.
 */
#include <string.h>

#include "beken.h"
#include "clock.h"
#include "nor_command.h"
#include "nor_dies.h"
#include "hardware_report.h"

#define PULSE_MS 100
/* "A few hundred milliseconds" (BK7252 data sheet); 53 ms were measured. */
#define WATCH_US 600000
#define SILENCE_US 60000
/* So many equal bytes, rotations of 0xD2, are no noise. */
#define RUN 4

#define LONGEST_OFFER 2048
#define TRIES 3
/* Where no 0xD2 is seen, the offer comes this long after CEN rose. */
#define BLIND_US 5000
#define ID_LIMIT_US 2000000
#define ID_POLL_US 500
#define SAME_IDS 3
#define READ_SIZE 65536
#define READ_STEP 4096

/* How many bits 0xD2 was rotated by, or -1. */
static int rotation_of_sync(uint8_t byte)
{
	for (int shift = 0; shift < 8; shift++) {
		if (byte == (uint8_t)(BEKEN_SYNC << shift | BEKEN_SYNC >> (8 - shift)))
			return shift;
	}
	return -1;
}

static bool all_sync(const uint8_t *in, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (rotation_of_sync(in[i]) < 0)
			return false;
	}
	return true;
}

/* ---- the window ---- */

struct watch {
	struct report_window *window;
	uint8_t last;
	unsigned int run;
	int64_t run_started_us;
	size_t n_first;
};

/* at_us: after CEN rose. */
static void look_at(struct watch *watch, uint8_t byte, int64_t at_us)
{
	struct report_window *const window = watch->window;
	const int rotation = rotation_of_sync(byte);

	watch->run = rotation < 0 ? 0 : byte == watch->last ? watch->run + 1 : 1;
	if (watch->run == 1)
		watch->run_started_us = at_us;
	watch->last = byte;
	if (!window->seen && watch->run == RUN) {
		window->seen = true;
		window->rotation = (unsigned int)rotation;
		window->start_us = watch->run_started_us;
	}
	/* Firmware that runs afterwards may send anything, single bytes of 0xD2 as well. */
	if (window->seen && watch->run >= RUN && (unsigned int)rotation == window->rotation)
		window->end_us = at_us;
}

/* The byte before the run belongs to it, if it is no idle level: 52 D2 D2 ... */
static void keep_first(struct watch *watch, const uint8_t *in, size_t n)
{
	for (size_t i = 0; i < n && watch->n_first < REPORT_SAMPLE; i++) {
		if (watch->n_first || (in[i] != 0xff && in[i] != 0x00))
			watch->window->first[watch->n_first++] = in[i];
	}
}

static void look_at_packet(struct watch *watch, const uint8_t *in, size_t n, int64_t at_us)
{
	struct report_window *const window = watch->window;
	const bool seen = window->seen;

	for (size_t i = 0; i < n; i++)
		look_at(watch, in[i], at_us + (int64_t)i * REPORT_BYTE_NS / 1000);
	if (!seen && window->seen)
		watch->n_first = 0;
	if (!seen || watch->n_first)
		keep_first(watch, in, n);
	memcpy(window->after, in, sizeof(window->after));
}

/* Watches the time after a reset without answering. */
static void watch_window(struct single *single, bool select, struct report_window *window)
{
	struct watch watch = { .window = window };
	const int64_t raised_us = single_pulse(single, PULSE_MS, select);
	bool first = true;
	int64_t at_us = 0;

	while (!single->error && at_us <= WATCH_US && !(window->seen && at_us - window->end_us > SILENCE_US)) {
		uint8_t in[CH341A_SPI_PER_PACKET];

		at_us = single_spi(single, NULL, in, sizeof(in)) - raised_us;
		single_wait(single, 0);
		if (single->error)
			return;
		if (first)
			memcpy(window->before, in, sizeof(window->before));
		first = false;
		look_at_packet(&watch, in, sizeof(in), at_us);
	}
	window->done = !single->error;
}

/* ---- the offer ---- */

static void wait_for_window(struct single *single, bool visible, int64_t raised_us)
{
	while (!single->error && beken_clock_us() - raised_us < (visible ? WATCH_US : BLIND_US)) {
		uint8_t in[4];

		single_spi(single, NULL, in, sizeof(in));
		single_wait(single, 0);
		if (!single->error && visible && all_sync(in + 1, sizeof(in) - 1))
			return;
	}
}

/* n bytes of 0xD2 in one frame, and whether the chip has fallen silent after it. Returns
 * when they were sent. */
static int64_t send_offer(struct single *single, unsigned int n, bool visible, bool *accepted)
{
	uint8_t offer[LONGEST_OFFER], in[CH341A_SPI_PER_PACKET];
	int64_t sent_us;

	memset(offer, BEKEN_SYNC, n);
	single_select(single);
	single_spi(single, offer, NULL, n);
	sent_us = beken_clock_us();
	single_deselect(single);
	single_spi(single, NULL, in, sizeof(in));
	*accepted = !single->error && visible && !all_sync(in, sizeof(in));
	for (size_t i = sizeof(in) / 2; i < sizeof(in) && *accepted; i++)
		*accepted = in[i] == 0x00;
	return sent_us;
}

static void poll_id(struct single *single, struct report_chip *chip, int64_t accepted_us)
{
	const uint8_t out[4] = { NOR_RDID };
	int64_t now_us = accepted_us, first_us = 0;
	unsigned int same = 0;
	uint32_t id = 0;

	chip->n_polls = 0;
	while (same < SAME_IDS && now_us - accepted_us <= ID_LIMIT_US) {
		const uint32_t before = id;
		uint8_t in[4];

		now_us = beken_clock_us();
		single_select(single);
		single_spi(single, out, in, sizeof(in));
		single_deselect(single);
		single_wait(single, 0);
		if (single->error)
			return;
		id = (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
		if (chip->n_polls < REPORT_POLLS)
			memcpy(chip->polls[chip->n_polls++], in, sizeof(in));
		same = !beken_plausible_id(id) ? 0 : id == before ? same + 1 : 1;
		if (same == 1)
			first_us = now_us;
		if (!same)
			beken_sleep_us(ID_POLL_US);
	}
	if (same < SAME_IDS)
		return;
	chip->has_id = true;
	chip->jedec_id = id;
	chip->ready_us = first_us - accepted_us;
}

/* Where 0xD2 cannot be seen, an ID is the only sign of acceptance. */
static void offer_once(struct single *single, struct report_chip *chip, struct report_offer *offer)
{
	const bool visible = chip->high.seen;
	int64_t accepted_us;
	bool accepted;

	wait_for_window(single, visible, single_pulse(single, PULSE_MS, false));
	accepted_us = send_offer(single, offer->bytes, visible, &accepted);
	offer->tries++;
	if (!single->error && (accepted || !visible))
		poll_id(single, chip, accepted_us);
	offer->accepted = !single->error && (accepted || chip->has_id);
}

static void offer_until_accepted(struct single *single, struct report_chip *chip)
{
	for (unsigned int n = 1; n <= LONGEST_OFFER && !chip->accepted && !single->error; n *= 2) {
		struct report_offer *offer = &chip->offers[chip->n_offers++];

		offer->bytes = n;
		while (offer->tries < TRIES && !offer->accepted && !single->error)
			offer_once(single, chip, offer);
		chip->accepted = offer->accepted;
	}
}

/* ---- the die ---- */

static void ask_commands(struct single *single, struct report_chip *chip)
{
	static const struct {
		uint8_t opcode;
		size_t n_out, n_in;
	} commands[REPORT_COMMANDS] = {
		[REPORT_ID] = { NOR_RDID, 1, 6 },
		[REPORT_OLD_ID] = { 0x90, 4, 2 },
		[REPORT_OLDEST_ID] = { NOR_RELEASE_POWER_DOWN, 4, 1 },
		[REPORT_SR1] = { NOR_RDSR, 1, 2 },
		[REPORT_SR2] = { NOR_RDSR2, 1, 2 },
		[REPORT_SR3] = { 0x15, 1, 2 },
		[REPORT_SFDP] = { NOR_SFDP, 5, 16 },
	};

	for (size_t i = 0; i < REPORT_COMMANDS && !single->error; i++) {
		struct report_command *command = &chip->commands[i];
		const uint8_t out[5] = { commands[i].opcode };

		command->opcode = commands[i].opcode;
		command->n = commands[i].n_in;
		single_frame(single, out, commands[i].n_out, command->reply, command->n);
		single_wait(single, 0);
		chip->n_commands += !single->error;
	}
}

/* The content is compared and forgotten. */
static void read_twice(struct single *single, struct report_chip *chip)
{
	static uint8_t data[2][READ_SIZE];

	for (uint32_t at = 0; at < sizeof(data) && !single->error; at += READ_STEP) {
		single_read(single, at % READ_SIZE, data[at / READ_SIZE] + at % READ_SIZE, READ_STEP);
		single_wait(single, 0);
	}
	if (single->error)
		return;
	chip->read_twice = true;
	chip->read_bytes = READ_SIZE;
	for (size_t i = 0; i < READ_SIZE; i++)
		chip->different_bytes += data[0][i] != data[1][i];
}

/* Of a die that is in no table: by the last byte of the ID, as most makers use it. */
static uint32_t flash_size(uint32_t jedec_id)
{
	const struct nor_die *const die = nor_die_find(jedec_id);
	const unsigned int capacity = jedec_id & 0xff;

	if (die)
		return die->size;
	return capacity >= 0x10 && capacity <= 0x18 ? 1u << capacity : 0;
}

void report_chip(struct single *single, struct report_chip *chip)
{
	report_step(single, "B  The chip");
	report_step(single, "B1 Resets the chip and watches, CS high: when does it show 0xD2, and how long?");
	watch_window(single, false, &chip->high);
	report_step(single, "B2 The same with CS low.");
	watch_window(single, true, &chip->low);
	report_step(single, "B3 Offers SPI mode by 1, 2, 4, ... bytes of 0xD2 until the chip accepts.");
	offer_until_accepted(single, chip);
	if (chip->has_id) {
		chip->flash_size = flash_size(chip->jedec_id);
		report_step(single, "B4 Identity and status of the flash: 9F 90 AB 05 35 15 5A.");
		ask_commands(single, chip);
		report_step(single, "B5 Two reads of 64 KiB, compared. The content is not kept.");
		read_twice(single, chip);
	}
	chip->done = !single->error;
}
