/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file_read.h"
#include "hint.h"
#include "hint_command.h"
#include "hint_recipe.h"
#include "image.h"
#include "placement.h"
#include "unused_path.h"

#define PROBLEM_SIZE 4608 /* for a long path */

struct sizes {
	const struct hint *hint;
	struct file_content file;
	struct image_facts facts; /* points to itself */
	struct placement plan;
	struct hint_recipe recipe;
};

/* ---- which file it was ---- */

static bool has_size(const char *path, uint64_t size)
{
	uint64_t found;

	return file_is_regular(path, &found) && found == size;
}

/* A regular file can be looked at again, a pipe cannot. */
static bool is_stream(const char *path)
{
	uint64_t size;

	return path && (!strcmp(path, "-") || (!access(path, F_OK) && !file_is_regular(path, &size)));
}

/* The -i REGION:FILE with a file of this size, or NULL. */
static const char *refused_include(const struct hints_run *run)
{
	const struct flashrom_args *args = run->args;
	size_t length;

	for (int i = 0; i < args->n_includes; i++)
		if (has_size(flashrom_args_region_file(args->includes[i].value, &length),
			     run->found->refused_size))
			return args->includes[i].value;
	return NULL;
}

/* ---- sentences ---- */

static void say_the_rule(const struct hint *hint, const char *what, const char *name)
{
	const struct flashrom_findings *found = hint->run->found;

	hint_say(hint, MESSAGE_INFO, "%s takes only a file as large as the %s, %llu bytes. %s has %llu.",
		 hint_program(hint), what, (unsigned long long)found->wanted_size, name,
		 (unsigned long long)found->refused_size);
}

static void say_stream(const struct hint *hint)
{
	say_the_rule(hint, "flash", "What came here");
	hint_say(hint, MESSAGE_INFO,
		 "Put it into a file and repeat the command with that: then it can be looked at, and lines "
		 "that work are given here.");
}

/* Only the user knows where it belongs. */
static void say_own_place(const struct hint *hint)
{
	hint_say(hint, MESSAGE_INFO,
		 "Put it over a copy of your backup (dd conv=notrunc, seek= for its place) and use that; or "
		 "name its region, and no other, with -l and -i.");
}

static void say_part_of_regions(const struct hint *hint)
{
	const struct flashrom_args *args = hint->run->args;
	char *whole = unused_path(args->file, ".whole.bin");
	struct hint_command command;
	struct hint_line line;

	if (!whole)
		return;
	hint_say(hint, MESSAGE_INFO, "Nothing of it is used beside -i REGION:FILE, so one with zeros will do:");
	if (hint_line_begin(&line)) {
		fprintf(line.out, HINT_INDENT " truncate -s %llu ", (unsigned long long)hint->run->found->size);
		hint_line_file(&line, whole);
		hint_line_end(&line, hint, MESSAGE_INFO);
	}
	hint_command_begin(&command, hint->run);
	hint_command_set_file(&command, whole);
	hint_command_say(&command, hint);
	free(whole);
}

/* ---- what is in the file ---- */

static bool is_code_with_place(const struct image_facts *facts)
{
	switch (facts->kind) {
	case IMAGE_FULL:
	case IMAGE_PARTIAL:
	case IMAGE_QIO:
	case IMAGE_BOOTLOADER:
	case IMAGE_UA:
	case IMAGE_FROM_APPLICATION: return true;
	default: return false;
	}
}

static void say_problem(const struct sizes *sizes)
{
	char text[1024];

	image_problem_text(&sizes->facts, &sizes->facts.problems[0], text, sizeof(text));
	hint_say(sizes->hint, MESSAGE_INFO, "%s It is not fit to be written.", text);
}

/* Why it must not be written (or compared) anywhere. False: it may be. */
static bool say_unfit(const struct sizes *sizes)
{
	const struct image_facts *facts = &sizes->facts;
	const bool to_write = sizes->hint->run->args->operation == 'w';

	switch (facts->kind) {
	case IMAGE_NOTHING:
		hint_say(sizes->hint, MESSAGE_INFO, "It is empty: download or copy it again.");
		return true;
	case IMAGE_RBL:
		hint_say(sizes->hint, MESSAGE_INFO,
			 "It is an update (RBL) for a running device and cannot be written through SPI. Take "
			 "the file whose name says QIO (bootloader and application) or UA (the application).");
		return true;
	case IMAGE_RAW: say_problem(sizes); return true;
	case IMAGE_FILLED:
		if (to_write)
			hint_say(sizes->hint, MESSAGE_INFO,
				 "All its bytes are %02X: it is neither firmware nor a backup.", facts->fill);
		return to_write;
	default:
		/* An unknown file is not a damaged one. */
		if (!to_write || !facts->n_problems || facts->problems[0].type == IMAGE_PROBLEM_NOT_BEKEN)
			return false;
		say_problem(sizes);
		return true;
	}
}

