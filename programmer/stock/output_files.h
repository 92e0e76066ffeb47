/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that a read is going to overwrite. An old backup must not be lost
 * to a run that then reads nothing: flashrom 1.8.0 empties the file, and calls
 * that a success, when it does not know the flash.
 */
#ifndef CH341A_BEKEN_OUTPUT_FILES_H
#define CH341A_BEKEN_OUTPUT_FILES_H

#include "flashrom_args.h"

struct output_files;

enum output_file_state {
	OUTPUT_FILE_MISSING, /* neither before nor now */
	OUTPUT_FILE_UNCHANGED,
	OUTPUT_FILE_RESTORED, /* has its old content again */
	OUTPUT_FILE_LOST,     /* was changed, and cannot be restored */
	OUTPUT_FILE_NEW,      /* was not there before, or was empty */
};

/* Looks at the files that this command line reads into. NULL, which is fine
 * below, if there are none or no memory is left. */
struct output_files *output_files_new(const struct flashrom_args *args);

typedef void output_files_tell_fn(void *arg, const char *path, enum output_file_state state);

/* Puts the old content of all that were changed back, and tells of each file. */
void output_files_restore(const struct output_files *kept, output_files_tell_fn *tell, void *arg);

void output_files_free(struct output_files *kept);

#endif
