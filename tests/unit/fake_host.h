/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program around the engine: keeps what is said to it. */
#ifndef CH341A_BEKEN_FAKE_HOST_H
#define CH341A_BEKEN_FAKE_HOST_H

#include <stdint.h>

#include "host.h"

#define FAKE_HOST_LEVELS (MESSAGE_SPEW + 1)

struct fake_host {
	unsigned int n_messages[FAKE_HOST_LEVELS];
	char last[FAKE_HOST_LEVELS][1024];	/* text of each level */
	unsigned int interrupts;
	int64_t interrupt_at_us;	/* on the fake clock; 0: never */
	bool holds_signals;
	uint64_t done, total;	/* as last told */
	int64_t asleep_us;	/* what the next question about interrupts takes, once */
};

extern struct fake_host fake_host;
extern const struct host fake_host_as_host;

void fake_host_reset(void);

#endif
