/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * openshwprojects/BK7231GUIFlashTool BK7231Flasher/Flashers/SPIFlasher_Beken.cs:
 * CEN by CH341SetOutput(), which makes D2 the only output; 10 streams of 25
 * bytes D2; RDID at once. Success is X 00 00 00 with X not 00 (its log says "SPI
 * Response: FF-00-00-00"); then 1000 streams of 25 zeros; the next RDID gives
 * FF-EF-40-16. The packets are those of WCH's library (CH341DLL.H,
 * WCHSoftGroup/ch341par_linux): A1 6A for the pins, AB for CS, A8 for data.
 */
#include "gui.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_of.h"
#include "check.h"
#include "expect.h"

#define MS 1000000
/* A synchronous pair of transfers on Windows (avrdude pull request 1215). */
#define LATENCY "latency_us=330"

static void on_done(struct bench *bench, struct bench_urb *urb)
{
	(void)bench;
	*(bool *)urb->owner = true;
}

static size_t bulk(struct bench *bench, uint8_t endpoint, uint8_t *data, size_t n)
{
	bool done = false;
	struct bench_urb urb = {
		.endpoint = endpoint, .data = data, .length = n, .done = on_done, .owner = &done,
		.deadline = bench_now(bench) + 1000 * (int64_t)MS,
	};

	if (bench_submit(bench, &urb))
		abort();
	while (!done)
		bench_run_until(bench, bench_next_event(bench));
	EXPECT(urb.status == BENCH_URB_OK);
	return urb.actual;
}

static uint8_t reversed(uint8_t byte)
{
	uint8_t result = 0;

	for (unsigned int bit = 0; bit < 8; bit++)
		result |= (uint8_t)((byte >> bit & 1) << (7 - bit));
	return result;
}

/* CH341SetStream(0x83) at opening. */
static void set_stream(struct bench *bench)
{
	uint8_t packet[] = { 0xaa, 0x63, 0x00 };

	bulk(bench, 0x02, packet, sizeof(packet));
}

/* CH341SetOutput(index, 0xff, 0x04, data) */
static void set_cen(struct bench *bench, bool high)
{
	uint8_t packet[] = { 0xa1, 0x6a, 0x1f, 0x00, 0x10, high ? 0x04 : 0x00, 0x04, 0, 0, 0, 0 };

	bulk(bench, 0x02, packet, sizeof(packet));
}

static void select_chip(struct bench *bench, bool low)
{
	uint8_t packet[] = { 0xab, low ? 0xb6 : 0xb7, 0x7f, 0x20 };

	bulk(bench, 0x02, packet, sizeof(packet));
}

/* CH341StreamSPI4() of at most 31 bytes, in place. */
static void stream(struct bench *bench, uint8_t *data, size_t n)
{
	uint8_t packet[32] = { 0xa8 };

	select_chip(bench, true);
	for (size_t i = 0; i < n; i++)
		packet[1 + i] = reversed(data[i]);
	bulk(bench, 0x02, packet, 1 + n);
	EXPECT(bulk(bench, 0x82, packet, sizeof(packet)) == n);
	for (size_t i = 0; i < n; i++)
		data[i] = reversed(packet[i]);
	select_chip(bench, false);
}

static void check_id(struct bench *bench, const char *settings, const char *what, const char *pattern)
{
	uint8_t data[4] = { 0x9f };
	size_t at;

	stream(bench, data, sizeof(data));
	if (expect_match(pattern, data, sizeof(data), &at))
		check_passed();
	else
		check_failed("BK7231GUIFlashTool [%s]: %s is %02X-%02X-%02X-%02X, wanted %s", settings, what,
			     data[0], data[1], data[2], data[3], pattern);
}

static void send_frames(struct bench *bench, unsigned int times, uint8_t value)
{
	for (unsigned int i = 0; i < times; i++) {
		uint8_t data[25];

		memset(data, value, sizeof(data));
		stream(bench, data, sizeof(data));
	}
}

static struct bench *power_on(const char *settings)
{
	struct bench *bench = bench_of("fill=ff", LATENCY, settings, NULL);

	bench_run_until(bench, 1000 * (int64_t)MS);
	set_stream(bench);
	return bench;
}

static void reset(struct bench *bench)
{
	set_cen(bench, false);
	bench_run_until(bench, bench_now(bench) + 100 * (int64_t)MS);
	set_cen(bench, true);
}

static void sync(const char *settings, const char *response, const char *id)
{
	struct bench *bench = power_on(settings);
	char *report;

	reset(bench);
	send_frames(bench, 10, 0xd2);
	check_id(bench, settings, "SPI Response", response);
	send_frames(bench, 1000, 0x00);
	check_id(bench, settings, "JEDEC ID", id);
	report = bench_report_text(bench);
	CHECK(report_has(report, "cen", "high"));
	free(report);
	bench_free(bench);
}

/* "Success" wants zeros, so a die that answers is taken for a failure. */
static void sync_with_a_die_that_is_ready(void)
{
	const char *settings = "chip=BK7252-W25Q32 flash_ready_ms=0";

	sync(settings, "FF EF 40 16", "FF EF 40 16");
}

void gui_replay(void)
{
	sync("chip=BK7252-W25Q32 residue=ff residue_frames=0", "FF 00 00 00", "FF EF 40 16");
	sync("chip=BK7252 residue=ff residue_frames=0 flash_ready_ms=500", "FF 00 00 00", "FF 0B 40 16");
	sync("chip=BK7252N residue=d2 residue_frames=0", "D2 00 00 00", "FF EB 60 15");
	sync("chip=BK7252-W25Q32 fused=yes", "FF FF FF FF", "FF FF FF FF");
	sync("chip=BK7252-W25Q32 wire_mosi=open", "D2 D2 D2 D2", "FF FF FF FF");
	sync_with_a_die_that_is_ready();
}
