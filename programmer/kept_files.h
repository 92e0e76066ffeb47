/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that a read is going to overwrite. An old backup must not be lost
 * to a run that then reads nothing: flashrom 1.8.0 empties the file, and calls
 * that a success, when it does not know the flash.
 */
#ifndef CH341A_BEKEN_KEPT_FILES_H
#define CH341A_BEKEN_KEPT_FILES_H

#include "flashrom_args.h"

struct kept_files;

enum kept_state {
	KEPT_MISSING,		/* neither before nor now */
	KEPT_UNCHANGED,
	KEPT_RESTORED,		/* has its old content again */
	KEPT_LOST,		/* was changed, and cannot be restored */
	KEPT_NEW,		/* was not there before, or was empty */
};

/* Looks at the files that this command line reads into. NULL, which is fine
 * below, if there are none or no memory is left. */
struct kept_files *kept_files_new(const struct flashrom_args *args);

typedef void kept_files_tell_fn(void *arg, const char *path, enum kept_state state);

/* Puts the old content of all that were changed back, and tells of each file. */
void kept_files_restore(const struct kept_files *kept, kept_files_tell_fn *tell, void *arg);

void kept_files_free(struct kept_files *kept);

#endif
