/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hints.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "flashrom_layout.h"
#include "nor_dies.h"
#include "nor_opcodes.h"

#define TEXT_SIZE 4096
#define LONGEST_PROBE 16
/* One blank less than it looks like: each word brings one. */
#define INDENT "   "
/* Stands for the file that only the user knows. */
#define BACKUP "backup.bin"
#define WHOLE "whole.bin"
/* Blocks that dd copies: the larger, the faster. */
#define MAX_BLOCK 4096u

struct hints {
	const struct hints_run *run;
	hints_say_fn *say;
	void *arg;
};

/* A change of the user's command line. */
struct edit {
	int index;		/* of the argv element */
	const char *instead;	/* NULL: it stays */
	const char *after[2];	/* elements to insert behind it */
};

struct text {
	char text[TEXT_SIZE];
	size_t used;
};

static void __attribute__((format(printf, 3, 4)))
say(const struct hints *hints, enum message_level level, const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	hints->say(hints->arg, level, text);
}

static const char *program(const struct hints *hints)
{
	return hints->run->found->is_flashprog ? "flashprog" : "flashrom";
}

/* ---- command lines ---- */

static void append(struct text *text, const char *more)
{
	const size_t n = strlen(more);

	if (n >= sizeof(text->text) - text->used)
		return;
	memcpy(text->text + text->used, more, n + 1);
	text->used += n;
}

/* For a shell: as it is, or in quotation marks. */
static void append_quoted(struct text *text, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";

	if (*word && !word[strspn(word, plain)]) {
		append(text, word);
		return;
	}
	append(text, "'");
	for (; *word; word++) {
		const char character[] = { *word, '\0' };

		append(text, *word == '\'' ? "'\\''" : character);
	}
	append(text, "'");
}

static void append_word(struct text *text, const char *word)
{
	append(text, " ");
	append_quoted(text, word);
}

static void append_element(struct text *text, const char *element, int index, const struct edit *edits, int n)
{
	bool left_out = false;

	for (int i = 0; i < n; i++) {
		if (edits[i].index != index || !edits[i].instead)
			continue;
		element = edits[i].instead;
		left_out = !*element;
	}
	if (!left_out)
		append_word(text, element);
	for (int i = 0; i < n; i++)
		for (int k = 0; edits[i].index == index && k < 2 && edits[i].after[k]; k++)
			append_word(text, edits[i].after[k]);
}

/* The user's command line with these changes; an element that is replaced by
 * nothing is left out. */
static void say_command(const struct hints *hints, const struct edit *edits, int n)
{
	struct text text = { .used = 0 };

	append(&text, INDENT);
	for (int i = 0; i < hints->run->argc; i++)
		append_element(&text, hints->run->argv[i], i, edits, n);
	hints->say(hints->arg, MESSAGE_INFO, text.text);
}

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

static void say_with_name(const struct hints *hints, int i)
{
	const struct flashrom_args *args = hints->run->args;
	const int behind = args->programmer ? args->index : args->commands;
	const struct edit edit = { behind, NULL, { "-c", hints->run->found->names[i] } };

	say_command(hints, &edit, 1);
}

static void name_the_chip(const struct hints *hints)
{
	const struct hints_run *run = hints->run;
	const int first = first_name(run);

	say(hints, MESSAGE_INFO,
	    "%s knows %d kinds of flash with this ID (%06X). Repeat the command with one of them; if it fails, "
	    "with the next:", program(hints), run->found->n_names, (unsigned int)run->seen->jedec_id);
	say_with_name(hints, first);
	for (int i = 0; i < run->found->n_names; i++)
		if (i != first)
			say_with_name(hints, i);
}

/* ---- a flash without a name ---- */

static bool is_unknown_chip(const struct hints_run *run)
{
	static const char generic[] = "unknown SPI chip";

	return !strncmp(run->found->name, generic, strlen(generic));
}

