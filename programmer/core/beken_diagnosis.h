/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns what an attempt has shown into advice on the wires. */
#ifndef CH341A_BEKEN_BEKEN_DIAGNOSIS_H
#define CH341A_BEKEN_BEKEN_DIAGNOSIS_H

#include <stdbool.h>
#include <stdint.h>

#include "beken_window.h"
#include "ch341a.h"
#include "frontend.h"

/* How far an attempt came, worst first. */
enum beken_stage {
	BEKEN_STAGE_SILENT,    /* MISO did not move from high */
	BEKEN_STAGE_STUCK_LOW, /* MISO did not move from low */
	BEKEN_STAGE_NOISE,     /* MISO moves, but never 0xD2 */
	BEKEN_STAGE_ECHO,      /* 0xD2 seen, never accepted */
	BEKEN_STAGE_ACCEPTED,  /* accepted, no answer from the die */
	BEKEN_STAGE_UNSTABLE,  /* answers, but not twice the same */
	BEKEN_STAGE_READY,
};

struct beken_attempt {
	enum beken_stage stage;
	struct beken_window window;
	uint32_t last_id;
};

enum beken_stage beken_stage_of(const struct beken_window *window);

/* A few words on one attempt, for a progress line. */
const char *beken_stage_words(enum beken_stage stage);

/* Says as an error what is most likely wrong, from the best attempt, and tells
 * the steps from STEP_CEN up to the one that failed. Looks at the CEN line if
 * the chip was never heard, which resets the chip. CEN is high after. */
int beken_diagnose(const struct frontend *frontend, struct ch341a *device, const struct beken_attempt *best)
	__attribute__((nonnull, warn_unused_result));

/* Tells the steps of the way in, which are all before STEP_ID, and STEP_ID. */
void beken_tell_steps(const struct frontend *frontend, enum step_outcome way_in, enum step_outcome id)
	__attribute__((nonnull));

#endif
