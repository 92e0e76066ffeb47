/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adapters that are not what most take them for: pin reads without an answer,
 * packets that pass waiting SPI bytes, answers that come joined, other USB IDs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_bed.h"
#include "check.h"

#define MS 1000000
#define MAX_PACKETS 8
#define MAX_ANSWERS 8

/* Each is an OUT URB of its own, since only the last packet of one can be short. */
struct packet {
	size_t length;
	uint8_t data[32];
};

struct exchange {
	struct bench_urb out[MAX_PACKETS], in[MAX_ANSWERS];
	bool out_done[MAX_PACKETS], in_done[MAX_ANSWERS];
	uint8_t data[MAX_ANSWERS][32];
	size_t answers;
};

static void queue_out(struct bench *bench, struct exchange *x, struct packet *packets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		x->out[i] = bed_urb(0x02, packets[i].data, packets[i].length, BENCH_NEVER, &x->out_done[i]);
		EXPECT(!bench_submit(bench, &x->out[i]));
	}
}

static void queue_in(struct bench *bench, struct exchange *x)
{
	const int64_t limit = bench_now(bench) + 50 * MS;

	for (unsigned int i = 0; i < MAX_ANSWERS; i++) {
		x->in[i] = bed_urb(0x82, x->data[i], 32, limit, &x->in_done[i]);
		EXPECT(!bench_submit(bench, &x->in[i]));
	}
}

/* All packets are queued at once. The host asks for answers from the start
 * (awaited), or when nothing happens any more. */
static void run(struct bench *bench, struct exchange *x, bool awaited, struct packet *packets, size_t n)
{
	if (awaited)
		queue_in(bench, x);
	queue_out(bench, x, packets, n);
	if (!awaited) {
		bench_run_until(bench, bench_now(bench) + 20 * MS);
		queue_in(bench, x);
	}
	bench_run_until(bench, bench_now(bench) + 60 * MS);
	x->answers = 0;
	while (x->answers < MAX_ANSWERS && x->in[x->answers].status == BENCH_URB_OK)
		x->answers++;
}

static char *text_of(const struct exchange *x, char text[64])
{
	size_t used = 0;

	text[0] = 0;
	for (size_t i = 0; i < x->answers; i++)
		used += (size_t)snprintf(text + used, 64 - used, "%s%zu", i ? " " : "", x->in[i].actual);
	return text;
}

/* Chip select is high: AB UIO IN | A8 n | AB UIO IN | A8 1 | A8 4. */
static bool probe_is(const char *settings, bool awaited, uint8_t n, const char *lengths)
{
	struct packet packets[] = {
		{ 3, { 0xab, 0x00, 0x20 } }, { n + 1u, { 0xa8 } }, { 3, { 0xab, 0x00, 0x20 } },
		{ 2, { 0xa8, 0x11 } }, { 5, { 0xa8, 1, 2, 3, 4 } },
	};
	struct bench *bench = bench_with(settings);
	struct exchange x;
	char text[64];
	bool ok;

	OUT(bench, 0xab, 0xb7, 0x7f, 0x20);
	run(bench, &x, awaited, packets, 5);
	ok = !strcmp(text_of(&x, text), lengths);
	if (!ok)
		printf("%s: %s\n", settings, text);
	bench_free(bench);
	return ok;
}

#define AWAITED true
#define UNREAD false
#define FIVE "chip=W25Q64 in_buffer_packets=8 "

static void test_an_adapter_in_order(void)
{
	CHECK(probe_is(FIVE, AWAITED, 17, "1 17 1 1 4"));
	CHECK(probe_is(FIVE, UNREAD, 17, "1 17 1 1 4"));
	CHECK(probe_is(FIVE, AWAITED, 31, "1 31 1 1 4"));
}

static void test_pin_reads_without_an_answer(void)
{
	CHECK(probe_is(FIVE "uio_in=silent", AWAITED, 17, "17 1 4"));
	CHECK(probe_is(FIVE "uio_in=silent", UNREAD, 17, "17 1 4"));
}

