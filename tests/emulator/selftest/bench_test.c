/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks the emulated board and cable against published traces and timings;
 * soc_test.c does so for the chip, nor_test.c for the die. It knows nothing of
 * any programmer driver; the only packet pattern used is that of flashrom's own
 * ch341a_spi.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "bench_bed.h"
#include "check.h"

/* Returns the time in ms; counts the status reads. */
static double program_page(struct bench *bench, unsigned int *polls)
{
	uint8_t wren[1] = { 0x06 }, page[260] = { 0x02 }, rdsr[3], reply[260];
	int64_t start = bench_now(bench);

	bed_command(bench, wren, 1, 0, reply);
	bed_command(bench, page, 260, 0, reply);
	*polls = 0;
	do {
		memset(rdsr, 0, sizeof(rdsr));
		rdsr[0] = 0x05;
		bed_command(bench, rdsr, 3, *polls ? 10 : 0, reply);
		++*polls;
	} while (reply[1] & 1);
	return (double)(bench_now(bench) - start) / 1e6;
}

static double read_4k(struct bench *bench)
{
	static uint8_t out[4100], reply[4100];
	int64_t start = bench_now(bench);
	size_t size;

	memset(out, 0, sizeof(out));
	out[0] = 0x03;
	out[1] = 0x01;
	bed_command(bench, out, sizeof(out), 0, reply);
	EXPECT(!memcmp(reply + 4, bench_flash(bench, 0, &size) + 0x10000, 4096));
	return (double)(bench_now(bench) - start) / 1e6;
}

/* A full packet takes 225 us, which fits the published 63 s for 8 MiB
 * (ch341prog README); the rest is arithmetic on the same constants. */
static void test_timing_of_flashrom(void)
{
	static const struct {
		const char *settings;
		double page_ms, read_ms;
		unsigned int polls;
	} rows[] = {
		{ "chip=W25Q64", 2.99, 29.9, 7 },
		{ "chip=W25Q64 latency_us=125", 3.26, 30.0, 5 },
		{ "chip=W25Q64 latency_us=330", 3.87, 30.2, 3 },
		{ "chip=W25Q64 latency_us=1000", 6.14, 30.8, 2 },
	};

	for (unsigned int i = 0; i < 4; i++) {
		struct bench *bench = bench_with(rows[i].settings);
		unsigned int polls;

		bed_init(bench);
		CHECK_NEAR(read_4k(bench), rows[i].read_ms, 1);
		CHECK_NEAR(program_page(bench, &polls), rows[i].page_ms, 2);
		CHECK(polls == rows[i].polls);
		bench_free(bench);
	}
}

static void test_timing_of_slow_hosts(void)
{
	struct bench *bench = bench_with("chip=W25Q64 host_floor_us=500");

	bed_init(bench);
	/* heads pull request 1282: 135.38 s for 8 MiB, 66.1 ms for 4 KiB. */
	CHECK_NEAR(read_4k(bench), 66.1, 2);
	bench_free(bench);
	bench = bench_with("chip=W25Q64 in_overlap=yes");
	bed_init(bench);
	CHECK_NEAR(read_4k(bench), 133 * 0.195, 2);
	bench_free(bench);
}

static void test_cost_of_a_2_mib_read(void)
{
	struct bench *bench = bench_with("chip=W25Q64");
	clock_t start = clock();
	double seconds;

	bed_init(bench);
	for (unsigned int i = 0; i < 512; i++)
		read_4k(bench);
	seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	printf("2 MiB read: %.2f s of CPU, %.2f s emulated\n", seconds,
	       (double)bench_now(bench) / 1e9);
	CHECK_NEAR((double)bench_now(bench) / 1e9, 61.2 / 4, 1);
	bench_free(bench);
}

static void test_uio_reads_and_pins(void)
{
	struct bench *bench = bench_with("chip=W25Q64");
	uint8_t in[32];
	struct bench_urb urb;

	OUT(bench, 0xab, 0x00, 0x20);
	CHECK(bed_transfer(bench, 0x82, in, 32, 100).actual == 1);
	CHECK((in[0] & 0x80) == 0x80);
	OUT(bench, 0xab, 0x81, 0x7f, 0x00, 0xb6, 0x00, 0x20, 0x00);
	urb = bed_transfer(bench, 0x82, in, 32, 100);
	CHECK(urb.actual == 2 && (in[0] & 0x3f) == 0x01 && (in[1] & 0x3f) == 0x36);
	OUT(bench, 0xa0);
	CHECK(bed_transfer(bench, 0x82, in, 32, 100).actual == 6 && (in[0] & 0x3f) == 0x36);
	OUT(bench, 0xa1, 0x6a, 0x0c, 0, 0x10, 0x33, 0x04, 0, 0, 0, 0);
	OUT(bench, 0xab, 0x00, 0x20);
	bed_transfer(bench, 0x82, in, 32, 100);
	CHECK((in[0] & 0x04) == 0x00);
	bench_free(bench);
}

