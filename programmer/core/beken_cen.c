/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "beken_cen.h"

#include "clock.h"

/* 10 uF through an output of a few mA. */
#define SETTLE_US 20000
/* 10 kOhm and 10 uF rise in 55 ms. */
#define RISE_LIMIT_US 200000
#define LOOK_EVERY_US 1000

/* Drives CEN to `first`, then for 0.75 us to `then`, lets go of it, and samples the
 * first 50 us in one packet. */
static int let_go(struct ch341a *device, bool first, bool then, uint8_t *samples)
{
	const uint8_t low = CH341A_PINS_IDLE & ~CH341A_PIN_CEN;
	struct ch341a_packet packets[2];
	struct ch341a_stream stream;
	int error;

	ch341a_stream_init(&stream, packets, 1);
	ch341a_stream_drive(&stream, first ? CH341A_PINS_IDLE : low, CH341A_PIN_CEN);
	error = ch341a_run(device, &stream, NULL);
	if (error)
		return error;
	clock_sleep_us(SETTLE_US);
	ch341a_stream_init(&stream, packets, 1);
	ch341a_stream_release_and_sample(&stream, then ? CH341A_PINS_IDLE : low);
	return ch341a_run_once(device, &stream, samples);
}

/* Waits until CEN is at this level, at most for RISE_LIMIT_US. */
static int wait_for(struct ch341a *device, bool level, bool *reached)
{
	const int64_t end = clock_us() + RISE_LIMIT_US;

	for (*reached = false; !*reached && clock_us() < end; clock_sleep_us(LOOK_EVERY_US)) {
		struct ch341a_packet packet;
		struct ch341a_stream stream;
		uint8_t levels;
		int error;

		ch341a_stream_init(&stream, &packet, 1);
		ch341a_stream_read_pins(&stream);
		error = ch341a_run_once(device, &stream, &levels);
		if (error)
			return error;
		*reached = level == !!(levels & CH341A_PIN_CEN);
	}
	return BEKEN_OK;
}

/* It did not rise: is it pulled down? A module without power does that to a line that
 * was high. Else nobody pulls at all, or the pull-up inside D2 at 10 uF. */
static int measure_fall(struct ch341a *device, enum beken_cen *cen)
{
	uint8_t samples[CH341A_SAMPLES];
	bool falls;
	int error = let_go(device, true, true, samples);

	if (!error)
		error = wait_for(device, false, &falls);
	if (!error)
		*cen = falls ? BEKEN_CEN_LOW : BEKEN_CEN_UNPROVEN;
	return error;
}

static int measure(struct ch341a *device, enum beken_cen *cen)
{
	uint8_t samples[CH341A_SAMPLES] = { 0 };
	bool holds, rises_late, rises = false;
	/* 0.75 us empty a wire, but not a capacitor. */
	int error = let_go(device, true, false, samples);

	holds = samples[0] & CH341A_PIN_CEN;
	if (!error)
		error = let_go(device, false, false, samples);
	rises_late = !(samples[0] & CH341A_PIN_CEN);
	if (!error)
		error = wait_for(device, true, &rises);
	if (!error && !rises)
		return measure_fall(device, cen);
	*cen = holds && rises_late ? BEKEN_CEN_GOOD : BEKEN_CEN_UNPROVEN;
	return error;
}

int beken_measure_cen(const struct frontend *frontend, struct ch341a *device, enum beken_cen *cen)
{
	struct ch341a_packet packet;
	struct ch341a_stream stream;
	int error;

	frontend_hold_signals(frontend, true);
	error = measure(device, cen);
	if (error == BEKEN_ERR_TIMEOUT || error == BEKEN_ERR_PROTOCOL) {
		*cen = BEKEN_CEN_UNKNOWN;
		error = ch341a_recover(device);
	}
	if (!error) {
		ch341a_stream_init(&stream, &packet, 1);
		ch341a_stream_drive(&stream, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
		error = ch341a_run(device, &stream, NULL);
	}
	frontend_hold_signals(frontend, false);
	return error;
}
