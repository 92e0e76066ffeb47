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

/* Without changes. To be ended by hint_command_say(). */
void hint_command_begin(struct hint_command *command, const struct hints_run *run);

/* Puts an element before or behind another one, or (once) in its place; "" in
 * its place leaves it out. Those of one place keep their order. */
void hint_command_edit(struct hint_command *command, enum hint_command_place place, int index,
		       const char *text);

/* The element that holds a value, which points into it, gets another value. */
void hint_command_set_value(struct hint_command *command, const char *value, const char *text);

/* The operation works on this file, whether it had one or not. */
void hint_command_set_file(struct hint_command *command, const char *path);

/* The operation, whichever it is, becomes one that reads into this file. */
void hint_command_read_into(struct hint_command *command, const char *path);

/* Leaves the option with this value, which points into its element, out. */
void hint_command_drop_option(struct hint_command *command, const char *value);

/* Leaves -c and -f out. */
void hint_command_let_probe(struct hint_command *command);

/* Says it and frees what it has. A command with an edit missing is not said. */
void hint_command_say(struct hint_command *command, const struct hint *hint);

#endif
