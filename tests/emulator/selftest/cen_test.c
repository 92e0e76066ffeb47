/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line from D2 to CEN: who pulls there, and how fast it gets somewhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_bed.h"
#include "check.h"

#define MS 1000000
/* Answers of a packet are together in one, so this is the most that fits. */
#define SAMPLES 28

/* D2 is held at a level for 100 ms, and let go. */
static struct bench *let_go(const char *settings, bool from_high)
{
	struct bench *bench = bench_with(settings);

	OUT(bench, 0xab, from_high ? 0xb7 : 0xb3, 0x7f, 0x20);
	bench_run_until(bench, bench_now(bench) + 100 * MS);
	OUT(bench, 0xab, 0x7b, 0x20);
	return bench;
}

static int level_of_d2(struct bench *bench)
{
	uint8_t in[32];

	OUT(bench, 0xab, 0x00, 0x20);
	EXPECT(bed_transfer(bench, 0x82, in, 32, 100).actual == 1);
	return in[0] >> 2 & 1;
}

static int after_ms(const char *settings, bool from_high, double ms)
{
	struct bench *bench = let_go(settings, from_high);
	int level;

	bench_run_until(bench, bench_now(bench) + (int64_t)(ms * MS));
	level = level_of_d2(bench);
	bench_free(bench);
	return level;
}

#define RISES(settings, ms) (after_ms(settings, false, ms) == 1)
#define STAYS(settings, ms) (after_ms(settings, true, ms) == 1)

static void test_who_pulls_at_d2(void)
{
	CHECK(RISES("", 0) && STAYS("", 200));
	/* The pull-up of a module without power wins over the one inside. */
	CHECK(!RISES("power=off", 200) && !STAYS("power=off", 0));
	CHECK(!RISES("power=off d2_pullup=no", 200) && !STAYS("power=off d2_pullup=no", 0));
	/* An open D2 has nobody but the CH341A itself. */
	CHECK(RISES("wire_cen=open", 0) && STAYS("wire_cen=open", 200));
	CHECK(RISES("wire_cen=open power=off", 0) && STAYS("wire_cen=open power=off", 200));
	CHECK(RISES("cen_pullup=no", 0));
	CHECK(!STAYS("cen_pullup=no power=off", 0));
}

/* Without any pull-up the charge is held for 10 ms, and leaks off upwards. */
static void test_d2_without_a_pull_up_floats(void)
{
	CHECK(!RISES("wire_cen=open d2_pullup=no", 0));
	CHECK(!RISES("wire_cen=open d2_pullup=no", 9));
	CHECK(RISES("wire_cen=open d2_pullup=no", 11));
	CHECK(STAYS("wire_cen=open d2_pullup=no", 200));
	CHECK(!RISES("cen_pullup=no d2_pullup=no", 9) && RISES("cen_pullup=no d2_pullup=no", 11));
	CHECK(!RISES("cen_pullup=no d2_pullup=no power=off", 200));
	CHECK(!STAYS("cen_pullup=no d2_pullup=no power=off", 1));
	CHECK(!RISES("wire_cen=open d2_pullup=no power=off", 9));
}

static void test_pins_without_a_load_read_high(void)
{
	struct bench *bench = bench_with("wire_cen=open");
	uint8_t in[32];

	OUT(bench, 0xab, 0x00, 0x20);
	bed_transfer(bench, 0x82, in, 32, 100);
	CHECK(in[0] == 0xff);
	bench_free(bench);
}

