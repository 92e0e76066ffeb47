/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks the VCD writer by itself, and what probes on the bench's wires see. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "vcd.h"
#include "wave_file.h"

#define S 1000000000LL
#define MS 1000000LL
#define CELL_NS 666	/* a bit at 1.5 MHz, rounded down */

static unsigned int passed, failed;

static void check(bool ok, const char *what, int line)
{
	if (ok) {
		passed++;
		return;
	}
	failed++;
	printf("wave_test.c:%d: failed: %s\n", line, what);
}

#define CHECK(condition) check(condition, #condition, __LINE__)

/* ---- the writer ---- */

struct trace_bed {
	char path[32];
	struct vcd *vcd;
};

static struct trace_bed trace_new(int64_t from, int64_t until, unsigned int wires)
{
	struct trace_bed bed = { "/tmp/wave-test-XXXXXX", NULL };
	int fd = mkstemp(bed.path);

	if (fd < 0)
		abort();
	close(fd);
	bed.vcd = vcd_open(bed.path, "test", from, until);
	if (!bed.vcd)
		abort();
	vcd_begin_scope(bed.vcd, "s");
	for (unsigned int i = 0; i < wires; i++)
		vcd_add_wire(bed.vcd, (char[]){ (char)('a' + i % 26), 0 });
	vcd_end_scope(bed.vcd);
	return bed;
}

static char *whole_file(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (!in || !text)
		abort();
	text[fread(text, 1, (1 << 20) - 1, in)] = '\0';
	fclose(in);
	return text;
}

/* What stands behind the header, with blanks for line ends. */
static bool wrote(struct trace_bed *bed, int64_t end, const char *wanted)
{
	static const char mark[] = "$enddefinitions $end\n";
	bool closed = !vcd_close(bed->vcd, end);
	char *text = whole_file(bed->path), *body = strstr(text, mark);
	bool same;

	for (char *c = text; *c; c++)
		if (*c == '\n')
			*c = ' ';
	same = body && !strcmp(body + strlen(mark), wanted);
	if (!same)
		printf("got: %s\n", text);
	free(text);
	unlink(bed->path);
	return closed && same;
}

static void test_header(void)
{
	struct trace_bed bed = trace_new(0, INT64_MAX, 2);
	char *text;

	CHECK(!vcd_close(bed.vcd, 0));
	text = whole_file(bed.path);
	CHECK(!strcmp(text, "$version test $end\n$timescale 1 ns $end\n$scope module s $end\n"
		      "$var wire 1 ! a $end\n$var wire 1 \" b $end\n$upscope $end\n"
		      "$enddefinitions $end\n#0\n$dumpvars\nx!\nx\"\n$end\n"));
	free(text);
	unlink(bed.path);
}

static void test_changes_are_put_in_order(void)
{
	struct trace_bed bed = trace_new(0, INT64_MAX, 2);

	vcd_set(bed.vcd, 0, 0, '0');
	vcd_set(bed.vcd, 0, 1, 'z');
	vcd_set(bed.vcd, 30, 0, '1');
	vcd_set(bed.vcd, 10, 1, '1');
	vcd_set(bed.vcd, 30, 1, '0');
	vcd_set(bed.vcd, 40, 1, '0');	/* no change */
	CHECK(wrote(&bed, 50, "#0 $dumpvars 0! z\" $end #10 1\" #30 1! 0\" #50 "));
}

static void test_settled_changes_need_no_later_ones(void)
{
	struct trace_bed bed = trace_new(0, INT64_MAX, 1);

	for (int64_t t = 0; t < 4; t++) {
		vcd_set(bed.vcd, t, 0, t & 1 ? '1' : '0');
		vcd_settle(bed.vcd, t);
	}
	CHECK(wrote(&bed, 3, "#0 $dumpvars 0! $end #1 1! #2 0! #3 1! "));
}

static void test_an_earlier_change_takes_back_later_ones(void)
{
	struct trace_bed bed = trace_new(0, INT64_MAX, 2);

	vcd_set(bed.vcd, 10, 0, '1');
	vcd_set(bed.vcd, 20, 0, '0');
	vcd_set(bed.vcd, 25, 1, '1');
	vcd_set(bed.vcd, 30, 0, '1');
	vcd_set(bed.vcd, 15, 0, 'z');
	CHECK(wrote(&bed, 40, "#0 $dumpvars x! x\" $end #10 1! #15 z! #25 1\" #40 "));
}

