/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reminds a user who is about to write to a chip of which no backup is known, and records
 * backups, so that those who have one are not reminded. */
#ifndef CH341A_BEKEN_BACKUP_REMINDER_H
#define CH341A_BEKEN_BACKUP_REMINDER_H

#include <stdbool.h>
#include <stdint.h>

#include "flashrom_args.h"
#include "flashrom_log.h"
#include "frontend.h"
#include "session.h"

/* The user's command line, and what came of it. */
struct backup_reminder {
	const struct frontend *frontend; /* for messages */
	const char *tool;		 /* which the user has typed before argv; or NULL */
	char *const *argv;
	const struct flashrom_args *args;
	const struct params *params;
	uint64_t flash_size; /* bytes; set by backup_reminder_before() */
	bool was_said;
};

/* With a session, before flashrom goes on. Before a write or an erase, if no backup on
 * record is of this chip, says how to make one, once. Returns the error of the session. */
int backup_reminder_before(struct backup_reminder *reminder, struct session *session)
	__attribute__((nonnull, warn_unused_result));

/* Records the backup that was made before a first write; NULL: none was. */
void backup_reminder_note_made(const struct backup_reminder *reminder, const char *path)
	__attribute__((nonnull(1)));

/* flashrom was successful: records the file, if the whole flash was read into one. */
void backup_reminder_note_read(const struct backup_reminder *reminder, const struct flashrom_findings *found,
			       uint64_t bytes_read) __attribute__((nonnull));

#endif
