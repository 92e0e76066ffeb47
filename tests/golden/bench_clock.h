/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GOLDEN_BENCH_CLOCK_H
#define GOLDEN_BENCH_CLOCK_H

#include "bench.h"

/* beken_clock_us() and beken_sleep_us() are about this bench from now on. */
void bench_clock_follow(struct bench *bench);

#endif
