/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a start failed, from what the engine does not look at: other boards on USB, the system
 * around, and how this program was called. */
#ifndef CH341A_BEKEN_START_ADVICE_H
#define CH341A_BEKEN_START_ADVICE_H

#include <stdbool.h>

#include "frontend.h"

/* For frontend->explain: one sentence; after it, for lack of permission, the same
 * command line again as sudo takes it, on a line of its own. */
bool start_advice(const struct frontend *frontend, int error, const char *where) __attribute__((nonnull));

#endif
