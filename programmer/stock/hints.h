/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What to do next where flashrom has stopped a person, and where a release of
 * it says that all went well and it did not.
 */
#ifndef CH341A_BEKEN_HINTS_H
#define CH341A_BEKEN_HINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "flashrom_args.h"
#include "flashrom_log.h"
#include "frontend.h"
#include "nor_command.h"

/* What flashrom has asked of the programmer. All zero at the start. */
struct hints_seen {
	bool started;	     /* to be started */
	uint32_t jedec_id;   /* that it was told, or 0 */
	uint64_t bytes_read; /* of the flash's content, that it was given */
};

/* To be called with each command that the flash has answered. */
void hints_note_answer(struct hints_seen *seen, const struct nor_command *command);

/* One run of flashrom that has ended by itself. */
struct hints_run {
	int argc;
	char *const *argv; /* as the user has typed it */
	const struct flashrom_args *args;
	const struct flashrom_findings *found;
	const struct hints_seen *seen;
	int status; /* its exit status */
};

/* The exit status that is right: flashrom's, or 1 if that was 0 although the
 * content that was to be read or compared was never asked for. */
int hints_status(const struct hints_run *run);

/* Takes one sentence, or one command line, which begins with blanks. */
typedef void hints_say_fn(void *arg, enum message_level level, const char *text);

/* Says what helps. */
void hints_give(const struct hints_run *run, hints_say_fn *say, void *arg);

#endif
