/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of backups that this user has made on this machine:
 * $XDG_STATE_HOME/ch341a_beken/backups (~/.local/state/... without it), one absolute path per
 * line, the newest last. It is a convenience: callers must not fail because of it. */
#ifndef CH341A_BEKEN_BACKUP_RECORD_H
#define CH341A_BEKEN_BACKUP_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Beyond that the oldest are dropped. */
#define BACKUP_RECORD_MAX 1000

/* Where backups go that nobody has named a folder for: $XDG_DATA_HOME/ch341a_beken
 * (~/.local/share/... without it). It is made if needed, for the user alone. The
 * caller frees; NULL with errno. */
char *backup_default_folder(void) __attribute__((warn_unused_result));

/* Appends the path of a file, which must exist, and drops paths of files that are gone.
 * Other processes may do so at the same time. Returns 0, or -1 with errno. */
int backup_record_add(const char *path) __attribute__((nonnull, warn_unused_result));

/* Is there a file of exactly these bytes in the record? Then `path` is its name. Not if the
 * record cannot be read. */
bool backup_record_has(const uint8_t *data, size_t n, char *path, size_t path_size) __attribute__((nonnull));

typedef bool backup_record_fits_fn(void *arg, const char *path);

/* Calls `fits` with the paths, newest first, until it returns true. Returns 1 if it did;
 * 0, also if there is no record yet; or -1 with errno. */
int backup_record_find(backup_record_fits_fn *fits, void *arg) __attribute__((nonnull(1), warn_unused_result));

#endif
