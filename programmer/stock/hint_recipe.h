/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command lines that put a file into one as large as the flash, and write or
 * compare of that only what is of the file. */
#ifndef CH341A_BEKEN_HINT_RECIPE_H
#define CH341A_BEKEN_HINT_RECIPE_H

#include <stdint.h>

#include "flashrom_layout.h"
#include "hint.h"
#include "placement.h"

struct hint_recipe {
	const struct placement *plan;
	const char *path;     /* of the file */
	uint64_t size, flash; /* of the file, and of the flash */
	/* The file goes over what is in the flash, of which the plan has more. */
	bool read_first;
	/* What the user has given with -i, REGION or REGION:FILE, and where that
	 * is; or NULL. */
	const char *include;
	struct flashrom_region region;
};

/* What the recipe calls the first RF calibration that it leaves out. */
const char *hint_recipe_rf_name(const struct hint_recipe *recipe);

/* Is there a line that has the last byte twice, for flashrom's sake? */
bool hint_recipe_repeats_byte(const struct hint_recipe *recipe, const struct hint *hint);

void hint_recipe_say(const struct hint_recipe *recipe, const struct hint *hint);

#endif
