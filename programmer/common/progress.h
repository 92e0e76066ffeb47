/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Progress of a long operation, shown on a terminal only. */
#ifndef CH341A_BEKEN_PROGRESS_H
#define CH341A_BEKEN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what; /* shown before it on an empty line; must stay valid */
	bool enabled;
	int64_t started_us, shown_us;
};

/* enabled: false to show nothing at all. */
void progress_start(struct progress *progress, const char *what, bool enabled);

/* done and total in bytes; total 0: not known. Shows something when a second has passed since the
 * start and since something else was printed, and then five times a second at most. */
void progress_show(struct progress *progress, uint64_t done, uint64_t total);

/* Removes it from the terminal. */
void progress_end(struct progress *progress);

#endif
