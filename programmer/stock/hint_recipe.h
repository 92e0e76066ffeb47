/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command lines that put an image into a file as large as the flash, and
 * write or verify only the regions of the image. */
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
	/* The flash is read first, since the regions hold more than the image. */
	bool read_first;
	/* What the user has given with -i, REGION or REGION:FILE, and where that
	 * is; or NULL. */
	const char *include;
	struct flashrom_region region;
};

/* The name of the region of the first RF calibration that is left out. */
const char *hint_recipe_rf_name(const struct hint_recipe *recipe);

/* Does it repeat the last byte, because of a bug in flashrom? */
bool hint_recipe_repeats_byte(const struct hint_recipe *recipe, const struct hint *hint);

void hint_recipe_say(const struct hint_recipe *recipe, const struct hint *hint);

#endif
