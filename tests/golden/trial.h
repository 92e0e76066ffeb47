/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own entry, once, on one variant of the model. */
#ifndef GOLDEN_TRIAL_H
#define GOLDEN_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "variants.h"

struct trial {
	char settings[512];	/* what was drawn, and the variant's */
	const char *chip;
	bool entered;		/* the right ID was returned */
	bool as_wanted;		/* entered, or the right sentence was said */
	unsigned int pulses;	/* of CEN, on the way in */
	double ms;		/* from before ch341a_open() until beken_enter() returned */
	char sentence[512];	/* last error */
};

/* Opens, enters, leaves, closes. What must hold whatever the variant (pins, no
 * command that changes anything) is checked here. */
void trial_run(const struct variant *variant, uint64_t seed, struct trial *trial);

#endif
