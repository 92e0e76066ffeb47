/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's command line with changes. */
#ifndef CH341A_BEKEN_HINT_COMMAND_H
#define CH341A_BEKEN_HINT_COMMAND_H

#include <stdbool.h>

#include "hint.h"

#define HINT_COMMAND_EDITS 96

struct hint_command {
	const struct hints_run *run;
	struct hint_command_edit {
		int index; /* of the argv element */
		enum hint_command_place { HINT_BEFORE, HINT_INSTEAD, HINT_BEHIND } place;
		char *text;
	} edits[HINT_COMMAND_EDITS];
	int n;
	bool broken; /* an edit is missing: no memory, or too many */
};

/* Begins without changes. Ends with hint_command_say(). */
void hint_command_begin(struct hint_command *command, const struct hints_run *run);

/* Inserts an element before or behind another one, or replaces that (once); ""
 * in its place removes it. Elements at one place keep their order. */
void hint_command_edit(struct hint_command *command, enum hint_command_place place, int index,
		       const char *text);

/* Replaces a value, which points into its element. */
void hint_command_set_value(struct hint_command *command, const char *value, const char *text);

/* Gives the operation this file, whether it had one or not. */
void hint_command_set_file(struct hint_command *command, const char *path);

/* Makes the operation, whichever it is, one that reads into this file. */
void hint_command_read_into(struct hint_command *command, const char *path);

/* Removes the option with this value, which points into its element. */
void hint_command_drop_option(struct hint_command *command, const char *value);

/* Removes -c and -f. */
void hint_command_let_probe(struct hint_command *command);

/* Says the command and frees it. One that lacks an edit is not said. */
void hint_command_say(struct hint_command *command, const struct hint *hint);

#endif
