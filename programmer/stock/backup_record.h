/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the backups are that were made on this machine by this user: a file with
 * one absolute path per line, the newest last, in
 * $XDG_STATE_HOME/ch341a_beken/backups (~/.local/state/... without it). Only a
 * convenience, so nobody is to fail if it does.
 */
#ifndef CH341A_BEKEN_BACKUP_RECORD_H
#define CH341A_BEKEN_BACKUP_RECORD_H

#include <stdbool.h>

/* More are forgotten, the oldest first. */
#define BACKUP_RECORD_MAX 1000

/*
 * Puts the path of a file, which must exist, at the end. Others may do so at the
 * same time; lines of files that are gone are dropped. Returns 0, or -1 with
 * errno, and then the record is as it was.
 */
int backup_record_add(const char *path) __attribute__((nonnull, warn_unused_result));

/* Is this the one that is looked for? */
typedef bool backup_record_fits_fn(void *arg, const char *path);

/*
 * Shows `fits` the paths, newest first, until it is content. *found tells
 * whether it was. Returns 0, also if there is no record yet, or -1 with errno.
 */
int backup_record_find(backup_record_fits_fn *fits, void *arg, bool *found)
	__attribute__((nonnull(1, 3), warn_unused_result));

#endif
