/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usbip_clock.h"

#include <time.h>

#define NS_PER_S 1000000000LL
#define NS_PER_MS 1000000LL
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
	clock->start = monotonic_ns();
	clock->followed = 0;
}

int64_t usbip_clock_real(const struct usbip_clock *clock)
{
	return monotonic_ns() - clock->start;
}

/* The time of the hardware is on its way, by leaps. */
static bool is_leaping(const struct usbip_clock *clock)
{
	return clock->fast && bench_next_transfer(clock->bench) != BENCH_NEVER;
}

void usbip_clock_follow(struct usbip_clock *clock, int64_t real_ns)
{
	int64_t passed = real_ns > clock->followed ? real_ns - clock->followed : 0;

	clock->followed += passed;
	bench_run_until(clock->bench, bench_now(clock->bench) + passed);
}

void usbip_clock_leap(struct usbip_clock *clock, int64_t alarm)
{
	int64_t end = sooner(bench_now(clock->bench) + LEAP_NS, alarm);

	if (!is_leaping(clock))
		return;
	/* The first step may be a long one: a late answer. */
	do
		bench_run_until(clock->bench, bench_next_transfer(clock->bench));
	while (bench_next_transfer(clock->bench) <= end);
}

int64_t usbip_clock_idle(const struct usbip_clock *clock, int64_t alarm)
{
	int64_t next = sooner(bench_next_event(clock->bench), alarm);
	int64_t left;

	if (is_leaping(clock))
		return 0;
	if (next == BENCH_NEVER)
		return BENCH_NEVER;
	left = next - bench_now(clock->bench) - (usbip_clock_real(clock) - clock->followed);
	return left > 0 ? left : 0;
}
