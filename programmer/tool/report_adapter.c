/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part A: the adapter alone. Nothing here needs a chip, or a wire. */
#include <string.h>

#include "ch341a_wire.h"
#include "clock.h"
#include "report_steps.h"
#include "signals.h"
#include "single_frames.h"

#define CMD_SPI 0xa8
#define CMD_PINS 0xab
#define CMD_STATUS 0xa0
#define STEP_IN 0x00
#define STEP_DIR 0x40
#define STEP_OUT 0x80
#define STEP_END 0x20
#define STEP_DELAY 0xc0
#define MAX_STEP_DELAY 63

#define SELF_TEST_BYTES 7
#define QUIET_MS 50
#define MAX_STALE 64
#define PAIRS 100
#define STREAM_PACKETS 127 /* of 32 bytes: less than a USB transfer of 4 KiB */
#define SETTLE_US 5000
#define MAX_UNREAD 4

/* Samples in one packet: a read takes about 1 us, and so does the step between. */
#define READ_US 1
#define SAMPLES 12
/* Afterwards by single reads. */
#define RISE_LIMIT_US 200000
#define HOLD_MS 100

/* ---- what is queued at once ---- */

static size_t spi(uint8_t *to, size_t n)
{
	memset(to, 0xff, n + 1);
	to[0] = CMD_SPI;
	return n + 1;
}

/* Fills a packet up to 32 bytes, since another follows in the same transfer. */
static size_t whole_pin_packet(uint8_t *to)
{
	memset(to, 0, RAW_USB_PACKET);
	to[0] = CMD_PINS;
	to[1] = STEP_IN;
	to[2] = STEP_END;
	return RAW_USB_PACKET;
}

static int collect(struct raw_usb *usb, struct report_answers *answers)
{
	for (answers->n = 0; answers->n < REPORT_ANSWERS; answers->n++) {
		uint8_t packet[RAW_USB_PACKET];
		size_t n;
		const int error = raw_usb_receive(usb, packet, &n, QUIET_MS);

		if (error == BEKEN_ERR_TIMEOUT)
			return BEKEN_OK;
		if (error)
			return error;
		answers->lengths[answers->n] = (unsigned int)n;
	}
	return BEKEN_OK;
}

/* UIO IN | A8 n | UIO IN | A8 1 | A8 4 with no answer read: the pipeline's way. */
static int self_test(struct raw_usb *usb, struct report_answers *answers)
{
	uint8_t bytes[2 * RAW_USB_PACKET];
	size_t n = whole_pin_packet(bytes);
	int error;

	n += spi(bytes + n, SELF_TEST_BYTES);
	error = raw_usb_queue(usb, bytes, n);
	n = whole_pin_packet(bytes);
	n += spi(bytes + n, 1);
	if (!error)
		error = raw_usb_queue(usb, bytes, n);
	if (!error)
		error = raw_usb_queue(usb, bytes, spi(bytes, 4));
	if (!error)
		error = collect(usb, answers);
	raw_usb_cancel(usb);
	return error;
}

/* Does the status, which has six bytes, overtake an SPI packet? For adapters that do
 * not answer pin reads. */
static int order_test(struct raw_usb *usb, struct report_answers *answers)
{
	const uint8_t status = CMD_STATUS;
	uint8_t bytes[RAW_USB_PACKET];
	int error = raw_usb_queue(usb, bytes, spi(bytes, CH341A_SPI_PER_PACKET));

	if (!error)
		error = raw_usb_queue(usb, &status, 1);
	if (!error)
		error = collect(usb, answers);
	raw_usb_cancel(usb);
	return error;
}

/* ---- times ---- */

static int time_pairs(struct raw_usb *usb, int64_t *pair_ns)
{
	const int64_t start = clock_us();
	int64_t unused;

	for (unsigned int i = 0; i < PAIRS; i++) {
		const int error = single_spi(usb, NULL, NULL, CH341A_SPI_PER_PACKET, &unused);

		if (error)
			return error;
	}
	*pair_ns = (clock_us() - start) * 1000 / PAIRS;
	return BEKEN_OK;
}