/* The second pin read comes while the bytes are clocked. */
static void test_packets_that_pass_spi_bytes(void)
{
	CHECK(probe_is(FIVE "frame_order=overtakes", AWAITED, 17, "1 1 17 1 4"));
	CHECK(probe_is(FIVE "frame_order=overtakes", UNREAD, 17, "1 1 17 1 4"));
	CHECK(probe_is(FIVE "frame_order=overtakes uio_in=silent", AWAITED, 17, "17 1 4"));
	/* Two bytes are clocked before the next packet has come. */
	CHECK(probe_is(FIVE "frame_order=overtakes", AWAITED, 2, "1 2 1 1 4"));
}

static void test_joined_answers(void)
{
	CHECK(probe_is(FIVE "answers=joined", UNREAD, 17, "24"));
	CHECK(probe_is(FIVE "answers=joined", UNREAD, 31, "31 7"));
	CHECK(probe_is(FIVE "answers=joined", UNREAD, 29, "31 5"));
	/* They leave at the start of a USB frame, also to a host that waits. */
	CHECK(probe_is(FIVE "answers=joined", AWAITED, 17, "24"));
	CHECK(probe_is(FIVE "answers=joined frame_order=overtakes", UNREAD, 17, "24"));
	CHECK(probe_is(FIVE "answers=joined uio_in=silent", UNREAD, 17, "22"));
	CHECK(probe_is("board=strict", UNREAD, 17, "22"));
}

/* Their bytes are in the order in which they were made. */
static void test_joined_answers_keep_their_order(void)
{
	struct packet packets[] = {
		{ 4, { 0xab, 0xb6, 0x7f, 0x20 } }, { 5, { 0xa8, 0xf9, 0, 0, 0 } },
		{ 3, { 0xab, 0xb7, 0x20 } }, { 3, { 0xab, 0x00, 0x20 } },
	};
	struct bench *bench = bench_with("chip=W25Q64 answers=joined");
	struct exchange x;

	run(bench, &x, UNREAD, packets, 4);
	CHECK(x.answers == 1 && x.in[0].actual == 5);
	/* LSB first. */
	CHECK(!memcmp(x.data[0] + 1, "\xf7\x02\xe8", 3));
	CHECK((x.data[0][4] & 0x3f) == 0x37);
	bench_free(bench);
}

/* Six bytes are clocked until 45.3 us after their transfer began, here around
 * the start of the frame in which an earlier answer leaves. */
static size_t first_of_two(int64_t after_frame_ns, double *took_us)
{
	struct bench *bench = bench_with("chip=W25Q64 answers=joined frame_order=overtakes latency_us=0");
	uint8_t in[32], out[7] = { 0xa8 };
	bool in_done, out_done;
	struct bench_urb urb = bed_urb(0x82, in, 32, BENCH_NEVER, &in_done);
	struct bench_urb six = bed_urb(0x02, out, 7, BENCH_NEVER, &out_done);
	size_t n;

	OUT(bench, 0xa8, 1);
	CHECK(!bench_submit(bench, &urb));
	bench_run_until(bench, MS - 45300 + after_frame_ns);
	CHECK(!bench_submit(bench, &six));
	while (!in_done)
		bench_run_until(bench, bench_next_event(bench));
	*took_us = (double)(bench_now(bench) - MS) / 1000;
	n = urb.actual;
	CHECK(n == 7 || bed_transfer(bench, 0x82, in, 32, 100).actual == 7 - n);
	bench_free(bench);
	return n;
}

/* One that has begun to travel does not grow. */
static void test_an_answer_on_its_way_is_not_joined(void)
{
	unsigned int joined = 0, alone = 0;

	for (int64_t us = -5; us < 15; us++) {
		double took_us;
		size_t n = first_of_two(us * 1000, &took_us);

		joined += n == 7;
		alone += n == 1;
		CHECK_NEAR(took_us, 8.6 + 0.677 * (double)n, 1);
	}
	CHECK(joined == 5 && alone == 15);
}

/* ---- what it does on the wires ---- */

struct log {
	char text[2048];
	size_t used;
};

static void on_event(void *arg, int64_t t, unsigned int dev, const char *line)
{
	struct log *log = arg;

	(void)t;
	(void)dev;
	if (!strncmp(line, "spi", 3) && log->used + strlen(line) + 2 < sizeof(log->text))
		log->used += (size_t)sprintf(log->text + log->used, "%s\n", line);
}