/* ---- whether and how it fits ---- */

static bool say_plan(const struct sizes *sizes)
{
	const struct placement *plan = &sizes->plan;
	const bool in_region = sizes->recipe.include != NULL;

	switch (plan->tail) {
	case PLACEMENT_TOO_LARGE:
		hint_say(sizes->hint, MESSAGE_INFO, "It does not fit, and what is too much is not empty: %s.",
			 in_region ? "is it for another region?" : "it is for a larger flash");
		return false;
	case PLACEMENT_ERASED_TAIL:
		hint_say(sizes->hint, MESSAGE_INFO, "What does not fit is erased (FF) and is cut off.");
		return true;
	case PLACEMENT_REPEATED_TAIL:
		hint_say(sizes->hint, MESSAGE_INFO,
			 "It repeats itself, as a flash does that is read past its end, and is cut off there.");
		return true;
	default: return true;
	}
}

static void say_rf(const struct sizes *sizes)
{
	if (!sizes->plan.n_rf)
		return;
	for (size_t i = 0; i < sizes->plan.n_regions; i++) {
		if (!sizes->plan.regions[i].rf)
			continue;
		hint_say(sizes->hint, MESSAGE_INFO,
			 "The RF calibration at 0x%llx is left out, since each device has its own. Only if "
			 "this device has lost it, and the file is its backup, add -i %s to the last line.",
			 (unsigned long long)sizes->plan.regions[i].start, hint_recipe_rf_name(&sizes->recipe));
		return;
	}
}

static void say_recipe(const struct sizes *sizes)
{
	if (hint_recipe_repeats_byte(&sizes->recipe, sizes->hint))
		hint_say(sizes->hint, MESSAGE_INFO,
			 "It ends inside of a sector. The line with bs=1 is for flashrom 1.4 to 1.8, which "
			 "would call the last byte wrong; nothing more is written.");
	if (sizes->hint->run->args->operation == 'v')
		hint_say(sizes->hint, MESSAGE_INFO, "These lines compare it with the flash:");
	else if (sizes->recipe.include)
		hint_say(sizes->hint, MESSAGE_INFO, "These lines write it there and leave all else as it is:");
	else
		hint_say(sizes->hint, MESSAGE_INFO,
			 "These lines write it and leave all else as it is, the RF calibration included:");
	hint_recipe_say(&sizes->recipe, sizes->hint);
}

static void plan_and_say(struct sizes *sizes, uint64_t address, uint64_t end)
{
	const struct placement_room room = { sizes->recipe.flash, address, end };
	const struct hint *hint = sizes->hint;

	placement_make(&sizes->plan, sizes->file.data, &sizes->facts, &room);
	if (!say_plan(sizes))
		return;
	/* flashprog writes only regions of whole pages. */
	if (hint->run->found->is_flashprog && hint->run->args->operation == 'w')
		sizes->recipe.read_first = placement_align(&sizes->plan, room.flash);
	if (sizes->recipe.read_first)
		hint_say(hint, MESSAGE_INFO,
			 "It does not fill its last page, which flashprog can write only as a whole: so the "
			 "flash is read first.");
	say_rf(sizes);
	say_recipe(sizes);
}

/* ---- a file for the user's region ---- */

static void help_in_region(struct sizes *sizes)
{
	const struct flashrom_region *region = &sizes->recipe.region;
	const struct image_facts *facts = &sizes->facts;

	if (facts->kind == IMAGE_NOTHING) {
		say_unfit(sizes);
		return;
	}
	if (is_code_with_place(facts) && facts->address != region->start) {
		hint_say(sizes->hint, MESSAGE_INFO,
			 "It is %s, but this region starts at 0x%llx. Leave -l and -i away, and lines that "
			 "work are given here.",
			 image_kind_description(facts->kind), (unsigned long long)region->start);
		return;
	}
	/* Otherwise trust the user: an RBL may be meant for its partition. */
	if (is_code_with_place(facts) && say_unfit(sizes))
		return;
	plan_and_say(sizes, region->start, region->start + region->length);
}

/* ---- a file for the whole flash ---- */

/* Gives no complete command, since that could do harm. */
static void help_unknown(struct sizes *sizes)
{
	const struct placement_room room = { sizes->recipe.flash, 0, sizes->recipe.flash };

	hint_say(sizes->hint, MESSAGE_INFO, "Nothing in it says where in the flash it belongs.");
	if (sizes->facts.size <= sizes->recipe.flash) {
		say_own_place(sizes->hint);
		return;
	}
	placement_make(&sizes->plan, sizes->file.data, &sizes->facts, &room);
	if (say_plan(sizes))
		hint_say(sizes->hint, MESSAGE_INFO,
			 "If it is for the whole flash, and also for the RF calibration that a Beken chip has "
			 "in it, write what head -c %llu makes of it.",
			 (unsigned long long)sizes->recipe.flash);
}

