/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part A: the adapter alone, and the computer that it is plugged into. Nothing here needs
 * a chip, or a wire. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "ch341a.h"
#include "clock.h"
#include "hardware_report.h"

#define CMD_STATUS 0xa0

#define SELF_TEST_BYTES 7
#define QUIET_MS 50
#define MAX_STALE 64
#define PAIRS 100
#define STREAM_PACKETS RAW_USB_STREAM_MAX /* of 32 bytes: less than a USB transfer of 4 KiB */
#define SETTLE_US 5000
#define MAX_UNREAD 4
#define MAX_DEVICES 64

/* Samples of D2 in one packet: a read takes about 1 us, and so does the step between. */
#define READ_US 1
#define SAMPLES 12
#define MAX_STEP_DELAY_US 63
/* Afterwards by single reads. */
#define RISE_LIMIT_US 200000
#define HOLD_US 100000

/* ---- what is queued at once ---- */

static size_t spi(uint8_t *to, size_t n)
{
	memset(to, 0xff, n + 1);
	to[0] = SINGLE_SPI;
	return n + 1;
}

static void queue(struct single *single, const uint8_t *bytes, size_t n)
{
	if (!single->error)
		single->error = raw_usb_queue(single->usb, bytes, n);
}

/* A read of the pins and n SPI bytes. The first packet is filled up to 32 bytes, since
 * the other follows in the same transfer. */
static void queue_pins_and_spi(struct single *single, size_t n)
{
	uint8_t bytes[2 * RAW_USB_PACKET] = { SINGLE_PINS, SINGLE_STEP_IN, SINGLE_STEP_END };

	queue(single, bytes, RAW_USB_PACKET + spi(bytes + RAW_USB_PACKET, n));
}

static void queue_spi(struct single *single, size_t n)
{
	uint8_t bytes[RAW_USB_PACKET];

	queue(single, bytes, spi(bytes, n));
}

/* One answer; false if none comes. */
static bool receive(struct single *single, size_t *n)
{
	uint8_t packet[RAW_USB_PACKET];
	const int error = single->error ? single->error : raw_usb_receive(single->usb, packet, n, QUIET_MS);

	if (error != BEKEN_ERR_TIMEOUT)
		single->error = error;
	return !error;
}

static void collect(struct single *single, struct report_answers *answers)
{
	size_t n;

	answers->n = 0;
	while (answers->n < REPORT_ANSWERS && receive(single, &n))
		answers->lengths[answers->n++] = (unsigned int)n;
	raw_usb_cancel(single->usb);
}

/* UIO IN | A8 n | UIO IN | A8 1 | A8 4 with no answer read: the pipeline's way. */
static void self_test(struct single *single, struct report_answers *answers)
{
	queue_pins_and_spi(single, SELF_TEST_BYTES);
	queue_pins_and_spi(single, 1);
	queue_spi(single, 4);
	collect(single, answers);
}

/* Does the status, which has six bytes, overtake an SPI packet? For adapters that do
 * not answer pin reads. */
static void order_test(struct single *single, struct report_answers *answers)
{
	const uint8_t status = CMD_STATUS;

	queue_spi(single, CH341A_SPI_PER_PACKET);
	queue(single, &status, 1);
	collect(single, answers);
}

/* ---- times ---- */

static void time_pairs(struct single *single, int64_t *pair_ns)
{
	const int64_t start = beken_clock_us();

	for (unsigned int i = 0; i < PAIRS; i++)
		single_spi(single, NULL, NULL, CH341A_SPI_PER_PACKET);
	if (!single->error)
		*pair_ns = (beken_clock_us() - start) * 1000 / PAIRS;
}

static void time_stream(struct single *single, int64_t *stream_ns)
{
	uint8_t bytes[STREAM_PACKETS * RAW_USB_PACKET];
	int64_t us = 0;

	for (size_t i = 0; i < STREAM_PACKETS; i++)
		spi(bytes + i * RAW_USB_PACKET, CH341A_SPI_PER_PACKET);
	if (!single->error)
		single->error = raw_usb_stream(single->usb, bytes, sizeof(bytes), STREAM_PACKETS, &us);
	*stream_ns = us * 1000 / (STREAM_PACKETS - 1);
}

/* ---- answers that nobody fetches ---- */

static void count_unread(struct single *single, struct report_adapter *adapter)
{
	for (unsigned int n = 1; n <= MAX_UNREAD; n++) {
		struct report_answers answers;
		uint8_t bytes[2];
		unsigned int got = 0;

		for (unsigned int i = 0; i < n && !single->error; i++)
			single->error = raw_usb_send(single->usb, bytes, spi(bytes, 1));
		single_wait(single, SETTLE_US);
		collect(single, &answers);
		for (size_t i = 0; i < answers.n; i++)
			got += answers.lengths[i];
		if (single->error || got != n)
			return;
		adapter->unread = n;
		adapter->unread_joined = n > 1 && answers.n < n;
	}
}

/* ---- D2: whether a capacitor hangs there, and who feeds it ---- */

static size_t add_delay(uint8_t *steps, size_t n, int64_t us)
{
	for (; us > 0; us -= MAX_STEP_DELAY_US)
		steps[n++] = SINGLE_STEP_DELAY | (uint8_t)(us < MAX_STEP_DELAY_US ? us : MAX_STEP_DELAY_US);
	return n;
}

/* One more sample, so long after the release. */
static void note_level(struct report_rise *rise, uint8_t levels, int64_t at_us)
{
	rise->rises = levels & CH341A_PIN_CEN;
	*(rise->rises ? &rise->high_us : &rise->low_us) = at_us;
}

