/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flashrom's progress, derived from the addresses in its commands. */
#ifndef CH341A_BEKEN_FLASH_PROGRESS_H
#define CH341A_BEKEN_FLASH_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "nor_command.h"
#include "progress.h"

struct flash_progress {
	struct progress progress;
	uint64_t size;		 /* of the flash; 0: not known, or only a part of it is wanted */
	int64_t printed_us;	 /* when something else was printed last */
	uint64_t first, reached; /* since then */
};

/* See progress_start(). */
void flash_progress_start(struct flash_progress *progress, const char *what, bool enabled);

/* Where the size is known, shows the address in percent of it; else how many KiB lie between the
 * first address and this one. What is printed, and a fall of 64 KiB or more, is a new start:
 * flashrom goes over the flash once more. */
void flash_progress_note(struct flash_progress *progress, const struct nor_command *command);

#endif
