/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* asprintf() */
#include "hint_recipe.h"

#include <stdlib.h>
#include <string.h>

#include "hint.h"
#include "hint_command.h"
#include "shell_word.h"
#include "unused_path.h"

/* Names are the user's and may be of any length. */
struct work {
	const struct hint_recipe *recipe;
	const struct hint *hint;
	char *whole, *layout; /* names of new files */
	char *base;	      /* of the names of regions */
	char *names[PLACEMENT_REGIONS];
};

static const char *base_name(const struct hint_recipe *recipe)
{
	return recipe->include ? recipe->include : "image";
}

static size_t base_length(const struct hint_recipe *recipe)
{
	return strcspn(base_name(recipe), ":");
}

static const char *rf_base(const struct hint_recipe *recipe)
{
	return base_length(recipe) == 2 && !memcmp(base_name(recipe), "rf", 2) ? "calibration" : "rf";
}

const char *hint_recipe_rf_name(const struct hint_recipe *recipe)
{
	static char name[sizeof("calibration-1")];

	snprintf(name, sizeof(name), "%s%s", rf_base(recipe), recipe->plan->n_rf > 1 ? "-1" : "");
	return name;
}

/* "image", or "image-1" and so on if there are several. */
static char *numbered(const char *base, size_t number, size_t of)
{
	char *name;

	if (of <= 1)
		return strdup(base);
	return asprintf(&name, "%s-%zu", base, number) < 0 ? NULL : name;
}

static bool name_regions(struct work *work)
{
	const struct placement *plan = work->recipe->plan;
	size_t n = 0, n_rf = 0;

	for (size_t i = 0; i < plan->n_regions; i++) {
		if (plan->regions[i].rf)
			work->names[i] = numbered(rf_base(work->recipe), ++n_rf, plan->n_rf);
		else
			work->names[i] = numbered(work->base, ++n, plan->n_regions - plan->n_rf);
		if (!work->names[i])
			return false;
	}
	return true;
}

static bool name_all(struct work *work)
{
	const struct hint_recipe *recipe = work->recipe;

	work->whole = unused_path(recipe->path, ".whole.bin");
	work->layout = unused_path(recipe->path, ".layout");
	work->base = strndup(base_name(recipe), base_length(recipe));
	return work->whole && work->layout && work->base && name_regions(work);
}

static void free_all(struct work *work)
{
	free(work->whole);
	free(work->layout);
	free(work->base);
	for (size_t i = 0; i < PLACEMENT_REGIONS; i++)
		free(work->names[i]);
}

/* ---- the file as large as the flash ---- */

static void say_copy(const struct work *work, const char *program, uint64_t count)
{
	struct hint_line line;

	if (!hint_line_begin(&line))
		return;
	fprintf(line.out, HINT_INDENT " %s ", program);
	if (count)
		fprintf(line.out, "-c %llu ", (unsigned long long)count);
	hint_line_file(&line, work->recipe->path);
	fputs(" >", line.out);
	shell_word_quoted(line.out, work->whole);
	hint_line_end(&line, work->hint, MESSAGE_INFO);
}

static void say_piece(const struct work *work, const struct placement_piece *piece, bool first)
{
	const bool to_end = piece->offset + piece->length == work->recipe->size;
	const struct hint_dd dd = {
		.from = work->recipe->path,
		.to = work->whole,
		.skip = piece->offset,
		.seek = piece->address,
		.count = to_end ? 0 : piece->length,
		.keep = !first || work->recipe->read_first,
	};

	if (piece->offset || piece->address || dd.keep)
		hint_dd_say(&dd, work->hint);
	else
		say_copy(work, to_end ? "cat" : "head", to_end ? 0 : piece->length);
}

static bool ends_in_sector(const struct placement_piece *piece)
{
	return (piece->address + piece->length) % IMAGE_SECTOR != 0;
}

bool hint_recipe_repeats_byte(const struct hint_recipe *recipe, const struct hint *hint)
{
	bool any = false;

	for (size_t i = 0; i < recipe->plan->n_pieces; i++)
		any |= ends_in_sector(&recipe->plan->pieces[i]);
	return any && hint->run->args->operation == 'w' && !hint->run->found->is_flashprog &&
	       !recipe->read_first;
}

/*
 * flashrom 1.4.0 to 1.8.0 compares the last byte of a region that ends inside
 * of a sector with the one that the file has behind it (erasure_layout.c,
 * erase_write() puts newcontents back one byte too low), so both must be the
 * same. It is not written.
 */
static void say_repeated_byte(const struct work *work, const struct placement_piece *piece)
{
	const struct hint_dd dd = {
		.from = work->recipe->path,
		.to = work->whole,
		.skip = piece->offset + piece->length - 1,
		.seek = piece->address + piece->length,
		.count = 1,
		.keep = true,
	};

	if (ends_in_sector(piece))
		hint_dd_say(&dd, work->hint);
}

