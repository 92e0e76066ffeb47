/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An automatic backup of the whole die before it is changed. Since nobody may look at it until it
 * is needed, it is proven: code by its CRCs, and the rest is read a second time and compared. */
#ifndef CH341A_BEKEN_BACKUP_H
#define CH341A_BEKEN_BACKUP_H

#include "frontend.h"
#include "session.h"

struct backup;

/* Opens a session as session_open() does. If the parameters ask for backups, one is made before
 * the first command of the session that erases or programs. That command then takes several
 * seconds per MiB, tells of its progress, and ends soon after the user has asked to stop. It
 * fails with BEKEN_ERR_BACKUP after having said why there is none; BEKEN_ERR_INTERRUPTED; or an
 * error of session_read(). After an error no file is left, and the die is not changed.
 *
 * *backup is NULL if none is asked for; else to be freed after the session is closed. Frontend
 * and parameters must outlive it. After an error both are NULL. Returns the errors of
 * session_open(), and BEKEN_ERR_PARAMETER after having said why no file can be made in that
 * folder; then the chip was not touched. */
int backup_open_session(const struct frontend *frontend, const struct params *params, struct session **session,
			struct backup **backup) __attribute__((nonnull, warn_unused_result));

/* The last command of the session, which has succeeded: what was read before the first
 * change need not be read once more. NULL is fine. */
void backup_note(struct backup *backup, const struct nor_command *command) __attribute__((nonnull(2)));

/* Where the record has a file of exactly what is in the flash, none is made; that one is named. */
void backup_only_if_new(struct backup *backup) __attribute__((nonnull));

void backup_free(struct backup *backup); /* NULL is fine; the file stays */

/* Path of the file; valid as long as the backup. NULL: not made. */
const char *backup_path(const struct backup *backup) __attribute__((nonnull));

#endif
