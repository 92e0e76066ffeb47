/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part B: the chip. Resets it, reads, and writes nothing. */
#include <stdlib.h>
#include <string.h>

#include "beken.h"
#include "clock.h"
#include "nor_command.h"
#include "report_steps.h"
#include "single_frames.h"

#define PULSE_MS 100
#define LONGEST_OFFER 2048
#define TRIES 3
/* Where no 0xD2 is seen, the offer comes this long after CEN rose. */
#define BLIND_US 5000
#define LOOK_LIMIT_US 600000
#define ID_LIMIT_US 2000000
#define ID_POLL_US 500
#define SAME_IDS 3
#define READ_SIZE 65536
#define READ_STEP 4096

static bool is_sync(uint8_t byte)
{
	for (unsigned int shift = 0; shift < 8; shift++) {
		if (byte == (uint8_t)(BEKEN_SYNC << shift | BEKEN_SYNC >> (8 - shift)))
			return true;
	}
	return false;
}

static bool all_sync(const uint8_t *in, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_sync(in[i]))
			return false;
	}
	return true;
}

/* ---- the offer ---- */

static int wait_for_window(struct raw_usb *usb, bool visible, int64_t raised_us)
{
	while (clock_us() - raised_us < (visible ? LOOK_LIMIT_US : BLIND_US)) {
		uint8_t in[4];
		int64_t unused;
		int error = single_spi(usb, NULL, in, sizeof(in), &unused);

		if (!error)
			error = single_wait(0);
		if (error || (visible && all_sync(in + 1, sizeof(in) - 1)))
			return error;
	}
	return BEKEN_OK;
}

