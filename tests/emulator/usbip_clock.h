/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the time of a bench goes on while real hosts use its devices. */
#ifndef BEKEN_EMU_USBIP_CLOCK_H
#define BEKEN_EMU_USBIP_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "bench.h"

struct usbip_clock {
	struct bench *bench;
	bool fast;
	int64_t start_real;	/* monotonic, ns */
	int64_t seen_real;	/* up to there, the bench has followed */
};

/*
 * real: the emulated time is the real time since the start.
 * fast: so it is while no URB is under way or all wait for the host; what the
 * hardware needs to carry out URBs passes at once.
 */
void usbip_clock_start(struct usbip_clock *clock, struct bench *bench, bool fast);

/*
 * Moves the emulated time on, at most a little way past `alarm` (emulated;
 * BENCH_NEVER: none). Returns for how long, in real ns, nothing will happen
 * unless a host asks for something; 0: call again at once, after a look at what
 * the hosts want.
 */
int64_t usbip_clock_advance(struct usbip_clock *clock, int64_t alarm);

/* Real ns since the start. */
int64_t usbip_clock_real(const struct usbip_clock *clock);

#endif