static void help_with_whole(struct sizes *sizes)
{
	const struct image_facts *facts = &sizes->facts;
	const bool to_write = sizes->hint->run->args->operation == 'w';

	if (say_unfit(sizes))
		return;
	if (!is_code_with_place(facts) && to_write) {
		help_unknown(sizes);
		return;
	}
	hint_say(sizes->hint, MESSAGE_INFO, "It is %s.", image_kind_description(facts->kind));
	if (facts->kind == IMAGE_FULL && facts->size < sizes->recipe.flash)
		hint_say(sizes->hint, MESSAGE_INFO, "This flash is larger than that: is it the right file?");
	plan_and_say(sizes, facts->address, sizes->recipe.flash);
}

/* ---- all together ---- */

static void look_and_help(const struct hint *hint, const char *path, const char *include,
			  const struct flashrom_region *region)
{
	struct sizes *sizes = calloc(1, sizeof(*sizes));
	char problem[PROBLEM_SIZE];

	if (!sizes)
		return;
	sizes->hint = hint;
	if (file_read(&sizes->file, path, IMAGE_MAX_SIZE, problem, sizeof(problem))) {
		hint_say(hint, MESSAGE_INFO, "%s", problem);
		free(sizes);
		return;
	}
	image_find(&sizes->facts, sizes->file.data, sizes->file.size, NULL);
	sizes->recipe = (struct hint_recipe){
		.plan = &sizes->plan,
		.path = path,
		.size = sizes->file.size,
		.flash = hint->run->found->size,
		.include = include,
	};
	if (include) {
		sizes->recipe.region = *region;
		help_in_region(sizes);
	} else {
		help_with_whole(sizes);
	}
	file_read_free(&sizes->file);
	free(sizes);
}

static bool find_region(const struct flashrom_args *args, struct flashrom_region *region)
{
	size_t length;

	if (args->n_includes != 1)
		return false;
	flashrom_args_region_file(args->includes[0].value, &length);
	return flashrom_layout_find(args->layout, args->includes[0].value, length, region);
}

static void help_with_file(const struct hint *hint)
{
	const struct flashrom_args *args = hint->run->args;
	const char *file = args->file;
	struct flashrom_region region;
	const bool one = find_region(args, &region);
	size_t length;

	say_the_rule(hint, "flash", file);
	if (one && flashrom_args_region_file(args->includes[0].value, &length))
		file = flashrom_args_region_file(args->includes[0].value, &length);
	/* The file of the region would be refused next. */
	if (one && (file == args->file || !has_size(file, region.length)))
		look_and_help(hint, file, args->includes[0].value, &region);
	else if (args->n_includes && flashrom_args_region_files(args) == args->n_includes)
		say_part_of_regions(hint);
	else if (args->n_includes || args->other_layout)
		say_own_place(hint);
	else
		look_and_help(hint, args->file, NULL, NULL);
}

/* The file is meant for -w or -v itself. */
static void say_without_region_file(const struct hint *hint, const char *include, const char *file)
{
	char *name = strndup(include, strcspn(include, ":"));
	struct hint_command command;

	if (!name)
		return;
	hint_say(hint, MESSAGE_INFO, "It is as large as the flash, so the region can be taken out of it:");
	hint_command_begin(&command, hint->run);
	hint_command_set_value(&command, include, name);
	hint_command_set_file(&command, file);
	hint_command_say(&command, hint);
	free(name);
}

static void help_with_region_file(const struct hint *hint, const char *include)
{
	const struct flashrom_args *args = hint->run->args;
	struct flashrom_region region;
	size_t length;
	const char *file = flashrom_args_region_file(include, &length);

	say_the_rule(hint, "region", file);
	if (args->n_includes == 1 && hint->run->found->refused_size == hint->run->found->size)
		say_without_region_file(hint, include, file);
	else if (find_region(args, &region))
		look_and_help(hint, file, include, &region);
}

bool hint_at_sizes(const struct hint *hint)
{
	const struct hints_run *run = hint->run;
	const struct flashrom_findings *found = run->found;
	const char *file = run->args->file, *include;

	if (!hint_writes(hint) || !found->wanted_size || !found->size)
		return false;
	if (found->wanted_size == found->size && has_size(file, found->refused_size)) {
		help_with_file(hint);
		return true;
	}
	include = refused_include(run);
	if (include)
		help_with_region_file(hint, include);
	else if (is_stream(file))
		say_stream(hint);
	return include || is_stream(file);
}