/* hpaluch/ch341-spi-93lc86 clocks by pin writes; the die must not care. */
static void test_bit_banging_reads_the_id(void)
{
	struct bench *bench = bench_with("chip=W25Q64");
	uint8_t in[32];
	uint32_t id = 0;

	OUT(bench, 0xab, 0xb7, 0x7f, 0xb6, 0x20);
	for (unsigned int bit = 0; bit < 32; bit++) {
		uint8_t mosi = bit < 8 && 0x9f >> (7 - bit) & 1 ? 0x20 : 0x00;

		OUT(bench, 0xab, 0x96 | mosi, 0x00, 0x9e | mosi, 0x96 | mosi, 0x20);
		bed_transfer(bench, 0x82, in, 32, 100);
		id = id << 1 | in[0] >> 7;
	}
	CHECK((id & 0xffffff) == 0xef4017);
	bench_free(bench);
}

static void test_pins_float_until_told(void)
{
	struct bench *bench = bench_with("chip=W25Q64");
	uint8_t in[32];

	OUT(bench, 0xa8, 0xf9, 0, 0, 0);
	CHECK(bed_transfer(bench, 0x82, in, 32, 100).actual == 4 && bed_all(in, 4, 0xff));
	bench_free(bench);
}

static void test_unknown_packets_are_swallowed(void)
{
	struct bench *bench = bench_with("chip=W25Q64");
	uint8_t zero[32] = { 0 }, in[32];

	bed_out(bench, zero, 32);
	OUT(bench, 0xa5, 0x03);
	OUT(bench, 0xa8);
	CHECK(bed_transfer(bench, 0x82, in, 32, 5).status == BENCH_URB_TIMED_OUT);
	OUT(bench, 0xaa, 0x74, 0x80, 0xa0, 0xc2, 0x75, 0x00);
	CHECK(bed_transfer(bench, 0x82, in, 32, 5).actual == 3 && in[0] & 0x80);
	bench_free(bench);
}

static void test_device_delays(void)
{
	struct bench *bench = bench_with("chip=W25Q64");
	uint8_t in[32];
	int64_t start = bench_now(bench);

	OUT(bench, 0xaa, 0x5f, 0x45, 0x00);
	OUT(bench, 0xab, 0xff, 0x00, 0x20);
	bed_transfer(bench, 0x82, in, 32, 100);
	CHECK_NEAR((double)(bench_now(bench) - start) / 1e6, 15.0 + 0.005 + 0.063, 1.5);
	bench_free(bench);
}

static void test_overflow_and_stale_answers(void)
{
	struct bench *bench = bench_with("chip=W25Q64 stale_at_open=1");
	uint8_t in[32];

	CHECK(bed_transfer(bench, 0x82, in, 3, 100).status == BENCH_URB_OVERFLOW);
	CHECK(bed_transfer(bench, 0x82, in, 32, 100).actual == 31);
	bench_free(bench);
}

static void test_buffer_limit(void)
{
	struct bench *bench = bench_with("chip=W25Q64");
	uint8_t out[6 * 32], in[32];
	bool done;
	struct bench_urb urb;

	memset(out, 0xa8, sizeof(out));
	urb = bed_urb(0x02, out, sizeof(out), BENCH_NEVER, &done);
	CHECK(!bench_submit(bench, &urb));
	bench_run_until(bench, 50000000);
	CHECK(!done);
	for (unsigned int i = 0; i < 6; i++)
		CHECK(bed_transfer(bench, 0x82, in, 32, 100).actual == 31);
	CHECK(done);
	bench_free(bench);

	bench = bench_with("chip=W25Q64 in_buffer_strict=yes");
	CHECK(bed_transfer(bench, 0x02, out, sizeof(out), 100).status == BENCH_URB_TIMED_OUT);
	CHECK(bed_transfer(bench, 0x82, in, 32, 100).status == BENCH_URB_TIMED_OUT);
	CHECK(bed_control(bench, 0x40, 0xb2, 0, 0, NULL, 0).status == BENCH_URB_OK);
	OUT(bench, 0xa0);
	CHECK(bed_transfer(bench, 0x82, in, 32, 100).actual == 6);
	bench_free(bench);
}

