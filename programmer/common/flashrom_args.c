/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flashrom_args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * getopt_long() is not used: -r, -w and -v need a file name in some releases
 * and take it optionally in others, and options that a newer release has must
 * not end the reading.
 */

/* Short options with an argument. */
#define SHORT_WITH_ARGUMENT "clipo"
/* With an argument, unless an option follows. */
#define SHORT_WITH_FILE "rwv"
/* Letters that no release has as short options: --wp-..., layouts that are in
 * the flash or in a file of another kind, --progress, and reading many times,
 * whose file stands apart from its =COUNT. */
#define AS_WP 'W'
#define AS_LAYOUT 'F'
#define AS_READ_REPEATED 'M'
#define AS_PROGRESS 'P'
#define FILE_IF_ANY SHORT_WITH_FILE "M"

struct long_option {
	const char *name;
	char as; /* the short option that it stands for, or a letter from above, or 0 */
	bool argument;
};

/* All long options of flashrom 1.3.0 to 1.8.0 and flashprog 1.6: those without
 * a use here are needed to tell what an abbreviation stands for. */
static const struct long_option long_options[] = {
	{ "chip", 'c', true },
	{ "erase", 'E', false },
	{ "extract", 'x', false },
	{ "flash-contents", 0, true },
	{ "flash-name", 0, false },
	{ "flash-size", 0, false },
	{ "fmap", AS_LAYOUT, false },
	{ "fmap-file", AS_LAYOUT, true },
	{ "fmap-verify", AS_LAYOUT, false },
	{ "force", 'f', false },
	{ "get-size", 0, false },
	{ "help", 'h', false },
	{ "ifd", AS_LAYOUT, false },
	{ "image", 'i', true },
	{ "include", 'i', true },
	{ "layout", 'l', true },
	{ "list-supported", 'L', false },
	{ "list-supported-wiki", 'z', false },
	{ "noverify", 0, false },
	{ "noverify-all", 'N', false },
	{ "output", 'o', true },
	{ "programmer", 'p', true },
	{ "progress", AS_PROGRESS, false },
	{ "read", 'r', true },
	{ "read-repeated", AS_READ_REPEATED, true },
	{ "sacrifice-ratio", 0, true },
	{ "temporary", 0, false },
	{ "verbose", 'V', false },
	{ "verify", 'v', true },
	{ "version", 'R', false },
	{ "wp-disable", AS_WP, false },
	{ "wp-enable", AS_WP, false },
	{ "wp-list", AS_WP, false },
	{ "wp-range", AS_WP, true },
	{ "wp-region", AS_WP, true },
	{ "wp-status", AS_WP, false },
	{ "write", 'w', true },
};
#define N_LONG_OPTIONS (sizeof(long_options) / sizeof(long_options[0]))

/* The option of this name, or the only one that starts like it. */
static const struct long_option *find_long(const char *name, size_t length)
{
	const struct long_option *found = NULL;

	for (size_t i = 0; i < N_LONG_OPTIONS; i++) {
		if (strncmp(long_options[i].name, name, length))
			continue;
		if (!long_options[i].name[length])
			return &long_options[i];
		if (found)
			return NULL;
		found = &long_options[i];
	}
	return found;
}

static void note_operation(struct flashrom_args *args, char operation, const char *file, int index)
{
	if (args->operation)
		return;
	args->operation = operation;
	args->file = file;
	args->file_index = file ? index : 0;
}

static void note_include(struct flashrom_args *args, const char *value, int index)
{
	struct flashrom_include *include = &args->includes[args->n_includes];

	if (!value || args->n_includes == FLASHROM_ARGS_INCLUDES)
		return;
	args->n_includes++;
	*include = (struct flashrom_include){ .region = value, .index = index };
	include->region_length = strcspn(value, ":");
	if (value[include->region_length])
		include->file = value + include->region_length + 1;
	args->has_region_files |= include->file != NULL;
}

/* Its value, if it has one, stands in element index. */
static void note(struct flashrom_args *args, char option, const char *value, int index)
{
	switch (option) {
	case 'p':
		if (!args->programmer && value) {
			args->programmer = value;
			args->index = index;
		}
		break;
	case 'h':
	case 'R':
	case 'L':
	case 'z': args->needs_no_programmer = true; break;
	case 'V': args->verbosity++; break;
	case 'r':
	case 'w':
	case 'v':
	case 'E':
	case 'x': note_operation(args, option, value, index); break;
	case AS_READ_REPEATED: note_operation(args, 'r', value, index); break;
	case 'i': note_include(args, value, index); break;
	case 'c': args->chip = value; break;
	case 'l': args->layout = value; break;
	case 'o': args->log = value; break;
	case 'N': args->noverify_all = true; break;
	case AS_LAYOUT: args->other_layout = true; break;
	case AS_PROGRESS: args->progress = true; break;
	}
}

/* The value of an option that has one, from the element behind it; NULL: it is left out. */
static const char *value_of(char option, const char *next)
{
	const bool may_lack = option && strchr(FILE_IF_ANY, option);

	return may_lack && next && next[0] == '-' && next[1] ? NULL : next;
}