static void report_the_chip(const struct hints *hints)
{
	say(hints, hints->run->args->operation ? MESSAGE_ERROR : MESSAGE_WARNING,
	    "Neither %s nor this programmer knows a flash with the ID %06X. If the next run shows another ID, "
	    "it is the wiring or the supply; if it is the same again, please report chip and ID.",
	    program(hints), (unsigned int)hints->run->seen->jedec_id);
}

/* ---- files for single regions ---- */

static int count_region_files(const struct flashrom_args *args)
{
	size_t length;
	int n = 0;

	for (int i = 0; i < args->n_includes; i++)
		n += !!flashrom_args_region_file(args->includes[i].value, &length);
	return n;
}

/* The largest that divides both. */
static unsigned int block_size(uint64_t a, uint64_t b)
{
	unsigned int block = MAX_BLOCK;

	while (a % block || b % block)
		block /= 2;
	return block;
}

static void append_count(struct text *text, const char *operand, uint64_t count)
{
	char number[32];

	snprintf(number, sizeof(number), "%llu", (unsigned long long)count);
	append(text, operand);
	append(text, number);
}

static bool writes(const struct flashrom_args *args)
{
	return args->operation == 'w' || args->operation == 'v';
}

/* Copies between the file for one region and the one for the whole flash. */
static void say_dd(const struct hints *hints, int include, const char *whole)
{
	const struct flashrom_args *args = hints->run->args;
	const char *value = args->includes[include].value;
	struct text text = { .used = 0 };
	struct flashrom_region region;
	size_t name_length;
	const char *file = flashrom_args_region_file(value, &name_length);
	unsigned int block;

	if (!file || !flashrom_layout_find(args->layout, value, name_length, &region))
		return;
	block = block_size(region.start, region.length);
	append(&text, INDENT " dd if=");
	append_quoted(&text, writes(args) ? file : whole);
	append(&text, " of=");
	append_quoted(&text, writes(args) ? whole : file);
	append_count(&text, " bs=", block);
	append_count(&text, writes(args) ? " seek=" : " skip=", region.start / block);
	append_count(&text, " count=", region.length / block);
	if (writes(args))
		append(&text, " conv=notrunc");
	hints->say(hints->arg, MESSAGE_INFO, text.text);
}

/* The element with its value cut off behind REGION. */
static void cut_file(char *element, size_t size, const struct hints_run *run, int include)
{
	const char *value = run->args->includes[include].value;
	const char *whole = run->argv[run->args->includes[include].index];
	size_t length;

	flashrom_args_region_file(value, &length);
	snprintf(element, size, "%.*s", (int)((size_t)(value - whole) + length), whole);
}

/* The user's command, for the whole flash in one file. */
static void say_command_for_whole(const struct hints *hints, const char *whole)
{
	const struct flashrom_args *args = hints->run->args;
	char elements[FLASHROM_ARGS_INCLUDES][256];
	struct edit edits[FLASHROM_ARGS_INCLUDES + 1];
	int n = 0;

	for (; n < args->n_includes; n++) {
		cut_file(elements[n], sizeof(elements[n]), hints->run, n);
		edits[n] = (struct edit){ args->includes[n].index, elements[n], { NULL } };
	}
	if (args->operation == 'x')
		edits[n++] = (struct edit){ args->operation_index, "-r", { whole } };
	else if (!args->file)
		edits[n++] = (struct edit){ args->operation_index, NULL, { whole } };
	else if (args->file_index != args->operation_index)
		edits[n++] = (struct edit){ args->file_index, whole, { NULL } };
	say_command(hints, edits, n);
}

/* flashprog has no files for single regions. */
static void use_a_whole_file(const struct hints *hints)
{
	const struct flashrom_args *args = hints->run->args;
	const char *whole = args->file && !writes(args) ? args->file : WHOLE;

	if (writes(args)) {
		say(hints, MESSAGE_INFO,
		    "flashprog has no -i REGION:FILE. Put the file into a copy of your backup, and write the "
		    "region from there:");
		say(hints, MESSAGE_INFO, INDENT " cp " BACKUP " " WHOLE);
	} else {
		say(hints, MESSAGE_INFO,
		    "flashprog has no %s. Read into a file for the whole flash, and cut the region out of it:",
		    args->operation == 'x' ? "-x" : "-i REGION:FILE");
		say_command_for_whole(hints, whole);
	}
	for (int i = 0; i < args->n_includes; i++)
		say_dd(hints, i, whole);
	if (writes(args))
		say_command_for_whole(hints, whole);
}

