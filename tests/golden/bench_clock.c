/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In place of programmer/monotonic.c: the time of the bench. */
#include "bench_clock.h"

#include "clock.h"

static struct bench *clock_of;

void bench_clock_follow(struct bench *bench)
{
	clock_of = bench;
}

int64_t beken_clock_us(void)
{
	return bench_now(clock_of) / 1000;
}

void beken_sleep_us(int64_t us)
{
	if (us > 0)
		bench_run_until(clock_of, bench_now(clock_of) + us * 1000);
}
