/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hints.h"

#include <string.h>

#include "hint.h"
#include "nor_dies.h"

#define LONGEST_PROBE 16

/* ---- a flash with several names ---- */

const char *hints_name_of_flash(const struct flashrom_findings *found, uint32_t jedec_id)
{
	const struct nor_die *die = nor_die_find(jedec_id);

	if (found->n_names < 2)
		return NULL;
	for (int i = 0; die && i < found->n_names; i++) {
		if (!strcmp(found->names[i], die->part))
			return found->names[i];
	}
	return found->names[0];
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
	hint_say(hint, MESSAGE_INFO,
		 "flashprog has commands in place of the options --wp-...: flashprog wp %s. See `flashprog wp "
		 "--help`.",
		 hint->run->args->wp + strlen("wp-"));
}

/* ---- a file for one region ---- */

static bool is_refused_region(const struct hints_run *run)
{
	const bool refused = run->found->invalid_region || !run->seen->started;

	return refused && (flashrom_args_region_files(run->args) || run->args->operation == 'x');
}

static void use_a_whole_file(const struct hint *hint)
{
	hint_say(
		hint, MESSAGE_INFO,
		"Not every release of %s takes -i REGION:FILE, or takes it without a file behind -%c. Name the "
		"region alone, with a file as large as the flash; to write, ch341a-beken write --to ADDRESS "
		"FILE.",
		hint_program(hint), hint->run->args->operation);
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
	if (is_refused_region(run))
		use_a_whole_file(hint);
	else if (!hint_at_short_read(hint) && run->found->is_flashprog && run->args->wp && !run->seen->started)
		use_the_command(hint);
}

void hints_give(const struct hints_run *run, hints_say_fn *say, void *arg)
{
	const struct hint hint = { run, say, arg };

	if (is_wrong_success(run))
		hint_say(&hint, MESSAGE_ERROR,
			 "%s has ended as if all were well, but it has read nothing from the flash.",
			 hint_program(&hint));
	if (is_unknown_chip(run))
		report_the_chip(&hint);
	else if (run->status)
		help_after_failure(&hint);
	else
		hint_at_wrong_size(&hint);
}
