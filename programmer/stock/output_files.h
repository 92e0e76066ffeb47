/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that flashrom reads the flash into. flashrom 1.8.0 empties such a file before it has
 * read anything, so an old backup would be lost to a read that fails. Therefore flashrom is given
 * the name of a new file beside an old one, which takes its place after a good read.
 *
 * Where that would change more than the content of the old file (a hard link, an access list,
 * another owner), or where no file can be made beside it, flashrom writes into the old file as it
 * does without us. */
#ifndef CH341A_BEKEN_OUTPUT_FILES_H
#define CH341A_BEKEN_OUTPUT_FILES_H

#include <stdbool.h>

#include "flashrom_args.h"
#include "frontend.h"

struct output_files;

/* Prepares the files that this command line reads into. NULL, which is fine below, if
 * there are none or no memory is left. Frontend and args must outlive it. */
struct output_files *output_files_new(const struct flashrom_args *args, const struct frontend *frontend)
	__attribute__((nonnull));

/* The names that flashrom gets in place of the user's; n of them. */
const struct flashrom_args_change *output_files_changes(const struct output_files *files, int *n)
	__attribute__((nonnull(2)));

/* Where flashrom writes what the user wants in the file `path`, which is one of
 * the texts in args. */
const char *output_files_written(const struct output_files *files, const char *path)
	__attribute__((nonnull(2)));

/* After flashrom has ended. good: what it has written takes the place of the old files. Otherwise
 * these stay as they are, which is said if flashrom has got as far as writing; and with
 * read_nothing, nothing came from the flash, what became of a file that is not protected. Returns
 * 0, or -1 after having said which file could not be replaced. */
int output_files_finish(struct output_files *files, bool good, bool read_nothing);

/* Without output_files_finish() before it, all old files stay as they are. */
void output_files_free(struct output_files *files);

#endif