static void test_of_two_levels_at_one_time_the_last_counts(void)
{
	struct trace_bed bed = trace_new(0, INT64_MAX, 1);

	vcd_set(bed.vcd, 0, 0, '1');
	vcd_set(bed.vcd, 10, 0, '0');
	vcd_set(bed.vcd, 10, 0, '1');
	CHECK(wrote(&bed, 10, "#0 $dumpvars 1! $end #10 "));
}

static void test_changes_at_the_settled_time_may_still_change(void)
{
	struct trace_bed bed = trace_new(0, INT64_MAX, 1);

	vcd_set(bed.vcd, 0, 0, '1');
	vcd_set(bed.vcd, 10, 0, '0');
	vcd_settle(bed.vcd, 10);
	vcd_set(bed.vcd, 10, 0, '1');
	CHECK(wrote(&bed, 10, "#0 $dumpvars 1! $end #10 "));
}

static void test_only_the_window_is_written(void)
{
	struct trace_bed bed = trace_new(15, 30, 1);

	for (int64_t t = 0; t <= 40; t += 10)
		vcd_set(bed.vcd, t, 0, t / 10 & 1 ? '1' : '0');
	CHECK(wrote(&bed, 50, "#15 $dumpvars 1! $end #20 0! #30 1! "));

	bed = trace_new(20, 35, 1);
	for (int64_t t = 0; t <= 40; t += 10)
		vcd_set(bed.vcd, t, 0, t / 10 & 1 ? '1' : '0');
	CHECK(wrote(&bed, 50, "#20 $dumpvars 0! $end #30 1! #35 "));
}

static void test_a_run_may_end_before_the_window(void)
{
	struct trace_bed bed = trace_new(100, 200, 1);

	vcd_set(bed.vcd, 0, 0, '1');
	vcd_set(bed.vcd, 60, 0, '0');
	CHECK(wrote(&bed, 50, "#50 $dumpvars 1! $end "));
}

static void test_many_wires_have_different_identifiers(void)
{
	struct trace_bed bed = trace_new(0, INT64_MAX, 200);
	char *text, *line;
	char ids[200][8];
	unsigned int n = 0, same = 0;

	CHECK(!vcd_close(bed.vcd, 0));
	text = whole_file(bed.path);
	for (line = text; (line = strstr(line, "$var wire 1 ")) != NULL; line++)
		sscanf(line, "$var wire 1 %7s", ids[n++]);
	for (unsigned int i = 0; i < n; i++)
		for (unsigned int j = 0; j < i; j++)
			same += !strcmp(ids[i], ids[j]);
	CHECK(n == 200 && !same);
	free(text);
	unlink(bed.path);
}

static void test_errors_are_told_at_the_end(void)
{
	struct vcd *vcd = vcd_open("/dev/full", "test", 0, INT64_MAX);

	vcd_add_wire(vcd, "a");
	for (int64_t t = 0; t < 10000; t++) {
		vcd_set(vcd, t, 0, t & 1 ? '1' : '0');
		vcd_settle(vcd, t);
	}
	errno = 0;
	CHECK(vcd_close(vcd, 10000) == -1 && errno == ENOSPC);
	errno = 0;
	CHECK(!vcd_open("/dev/null/x", "test", 0, INT64_MAX) && errno == ENOTDIR);
}

static void test_times_of_options(void)
{
	static const char *const bad[] = { "", "-1", "x", "1x", " 1", "0x10", "inf", "nan", "1e99", "+1" };
	struct wave_options options = WAVE_OPTIONS_DEFAULT;
	int64_t ns;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK(!wave_parse_ms(bad[i], &ns));
	CHECK(wave_parse_ms("0", &ns) && ns == 0);
	CHECK(wave_parse_ms("1147.960629", &ns) && ns == 1147960629);
	CHECK(!wave_check(&options));
	options.from = 1;
	CHECK(wave_check(&options));
	options.path = "x";
	CHECK(!wave_check(&options));
	options.until = 1;
	CHECK(wave_check(&options));
}

/* ---- probes ---- */

static struct bench *bench_with(const char *list)
{
	struct bench *bench = bench_new();
	char copy[512], err[512], *rest = copy;