/* Two frames of four bytes, the second behind the first. */
static void two_frames(const char *settings, bool awaited, struct log *log)
{
	struct packet packets[] = {
		{ 4, { 0xab, 0xb6, 0x7f, 0x20 } }, { 5, { 0xa8, 0xf9, 0, 0, 0 } },
		{ 4, { 0xab, 0xb7, 0xb6, 0x20 } }, { 5, { 0xa8, 0xf9, 0, 0, 0 } },
		{ 3, { 0xab, 0xb7, 0x20 } },
	};
	struct bench *bench = bench_with(settings);
	struct exchange x;

	memset(log, 0, sizeof(*log));
	bench_on_event(bench, on_event, log);
	run(bench, &x, awaited, packets, 5);
	bench_free(bench);
}

static void test_a_frame_is_cut_by_chip_select(void)
{
	static const char *const whole = "spi 4 9f mosi=9f000000 miso=ffef4017\n";
	struct log log;
	unsigned int frames = 0;

	two_frames("chip=W25Q64", AWAITED, &log);
	CHECK(!strncmp(log.text, whole, strlen(whole)) && !strcmp(log.text + strlen(whole), whole));
	two_frames("chip=W25Q64 frame_order=overtakes", AWAITED, &log);
	CHECK(log.used && !strstr(log.text, "spi 4 9f mosi=9f000000"));
	/* No byte is lost, but they are in other frames. */
	for (const char *at = log.text; (at = strstr(at, "spi ")) != NULL; at++)
		frames++;
	CHECK(frames == 2 || frames == 3);
	two_frames("chip=W25Q64 frame_order=overtakes in_overlap=yes", UNREAD, &log);
	CHECK(!strstr(log.text, "spi 4 9f mosi=9f000000"));
}

/* No more than four packets wait, then OUT is not taken. */
static void test_the_queue_of_spi_bytes_ends(void)
{
	struct bench *bench = bench_with("chip=W25Q64 frame_order=overtakes in_buffer_packets=100");
	uint8_t out[8 * 32], in[32];
	bool done;
	struct bench_urb urb = bed_urb(0x02, out, sizeof(out), BENCH_NEVER, &done);
	int64_t taken;

	memset(out, 0xa8, sizeof(out));
	CHECK(!bench_submit(bench, &urb));
	while (!done)
		bench_run_until(bench, bench_next_event(bench));
	taken = bench_now(bench);
	/* The eighth is taken when four are clocked: 165.3 us each. */
	CHECK(taken > 4 * 165 * 1000 && taken < 5 * 165 * 1000 + 100000);
	for (unsigned int i = 0; i < 8; i++)
		CHECK(bed_transfer(bench, 0x82, in, 32, 100).actual == 31);
	CHECK_NEAR((double)(bench_now(bench)) / 1000, 8 * 165.3, 15);
	bench_free(bench);
}

/* A reset of the port drops bytes that wait. */
static void test_a_reset_empties_the_queue(void)
{
	struct bench *bench = bench_with("chip=W25Q64 frame_order=overtakes");
	uint8_t in[32], out[32] = { 0xa8 };

	bed_out(bench, out, 32);
	bench_usb_reset(bench, 0);
	CHECK(bed_transfer(bench, 0x82, in, 32, 20).status == BENCH_URB_TIMED_OUT);
	OUT(bench, 0xa8, 1, 2);
	CHECK(bed_transfer(bench, 0x82, in, 32, 20).actual == 2);
	bench_free(bench);
}

/* flashrom reads each answer before it moves a pin, and never reads pins: it
 * works on all of them, as does the whole entry. */
static bool flashrom_works(const char *settings)
{
	static uint8_t out[4100], reply[4100];
	struct bench *bench = bench_with(settings);
	bool ok;
	size_t size;

	ok = bed_enters(bench);
	memset(out, 0, sizeof(out));
	out[0] = 0x03;
	out[1] = 0x01;
	bed_command(bench, out, sizeof(out), 0, reply);
	ok = ok && !memcmp(reply + 4, bench_flash(bench, 0, &size) + 0x10000, 4096);
	bench_free(bench);
	return ok;
}

