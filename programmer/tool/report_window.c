/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watches the time after a reset without answering. MOSI stays at its idle level: the
 * eFuse can be written in this window too, by a protocol that is not published (BK7252
 * data sheet, 8.16), so nothing else but 0xD2 is ever sent in it. */
#include <string.h>

#include "beken.h"
#include "clock.h"
#include "report_steps.h"
#include "single_frames.h"

#define PULSE_MS 100
/* "A few hundred milliseconds" (BK7252 data sheet); 53 ms were measured. */
#define WATCH_US 600000
#define SILENCE_US 60000
/* So many equal bytes, rotations of 0xD2, are no noise. */
#define RUN 4
/* 1.5 MHz; half a packet is the most that this can be wrong by. */
#define BYTE_NS 5333

struct watch {
	struct report_window *window;
	int64_t raised_us;
	uint8_t last;
	unsigned int run;
	int64_t run_started_us;
	uint8_t tail[RUN];
	size_t n_first;
};

static bool rotation_of_sync(uint8_t byte, unsigned int *rotation)
{
	for (unsigned int shift = 0; shift < 8; shift++) {
		if (byte == (uint8_t)(BEKEN_SYNC << shift | BEKEN_SYNC >> (8 - shift))) {
			*rotation = shift;
			return true;
		}
	}
	return false;
}

static void begin_window(struct watch *watch, unsigned int rotation)
{
	struct report_window *const window = watch->window;

	window->seen = true;
	window->rotation = rotation;
	window->start_us = watch->run_started_us - watch->raised_us;
}

static void look_at(struct watch *watch, uint8_t byte, int64_t at_us)
{
	struct report_window *const window = watch->window;
	unsigned int rotation = 0;
	const bool sync = rotation_of_sync(byte, &rotation);

	watch->run = !sync ? 0 : byte == watch->last ? watch->run + 1 : 1;
	if (watch->run == 1)
		watch->run_started_us = at_us;
	watch->last = byte;
	if (!window->seen && watch->run == RUN)
		begin_window(watch, rotation);
	/* Firmware that runs afterwards may send anything, single bytes of 0xD2 as well. */
	if (window->seen && watch->run >= RUN && rotation == window->rotation)
		window->end_us = at_us - watch->raised_us;
}

/* The byte before the run belongs to it, if it is no idle level: 52 D2 D2 ... */
static void keep_first(struct watch *watch, const uint8_t *in, size_t n)
{
	for (size_t i = 0; i < n && watch->n_first < REPORT_SAMPLE; i++) {
		if (watch->n_first || (in[i] != 0xff && in[i] != 0x00))
			watch->window->first[watch->n_first++] = in[i];
	}
}

static int watch_packets(struct raw_usb *usb, struct watch *watch)
{
	struct report_window *const window = watch->window;
	bool first = true;

	for (;;) {
		uint8_t in[CH341A_SPI_PER_PACKET];
		const bool seen = window->seen;
		int64_t started_us;
		int error = single_spi(usb, NULL, in, sizeof(in), &started_us);

		if (!error)
			error = single_wait(0);
		if (error)
			return error;
		if (first)
			memcpy(window->before, in, sizeof(window->before));
		first = false;
		for (size_t i = 0; i < sizeof(in); i++)
			look_at(watch, in[i], started_us + (int64_t)i * BYTE_NS / 1000);
		if (!seen && window->seen)
			watch->n_first = 0;
		if (!seen || watch->n_first)
			keep_first(watch, in, sizeof(in));
		memcpy(window->after, in, sizeof(window->after));
		if (started_us - watch->raised_us > WATCH_US)
			return BEKEN_OK;
		if (window->seen && started_us - watch->raised_us - window->end_us > SILENCE_US)
			return BEKEN_OK;
	}
}

int report_window(struct raw_usb *usb, bool select, struct report_window *window)
{
	struct watch watch = { .window = window };
	int error;

	memset(window, 0, sizeof(*window));
	error = single_pulse(usb, PULSE_MS, select, &watch.raised_us);
	if (!error)
		error = watch_packets(usb, &watch);
	window->done = !error;
	return error;
}