static int time_stream(struct raw_usb *usb, int64_t *stream_ns)
{
	uint8_t bytes[STREAM_PACKETS * RAW_USB_PACKET];
	int64_t us = 0;
	int error;

	for (size_t i = 0; i < STREAM_PACKETS; i++)
		spi(bytes + i * RAW_USB_PACKET, CH341A_SPI_PER_PACKET);
	error = raw_usb_stream(usb, bytes, sizeof(bytes), STREAM_PACKETS, &us);
	*stream_ns = us * 1000 / (STREAM_PACKETS - 1);
	return error;
}

/* ---- answers that nobody fetches ---- */

static int leave_unread(struct raw_usb *usb, unsigned int n, struct report_answers *answers)
{
	uint8_t bytes[2];
	int error = BEKEN_OK;

	for (unsigned int i = 0; i < n && !error; i++)
		error = raw_usb_send(usb, bytes, spi(bytes, 1));
	if (!error)
		error = single_wait(SETTLE_US);
	return error ? error : collect(usb, answers);
}

static int count_unread(struct raw_usb *usb, struct report_adapter *adapter)
{
	for (unsigned int n = 1; n <= MAX_UNREAD; n++) {
		struct report_answers answers;
		unsigned int bytes = 0;
		const int error = leave_unread(usb, n, &answers);

		if (error)
			return error;
		for (size_t i = 0; i < answers.n; i++)
			bytes += answers.lengths[i];
		if (bytes != n)
			return BEKEN_OK;
		adapter->unread = n;
		adapter->unread_joined = n > 1 && answers.n < n;
	}
	return BEKEN_OK;
}

/* ---- D2 ---- */

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
static int measure_rise(struct raw_usb *usb, struct report_rise *rise)
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

static int look_at_pins(struct raw_usb *usb, struct report_adapter *adapter)
{
	int error = single_pins(usb, CH341A_PINS_IDLE, 0), raise;

	if (!error)
		error = single_wait(SETTLE_US);
	if (!error)
		error = single_read_pins(usb, &adapter->released);
	if (error == BEKEN_ERR_TIMEOUT) {
		report_say("This adapter does not answer pin reads, so levels and D2 are left out.");
		return BEKEN_OK;
	}
	adapter->reads_pins = !error;
	if (!error)
		error = measure_rise(usb, &adapter->rise);
	raise = single_pins(usb, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
	return error ? error : raise;
}

/* ---- all ---- */

static int throw_away_stale(struct raw_usb *usb, unsigned int *stale)
{
	for (*stale = 0; *stale < MAX_STALE; (*stale)++) {
		uint8_t packet[RAW_USB_PACKET];
		size_t n;
		const int error = raw_usb_receive(usb, packet, &n, QUIET_MS);

		if (error)
			return error == BEKEN_ERR_TIMEOUT ? BEKEN_OK : error;
	}
	return BEKEN_ERR_PROTOCOL;
}

static int measure(struct raw_usb *usb, struct report_adapter *adapter)
{
	int error;

	report_say("A2 Packets that are queued, CS high: do their answers come in order?");
	error = self_test(usb, &adapter->self_test);
	if (!error)
		error = order_test(usb, &adapter->order);
	if (!error)
		error = single_wait(0);
	if (!error) {
		report_say("A3 Time of a packet of 31 bytes, alone and behind others.");
		error = time_pairs(usb, &adapter->pair_ns);
	}
	if (!error)
		error = time_stream(usb, &adapter->stream_ns);
	if (!error)
		error = single_wait(0);
	if (!error) {
		report_say("A4 How many answers the CH341A keeps, up to %d.", MAX_UNREAD);
		error = count_unread(usb, adapter);
	}
	if (!error) {
		report_say("A5 Levels of the pins when released, and how D2 rises. Resets a chip at D2.");
		error = look_at_pins(usb, adapter);
	}
	return error;
}

int report_adapter(struct raw_usb *usb, struct report_adapter *adapter)
{
	int error;

	report_say("A  The adapter alone");
	report_say("A1 Descriptors and version.");
	raw_usb_facts(usb, &adapter->usb);
	error = throw_away_stale(usb, &adapter->stale);
	if (!error)
		error = single_pins(usb, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
	if (!error)
		error = measure(usb, adapter);
	adapter->done = !error;
	return error;
}