	strcpy(copy, list);
	for (char *word; (word = strsep(&rest, " ")) != NULL;)
		if (*word && bench_set(bench, word, err, sizeof(err)))
			abort();
	if (bench_power_on(bench, err, sizeof(err)))
		abort();
	return bench;
}

static void on_done(struct bench *bench, struct bench_urb *urb)
{
	(void)bench;
	*(bool *)urb->owner = true;
}

static size_t transfer(struct bench *bench, uint8_t endpoint, uint8_t *data, size_t length)
{
	bool done = false;
	struct bench_urb urb = {
		.endpoint = endpoint, .data = data, .length = length, .owner = &done,
		.deadline = bench_now(bench) + S, .done = on_done,
	};

	if (bench_submit(bench, &urb))
		return 0;
	while (!done)
		bench_run_until(bench, bench_next_event(bench));
	return urb.actual;
}

static void send_bytes(struct bench *bench, const uint8_t *data, size_t n)
{
	uint8_t copy[32];

	memcpy(copy, data, n);
	transfer(bench, 0x02, copy, n);
}

#define SEND(bench, ...) \
	send_bytes(bench, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* A packet is carried out when it has arrived, which ends the transfer. */
static void rest(struct bench *bench)
{
	bench_run_until(bench, bench_now(bench) + MS);
}

static void receive(struct bench *bench, uint8_t reply[32])
{
	memset(reply, 0, 32);
	transfer(bench, 0x82, reply, 32);
}

/* What probes report for the first device: all of it, by wire. */
#define LOG_MAX 4000

struct probe_log {
	const struct bench *bench;
	bool in_the_past;
	unsigned int n[BENCH_WIRES];
	struct { int64_t t; enum bench_level level; } seen[BENCH_WIRES][LOG_MAX];
};

static void log_level(void *arg, int64_t t, unsigned int dev, enum bench_wire wire,
		      enum bench_level level)
{
	struct probe_log *log = arg;
	unsigned int *n = &log->n[wire];

	log->in_the_past |= t < bench_now(log->bench);
	if (dev)
		return;
	while (*n && log->seen[wire][*n - 1].t >= t)
		--*n;
	if (*n && log->seen[wire][*n - 1].level == level)
		return;
	if (*n == LOG_MAX)
		abort();
	log->seen[wire][*n].t = t;
	log->seen[wire][(*n)++].level = level;
}

static struct probe_log *probe(struct bench *bench)
{
	struct probe_log *log = calloc(1, sizeof(*log));

	if (!log)
		abort();
	log->bench = bench;
	bench_on_wire(bench, log_level, log);
	return log;
}

static enum bench_level last(const struct probe_log *log, enum bench_wire wire)
{
	return log->seen[wire][log->n[wire] - 1].level;
}

static enum bench_level level_at(const struct probe_log *log, enum bench_wire wire, int64_t t)
{
	enum bench_level level = BENCH_FLOATS;

	for (unsigned int i = 0; i < log->n[wire] && log->seen[wire][i].t <= t; i++)
		level = log->seen[wire][i].level;
	return level;
}

/* Levels just before each rise of the clock, the first one in the top bit. */
static uint32_t sampled(const struct probe_log *log, enum bench_wire wire)
{
	uint32_t bits = 0;

	for (unsigned int i = 1; i < log->n[BENCH_WIRE_SCK]; i++) {
		int64_t t = log->seen[BENCH_WIRE_SCK][i].t;

		if (log->seen[BENCH_WIRE_SCK][i].level == BENCH_HIGH)
			bits = bits << 1 | (level_at(log, wire, t - 1) == BENCH_HIGH);
	}
	return bits;
}

static void test_wires_at_the_start(void)
{
	struct bench *bench = bench_with("chip=W25Q32");
	struct probe_log *log = probe(bench);

	for (unsigned int wire = 0; wire < BENCH_WIRES; wire++) {
		bool input = wire != BENCH_WIRE_CEN && wire != BENCH_WIRE_MISO;

		CHECK(log->n[wire] == 1 && log->seen[wire][0].t == 0);
		CHECK(last(log, (enum bench_wire)wire) == (input ? BENCH_FLOATS : BENCH_HIGH));
	}
	free(log);
	bench_free(bench);
	bench = bench_with("chip=W25Q32 idle_level=00");
	log = probe(bench);
	CHECK(last(log, BENCH_WIRE_MISO) == BENCH_LOW);
	free(log);
	bench_free(bench);
}

/* 9F, as a CH341A wants it: LSB first. The die answers EF 40 16. */
static void test_edges_of_an_id(void)
{
	struct bench *bench = bench_with("chip=W25Q32");
	struct probe_log *log;
	int64_t start, fell;

	SEND(bench, 0xab, 0xb7, 0x7f, 0x20);
	rest(bench);
	log = probe(bench);
	SEND(bench, 0xab, 0xb6, 0x20);
	fell = log->seen[BENCH_WIRE_CS0][1].t;
	CHECK(fell <= bench_now(bench) && level_at(log, BENCH_WIRE_CS0, fell) == BENCH_LOW);
	SEND(bench, 0xa8, 0xf9, 0x00, 0x00, 0x00);
	start = bench_now(bench);
	rest(bench);
	CHECK(log->n[BENCH_WIRE_SCK] == 1 + 2 * 32);
	for (unsigned int bit = 0; bit < 32; bit++) {
		int64_t rise = log->seen[BENCH_WIRE_SCK][1 + 2 * bit].t - start;
		int64_t fall = log->seen[BENCH_WIRE_SCK][2 + 2 * bit].t - start;

		CHECK(llabs(rise - (2 * bit + 1) * 1000 / 3) <= 2);
		CHECK(llabs(fall - (2 * bit + 2) * 1000 / 3) <= 2);
	}
	CHECK(sampled(log, BENCH_WIRE_MOSI) == 0x9f000000);
	CHECK(sampled(log, BENCH_WIRE_MISO) == 0xffef4016);
	/* Data change while the clock is low. */
	for (unsigned int i = 1; i < log->n[BENCH_WIRE_MISO]; i++) {
		int64_t t = log->seen[BENCH_WIRE_MISO][i].t;

		CHECK(t < start || level_at(log, BENCH_WIRE_SCK, t) == BENCH_LOW);
	}
	/* Between the bytes of a packet nothing waits. */
	CHECK(log->seen[BENCH_WIRE_SCK][17].t - log->seen[BENCH_WIRE_SCK][15].t - CELL_NS <= 2);
	CHECK(last(log, BENCH_WIRE_SCK) == BENCH_LOW && last(log, BENCH_WIRE_MOSI) == BENCH_HIGH);
	SEND(bench, 0xab, 0xb7, 0x20);
	CHECK(last(log, BENCH_WIRE_CS0) == BENCH_HIGH && last(log, BENCH_WIRE_MISO) == BENCH_HIGH);
	CHECK(!log->in_the_past);
	free(log);
	bench_free(bench);
}

/* A URB that times out meanwhile makes the bench look at the device. */
static void test_what_happens_elsewhere_takes_nothing_back(void)
{
	struct bench *bench = bench_with("chip=W25Q32");
	struct probe_log *log;
	uint8_t data[8];
	bool done = false;
	struct bench_urb urb = {
		.endpoint = 0x81, .data = data, .length = sizeof(data), .owner = &done, .done = on_done,
	};

	SEND(bench, 0xab, 0xb6, 0x7f, 0x20);
	rest(bench);
	log = probe(bench);
	SEND(bench, 0xa8, 0xf9, 0x00, 0x00, 0x00);
	urb.deadline = bench_now(bench) + 9000;
	CHECK(!bench_submit(bench, &urb));
	rest(bench);
	CHECK(done && urb.status == BENCH_URB_TIMED_OUT);
	CHECK(sampled(log, BENCH_WIRE_MISO) == 0xffef4016);
	free(log);
	bench_free(bench);
}

static void test_pin_writes_are_750_ns_apart(void)
{
	struct bench *bench = bench_with("chip=W25Q32");
	struct probe_log *log = probe(bench);

	/* CS0, CS1 and CS2 low, one after the other; then the last one floats. */
	SEND(bench, 0xab, 0xb7, 0x7f, 0xb6, 0xb4, 0xb0, 0x7b, 0x20);
	rest(bench);
	for (int wire = BENCH_WIRE_CS0; wire <= BENCH_WIRE_CS2; wire++) {
		CHECK(log->seen[wire][1].level == BENCH_HIGH && log->seen[wire][2].level == BENCH_LOW);
		CHECK(log->seen[wire][2].t - log->seen[wire][1].t == 750 * (wire - BENCH_WIRE_CEN));
	}
	CHECK(last(log, BENCH_WIRE_CS2) == BENCH_FLOATS);
	CHECK(log->seen[BENCH_WIRE_CS2][3].t - log->seen[BENCH_WIRE_CS2][2].t == 750);
	free(log);
	bench_free(bench);
}

static void test_inputs_carry_no_clock(void)
{
	struct bench *bench = bench_with("chip=W25Q32");
	struct probe_log *log = probe(bench);

	SEND(bench, 0xa8, 0xf9, 0x00);
	rest(bench);
	CHECK(log->n[BENCH_WIRE_SCK] == 1 && log->n[BENCH_WIRE_MOSI] == 1);
	free(log);
	bench_free(bench);
}

static void test_a_high_latch_makes_mode_3(void)
{
	struct bench *bench = bench_with("chip=W25Q32");
	struct probe_log *log;

	SEND(bench, 0xab, 0xbf, 0x7f, 0x20);
	rest(bench);
	log = probe(bench);
	SEND(bench, 0xa8, 0xa5);
	rest(bench);
	CHECK(log->n[BENCH_WIRE_SCK] == 1 + 2 * 8 && last(log, BENCH_WIRE_SCK) == BENCH_HIGH);
	CHECK(sampled(log, BENCH_WIRE_MOSI) == 0xa5);
	free(log);
	bench_free(bench);
}

/* W25Q32JV data sheet 8.1: the die puts out data at the falling edge, so a host
 * that looks after the rise still sees the bit. */
static void test_pin_writes_can_read_after_the_rise(void)
{
	struct bench *bench = bench_with("chip=W25Q32");
	struct probe_log *log;
	uint8_t reply[32];
	uint32_t id = 0;

	SEND(bench, 0xab, 0xb7, 0x7f, 0xb6, 0x20);
	rest(bench);
	log = probe(bench);
	for (unsigned int bit = 0; bit < 32; bit++) {
		uint8_t mosi = bit < 8 && 0x9f >> (7 - bit) & 1 ? 0x20 : 0x00;

		SEND(bench, 0xab, (uint8_t)(0x96 | mosi), (uint8_t)(0x9e | mosi), 0x00, 0x20);
		receive(bench, reply);
		id = id << 1 | reply[0] >> 7;
	}
	CHECK(id == 0xffef4016);
	CHECK(sampled(log, BENCH_WIRE_MOSI) == 0x9f000000 && sampled(log, BENCH_WIRE_MISO) == id);
	free(log);
	bench_free(bench);
}

/* CEN pulse, D2 for 10 ms, all answers fetched. */
static void enter(struct bench *bench)
{
	uint8_t sync[32], reply[32];

	memset(sync, 0x4b, sizeof(sync));
	sync[0] = 0xa8;
	SEND(bench, 0xab, 0xb3, 0x7f, 0x20);
	SEND(bench, 0xaa, 0x5f, 0x5f, 0x00);
	SEND(bench, 0xab, 0xb7, 0x20);
	SEND(bench, 0xab, 0xb6, 0x20);
	for (unsigned int i = 0; i < 40; i++) {
		send_bytes(bench, sync, sizeof(sync));
		receive(bench, reply);
	}
	SEND(bench, 0xab, 0xb7, 0x20);
}

static void test_miso_follows_the_chip_without_clocks(void)
{
	struct bench *bench = bench_with("chip=BK7231T start_ms=2 window_ms=53 idle_level=00");
	struct probe_log *log = probe(bench);
	int64_t rise;

	SEND(bench, 0xab, 0xb3, 0x7f, 0x20);
	SEND(bench, 0xab, 0xb7, 0x20);
	bench_run_until(bench, bench_now(bench) + 100 * MS);
	rise = log->seen[BENCH_WIRE_CEN][2].t;
	/* D2 begins with a 1. */
	CHECK(log->n[BENCH_WIRE_MISO] == 3);
	CHECK(log->seen[BENCH_WIRE_MISO][1].t == rise + 2 * MS);
	CHECK(log->seen[BENCH_WIRE_MISO][2].t == rise + 53 * MS);
	free(log);
	bench_free(bench);
}

static void test_cen_is_the_level_at_the_chip(void)
{
	struct bench *bench = bench_with("chip=BK7231T wire_cen=open");
	struct probe_log *log = probe(bench);

	SEND(bench, 0xab, 0xb3, 0x7f, 0x20);
	rest(bench);
	CHECK(last(log, BENCH_WIRE_CS2) == BENCH_LOW && last(log, BENCH_WIRE_CEN) == BENCH_HIGH);
	free(log);
	bench_free(bench);

	/* An undriven CEN without a pull-up keeps its charge for 10 ms. */
	bench = bench_with("chip=BK7231T cen_pullup=no d2_pullup=no");
	log = probe(bench);
	SEND(bench, 0xab, 0xb3, 0x7f, 0x7b, 0x20);
	bench_run_until(bench, bench_now(bench) + 50 * MS);
	CHECK(log->n[BENCH_WIRE_CEN] == 3 && last(log, BENCH_WIRE_CS2) == BENCH_FLOATS);
	CHECK(log->seen[BENCH_WIRE_CEN][2].t - log->seen[BENCH_WIRE_CEN][1].t == 10 * MS + 750);
	free(log);
	bench_free(bench);
}

static void test_unplugging_takes_back_the_rest_of_a_packet(void)
{
	struct bench *bench = bench_with("chip=W25Q32");
	struct probe_log *log;
	uint8_t packet[32] = { 0xa8 };
	int64_t end;

	SEND(bench, 0xab, 0xb6, 0x7f, 0x20);
	rest(bench);
	log = probe(bench);
	send_bytes(bench, packet, sizeof(packet));
	end = bench_now(bench) + 50500;
	bench_run_until(bench, end);
	bench_unplug(bench, 0);
	bench_run_until(bench, end + MS);
	CHECK(last(log, BENCH_WIRE_SCK) == BENCH_FLOATS && last(log, BENCH_WIRE_CS0) == BENCH_FLOATS);
	CHECK(log->n[BENCH_WIRE_SCK] == 1 + 2 * 75 + 1 + 1);	/* 75 bits, a rise, and the end */
	for (unsigned int wire = 0; wire < BENCH_WIRES; wire++)
		CHECK(log->seen[wire][log->n[wire] - 1].t <= end);
	CHECK(!log->in_the_past);
	free(log);
	bench_free(bench);
}

/* ---- both ---- */

struct text_log {
	char *text;
	size_t size;
	FILE *out;
};

static void log_event(void *arg, int64_t t, unsigned int dev, const char *line)
{
	fprintf(((struct text_log *)arg)->out, "%lld %u %s\n", (long long)t, dev, line);
}

static uint32_t noise(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Entry, packets of noise, and the plug is pulled in the middle of one. */
static char *story(const char *settings, uint32_t seed, const char *trace)
{
	struct bench *bench = bench_with(settings);
	struct text_log log = { 0 };
	struct wave_options options = { trace, 0, BENCH_NEVER };
	struct wave_file *wave = trace ? wave_open(bench, &options) : NULL;
	uint8_t packet[32], reply[32];

	log.out = open_memstream(&log.text, &log.size);
	bench_on_event(bench, log_event, &log);
	enter(bench);
	for (unsigned int i = 0; i < 60; i++) {
		for (unsigned int j = 0; j < sizeof(packet); j++)
			packet[j] = (uint8_t)noise(&seed);
		packet[0] = noise(&seed) & 1 ? 0xa8 : 0xab;
		send_bytes(bench, packet, 1 + noise(&seed) % 32);
		if (noise(&seed) & 1)
			receive(bench, reply);
		else if (!(noise(&seed) & 15))
			bench_usb_reset(bench, 0);
	}
	bench_unplug(bench, 0);
	bench_run_until(bench, bench_now(bench) + S);
	bench_print_report(bench, log.out);
	fclose(log.out);
	if (wave)
		CHECK(!wave_close(wave));
	bench_free(bench);
	return log.text;
}

static void test_probes_change_nothing(void)
{
	static const char *const settings[] = {
		"chip=BK7231T", "chip=BK7231N in_overlap=yes devices=2", "chip=BK7252 first_byte=52 residue=d2",
		"chip=BK7231T cen_pullup=no supply=usb", "chip=W25Q32 bit_error_every=7 sck_khz=1450",
		"chip=BK7231T wire_swap=d2 boot_miso=random", "chip=BK7231T usb_kernel_driver=spi-ch341",
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		for (uint32_t seed = 0; seed < 20; seed++) {
			char *without = story(settings[i], seed, NULL);
			char *with = story(settings[i], seed, "/dev/null");

			CHECK(!strcmp(without, with));
			free(without);
			free(with);
		}
	}
}

/* A page program ends, or not, while its status is read, and the power fails. */
static char *end_of_a_page(int64_t wait_ns, const char *trace)
{
	struct bench *bench = bench_with("chip=W25Q32 supply=usb");
	struct wave_options options = { trace, 0, BENCH_NEVER };
	struct wave_file *wave = trace ? wave_open(bench, &options) : NULL;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	SEND(bench, 0xab, 0xb6, 0x7f, 0x20);
	SEND(bench, 0xa8, 0x60);			/* WREN */
	SEND(bench, 0xab, 0xb7, 0xb6, 0x20);
	SEND(bench, 0xa8, 0x40, 0x00, 0x00, 0x00, 0x00);	/* page program */
	SEND(bench, 0xab, 0xb7, 0xb6, 0x20);
	bench_run_until(bench, bench_now(bench) + wait_ns);
	SEND(bench, 0xa8, 0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);	/* read status */
	bench_run_until(bench, bench_now(bench) + 1000);
	bench_unplug(bench, 0);
	bench_print_report(bench, out);
	fclose(out);
	if (wave)
		CHECK(!wave_close(wave));
	bench_free(bench);
	return text;
}

static void test_probes_do_not_end_a_page_early(void)
{
	unsigned int corrupted = 0, steps = 0;

	for (int64_t wait_ns = 550000; wait_ns < 650000; wait_ns += 1000, steps++) {
		char *without = end_of_a_page(wait_ns, NULL);
		char *with = end_of_a_page(wait_ns, "/dev/null");

		CHECK(!strcmp(without, with));
		corrupted += strstr(without, "device0.corrupted 1\n") != NULL;
		free(without);
		free(with);
	}
	CHECK(corrupted > 0 && corrupted < steps);
}

static void test_trace_of_two_boards(void)
{
	struct bench *bench = bench_with("chip=W25Q32 devices=2");
	char path[] = "/tmp/wave-test-XXXXXX";
	int fd = mkstemp(path);
	struct wave_options options = { path, 0, BENCH_NEVER };
	struct wave_file *wave;
	char *text;

	if (fd < 0)
		abort();
	close(fd);
	wave = wave_open(bench, &options);
	SEND(bench, 0xab, 0xb7, 0x7f, 0x20);
	bench_run_until(bench, S);
	CHECK(wave && !wave_close(wave));
	text = whole_file(path);
	CHECK(strstr(text, "$scope module device0 $end\n$var wire 1 ! CEN $end\n"));
	CHECK(strstr(text, "$scope module device1 $end\n$var wire 1 ( d1_CEN $end\n"));
	CHECK(strstr(text, "\n#1000000000\n"));
	free(text);
	unlink(path);
	bench_free(bench);
}

int main(void)
{
	test_header();
	test_changes_are_put_in_order();
	test_settled_changes_need_no_later_ones();
	test_an_earlier_change_takes_back_later_ones();
	test_of_two_levels_at_one_time_the_last_counts();
	test_changes_at_the_settled_time_may_still_change();
	test_only_the_window_is_written();
	test_a_run_may_end_before_the_window();
	test_many_wires_have_different_identifiers();
	test_errors_are_told_at_the_end();
	test_times_of_options();
	test_wires_at_the_start();
	test_edges_of_an_id();
	test_what_happens_elsewhere_takes_nothing_back();
	test_pin_writes_are_750_ns_apart();
	test_inputs_carry_no_clock();
	test_a_high_latch_makes_mode_3();
	test_pin_writes_can_read_after_the_rise();
	test_miso_follows_the_chip_without_clocks();
	test_cen_is_the_level_at_the_chip();
	test_unplugging_takes_back_the_rest_of_a_packet();
	test_probes_change_nothing();
	test_probes_do_not_end_a_page_early();
	test_trace_of_two_boards();
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
