/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A word before the first write to a chip of which no backup is known, and the
 * noting down of backups, so that it stays unsaid for those who have one.
 */
#ifndef CH341A_BEKEN_BACKUP_REMINDER_H
#define CH341A_BEKEN_BACKUP_REMINDER_H

#include <stdbool.h>
#include <stdint.h>

#include "flashrom_args.h"
#include "flashrom_log.h"
#include "frontend.h"
#include "session.h"

/* The user's command line, and what became of it. */
struct backup_reminder {
	const struct frontend *frontend; /* for what is said */
	char *const *argv;
	const struct flashrom_args *args;
	const struct params *params;
	uint64_t flash_size; /* bytes; set by backup_reminder_before() */
	bool was_said;
};

/*
 * To be called when a session is open, before flashrom goes on: if this is a
 * write or an erase, looks at the chip, and if no backup on record is one of it,
 * says how to make one, once. Returns the error of the session.
 */
int backup_reminder_before(struct backup_reminder *word, struct session *session)
	__attribute__((nonnull, warn_unused_result));

/* Notes down the backup that was made before a first write; NULL: none was. */
void backup_reminder_note_made(const struct backup_reminder *word, const char *path)
	__attribute__((nonnull(1)));

/* flashrom has ended well, and was given so many bytes of the flash: notes down
 * the file, if the whole flash was read into one. */
void backup_reminder_note_read(const struct backup_reminder *word, const struct flashrom_findings *found,
			       uint64_t bytes_read) __attribute__((nonnull));

#endif
