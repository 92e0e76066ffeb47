/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake_clock.h"

#include "clock.h"

struct fake_clock fake_clock;

void fake_clock_reset(void)
{
	fake_clock = (struct fake_clock){ .now_us = 1000000 };
}

int64_t beken_clock_us(void)
{
	return fake_clock.now_us;
}

void beken_sleep_us(int64_t us)
{
	if (us <= 0)
		return;
	fake_clock.now_us += us;
	fake_clock.n_sleeps++;
	if (us > fake_clock.longest_sleep_us)
		fake_clock.longest_sleep_us = us;
}