static void test_the_pattern_of_flashrom_works_on_all(void)
{
	CHECK(flashrom_works(""));
	CHECK(flashrom_works("uio_in=silent"));
	CHECK(flashrom_works("frame_order=overtakes"));
	CHECK(flashrom_works("answers=joined"));
	CHECK(flashrom_works("frame_order=overtakes answers=joined in_overlap=yes"));
	CHECK(flashrom_works("board=strict"));
	CHECK(flashrom_works("board=strict host_floor_us=500 latency_us=330"));
}

/* What belongs to a Beken chip does not come with a plain die. */
static void test_a_plain_die_on_a_strict_board(void)
{
	struct bench *bench = bench_with("chip=W25Q64 board=strict");
	uint8_t reply[4];

	bed_init(bench);
	bed_command(bench, (const uint8_t[]){ 0x9f, 0, 0, 0 }, 4, 0, reply);
	CHECK(!memcmp(reply + 1, "\xef\x40\x17", 3));
	bench_free(bench);
}

static void test_how_long_a_pin_read_takes(void)
{
	static const struct {
		const char *settings;
		double us;
	} rows[] = { { "", 1 }, { "uio_in_us=3", 3 }, { "uio_in_us=2.25 uio_in=silent", 2.25 } };

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench *bench = bench_with(rows[i].settings);
		/* The packet begins when its URB ends; the next starts 50 us later. */
		double wait_us = 28 * rows[i].us > 50 ? 28 * rows[i].us : 50;
		uint8_t out[32] = { 0xab };
		int64_t start;

		out[29] = 0x20;
		bed_out(bench, out, 30);
		start = bench_now(bench);
		/* The next one is taken when the reads are over. */
		out[1] = 0x20;
		bed_out(bench, out, 2);
		CHECK_NEAR((double)(bench_now(bench) - start) / 1000, wait_us + 8.6 + 2 * 0.677, 1);
		bench_free(bench);
	}
}

/* ---- who it says it is ---- */

static bool has_id(const char *settings, unsigned int vendor, unsigned int product)
{
	struct bench *bench = bench_with(settings);
	const uint8_t *d = bench_usb(bench, 0)->device_descriptor;
	uint8_t data[18];
	bool ok = d[8] == (vendor & 0xff) && d[9] == vendor >> 8 && d[10] == (product & 0xff) &&
		  d[11] == product >> 8;

	ok = ok && bed_control(bench, 0x80, 6, 0x0100, 0, data, 18).actual == 18 && !memcmp(data, d, 18);
	bench_free(bench);
	return ok;
}

/* ---- D5 and D7 joined; wires that are bad at speed ---- */

static unsigned int wrong_bits(const uint8_t *a, const uint8_t *b, size_t n)
{
	unsigned int wrong = 0;

	for (size_t i = 0; i < n; i++)
		for (uint8_t bits = a[i] ^ b[i]; bits; bits &= (uint8_t)(bits - 1))
			wrong++;
	return wrong;
}

/* 31 bytes of one SPI packet after another, and how many bits came back wrong. */
static unsigned int wrong_bits_at_speed(const char *settings)
{
	struct bench *bench = bench_with(settings);
	unsigned int wrong = 0;

	bed_init(bench);
	for (unsigned int round = 0; round < 20; round++) {
		uint8_t out[32] = { 0xa8 }, in[32];

		for (unsigned int i = 1; i < sizeof(out); i++)
			out[i] = (uint8_t)(i * 37 + round * 11);
		bed_out(bench, out, sizeof(out));
		EXPECT(bed_transfer(bench, 0x82, in, sizeof(in), 100).actual == 31);
		wrong += wrong_bits(out + 1, in, 31);
	}
	bench_free(bench);
	return wrong;
}

/* Bits by pin writes, with half_us between the edges. */
static unsigned int wrong_bits_by_pins(const char *settings, uint8_t half_us)
{
	struct bench *bench = bench_with(settings);
	unsigned int wrong = 0;

	bed_init(bench);
	for (unsigned int bit = 0; bit < 400; bit++) {
		const bool high = (bit * 5 >> 2) & 1;
		const uint8_t low = (uint8_t)(0x80 | 0x17 | (high ? 0x20 : 0x00));
		const uint8_t wait = (uint8_t)(0xc0 | half_us);
		uint8_t levels;

		OUT(bench, 0xab, low, wait, low | 0x08, wait, 0x00, low, 0x20);
		EXPECT(bed_transfer(bench, 0x82, &levels, 1, 100).actual == 1);
		wrong += !(levels & 0x80) == high;
	}
	bench_free(bench);
	return wrong;
}