static void test_descriptors(void)
{
	struct bench *bench = bench_with("usb_product=lpt usb_serial=ABC");
	const struct bench_usb *usb = bench_usb(bench, 0);
	uint8_t data[255];

	CHECK(usb->device_descriptor[8] == 0x86 && usb->device_descriptor[10] == 0x12);
	CHECK(usb->config_descriptor[8] == 0x32 && usb->config_length == 39);
	CHECK(bed_control(bench, 0x80, 6, 0x0302, 0x409, data, 255).actual == 26 && data[2] == 'U');
	CHECK(bed_control(bench, 0x80, 6, 0x0303, 0x409, data, 255).actual == 8 && data[6] == 'C');
	CHECK(bed_control(bench, 0x80, 6, 0x0304, 0x409, data, 255).status == BENCH_URB_STALL);
	CHECK(bed_control(bench, 0x80, 6, 0x0100, 0, data, 8).actual == 8);
	CHECK(bed_control(bench, 0xc0, 0x5f, 0, 0, data, 2).actual == 2 && data[0] == 0x30);
	bench_free(bench);
}

static void test_halt_and_clear(void)
{
	struct bench *bench = bench_with("stall_out_at=1");
	uint8_t out[3] = { 0xaa, 0x61, 0x00 };

	CHECK(bed_transfer(bench, 0x02, out, 3, 100).status == BENCH_URB_STALL);
	CHECK(bed_transfer(bench, 0x02, out, 3, 100).status == BENCH_URB_STALL);
	bed_control(bench, 0x02, 1, 0, 0x02, NULL, 0);
	CHECK(bed_transfer(bench, 0x02, out, 3, 100).status == BENCH_URB_OK);
	bench_free(bench);
}

static size_t reply_length(const char *settings, unsigned int nth)
{
	struct bench *bench = bench_with(settings);
	struct bench_urb urb = { 0 };
	uint8_t in[32];

	for (unsigned int i = 0; i < nth; i++) {
		OUT(bench, 0xa8, 1, 2, 3, 4);
		urb = bed_transfer(bench, 0x82, in, 32, 50);
	}
	bench_free(bench);
	return urb.status == BENCH_URB_OK ? urb.actual : 99;
}

static void test_reply_faults(void)
{
	CHECK(reply_length("short_reply_at=2", 1) == 4);
	CHECK(reply_length("short_reply_at=2", 2) == 3);
	CHECK(reply_length("empty_reply_at=2", 2) == 0);
	CHECK(reply_length("drop_reply_at=2", 2) == 99);
	CHECK(reply_length("late_reply_at=2 late_reply_ms=40", 2) == 4);
	CHECK(reply_length("late_reply_at=2 late_reply_ms=60", 2) == 99);
	CHECK(reply_length("extra_reply_at=1", 2) == 4);
	CHECK(reply_length("stall_in_at=2", 2) == 99);
}

static void test_unplug(void)
{
	struct bench *bench = bench_with("unplug_at_transfer=2");
	uint8_t out[3] = { 0xaa, 0x61, 0x00 };

	CHECK(bed_transfer(bench, 0x02, out, 3, 100).status == BENCH_URB_OK);
	CHECK(bed_transfer(bench, 0x02, out, 3, 100).status == BENCH_URB_GONE);
	CHECK(!bench_usb(bench, 0)->attached);
	CHECK(bed_transfer(bench, 0x02, out, 3, 100).status == BENCH_URB_GONE);
	bench_free(bench);
	bench = bench_with("unplug_at_ms=5");
	CHECK(bed_transfer(bench, 0x82, out, 3, 100).status == BENCH_URB_GONE);
	CHECK(bench_now(bench) == 5000000);
	bench_free(bench);
}

static void test_cancel(void)
{
	struct bench *bench = bench_with("");
	uint8_t in[32];
	bool done;
	struct bench_urb urb = bed_urb(0x82, in, 32, BENCH_NEVER, &done);

	CHECK(!bench_submit(bench, &urb));
	bench_run_until(bench, 1000000);
	bench_cancel(bench, &urb);
	CHECK(!done);
	bench_run_until(bench, bench_now(bench));
	CHECK(done && urb.status == BENCH_URB_CANCELLED);
	bench_free(bench);
}

static bool enters_with(const char *settings)
{
	struct bench *bench = bench_with(settings);
	bool ok = bed_enters(bench);

	bench_free(bench);
	return ok;
}

