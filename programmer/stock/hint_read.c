/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>
#include <unistd.h>

#include "file_read.h"
#include "flashrom_layout.h"
#include "hint.h"
#include "image.h"
#include "nor_dies.h"

#define PROBLEM_SIZE 4608 /* for a long path */

/* ---- no room for it ---- */

/* A file that was to be written, and its size. */
struct target {
	const char *path;
	uint64_t size;
};

/* Only of a regular file is it known how much was written. */
static bool is_short(const struct hints_run *run, const struct target *target)
{
	const char *path = target->path ? output_files_written(run->outputs, target->path) : NULL;
	uint64_t size;

	return path && !access(path, F_OK) && (!file_is_regular(path, &size) || size < target->size);
}

static bool find_short(const struct hints_run *run, struct target *target)
{
	const struct flashrom_args *args = run->args;

	for (int i = 0; i < args->n_includes; i++) {
		const char *value = args->includes[i].value;
		struct flashrom_region region;
		size_t length;

		target->path = flashrom_args_region_file(value, &length);
		if (!target->path || !flashrom_layout_find(args->layout, value, length, &region))
			continue;
		target->size = region.length;
		if (is_short(run, target))
			return true;
	}
	*target = (struct target){ args->file, run->found->size };
	return is_short(run, target);
}

bool hint_at_short_read(const struct hint *hint)
{
	const struct hints_run *run = hint->run;
	const char operation = run->args->operation;
	struct target target;

	if (!run->found->write_failed || (operation != 'r' && operation != 'x') || !find_short(run, &target))
		return false;
	hint_say(hint, MESSAGE_ERROR,
		 "%s could not write all %llu bytes to %s, so that is no backup. Is the disk full, or may "
		 "files not be so large? Make room for them, or name a file elsewhere.",
		 hint_program(hint), (unsigned long long)target.size, target.path);
	return true;
}

/* ---- read as a flash of another size ---- */

static bool repeats_after(const struct file_content *file, uint64_t size)
{
	return file->size > size && !memcmp(file->data, file->data + size, file->size - (size_t)size);
}

static void say_mistake(const struct hint *hint, const struct nor_die *die, const struct file_content *file)
{
	const char *what = "its end is missing";

	if (file->size > die->size)
		what = repeats_after(file, die->size) ? "it repeats itself" : "it has more than the flash";
	hint_say(hint, MESSAGE_WARNING,
		 "%s has read %s as a flash of %llu bytes, but this one (%s, ID %06X) has %llu. Do not take "
		 "the file for a backup: %s.",
		 hint_program(hint), hint->run->args->file, (unsigned long long)file->size, die->part,
		 (unsigned int)die->jedec_id, (unsigned long long)die->size, what);
}

static void say_remedy(const struct hint *hint, const struct nor_die *die, const struct file_content *file)
{
	if (hint->run->args->chip)
		hint_say(hint, MESSAGE_INFO, "Leave -c and -f out, so that %s finds the flash by itself.",
			 hint_program(hint));
	else if (repeats_after(file, die->size))
		hint_say(hint, MESSAGE_INFO, "The flash is what comes first in it: its first %llu bytes.",
			 (unsigned long long)die->size);
	else
		hint_say(hint, MESSAGE_INFO, "Please report the chip and this line.");
}

void hint_at_wrong_size(const struct hint *hint)
{
	const struct hints_run *run = hint->run;
	const struct nor_die *die = nor_die_find(run->seen->jedec_id);
	const char *path = run->args->file;
	struct file_content file;
	char problem[PROBLEM_SIZE];
	uint64_t size;

	if (run->args->operation != 'r' || !run->seen->bytes_read || !die)
		return;
	if (!file_is_regular(path, &size) || size == die->size)
		return;
	if (file_read(&file, path, IMAGE_MAX_SIZE, problem, sizeof(problem)))
		return;
	say_mistake(hint, die, &file);
	say_remedy(hint, die, &file);
	file_read_free(&file);
}