/* 10 kOhm and the capacitor: 0.55 RC to 1.4 V. */
static void test_a_capacitor_makes_the_rise_slow(void)
{
	static const struct {
		const char *settings;
		double ms;
	} rows[] = {
		{ "cen_nf=100", 0.55 }, { "cen_nf=220", 1.21 }, { "cen_nf=470", 2.6 },
		{ "cen_nf=1000", 5.5 }, { "cen_nf=10000", 55 }, { "cen_nf=1000 d2_pullup=no", 5.5 },
		/* The weak one alone. */
		{ "cen_nf=1000 cen_pullup=no", 38 },
	};

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(!RISES(rows[i].settings, rows[i].ms * 0.9 - 0.2));
		CHECK(RISES(rows[i].settings, rows[i].ms * 1.1));
		CHECK(STAYS(rows[i].settings, 200));
	}
	/* Behind a broken wire it cannot be felt. */
	CHECK(RISES("cen_nf=10000 wire_cen=open", 0));
}

/* 3 ms up, down for 0.75 us, 3 ms up: only what is left of 5.5 ms counts. */
static void test_the_charge_is_kept_from_step_to_step(void)
{
	struct bench *bench = let_go("cen_nf=1000", false);

	bench_run_until(bench, bench_now(bench) + 3 * MS);
	CHECK(level_of_d2(bench) == 0);
	OUT(bench, 0xab, 0x7f, 0x7b, 0x20);
	bench_run_until(bench, bench_now(bench) + 2 * MS);
	CHECK(level_of_d2(bench) == 0);
	bench_run_until(bench, bench_now(bench) + 1 * MS);
	CHECK(level_of_d2(bench) == 1);
	bench_free(bench);
}

/* The way down takes longer: 0.86 RC. */
static void test_a_dead_module_discharges_its_capacitor(void)
{
	CHECK(STAYS("power=off cen_nf=1000", 8) && !STAYS("power=off cen_nf=1000", 9));
	CHECK(STAYS("power=off cen_nf=10000", 80) && !STAYS("power=off cen_nf=10000", 90));
	CHECK(!RISES("power=off cen_nf=1000", 200));
}

/* D2 low, let go, and levels from 0.75 us on, 1 us apart, in one packet. */
static unsigned int samples_until_high(const char *settings)
{
	struct bench *bench = bench_with(settings);
	uint8_t out[32] = { 0xab, 0x7b }, in[32];
	unsigned int n = 0;

	OUT(bench, 0xab, 0xb3, 0x7f, 0x20);
	bench_run_until(bench, bench_now(bench) + 100 * MS);
	out[2 + SAMPLES] = 0x20;
	bed_out(bench, out, 3 + SAMPLES);
	CHECK(bed_transfer(bench, 0x82, in, 32, 100).actual == SAMPLES);
	while (n < SAMPLES && !(in[n] & 0x04))
		n++;
	/* It rises once and stays. */
	for (unsigned int i = n; i < SAMPLES; i++)
		EXPECT(in[i] & 0x04);
	bench_free(bench);
	return n;
}

static void test_the_rise_can_be_sampled_in_one_packet(void)
{
	CHECK(samples_until_high("") == 0);
	CHECK(samples_until_high("cen_nf=1") == 5);	/* 5.52 us */
	CHECK(samples_until_high("cen_nf=4") == 22);	/* 22.09 us */
	CHECK(samples_until_high("cen_nf=100") == SAMPLES);
	CHECK(samples_until_high("wire_cen=open") <= 1);
	CHECK(samples_until_high("wire_cen=open d2_pullup=no") == SAMPLES);
	CHECK(samples_until_high("power=off") == SAMPLES);
}

/* Several times low, let go, look: the direction changes within the packet. */
static void test_directions_change_within_a_packet(void)
{
	struct bench *bench = bench_with("cen_nf=1");
	uint8_t in[32];

	/* 0.75 us after the release, then 6.75 us after the next. */
	OUT(bench, 0xab, 0xb3, 0x7f, 0x7b, 0x00, 0x7f, 0xc5, 0x7b, 0xc6, 0x00, 0x7f, 0x00, 0x20);
	CHECK(bed_transfer(bench, 0x82, in, 32, 100).actual == 3);
	CHECK(!(in[0] & 0x04) && (in[1] & 0x04) && !(in[2] & 0x04));
	bench_free(bench);
}