/* Returns whether the next element belongs to it. */
static bool read_long(struct flashrom_args *args, char *const *argv, int i)
{
	const char *name = argv[i] + 2;
	const size_t length = strcspn(name, "=");
	const struct long_option *option = find_long(name, length);
	const char *value;

	if (!option)
		return false;
	if (option->as == AS_WP)
		args->wp = option->name;
	if (name[length] == '=') {
		note(args, option->as, option->as == AS_READ_REPEATED ? NULL : name + length + 1, i);
		return false;
	}
	value = option->argument ? value_of(option->as, argv[i + 1]) : NULL;
	note(args, option->as, value, i + 1);
	return value;
}

static bool read_short(struct flashrom_args *args, char *const *argv, int i)
{
	for (const char *option = argv[i] + 1; *option; option++) {
		const char *value;

		if (!strchr(SHORT_WITH_ARGUMENT SHORT_WITH_FILE, *option)) {
			note(args, *option, NULL, i);
			continue;
		}
		if (option[1]) {
			note(args, *option, option + 1, i);
			return false;
		}
		value = value_of(*option, argv[i + 1]);
		note(args, *option, value, i + 1);
		return value;
	}
	return false;
}

/* Only the file of `--read-repeated=COUNT FILE` stands alone. */
static void note_operand(struct flashrom_args *args, const char *operand, int index)
{
	if (args->operation != 'r' || args->file)
		return;
	args->file = operand;
	args->file_index = index;
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; word && *words; words++)
		if (!strcmp(word, *words))
			return true;
	return false;
}

/* flashprog takes a command in front of the options, and some of these
 * commands take one more. */
static int count_commands(char *const *argv)
{
	static const char *const commands[] = { "prog", "cfg", "config", "wp", "write-protect", NULL };
	static const char *const more[] = { "get",    "set",   "status", "list", "disable",
					    "enable", "range", "region", NULL };

	if (!argv[0] || !is_one_of(argv[1], commands))
		return 0;
	return is_one_of(argv[2], more) ? 2 : 1;
}

void flashrom_args_read(int argc, char *const *argv, struct flashrom_args *args)
{
	memset(args, 0, sizeof(*args));
	args->commands = count_commands(argv);
	for (int i = 1 + args->commands; i < argc; i++) {
		bool next_is_taken = false;

		if (!strcmp(argv[i], "--"))
			return;
		if (!strncmp(argv[i], "--", 2))
			next_is_taken = read_long(args, argv, i);
		else if (argv[i][0] == '-' && argv[i][1])
			next_is_taken = read_short(args, argv, i);
		else
			note_operand(args, argv[i], i);
		i += next_is_taken;
	}
}

bool flashrom_args_are_ours(const struct flashrom_args *args, const char **parameters)
{
	const size_t length = strlen(PROGRAMMER_NAME);

	*parameters = NULL;
	if (!args->programmer)
		return !args->needs_no_programmer;
	if (strncmp(args->programmer, PROGRAMMER_NAME, length))
		return false;
	if (args->programmer[length] == ':')
		*parameters = args->programmer + length + 1;
	return args->programmer[length] == ':' || !args->programmer[length];
}

/* An element of the command line, with the change that belongs to it, if there is one:
 * then its text is put at *room, which moves behind it. */
static char *changed(char *element, int index, const struct flashrom_args_change *changes, int n, char **room)
{
	for (int i = 0; i < n; i++) {
		char *const text = *room;

		if (changes[i].index != index)
			continue;
		*room += sprintf(text, "%.*s%s", (int)(changes[i].value - element), element, changes[i].text);
		*room += 1;
		return text;
	}
	return element;
}

/* -p, -o and -c */
#define N_VALUES 3

/* Returns how many elements it has added. */
static int add_options(char **end, const struct flashrom_args *args,
		       const struct flashrom_args_changes *changes)
{
	const char *const options[N_VALUES][2] = {
		{ "-p", args->programmer ? NULL : changes->programmer },
		{ "-o", changes->log },
		{ "-c", changes->chip },
	};
	int n = 0;

	for (size_t i = 0; i < N_VALUES; i++) {
		if (!options[i][1])
			continue;
		end[n++] = (char *)options[i][0];
		end[n++] = (char *)options[i][1];
	}
	for (size_t i = 0; changes->more && changes->more[i]; i++)
		end[n++] = (char *)changes->more[i];
	return n;
}

char **flashrom_args_replace(int argc, char *const *argv, const struct flashrom_args *args,
			     const struct flashrom_args_changes *changes)
{
	const struct flashrom_args_change programmer = { args->index, args->programmer, changes->programmer };
	size_t bytes = strlen(argv[args->index]) + strlen(changes->programmer) + 1, n_more = 0, elements;
	char **copy, *room;
	int n = 0;

	while (changes->more && changes->more[n_more])
		n_more++;
	elements = (size_t)argc + 2 * N_VALUES + n_more + 1;
	for (int i = 0; i < changes->n_files; i++)
		bytes += strlen(argv[changes->files[i].index]) + strlen(changes->files[i].text) + 1;
	copy = calloc(1, elements * sizeof(*copy) + bytes);
	if (!copy)
		return NULL;
	room = (char *)(copy + elements);
	for (int i = 0; i < argc; i++) {
		if (args->programmer && i == args->index)
			copy[n++] = changed(argv[i], i, &programmer, 1, &room);
		else
			copy[n++] = changed(argv[i], i, changes->files, changes->n_files, &room);
		if (i == args->commands)
			n += add_options(copy + n, args, changes);
	}
	return copy;
}