static void test_wires(void)
{
	CHECK(enters_with(""));
	CHECK(!enters_with("wire_cen=open"));
	/* Nothing resets it, and D2 is no command of the die. */
	CHECK(enters_with("wire_cen=open soc_state=flash"));
	CHECK(!enters_with("wire_miso=open"));
	CHECK(!enters_with("wire_miso=stuck0"));
	CHECK(!enters_with("wire_mosi=open"));
	CHECK(!enters_with("wire_cs=open"));
	CHECK(!enters_with("wire_sck=open"));
	CHECK(!enters_with("wire_swap=yes"));
	CHECK(!enters_with("wire_swap=d2"));
	CHECK(!enters_with("power=off"));
	CHECK(!enters_with("bit_error_every=3"));
	CHECK(enters_with("cen_pullup=no"));
}

struct event_log {
	char text[4096];
	size_t used;
};

static void on_event(void *arg, int64_t t, unsigned int dev, const char *line)
{
	struct event_log *log = arg;

	(void)t;
	(void)dev;
	if (log->used + strlen(line) + 2 < sizeof(log->text))
		log->used += (size_t)sprintf(log->text + log->used, "%s\n", line);
}

static void test_events(void)
{
	struct bench *bench = bench_with("");
	struct event_log log = { "", 0 };

	bench_on_event(bench, on_event, &log);
	CHECK(bed_enters(bench));
	CHECK(strstr(log.text, "cen low\n") && strstr(log.text, "soc off\n"));
	CHECK(strstr(log.text, "cen high\nsoc startup\n") && strstr(log.text, "soc window\n"));
	CHECK(strstr(log.text, "soc switch\n") && strstr(log.text, "soc flash\n"));
	CHECK(strstr(log.text, "d2 100\n"));
	CHECK(strstr(log.text, "pins 37 dir 3f\n"));
	OUT(bench, 0xab, 0xb7, 0x20);
	CHECK(strstr(log.text, "spi 4 9f mosi=9f000000 miso=ff1c7015\n"));
	bench_free(bench);
}

struct last_poll {
	unsigned int miso[8];
	bool read;
};

static void on_poll(void *arg, int64_t t, unsigned int dev, const char *text)
{
	struct last_poll *poll = arg;
	unsigned int *m = poll->miso;

	(void)t;
	(void)dev;
	if (sscanf(text, "spi 8 05 mosi=%*x miso=%2x%2x%2x%2x%2x%2x%2x%2x", m, m + 1, m + 2, m + 3, m + 4,
		   m + 5, m + 6, m + 7) == 8)
		poll->read = true;
}

/* Even of a status that changes while a byte is on the wire. */
static void test_record_is_what_the_host_got(void)
{
	struct bench *bench = bench_with("chip=W25Q64");
	uint8_t wren[1] = { 0x06 }, page[260] = { 0x02 }, rdsr[8] = { 0x05 }, reply[260];
	struct last_poll poll;
	unsigned int changed = 0;
	bool same = true;

	bench_on_event(bench, on_poll, &poll);
	bed_init(bench);
	for (unsigned int i = 0; i < 100; i++) {
		bed_command(bench, wren, 1, 0, reply);
		bed_command(bench, page, 260, 0, reply);
		do {
			poll.read = false;
			bed_command(bench, rdsr, 8, i % 7, reply);
			OUT(bench, 0xab, 0xb7, 0x20);
			changed += (reply[1] & 1) != (reply[7] & 1);
			same = same && poll.read;
			for (unsigned int j = 1; j < 8; j++)
				same = same && poll.miso[j] == reply[j];
		} while (reply[7] & 1);
	}
	CHECK(same);
	CHECK(changed >= 5);
	bench_free(bench);
}

static void test_events_name_addresses_of_four_bytes(void)
{
	struct bench *bench = bench_with("chip=W25Q256 fill=ff");
	struct event_log log = { "", 0 };
	uint8_t reply[6];

	bed_init(bench);
	bench_on_event(bench, on_event, &log);
	bed_command(bench, (const uint8_t[]){ 0x13, 0x01, 0x23, 0x45, 0x67, 0 }, 6, 0, reply);
	bed_command(bench, (const uint8_t[]){ 0x03, 0x01, 0x23, 0x45, 0x67 }, 5, 0, reply);
	bed_command(bench, (const uint8_t[]){ 0xb7 }, 1, 0, reply);
	bed_command(bench, (const uint8_t[]){ 0x03, 0x01, 0x23, 0x45, 0x67, 0 }, 6, 0, reply);
	OUT(bench, 0xab, 0xb7, 0x20);
	CHECK(strstr(log.text, "spi 6 13 01234567 mosi=") && strstr(log.text, "spi 5 03 012345 mosi="));
	CHECK(strstr(log.text, "spi 6 03 01234567 mosi="));
	bench_free(bench);
}

