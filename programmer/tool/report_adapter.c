/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part A: the adapter alone. Nothing here needs a chip, or a wire. */
#include <string.h>

#include "ch341a.h"
#include "clock.h"
#include "report_steps.h"
#include "signals.h"
#include "single_frames.h"

#define CMD_SPI 0xa8
#define CMD_PINS 0xab
#define CMD_STATUS 0xa0
#define STEP_IN 0x00
#define STEP_END 0x20

#define SELF_TEST_BYTES 7
#define QUIET_MS 50
#define MAX_STALE 64
#define PAIRS 100
#define STREAM_PACKETS RAW_USB_STREAM_MAX /* of 32 bytes: less than a USB transfer of 4 KiB */
#define SETTLE_US 5000
#define MAX_UNREAD 4

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

/* ---- pins ---- */

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
		error = report_rise(usb, &adapter->rise);
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
