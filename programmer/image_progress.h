/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line on the terminal while something takes long, and nothing elsewhere. */
#ifndef CH341A_BEKEN_IMAGE_PROGRESS_H
#define CH341A_BEKEN_IMAGE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image_progress {
	const char *name; /* of the file; must stay */
	bool enabled;
	int64_t started_us, shown_us;
	size_t width; /* of the line that stands on the terminal, or 0 */
};

/* Only for a terminal on stderr that can go back in its line. It uses no
 * colours, so it has nothing to do for NO_COLOR. */
void image_progress_start(struct image_progress *progress, const char *name);

/* total 0: not known. Shows something when a second has passed, and then five
 * times a second at most. */
void image_progress_show(struct image_progress *progress, size_t done, size_t total);

/* Takes the line away. */
void image_progress_end(struct image_progress *progress);

#endif