static void test_joined_pins(void)
{
	CHECK(wrong_bits_at_speed("chip=BK7231T loopback=yes") == 0);
	CHECK(wrong_bits_at_speed("chip=BK7231T") > 1000);
	CHECK(wrong_bits_by_pins("chip=BK7231T loopback=yes", 1) == 0);
	CHECK(wrong_bits_by_pins("chip=BK7231T", 1) > 100);
}

/* An eighth of the bits: every second is an edge, and one in four of these is late. */
static void test_edges_that_come_late_at_speed(void)
{
	const unsigned int wrong = wrong_bits_at_speed("chip=BK7231T loopback=yes miso_max_khz=1000");

	CHECK(wrong > 20 * 31 / 2 && wrong < 20 * 31 * 2);
	CHECK(wrong_bits_at_speed("chip=BK7231T loopback=yes miso_max_khz=1500") == 0);
	CHECK(wrong_bits_at_speed("chip=BK7231T loopback=yes miso_max_khz=1000 sck_khz=800") == 0);
	/* A packet for each bit takes 100 us and more, so the clock is below 10 kHz. */
	CHECK(wrong_bits_by_pins("chip=BK7231T loopback=yes miso_max_khz=20", 1) == 0);
	CHECK(wrong_bits_by_pins("chip=BK7231T loopback=yes miso_max_khz=2", 1) > 10);
}

static void test_usb_ids(void)
{
	CHECK(has_id("", 0x1a86, 0x5512));
	CHECK(has_id("usb_mode=serial", 0x1a86, 0x5523));
	CHECK(has_id("usb_id=1a86:55db", 0x1a86, 0x55db));
	CHECK(has_id("usb_id=1A86:55DE", 0x1a86, 0x55de));
	CHECK(has_id("usb_id=4348:5512", 0x4348, 0x5512));
	CHECK(has_id("usb_id=1a86:1001 usb_mode=serial", 0x1a86, 0x1001));
	CHECK(has_id("devices=2 1.usb_id=1a86:55dd", 0x1a86, 0x5512));
}

static void test_bad_values(void)
{
	static const char *const bad[] = {
		"usb_id=1a86", "usb_id=1a86:", "usb_id=1a86:55db0", "usb_id=1a8g:55db", "usb_id=x1a86:5db",
		"board=unusual", "uio_in=no", "frame_order=", "answers=one", "cen_nf=-1", "cen_nf=0.1",
		"cen_ramp_ms=1", "d2_weak_pullup=no", "9.board=strict",
	};
	struct bench *bench = bench_new();
	char err[512];

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err[0] = 0;
		CHECK(bench_set(bench, bad[i], err, sizeof(err)) == -1 && err[0]);
	}
	bench_free(bench);
}

/* A board gives defaults: what is set wins, wherever it stands. */
static void test_a_board_can_be_changed(void)
{
	CHECK(probe_is("uio_in=answered board=strict", UNREAD, 17, "24"));
	CHECK(probe_is("board=STRICT answers=split frame_order=strict", UNREAD, 17, "17 1 4"));
	CHECK(probe_is("board=strict board=usual in_buffer_packets=8", UNREAD, 17, "1 17 1 1 4"));
	CHECK(probe_is("devices=2 1.board=strict in_buffer_packets=8", UNREAD, 17, "1 17 1 1 4"));
}

int main(void)
{
	test_an_adapter_in_order();
	test_pin_reads_without_an_answer();
	test_packets_that_pass_spi_bytes();
	test_joined_answers();
	test_joined_answers_keep_their_order();
	test_an_answer_on_its_way_is_not_joined();
	test_a_frame_is_cut_by_chip_select();
	test_the_queue_of_spi_bytes_ends();
	test_a_reset_empties_the_queue();
	test_the_pattern_of_flashrom_works_on_all();
	test_a_plain_die_on_a_strict_board();
	test_how_long_a_pin_read_takes();
	test_joined_pins();
	test_edges_that_come_late_at_speed();
	test_usb_ids();
	test_bad_values();
	test_a_board_can_be_changed();
	return check_summary();
}