/* The whole flash, into the file. */
static void say_read(const struct work *work)
{
	const struct flashrom_args *args = work->hint->run->args;
	struct hint_command command;

	hint_command_begin(&command, work->hint->run);
	hint_command_read_into(&command, work->whole);
	if (args->layout)
		hint_command_drop_option(&command, args->layout);
	for (int i = 0; i < args->n_includes; i++)
		hint_command_drop_option(&command, args->includes[i].value);
	hint_command_say(&command, work->hint);
}

/* What follows the image is zeros, which are never written, or what was read. */
static void say_whole_file(const struct work *work)
{
	const struct placement *plan = work->recipe->plan;
	struct hint_line line;
	uint64_t end = work->recipe->read_first ? work->recipe->flash : 0;

	if (work->recipe->read_first)
		say_read(work);
	for (size_t i = 0; i < plan->n_pieces; i++) {
		const uint64_t piece_end = plan->pieces[i].address + plan->pieces[i].length;

		say_piece(work, &plan->pieces[i], i == 0);
		end = piece_end > end ? piece_end : end;
	}
	for (size_t i = 0; hint_recipe_repeats_byte(work->recipe, work->hint) && i < plan->n_pieces; i++)
		say_repeated_byte(work, &plan->pieces[i]);
	if (end == work->recipe->flash || !hint_line_begin(&line))
		return;
	fprintf(line.out, HINT_INDENT " truncate -s %llu ", (unsigned long long)work->recipe->flash);
	hint_line_file(&line, work->whole);
	hint_line_end(&line, work->hint, MESSAGE_INFO);
}

/* ---- the layout ---- */

static void say_layout(const struct work *work)
{
	const struct placement *plan = work->recipe->plan;

	for (size_t i = 0; i < plan->n_regions; i++) {
		const struct placement_region *region = &plan->regions[i];
		struct hint_line line;

		if (!hint_line_begin(&line))
			return;
		fprintf(line.out, HINT_INDENT " echo %08llx:%08llx", (unsigned long long)region->start,
			(unsigned long long)region->end - 1);
		shell_word(line.out, work->names[i]);
		fputs(i ? " >>" : " >", line.out);
		shell_word_quoted(line.out, work->layout);
		hint_line_end(&line, work->hint, MESSAGE_INFO);
	}
}

static bool is_one_region(const struct placement *plan, uint64_t start, uint64_t length)
{
	return plan->n_regions == 1 && !plan->n_rf && plan->regions[0].start == start &&
	       plan->regions[0].end == start + length;
}

/* A write of the whole flash needs none, and for the user's region there is one. */
static bool needs_layout(const struct hint_recipe *recipe)
{
	if (recipe->include)
		return !is_one_region(recipe->plan, recipe->region.start, recipe->region.length);
	return !is_one_region(recipe->plan, 0, recipe->flash);
}

/* ---- the command ---- */

static void insert(struct hint_command *command, const char *option, const char *value)
{
	const int index = command->run->args->operation_index;

	hint_command_edit(command, HINT_BEFORE, index, option);
	if (value)
		hint_command_edit(command, HINT_BEFORE, index, value);
}

static void use_layout(struct hint_command *command, const struct work *work)
{
	const struct flashrom_args *args = command->run->args;
	const struct placement *plan = work->recipe->plan;
	bool taken = !work->recipe->include; /* the user's -i */

	if (args->layout)
		hint_command_set_value(command, args->layout, work->layout);
	else
		insert(command, "-l", work->layout);
	for (size_t i = 0; i < plan->n_regions; i++) {
		if (plan->regions[i].rf)
			continue;
		if (taken)
			insert(command, "-i", work->names[i]);
		else
			hint_command_set_value(command, work->recipe->include, work->names[i]);
		taken = true;
	}
	/* Verifying the rest would read the whole flash twice. */
	if (args->operation == 'w' && !args->noverify_all)
		insert(command, "-N", NULL);
}

static void say_command(const struct work *work)
{
	struct hint_command command;

	hint_command_begin(&command, work->hint->run);
	if (needs_layout(work->recipe))
		use_layout(&command, work);
	else if (work->recipe->include)
		hint_command_set_value(&command, work->recipe->include, work->base);
	hint_command_set_file(&command, work->whole);
	hint_command_say(&command, work->hint);
}

void hint_recipe_say(const struct hint_recipe *recipe, const struct hint *hint)
{
	struct work work = { .recipe = recipe, .hint = hint };

	if (name_all(&work)) {
		say_whole_file(&work);
		if (needs_layout(recipe))
			say_layout(&work);
		say_command(&work);
	}
	free_all(&work);
}
