/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns what an attempt has shown into advice on the wires. */
#ifndef CH341A_BEKEN_BEKEN_DIAGNOSIS_H
#define CH341A_BEKEN_BEKEN_DIAGNOSIS_H

#include <stdbool.h>
#include <stdint.h>

#include "beken_cen.h"
#include "beken_window.h"
#include "frontend.h"

/* How far an attempt came, worst first. */
enum beken_stage {
	BEKEN_STAGE_SILENT,    /* MISO did not move from high */
	BEKEN_STAGE_STUCK_LOW, /* MISO did not move from low */
	BEKEN_STAGE_NOISE,     /* MISO shows data, but never 0xD2 */
	BEKEN_STAGE_UNCLOCKED, /* MISO changes its level, but shows no data */
	BEKEN_STAGE_GARBLED,   /* 0xD2 with bit errors */
	BEKEN_STAGE_ECHO,      /* 0xD2 seen, never accepted */
	BEKEN_STAGE_ACCEPTED,  /* accepted, no answer from the die */
	BEKEN_STAGE_UNSTABLE,  /* answers, but not twice the same */
	BEKEN_STAGE_READY,
};

struct beken_attempt {
	enum beken_stage stage;
	enum beken_cen cen; /* measured below BEKEN_STAGE_GARBLED */
	struct beken_window window;
	uint32_t last_id;
};

/* How several attempts went. */
struct beken_attempts {
	unsigned int n, n_accepted; /* failed ones */
	unsigned int n_equal;	    /* how many of the last ones have shown the same */
	bool no_cen;		    /* CEN cannot be measured */
	struct beken_attempt best, last;
};

enum beken_stage beken_stage_of(const struct beken_window *window);

/* A few words on one attempt, for a progress line. */
const char *beken_stage_words(enum beken_stage stage);

/* Says as an error what is most likely wrong, from the best attempt, and tells
 * the steps from STEP_CEN up to the one that failed. */
void beken_diagnose(const struct frontend *frontend, const struct beken_attempts *attempts)
	__attribute__((nonnull));

/* Tells the steps of the way in, which are all before STEP_ID, and STEP_ID. */
void beken_tell_steps(const struct frontend *frontend, enum step_outcome way_in, enum step_outcome id)
	__attribute__((nonnull));

#endif
