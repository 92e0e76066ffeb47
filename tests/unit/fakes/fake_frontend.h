/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program around the engine: keeps what is said to it. */
#ifndef CH341A_BEKEN_FAKE_FRONTEND_H
#define CH341A_BEKEN_FAKE_FRONTEND_H

#include <stdint.h>

#include "frontend.h"

#define FAKE_FRONTEND_LEVELS (MESSAGE_SPEW + 1)

struct fake_frontend {
	unsigned int n_messages[FAKE_FRONTEND_LEVELS];
	char last[FAKE_FRONTEND_LEVELS][1024];	/* text of each level */
	unsigned int interrupts;
	int64_t interrupt_at_us;	/* on the fake clock; 0: never */
	bool holds_signals;
	uint64_t done, total;	/* as last told */
	int64_t asleep_us;	/* what the next question about interrupts takes, once */
};

extern struct fake_frontend fake_frontend;
extern const struct frontend fake_frontend_as_frontend;

void fake_frontend_reset(void);

#endif