/* ---- what the chip has of it ---- */

struct cen_times {
	int64_t low, high;
	unsigned int n_low;
};

static void on_event(void *arg, int64_t t, unsigned int dev, const char *line)
{
	struct cen_times *times = arg;

	(void)dev;
	if (!strcmp(line, "cen low")) {
		times->low = t;
		times->n_low++;
	} else if (!strcmp(line, "cen high")) {
		times->high = t;
	}
}

/* CEN is low for ms, then D2 is driven high, or let go. Returns the delays at
 * the chip in us, -1 for none. */
static void pulse(const char *settings, int64_t low_ns, bool lets_go, double *fall_us, double *rise_us)
{
	struct bench *bench = bench_with(settings);
	struct cen_times times = { -1, -1, 0 };
	int64_t low, high;

	bed_init(bench);
	bench_on_event(bench, on_event, &times);
	OUT(bench, 0xab, 0xb3, 0x20);
	low = bench_now(bench);
	bench_run_until(bench, low + low_ns);
	if (lets_go)
		OUT(bench, 0xab, 0x7b, 0x20);
	else
		OUT(bench, 0xab, 0xb7, 0x20);
	high = bench_now(bench);
	bench_run_until(bench, high + 500 * (int64_t)MS);
	*fall_us = times.low < 0 ? -1 : (double)(times.low - low) / 1000;
	*rise_us = times.high < 0 ? -1 : (double)(times.high - high) / 1000;
	CHECK(times.n_low <= 1);
	bench_free(bench);
}

static void test_the_chip_waits_for_the_capacitor(void)
{
	double fall, rise;

	pulse("", 10 * MS, true, &fall, &rise);
	CHECK(fall >= 0 && fall < 1 && rise >= 0 && rise < 1);
	pulse("cen_nf=1000", 10 * MS, true, &fall, &rise);
	CHECK_NEAR(rise, 5500, 1);
	/* Driving it is fast: 150 Ohm. */
	CHECK_NEAR(fall, 128, 2);
	pulse("cen_nf=1000", 10 * MS, false, &fall, &rise);
	CHECK_NEAR(rise, 83, 2);
	pulse("cen_nf=10000", 50 * MS, true, &fall, &rise);
	CHECK_NEAR(rise, 55000, 1);
}

/* Too short to discharge it: the chip does not notice. */
static void test_a_short_pulse_is_swallowed(void)
{
	double fall, rise;

	pulse("cen_nf=10000", 1 * MS, false, &fall, &rise);
	CHECK(fall == -1 && rise == -1);
	pulse("cen_nf=10000", 2 * MS, false, &fall, &rise);
	CHECK(fall > 0 && rise > 0);
}

static bool enters_with(const char *settings)
{
	struct bench *bench = bench_with(settings);
	bool ok = bed_enters(bench);

	bench_free(bench);
	return ok;
}

static void test_entry_with_a_capacitor(void)
{
	CHECK(enters_with("cen_nf=470"));
	CHECK(enters_with("cen_nf=10000"));
	/* 100 ms do not get 1 mF down. */
	CHECK(!enters_with("cen_nf=1000000"));
	CHECK(enters_with("cen_nf=470 cen_pullup=no"));
}

int main(void)
{
	test_who_pulls_at_d2();
	test_d2_without_a_pull_up_floats();
	test_pins_without_a_load_read_high();
	test_a_capacitor_makes_the_rise_slow();
	test_the_charge_is_kept_from_step_to_step();
	test_a_dead_module_discharges_its_capacitor();
	test_the_rise_can_be_sampled_in_one_packet();
	test_directions_change_within_a_packet();
	test_the_chip_waits_for_the_capacitor();
	test_a_short_pulse_is_swallowed();
	test_entry_with_a_capacitor();
	return check_summary();
}
