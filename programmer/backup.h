/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A backup of the whole die, made by itself before the die is changed. Since
 * nobody may ever look at it before it is needed, the die is read a second time
 * and compared with what is in the file.
 */
#ifndef CH341A_BEKEN_BACKUP_H
#define CH341A_BEKEN_BACKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host.h"
#include "nor.h"

struct backup;

/*
 * One that is to be made in this folder. Returns 0, or ENGINE_ERR_PARAMETER
 * after having said through host, which must outlive it, why no file can be made
 * there; or ENGINE_ERR_MEMORY. Nothing is left in the folder.
 */
int backup_new(const struct host *host, const char *folder, struct backup **backup)
	__attribute__((nonnull, warn_unused_result));
void backup_free(struct backup *backup); /* NULL is fine; the file stays */

/* Does this command, which has no answer, erase or program? Of all that flashrom
 * and flashprog know, since the die may be of any kind. */
bool backup_must_precede(const uint8_t *out, size_t out_length) __attribute__((nonnull));

/*
 * Makes it; size is that of the die, 0 if unknown. The die must be idle, and no
 * page may be queued. Takes several seconds per MiB, tells of its progress, and
 * ends soon after the user has asked to stop. Returns 0; ENGINE_ERR_BACKUP after
 * having said why there is none; ENGINE_ERR_INTERRUPTED; or an error of
 * nor_read(). After an error no file is left. The die is not changed.
 */
int backup_make(struct backup *backup, struct nor *nor, uint64_t size)
	__attribute__((nonnull, warn_unused_result));

/* Where it is; valid as long as the backup. NULL: not made. */
const char *backup_path(const struct backup *backup) __attribute__((nonnull));

#endif
