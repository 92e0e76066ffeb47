/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usbip_clock.h"

#include <time.h>

#define NS_PER_S 1000000000LL
#define NS_PER_MS 1000000LL
/* With the fast clock we look this often, in real time... */
#define TICK_NS (10 * NS_PER_MS)
/* ... so that more than this between two looks means that we were held up: a
 * busy machine, a debugger, a suspended laptop. The hosts' URBs were held up
 * with us, and the hardware shall not see windows close meanwhile. */
#define LONGEST_GAP_NS (2 * TICK_NS)
/* So much may pass at once before we look at what the hosts want. */
#define LEAP_NS (1 * NS_PER_MS)

static int64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void usbip_clock_start(struct usbip_clock *clock, struct bench *bench, bool fast)
{
	clock->bench = bench;
	clock->fast = fast;
	clock->start_real = clock->seen_real = monotonic_ns();
}

int64_t usbip_clock_real(const struct usbip_clock *clock)
{
	return monotonic_ns() - clock->start_real;
}

/* Until the bench does something by itself, or until the alarm. */
static int64_t idle_ns(const struct usbip_clock *clock, int64_t alarm)
{
	int64_t next = sooner(bench_next_event(clock->bench), alarm);
	int64_t now = bench_now(clock->bench);

	if (next == BENCH_NEVER)
		return BENCH_NEVER;
	return next > now ? next - now : 0;
}

static int64_t advance_real(struct usbip_clock *clock, int64_t alarm)
{
	bench_run_until(clock->bench, usbip_clock_real(clock));
	return idle_ns(clock, alarm);
}

static void follow(struct usbip_clock *clock)
{
	int64_t real = monotonic_ns();
	int64_t gap = sooner(real - clock->seen_real, LONGEST_GAP_NS);

	clock->seen_real = real;
	bench_run_until(clock->bench, bench_now(clock->bench) + gap);
}

/* Carries out what the hardware can without a host. */
static void leap(struct usbip_clock *clock, int64_t alarm)
{
	int64_t end = sooner(bench_now(clock->bench) + LEAP_NS, alarm);
	int64_t t;

	/* The first step may be a long one: a late answer. */
	while ((t = bench_next_transfer(clock->bench)) != BENCH_NEVER) {
		bench_run_until(clock->bench, t);
		if (t >= end)
			break;
	}
	/* Our own computing is no time of the bench. */
	clock->seen_real = monotonic_ns();
}

static int64_t advance_fast(struct usbip_clock *clock, int64_t alarm)
{
	if (bench_next_transfer(clock->bench) == BENCH_NEVER)
		follow(clock);
	leap(clock, alarm);
	if (bench_next_transfer(clock->bench) != BENCH_NEVER)
		return 0;
	return sooner(idle_ns(clock, alarm), TICK_NS);
}

int64_t usbip_clock_advance(struct usbip_clock *clock, int64_t alarm)
{
	return clock->fast ? advance_fast(clock, alarm) : advance_real(clock, alarm);
}
