/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In place of monotonic.c: time passes only when somebody lets it pass. */
#ifndef CH341A_BEKEN_FAKE_CLOCK_H
#define CH341A_BEKEN_FAKE_CLOCK_H

#include <stdint.h>

struct fake_clock {
	int64_t now_us;
	int64_t longest_sleep_us;
	unsigned int n_sleeps;	/* of more than nothing */
};

extern struct fake_clock fake_clock;

/* Not at 0, which is a time like any other. */
void fake_clock_reset(void);

#endif