static void test_kernel_driver_drives_the_pins(void)
{
	struct bench *bench = bench_with("usb_kernel_driver=spi-ch341");
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CHECK(!strcmp(bench_usb(bench, 0)->kernel_driver, "spi-ch341"));
	bench_print_report(bench, out);
	bench_kernel_driver(bench, 0, false);
	bench_print_report(bench, out);
	fclose(out);
	CHECK(strstr(text, "device0.dir 3f\n") && strstr(text, "device0.dir 00\n"));
	free(text);
	bench_free(bench);
}

static void test_settings_errors(void)
{
	static const char *const bad[] = {
		"foo=1", "chip=x", "usb_mode=q", "start_ms=-1", "9.power=on", "0.seed=2",
		"size=100000", "protect=zz", "usb_ports=1..2", "host_stall_ms=5", "devices=9",
		"sr1=100", "accept_probability=2", "start_ms", "=", "latency_us=",
	};
	struct bench *bench = bench_new();
	char err[512];

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err[0] = 0;
		CHECK(bench_set(bench, bad[i], err, sizeof(err)) == -1 && err[0]);
	}
	CHECK(bench_set(bench, "3.power=off", err, sizeof(err)) == 0);
	CHECK(bench_power_on(bench, err, sizeof(err)) == -1);
	bench_free(bench);
}

static void test_each_device_has_its_own_settings(void)
{
	struct bench *bench = bench_with("devices=2 chip=W25Q64 1.chip=bk-small 1.usb_ports=2.3");
	size_t size;

	bench_flash(bench, 0, &size);
	CHECK(size == 8 << 20);
	bench_flash(bench, 1, &size);
	CHECK(size == 65536);
	CHECK(bench_usb(bench, 1)->n_ports == 2 && bench_usb(bench, 1)->ports[1] == 3);
	CHECK(bench_usb(bench, 1)->address == 5);
	bench_free(bench);
}

static void test_same_seed_same_run(void)
{
	struct bench *a = bench_with("seed=7"), *b = bench_with("seed=7"), *c = bench_with("seed=8");
	size_t size;
	uint8_t *x = bench_flash(a, 0, &size), *y = bench_flash(b, 0, &size);

	CHECK(!memcmp(x, y, size));
	CHECK(memcmp(x, bench_flash(c, 0, &size), size));
	bench_free(a);
	bench_free(b);
	bench_free(c);
}

/* Any bytes on any endpoint, with faults: for the sanitizers. */
static void test_noise_does_no_harm(void)
{
	static const uint8_t codes[] = { 0xa8, 0xab, 0xaa, 0xa1, 0xa0, 0xac, 0x00 };
	uint64_t x = 88172645463325252u;

	for (unsigned int round = 0; round < 200; round++) {
		struct bench *bench = bench_with(round & 1 ?
			"chip=BK-SMALL-CMP accept_probability=1/2 host_stall_every=7 in_overlap=yes "
			"short_reply_at=3 extra_reply_at=5 empty_reply_at=6 cen_pullup=no" :
			"chip=BK-SMALL in_buffer_strict=yes bit_error_every=5 residue=d2 soc_state=flash "
			"unplug_at_transfer=90");
		struct event_log log = { "", 0 };

		bench_on_event(bench, on_event, &log);
		for (unsigned int i = 0; i < 100; i++) {
			uint8_t data[100];

			for (unsigned int j = 0; j < sizeof(data); j++) {
				x ^= x << 13;
				x ^= x >> 7;
				x ^= x << 17;
				data[j] = (uint8_t)x;
			}
			for (unsigned int j = 0; j < sizeof(data); j += 32)
				data[j] = codes[data[j] % sizeof(codes)];
			bed_transfer(bench, x & 0x100 ? 0x02 : 0x82, data, x >> 9 & 63, 20);
		}
		bench_free(bench);
	}
	CHECK(true);
}

int main(void)
{
	test_timing_of_flashrom();
	test_timing_of_slow_hosts();
	test_cost_of_a_2_mib_read();
	test_uio_reads_and_pins();
	test_bit_banging_reads_the_id();
	test_pins_float_until_told();
	test_unknown_packets_are_swallowed();
	test_device_delays();
	test_overflow_and_stale_answers();
	test_buffer_limit();
	test_descriptors();
	test_halt_and_clear();
	test_reply_faults();
	test_unplug();
	test_cancel();
	test_wires();
	test_events();
	test_record_is_what_the_host_got();
	test_events_name_addresses_of_four_bytes();
	test_kernel_driver_drives_the_pins();
	test_settings_errors();
	test_each_device_has_its_own_settings();
	test_same_seed_same_run();
	test_noise_does_no_harm();
	return check_summary();
}
