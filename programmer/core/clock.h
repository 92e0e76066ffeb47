/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_CLOCK_H
#define CH341A_BEKEN_CLOCK_H

#include <stdint.h>

/* Microseconds of a clock that never jumps; only differences have a meaning. */
int64_t beken_clock_us(void);

/* Sleeps for at least us microseconds. A signal does not cut it short; callers
 * that must react to one sleep in steps. us <= 0 returns at once. */
void beken_sleep_us(int64_t us);

#endif
