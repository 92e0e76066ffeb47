/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* vasprintf() */
#include "hints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file_read.h"
#include "flashrom_layout.h"
#include "image.h"
#include "nor_dies.h"

#define LONGEST_PROBE 16
#define UNKNOWN_CHIP "unknown SPI chip" /* how its name starts */
#define PROBLEM_SIZE 4608		/* for a long path */

/* "flashrom" or "flashprog" */
static const char *program(const struct hints_run *run)
{
	return run->found->is_flashprog ? "flashprog" : "flashrom";
}

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

/* ---- the hints; those that return something tell whether they applied ---- */

static bool hint_at_unknown_chip(const struct hints_run *run)
{
	if (strncmp(run->found->name, UNKNOWN_CHIP, strlen(UNKNOWN_CHIP)) != 0)
		return false;
	frontend_message(
		run->frontend, run->args->operation ? MESSAGE_ERROR : MESSAGE_WARNING,
		"Neither %s nor this programmer knows a flash with the ID %06X. If the next run shows another "
		"ID, it is the wiring or the supply; if it is the same again, please report chip and ID.",
		program(run), (unsigned int)run->seen->jedec_id);
	return true;
}

static bool hint_at_sandbox(const struct hints_run *run)
{
	if (!run->found->cannot_connect || run->seen->started)
		return false;
	frontend_message(
		run->frontend, MESSAGE_ERROR,
		"%s cannot open what this programmer gives it, probably because it runs in a snap, a "
		"flatpak or a container. Install it as a package of your distribution, or set FLASHROM to "
		"the path of another one.",
		program(run));
	return true;
}

static bool hint_at_whole_file(const struct hints_run *run)
{
	if (!run->found->invalid_region && run->seen->started)
		return false;
	if (!run->args->has_region_files && run->args->operation != 'x')
		return false;
	frontend_message(
		run->frontend, MESSAGE_INFO,
		"Not every release of %s takes -i REGION:FILE, or takes it without a file behind -%c. Name the "
		"region alone, with a file as large as the flash; to write, ch341a-beken write --to ADDRESS "
		"FILE.",
		program(run), run->args->operation);
	return true;
}

/* flashprog has commands in place of the options for write protection. */
static void hint_at_command(const struct hints_run *run)
{
	if (!run->found->is_flashprog || !run->args->wp || run->seen->started)
		return;
	frontend_message(
		run->frontend, MESSAGE_INFO,
		"flashprog has commands in place of the options --wp-...: flashprog wp %s. See `flashprog wp "
		"--help`.",
		run->args->wp + strlen("wp-"));
}

/* A file that was to be written, and its size. */
struct target {
	const char *path;
	uint64_t size;
};

/* Only of a regular file is it known how much was written. */
static bool is_short(const struct hints_run *run, const struct target *target)
{
	const char *path = target->path ? output_files_written(run->outputs, target->path) : NULL;

	/* -1 as well. */
	return path && !access(path, F_OK) && file_size(path) < (int64_t)target->size;
}

static bool find_short(const struct hints_run *run, struct target *target)
{
	const struct flashrom_args *args = run->args;

	for (int i = 0; i < args->n_includes; i++) {
		const struct flashrom_include *include = &args->includes[i];
		struct flashrom_region region;

		target->path = include->file;
		if (!target->path ||
		    !flashrom_layout_find(args->layout, include->region, include->region_length, &region))
			continue;
		target->size = region.length;
		if (is_short(run, target))
			return true;
	}
	*target = (struct target){ args->file, run->found->size };
	return is_short(run, target);
}

static bool hint_at_short_read(const struct hints_run *run)
{
	const char operation = run->args->operation;
	struct target target;

	if (!run->found->write_failed || (operation != 'r' && operation != 'x') || !find_short(run, &target))
		return false;
	frontend_message(
		run->frontend, MESSAGE_ERROR,
		"%s could not write all %llu bytes to %s, so that is no backup. Is the disk full, or may "
		"files not be so large? Make room for them, or name a file elsewhere.",
		program(run), (unsigned long long)target.size, target.path);
	return true;
}

static bool repeats_after(const struct file_content *file, uint64_t size)
{
	return file->size > size && !memcmp(file->data, file->data + size, file->size - (size_t)size);
}

static void hint_at_wrong_size(const struct hints_run *run)
{
	const struct nor_die *die = nor_die_find(run->seen->jedec_id);
	const char *path = run->args->file;
	struct file_content file;
	const int64_t size = file_size(path);
	const char *what;
	bool repeats;
	char problem[PROBLEM_SIZE];

	if (run->args->operation != 'r' || !run->seen->bytes_read || !die)
		return;
	if (size < 0 || size == (int64_t)die->size)
		return;
	if (file_read(&file, path, IMAGE_MAX_SIZE, problem, sizeof(problem)))
		return;
	repeats = repeats_after(&file, die->size);
	what = repeats		       ? "it repeats itself"
	       : file.size > die->size ? "it has more than the flash"
				       : "its end is missing";
	frontend_message(
		run->frontend, MESSAGE_WARNING,
		"%s has read %s as a flash of %llu bytes, but this one (%s, ID %06X) has %llu. Do not take "
		"the file for a backup: %s.",
		program(run), path, (unsigned long long)file.size, die->part, (unsigned int)die->jedec_id,
		(unsigned long long)die->size, what);
	file_read_free(&file);
	if (run->args->chip)
		frontend_message(run->frontend, MESSAGE_INFO,
				 "Leave -c and -f out, so that %s finds the flash by itself.", program(run));
	else if (repeats)
		frontend_message(run->frontend, MESSAGE_INFO,
				 "The flash is what comes first in it: its first %llu bytes.",
				 (unsigned long long)die->size);
	else
		frontend_message(run->frontend, MESSAGE_INFO, "Please report the chip and this line.");
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

void hints_give(const struct hints_run *run)
{
	if (is_wrong_success(run))
		frontend_message(run->frontend, MESSAGE_ERROR,
				 "%s has ended as if all were well, but it has read nothing from the flash.",
				 program(run));
	if (hint_at_unknown_chip(run))
		return;
	/* One is enough: flashrom stops at the first problem. */
	if (!run->status)
		hint_at_wrong_size(run);
	else if (!hint_at_sandbox(run) && !hint_at_whole_file(run) && !hint_at_short_read(run))
		hint_at_command(run);
}
