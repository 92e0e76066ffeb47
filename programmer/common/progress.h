/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far something has come that takes long, on a terminal, and nothing
 * elsewhere. It uses no colours, so it has nothing to do for NO_COLOR. */
#ifndef CH341A_BEKEN_PROGRESS_H
#define CH341A_BEKEN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what; /* stands before it where the line is empty; must stay */
	bool enabled;
	int64_t started_us, shown_us;
};

/* enabled: false if the terminal is not to be used. */
void progress_start(struct progress *progress, const char *what, bool enabled);

/*
 * done and total in bytes; total 0: not known. Shows something when a second has
 * passed since the start and since something else was printed, and then five
 * times a second at most.
 */
void progress_show(struct progress *progress, uint64_t done, uint64_t total);

/* Takes it away. */
void progress_end(struct progress *progress);

#endif