/* n bytes of 0xD2 in one frame, and whether the chip has fallen silent after it. */
static int send_offer(struct raw_usb *usb, unsigned int n, bool visible, bool *accepted, int64_t *at_us)
{
	uint8_t offer[LONGEST_OFFER], in[CH341A_SPI_PER_PACKET];
	int64_t unused;
	int error = single_pins(usb, CH341A_PINS_IDLE & ~CH341A_PIN_CS, CH341A_PINS_ALL_OUTPUTS);

	memset(offer, BEKEN_SYNC, n);
	if (!error)
		error = single_spi(usb, offer, NULL, n, &unused);
	*at_us = clock_us();
	if (!error)
		error = single_pins(usb, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
	if (!error)
		error = single_spi(usb, NULL, in, sizeof(in), &unused);
	*accepted = !error && visible && !all_sync(in, sizeof(in));
	for (size_t i = sizeof(in) / 2; i < sizeof(in); i++)
		*accepted = *accepted && in[i] == 0x00;
	return error;
}

static int poll_id(struct raw_usb *usb, struct report_chip *chip, int64_t accepted_us)
{
	const uint8_t request = NOR_RDID;
	unsigned int same = 0;
	int64_t first_us = 0;
	uint32_t id = 0;

	chip->n_polls = 0;
	while (same < SAME_IDS) {
		const uint32_t before = id;
		const int64_t now = clock_us();
		uint8_t in[4];
		int error = single_pins(usb, CH341A_PINS_IDLE & ~CH341A_PIN_CS, CH341A_PINS_ALL_OUTPUTS);
		const uint8_t out[4] = { request, 0, 0, 0 };
		int64_t unused;

		if (!error)
			error = single_spi(usb, out, in, sizeof(in), &unused);
		if (!error)
			error = single_pins(usb, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
		if (!error)
			error = single_wait(0);
		if (error)
			return error;
		id = (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
		if (chip->n_polls < REPORT_POLLS)
			memcpy(chip->polls[chip->n_polls++], in, sizeof(in));
		same = !beken_plausible_id(id) ? 0 : id == before ? same + 1 : 1;
		if (same == 1)
			first_us = now;
		if (now - accepted_us > ID_LIMIT_US)
			return BEKEN_OK;
		if (!same)
			clock_sleep_us(ID_POLL_US);
	}
	chip->has_id = true;
	chip->jedec_id = id;
	chip->ready_us = first_us - accepted_us;
	return BEKEN_OK;
}

/* Where 0xD2 cannot be seen, an ID is the only sign of acceptance. */
static int offer_once(struct raw_usb *usb, struct report_chip *chip, struct report_offer *offer)
{
	const bool visible = chip->high.seen;
	int64_t raised_us, accepted_us = 0;
	bool accepted = false;
	int error = single_pulse(usb, PULSE_MS, false, &raised_us);

	if (!error)
		error = wait_for_window(usb, visible, raised_us);
	if (!error)
		error = send_offer(usb, offer->bytes, visible, &accepted, &accepted_us);
	offer->tries++;
	if (!error && (accepted || !visible))
		error = poll_id(usb, chip, accepted_us);
	offer->accepted = !error && (accepted || chip->has_id);
	return error;
}

static int offer_until_accepted(struct raw_usb *usb, struct report_chip *chip)
{
	for (unsigned int n = 1; n <= LONGEST_OFFER && !chip->accepted; n *= 2) {
		struct report_offer *offer = &chip->offers[chip->n_offers++];

		offer->bytes = n;
		for (unsigned int i = 0; i < TRIES && !offer->accepted; i++) {
			const int error = offer_once(usb, chip, offer);

			if (error)
				return error;
		}
		chip->accepted = offer->accepted;
	}
	return BEKEN_OK;
}

/* ---- the die ---- */

static int ask_commands(struct raw_usb *usb, struct report_chip *chip)
{
	static const struct {
		uint8_t opcode;
		size_t n_out, n_in;
	} commands[REPORT_COMMANDS] = {
		{ NOR_RDID, 1, 6 },  { 0x90, 4, 2 },	  { NOR_RELEASE_POWER_DOWN, 4, 1 },
		{ NOR_RDSR, 1, 2 },  { NOR_RDSR2, 1, 2 }, { 0x15, 1, 2 },
		{ NOR_SFDP, 5, 16 },
	};

	for (size_t i = 0; i < REPORT_COMMANDS; i++) {
		struct report_command *command = &chip->commands[i];
		const uint8_t out[5] = { commands[i].opcode };
		int error;

		command->opcode = commands[i].opcode;
		command->n = commands[i].n_in;
		error = single_frame(usb, out, commands[i].n_out, command->reply, command->n);
		if (!error)
			error = single_wait(0);
		if (error)
			return error;
		chip->n_commands++;
	}
	return BEKEN_OK;
}

static int read_once(struct raw_usb *usb, uint8_t *data)
{
	for (uint32_t at = 0; at < READ_SIZE; at += READ_STEP) {
		const uint8_t out[] = { NOR_READ, (uint8_t)(at >> 16), (uint8_t)(at >> 8), (uint8_t)at };
		int error = single_frame(usb, out, sizeof(out), data + at, READ_STEP);

		if (!error)
			error = single_wait(0);
		if (error)
			return error;
	}
	return BEKEN_OK;
}

/* The content is compared and forgotten. */
static int read_twice(struct raw_usb *usb, struct report_chip *chip)
{
	uint8_t *const data = malloc(2 * READ_SIZE);
	int error;

	if (!data)
		return BEKEN_ERR_MEMORY;
	error = read_once(usb, data);
	if (!error)
		error = read_once(usb, data + READ_SIZE);
	if (!error) {
		chip->read_twice = true;
		chip->read_bytes = READ_SIZE;
		for (size_t i = 0; i < READ_SIZE; i++)
			chip->different_bytes += data[i] != data[READ_SIZE + i];
	}
	free(data);
	return error;
}

static int look_at_die(struct raw_usb *usb, struct report_chip *chip)
{
	int error;

	report_say("B4 Identity and status of the flash: 9F 90 AB 05 35 15 5A.");
	error = ask_commands(usb, chip);
	if (error)
		return error;
	report_say("B5 Two reads of %d KiB, compared. The content is not kept.", READ_SIZE >> 10);
	return read_twice(usb, chip);
}

/* ---- all ---- */

static int measure(struct raw_usb *usb, struct report_chip *chip)
{
	int error;

	report_say("B1 Resets the chip and watches, CS high: when does it show 0xD2, and how long?");
	error = report_window(usb, false, &chip->high);
	if (!error) {
		report_say("B2 The same with CS low.");
		error = report_window(usb, true, &chip->low);
	}
	if (!error) {
		report_say("B3 Offers SPI mode by 1, 2, 4, ... bytes of 0xD2 until the chip accepts.");
		error = offer_until_accepted(usb, chip);
	}
	if (!error && chip->has_id)
		error = look_at_die(usb, chip);
	return error;
}

int report_chip(struct raw_usb *usb, struct report_chip *chip)
{
	int error;

	report_say("B  The chip");
	error = measure(usb, chip);
	chip->done = !error;
	return error;
}
