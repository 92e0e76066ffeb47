/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the time of a bench goes on while real hosts use its devices.
 *
 * The emulated time follows the real one. It never runs ahead of what we know
 * about the hosts: we may be held up (a busy machine, a debugger), and a request
 * that came meanwhile counts from when it came, not from when we read it.
 */
#ifndef BEKEN_EMU_USBIP_CLOCK_H
#define BEKEN_EMU_USBIP_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "bench.h"

/* Real times are in ns since the start. */
struct usbip_clock {
	struct bench *bench;
	bool fast;
	int64_t start;		/* monotonic */
	int64_t followed;	/* up to there, the bench has followed */
};

/*
 * real: the emulated time is the real time since the start.
 * fast: it follows the real time as well, but what the hardware needs to carry
 * out URBs passes at once and comes on top.
 */
void usbip_clock_start(struct usbip_clock *clock, struct bench *bench, bool fast);

int64_t usbip_clock_real(const struct usbip_clock *clock);

/* All that hosts have sent until then has been given to the bench. */
void usbip_clock_follow(struct usbip_clock *clock, int64_t real_ns);

/* With the fast clock, carries out what the hardware can without a host, or
 * some of it, but goes only one step past `alarm` (emulated; BENCH_NEVER: none). */
void usbip_clock_leap(struct usbip_clock *clock, int64_t alarm);

/* For how long, in real ns, there is nothing to do unless a host asks for
 * something; BENCH_NEVER: for ever. */
int64_t usbip_clock_idle(const struct usbip_clock *clock, int64_t alarm);

#endif
