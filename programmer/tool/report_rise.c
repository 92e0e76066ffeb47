/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast D2 rises when it is released: whether a capacitor hangs there, and who feeds
 * it. Holding D2 low resets a chip. */
#include "ch341a.h"
#include "clock.h"
#include "report_steps.h"
#include "signals.h"
#include "single_frames.h"

#define STEP_IN 0x00
#define STEP_DIR 0x40
#define STEP_DELAY 0xc0
#define MAX_STEP_DELAY 63

/* Samples in one packet: a read takes about 1 us, and so does the step between. */
#define READ_US 1
#define SAMPLES 12
/* Afterwards by single reads. */
#define RISE_LIMIT_US 200000
#define HOLD_MS 100

static size_t add_delay(uint8_t *steps, size_t n, int64_t us)
{
	for (; us > 0; us -= MAX_STEP_DELAY)
		steps[n++] = STEP_DELAY | (uint8_t)(us < MAX_STEP_DELAY ? us : MAX_STEP_DELAY);
	return n;
}

/* Releases D2 and samples it at from, from + step, ... in one packet. */
static int sample_rise(struct raw_usb *usb, int64_t from, int64_t step, struct report_rise *rise)
{
	const uint8_t low = CH341A_PINS_IDLE & ~CH341A_PIN_CEN;
	uint8_t steps[RAW_USB_PACKET], levels[SAMPLES];
	size_t n = 0, n_reads = 0;
	int64_t at = from;
	int error = single_pins(usb, low, CH341A_PIN_CEN);

	if (!error)
		error = single_wait(HOLD_MS * 1000);
	if (error)
		return error;
	steps[n++] = STEP_DIR;
	n = add_delay(steps, n, from);
	while (n_reads < SAMPLES && n + 2 + (size_t)(step / MAX_STEP_DELAY) < sizeof(steps) - 2) {
		steps[n++] = STEP_IN;
		n_reads++;
		n = add_delay(steps, n, step - READ_US);
	}
	error = single_steps(usb, steps, n, levels, n_reads);
	for (size_t i = 0; i < n_reads && !error; i++, at += step) {
		if (levels[i] & CH341A_PIN_CEN) {
			rise->rises = true;
			rise->high_us = at;
			return BEKEN_OK;
		}
		rise->low_us = at;
	}
	return error;
}

/* Later than a packet can wait. The time is that of the computer. */
static int sample_slow_rise(struct raw_usb *usb, struct report_rise *rise)
{
	const int64_t start = clock_us() - rise->low_us;
	int64_t now = clock_us();

	while (now - start < RISE_LIMIT_US) {
		uint8_t levels;
		const int error = single_read_pins(usb, &levels);

		now = clock_us();
		if (error)
			return error;
		if (levels & CH341A_PIN_CEN) {
			rise->rises = true;
			rise->high_us = now - start;
			return BEKEN_OK;
		}
		rise->low_us = now - start;
		if (signals_count())
			return BEKEN_ERR_INTERRUPTED;
	}
	return BEKEN_OK;
}

/* Each round begins anew, and looks more closely at where the last one saw the rise. */
int report_rise(struct raw_usb *usb, struct report_rise *rise)
{
	static const int64_t step_us[] = { 1, 4, 16, 60 };
	int64_t from = 0;
	int error = BEKEN_OK;

	for (size_t i = 0; i < sizeof(step_us) / sizeof(step_us[0]) && !rise->rises && !error; i++) {
		error = sample_rise(usb, from, step_us[i], rise);
		from = rise->low_us;
	}
	if (!error && !rise->rises)
		error = sample_slow_rise(usb, rise);
	rise->known = !error;
	return error;
}