/* Holds D2 low, which resets a chip, releases it, and samples it at from, from + step,
 * ... in one packet. */
static void sample_rise(struct single *single, int64_t from, int64_t step, struct report_rise *rise)
{
	uint8_t steps[RAW_USB_PACKET], levels[SAMPLES];
	size_t n = 0, n_reads = 0;

	single_pins(single, CH341A_PINS_IDLE & ~CH341A_PIN_CEN, CH341A_PIN_CEN);
	single_wait(single, HOLD_US);
	steps[n++] = SINGLE_STEP_DIR;
	n = add_delay(steps, n, from);
	while (n_reads < SAMPLES && n + 2 + (size_t)(step / MAX_STEP_DELAY_US) < sizeof(steps) - 2) {
		steps[n++] = SINGLE_STEP_IN;
		n_reads++;
		n = add_delay(steps, n, step - READ_US);
	}
	single_steps(single, steps, n, levels, n_reads);
	for (size_t i = 0; i < n_reads && !rise->rises && !single->error; i++)
		note_level(rise, levels[i], from + (int64_t)i * step);
}

/* Later than a packet can wait. The time is that of the computer. */
static void sample_slow_rise(struct single *single, struct report_rise *rise)
{
	const int64_t start = beken_clock_us() - rise->low_us;

	while (!rise->rises && !single->error && beken_clock_us() - start < RISE_LIMIT_US) {
		uint8_t levels;

		single_read_pins(single, &levels);
		if (!single->error)
			note_level(rise, levels, beken_clock_us() - start);
		single_wait(single, 0);
	}
}

/* Each round begins anew, and looks more closely at where the last one saw the rise. */
static void measure_rise(struct single *single, struct report_rise *rise)
{
	static const int64_t step_us[] = { 1, 4, 16, 60 };

	for (size_t i = 0; i < sizeof(step_us) / sizeof(step_us[0]) && !rise->rises && !single->error; i++)
		sample_rise(single, rise->low_us, step_us[i], rise);
	sample_slow_rise(single, rise);
	rise->known = !single->error;
}

static void look_at_pins(struct single *single, struct report_adapter *adapter)
{
	if (single->error)
		return;
	single_pins(single, CH341A_PINS_IDLE, 0);
	single_wait(single, SETTLE_US);
	single_read_pins(single, &adapter->released);
	if (single->error == BEKEN_ERR_TIMEOUT) {
		report_say("This adapter does not answer pin reads, so levels and D2 are left out.");
		single->error = BEKEN_OK;
		return;
	}
	adapter->reads_pins = !single->error;
	measure_rise(single, &adapter->rise);
	single_deselect(single);
}

/* ---- all ---- */

static void throw_away_stale(struct single *single, unsigned int *stale)
{
	size_t n;

	while (receive(single, &n)) {
		if (++*stale == MAX_STALE)
			single->error = BEKEN_ERR_PROTOCOL;
	}
}

void report_adapter(struct single *single, struct report_adapter *adapter)
{
	report_say("A  The adapter alone");
	report_say("A1 Descriptors and version.");
	raw_usb_facts(single->usb, &adapter->usb);
	throw_away_stale(single, &adapter->stale);
	single_pins(single, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
	report_step(single, "A2 Packets that are queued, CS high: do their answers come in order?");
	self_test(single, &adapter->self_test);
	order_test(single, &adapter->order);
	report_step(single, "A3 Time of a packet of 31 bytes, alone and behind others.");
	time_pairs(single, &adapter->pair_ns);
	time_stream(single, &adapter->stream_ns);
	report_step(single, "A4 How many answers the CH341A keeps, up to 4.");
	count_unread(single, adapter);
	report_step(single, "A5 Levels of the pins when released, and how D2 rises. Resets a chip at D2.");
	look_at_pins(single, adapter);
	adapter->done = !single->error;
}

/* ---- the computer ---- */

static void read_line(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");

	if (!file)
		return;
	if (!fgets(text, (int)size, file))
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	fclose(file);
}

static void find_controller(unsigned int bus, char *text, size_t size)
{
	char path[PATH_MAX], name[64] = "", target[PATH_MAX];
	const char *slash;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/usb/devices/usb%u/product", bus);
	read_line(path, name, sizeof(name));
	snprintf(path, sizeof(path), "/sys/bus/usb/devices/usb%u/../driver", bus);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	slash = strrchr(target, '/');
	if (name[0] || slash)
		snprintf(text, size, "%.40s (%.40s)", name, slash ? slash + 1 : "");
}

/* Timing depends on the kernel and on the USB host controller. */
void report_computer(const struct frontend *frontend, struct report_adapter *adapter)
{
	struct ch341a_info infos[MAX_DEVICES];
	struct utsname name;
	size_t n = 0;

	if (!uname(&name))
		snprintf(adapter->kernel, sizeof(adapter->kernel), "%.30s %.60s %.30s", name.sysname,
			 name.release, name.machine);
	if (ch341a_list(frontend, infos, MAX_DEVICES, &n))
		return;
	for (size_t i = 0; i < n && i < MAX_DEVICES; i++) {
		if (infos[i].bus == adapter->usb.bus && infos[i].address == adapter->usb.address)
			memcpy(adapter->port, infos[i].port, sizeof(adapter->port));
	}
	find_controller(adapter->usb.bus, adapter->controller, sizeof(adapter->controller));
}