/* flashrom before 1.5 wants a file for the whole flash beside those for
 * regions. */
static void add_a_whole_file(const struct hints *hints)
{
	const struct flashrom_args *args = hints->run->args;
	const struct edit edit = { args->operation_index, NULL, { writes(args) ? BACKUP : WHOLE } };

	say(hints, MESSAGE_INFO,
	    "This release of flashrom wants a file behind -%c also with -i REGION:FILE, as large as the "
	    "flash%s", args->operation,
	    writes(args) ? ". Nothing of it is used, so your backup will do:" : ":");
	say_command(hints, &edit, 1);
}

static bool hint_at_regions(const struct hints *hints)
{
	const struct hints_run *run = hints->run;
	const struct flashrom_args *args = run->args;
	const bool refused = run->found->invalid_region || !run->seen->started;

	if (!refused || !(count_region_files(args) || args->operation == 'x'))
		return false;
	if (run->found->is_flashprog)
		use_a_whole_file(hints);
	else if (!run->seen->started && !args->file && args->operation != 'x')
		add_a_whole_file(hints);
	else
		return false;
	return true;
}

/* ---- write protection ---- */

/* flashprog has commands in place of these options. */
static void use_the_command(const struct hints *hints)
{
	const struct flashrom_args *args = hints->run->args;
	const char *word = args->wp + strlen("wp-"), *element = hints->run->argv[args->wp_index];
	const char *value = strchr(element, '=');
	const struct edit edits[] = {
		{ 0, NULL, { "wp", word } },
		{ args->wp_index, value ? value + 1 : "", { NULL } },
	};

	say(hints, MESSAGE_INFO, "flashprog has commands in place of the options --wp-..., one for each call%s",
	    args->n_wp > 1 ? "; see its `wp --help`." : ":");
	if (args->n_wp == 1)
		say_command(hints, edits, 2);
}

/* ---- what flashrom was given ---- */

/* Probing asks for a few bytes at a time, SFDP apart. With enter=never there may
 * be a flash whose way to read we do not know, but it is not read byte by byte. */
static bool is_content(uint8_t opcode, size_t n)
{
	switch (opcode) {
	case NOR_READ:
	case NOR_FAST_READ:
	case NOR_FAST_READ_4BA:
	case NOR_READ_4BA:
		return true;
	case NOR_SFDP:
		return false;
	}
	return n > LONGEST_PROBE;
}

void hints_note_answer(struct hints_seen *seen, uint8_t opcode, const uint8_t *answer, size_t n)
{
	if (opcode == NOR_RDID && n >= 3)
		seen->jedec_id = (uint32_t)answer[0] << 16 | (uint32_t)answer[1] << 8 | answer[2];
	if (is_content(opcode, n))
		seen->bytes_read += n;
}

/* ---- all together ---- */

/* It said 0, but it cannot have had what it should read or compare. */
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

void hints_give(const struct hints_run *run, hints_say_fn *say_fn, void *arg)
{
	const struct hints hints = { run, say_fn, arg };

	if (is_wrong_success(run))
		say(&hints, MESSAGE_ERROR,
		    "%s has ended as if all were well, but it has read nothing from the flash.",
		    program(&hints));
	if (run->found->n_names > 1)
		name_the_chip(&hints);
	else if (is_unknown_chip(run))
		report_the_chip(&hints);
	else if (run->status && !hint_at_regions(&hints) && run->found->is_flashprog && run->args->wp &&
		 !run->seen->started)
		use_the_command(&hints);
}
