/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include "flashrom_layout.h"
#include "hint.h"
#include "hint_command.h"

/* Copies between the file for one region and the one for the whole flash. */
static void say_dd(const struct hint *hint, int include, const char *whole)
{
	const struct flashrom_args *args = hint->run->args;
	const char *value = args->includes[include].value;
	struct flashrom_region region;
	size_t name_length;
	const char *file = flashrom_args_region_file(value, &name_length);
	struct hint_dd dd = { .count = 0 };

	if (!file || !flashrom_layout_find(args->layout, value, name_length, &region))
		return;
	dd.count = region.length;
	dd.keep = hint_writes(hint);
	dd.from = dd.keep ? file : whole;
	dd.to = dd.keep ? whole : file;
	*(dd.keep ? &dd.seek : &dd.skip) = region.start;
	hint_dd_say(&dd, hint);
}

/* REGION:FILE becomes REGION. */
static void cut_file(struct hint_command *command, const char *value)
{
	size_t length;
	char *name;

	if (!flashrom_args_region_file(value, &length))
		return;
	name = strndup(value, length);
	if (name)
		hint_command_set_value(command, value, name);
	else
		command->broken = true;
	free(name);
}

/* The user's command, for the whole flash in one file. */
static void say_command_for_whole(const struct hint *hint, const char *whole)
{
	const struct flashrom_args *args = hint->run->args;
	struct hint_command command;

	hint_command_begin(&command, hint->run);
	for (int i = 0; i < args->n_includes; i++)
		cut_file(&command, args->includes[i].value);
	if (args->operation == 'x') {
		hint_command_edit(&command, HINT_INSTEAD, args->operation_index, "-r");
		hint_command_edit(&command, HINT_BEHIND, args->operation_index, whole);
	} else {
		hint_command_set_file(&command, whole);
	}
	hint_command_say(&command, hint);
}

/* flashprog has no files for single regions. */
static void use_a_whole_file(const struct hint *hint)
{
	const struct flashrom_args *args = hint->run->args;
	const char *whole = args->file && !hint_writes(hint) ? args->file : HINT_WHOLE;

	if (hint_writes(hint)) {
		hint_say(hint, MESSAGE_INFO,
			 "flashprog has no -i REGION:FILE. Put the file into a copy of your backup, and write "
			 "the region from there:");
		hint_say(hint, MESSAGE_INFO, HINT_INDENT " cp " HINT_BACKUP " " HINT_WHOLE);
	} else {
		hint_say(hint, MESSAGE_INFO,
			 "flashprog has no %s. Read into a file for the whole flash, and cut the region out of "
			 "it:",
			 args->operation == 'x' ? "-x" : "-i REGION:FILE");
		say_command_for_whole(hint, whole);
	}
	for (int i = 0; i < args->n_includes; i++)
		say_dd(hint, i, whole);
	if (hint_writes(hint))
		say_command_for_whole(hint, whole);
}

/* flashrom before 1.5 wants a file for the whole flash beside those for
 * regions. */
static void add_a_whole_file(const struct hint *hint)
{
	const struct flashrom_args *args = hint->run->args;
	struct hint_command command;

	hint_say(hint, MESSAGE_INFO,
		 "This release of flashrom wants a file behind -%c also with -i REGION:FILE, as large as the "
		 "flash%s",
		 args->operation, hint_writes(hint) ? ". Nothing of it is used, so your backup will do:" : ":");
	hint_command_begin(&command, hint->run);
	hint_command_edit(&command, HINT_BEHIND, args->operation_index,
			  hint_writes(hint) ? HINT_BACKUP : HINT_WHOLE);
	hint_command_say(&command, hint);
}

bool hint_at_regions(const struct hint *hint)
{
	const struct hints_run *run = hint->run;
	const struct flashrom_args *args = run->args;
	const bool refused = run->found->invalid_region || !run->seen->started;

	if (!refused || !(flashrom_args_region_files(args) || args->operation == 'x'))
		return false;
	if (run->found->is_flashprog)
		use_a_whole_file(hint);
	else if (!run->seen->started && !args->file && args->operation != 'x')
		add_a_whole_file(hint);
	else
		return false;
	return true;
}
