/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hints.h"

#include <string.h>

#include "hint.h"
#include "hint_command.h"
#include "nor_dies.h"

#define LONGEST_PROBE 16

/* ---- a flash with several names ---- */

/* The name that our own table has comes first, then flashrom's order. */
static int first_name(const struct hints_run *run)
{
	const struct nor_die *die = nor_die_find(run->seen->jedec_id);

	for (int i = 0; die && i < run->found->n_names; i++)
		if (!strcmp(run->found->names[i], die->part))
			return i;
	return 0;
}

static void say_with_name(const struct hint *hint, int i)
{
	const struct flashrom_args *args = hint->run->args;
	const int behind = args->programmer ? args->index : args->commands;
	struct hint_command command;

	hint_command_begin(&command, hint->run);
	hint_command_edit(&command, HINT_BEHIND, behind, "-c");
	hint_command_edit(&command, HINT_BEHIND, behind, hint->run->found->names[i]);
	hint_command_say(&command, hint);
}

static void name_the_chip(const struct hint *hint)
{
	const struct hints_run *run = hint->run;
	const int first = first_name(run);

	hint_say(hint, MESSAGE_INFO,
		 "%s knows %d kinds of flash with this ID (%06X). Repeat the command with one of them; if it "
		 "fails, with the next:",
		 hint_program(hint), run->found->n_names, (unsigned int)run->seen->jedec_id);
	say_with_name(hint, first);
	for (int i = 0; i < run->found->n_names; i++)
		if (i != first)
			say_with_name(hint, i);
}

/* ---- a flash without a name ---- */

static bool is_unknown_chip(const struct hints_run *run)
{
	static const char generic[] = "unknown SPI chip";

	return !strncmp(run->found->name, generic, strlen(generic));
}

static void report_the_chip(const struct hint *hint)
{
	hint_say(hint, hint->run->args->operation ? MESSAGE_ERROR : MESSAGE_WARNING,
		 "Neither %s nor this programmer knows a flash with the ID %06X. If the next run shows another "
		 "ID, it is the wiring or the supply; if it is the same again, please report chip and ID.",
		 hint_program(hint), (unsigned int)hint->run->seen->jedec_id);
}

/* ---- write protection ---- */

/* flashprog has commands in place of these options. */
static void use_the_command(const struct hint *hint)
{
	const struct flashrom_args *args = hint->run->args;
	const char *word = args->wp + strlen("wp-"), *element = hint->run->argv[args->wp_index];
	const char *value = strchr(element, '=');
	struct hint_command command;

	hint_say(hint, MESSAGE_INFO,
		 "flashprog has commands in place of the options --wp-..., one for each call%s",
		 args->n_wp > 1 ? "; see its `wp --help`." : ":");
	if (args->n_wp != 1)
		return;
	hint_command_begin(&command, hint->run);
	hint_command_edit(&command, HINT_BEHIND, 0, "wp");
	hint_command_edit(&command, HINT_BEHIND, 0, word);
	hint_command_edit(&command, HINT_INSTEAD, args->wp_index, value ? value + 1 : "");
	hint_command_say(&command, hint);
}

/* ---- a sandbox ---- */

static bool is_shut_out(const struct hints_run *run)
{
	return run->found->cannot_connect && !run->seen->started;
}

static void leave_the_sandbox(const struct hint *hint)
{
	hint_say(hint, MESSAGE_ERROR,
		 "%s cannot open what this programmer gives it, probably because it runs in a snap, a "
		 "flatpak or a container. Install it as a package of your distribution, or set FLASHROM to "
		 "the path of another one.",
		 hint_program(hint));
}

/* ---- what flashrom was given ---- */

/* Probing asks for a few bytes at a time, SFDP apart. With enter=never there may
 * be a flash whose way to read we do not know, but it is not read byte by byte. */
static bool is_content(const struct nor_command *command)
{
	return command->kind == NOR_KIND_READ ||
	       (command->kind != NOR_KIND_READ_SFDP && command->in_length > LONGEST_PROBE);
}

void hints_note_answer(struct hints_seen *seen, const struct nor_command *command)
{
	const uint8_t *in = command->in;

	if (command->kind == NOR_KIND_READ_ID && command->in_length >= 3)
		seen->jedec_id = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
	if (is_content(command))
		seen->bytes_read += command->in_length;
}

/* ---- all together ---- */

/* It exited with 0, but was never given what it had to read or compare. */
static bool is_wrong_success(const struct hints_run *run)
{
	const char operation = run->args->operation;

	return run->status == 0 && run->seen->started && !run->seen->bytes_read &&
	       (operation == 'r' || operation == 'v' || operation == 'x');
}

int hints_status(const struct hints_run *run)
{
	return is_wrong_success(run) ? 1 : run->status;
}

/* One hint is enough: flashrom stops at the first problem. */
static void help_after_failure(const struct hint *hint)
{
	const struct hints_run *run = hint->run;

	if (is_shut_out(run)) {
		leave_the_sandbox(hint);
		return;
	}
	if (hint_at_regions(hint) || hint_at_sizes(hint) || hint_at_short_read(hint))
		return;
	if (run->found->is_flashprog && run->args->wp && !run->seen->started)
		use_the_command(hint);
}

void hints_give(const struct hints_run *run, hints_say_fn *say, void *arg)
{
	const struct hint hint = { run, say, arg };

	if (is_wrong_success(run))
		hint_say(&hint, MESSAGE_ERROR,
			 "%s has ended as if all were well, but it has read nothing from the flash.",
			 hint_program(&hint));
	if (run->found->n_names > 1)
		name_the_chip(&hint);
	else if (is_unknown_chip(run))
		report_the_chip(&hint);
	else if (run->status)
		help_after_failure(&hint);
	else
		hint_at_wrong_size(&hint);
}
