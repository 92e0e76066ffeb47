/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flashrom_args.h"

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

struct long_option {
	const char *name;
	char as;		/* the short option that it stands for, or 0 */
	bool argument;
};

/* All long options of flashrom 1.3.0 to 1.8.0 and flashprog 1.6: those without
 * a use here are needed to tell what an abbreviation stands for. */
static const struct long_option long_options[] = {
	{ "chip", 'c', true }, { "erase", 0, false }, { "extract", 0, false },
	{ "flash-contents", 0, true }, { "flash-name", 0, false }, { "flash-size", 0, false },
	{ "fmap", 0, false }, { "fmap-file", 0, true }, { "fmap-verify", 0, false },
	{ "force", 0, false }, { "get-size", 0, false }, { "help", 'h', false }, { "ifd", 0, false },
	{ "image", 'i', true }, { "include", 'i', true }, { "layout", 'l', true },
	{ "list-supported", 'L', false }, { "list-supported-wiki", 'z', false },
	{ "noverify", 0, false }, { "noverify-all", 0, false }, { "output", 'o', true },
	{ "programmer", 'p', true }, { "progress", 0, false }, { "read", 'r', true },
	{ "sacrifice-ratio", 0, true }, { "verbose", 'V', false }, { "verify", 'v', true },
	{ "version", 'R', false }, { "wp-disable", 0, false }, { "wp-enable", 0, false },
	{ "wp-list", 0, false }, { "wp-range", 0, true }, { "wp-region", 0, true },
	{ "wp-status", 0, false }, { "write", 'w', true },
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
	case 'z':
		args->needs_no_programmer = true;
		break;
	case 'V':
		args->verbosity++;
		break;
	}
}

static bool takes_next(char option, const char *next)
{
	if (!next)
		return false;
	return !strchr(SHORT_WITH_FILE, option) || !option || next[0] != '-';
}

/* Returns whether the next element belongs to it. */
static bool read_long(struct flashrom_args *args, char *const *argv, int i)
{
	const char *name = argv[i] + 2;
	const size_t length = strcspn(name, "=");
	const struct long_option *option = find_long(name, length);

	if (!option)
		return false;
	if (name[length] == '=') {
		note(args, option->as, name + length + 1, i);
		return false;
	}
	if (!option->argument || !takes_next(option->as, argv[i + 1])) {
		note(args, option->as, NULL, i);
		return false;
	}
	note(args, option->as, argv[i + 1], i + 1);
	return true;
}

static bool read_short(struct flashrom_args *args, char *const *argv, int i)
{
	for (const char *option = argv[i] + 1; *option; option++) {
		if (!strchr(SHORT_WITH_ARGUMENT SHORT_WITH_FILE, *option)) {
			note(args, *option, NULL, i);
			continue;
		}
		if (option[1]) {
			note(args, *option, option + 1, i);
			return false;
		}
		if (!takes_next(*option, argv[i + 1]))
			return false;
		note(args, *option, argv[i + 1], i + 1);
		return true;
	}
	return false;
}

void flashrom_args_read(int argc, char *const *argv, struct flashrom_args *args)
{
	memset(args, 0, sizeof(*args));
	for (int i = 1; i < argc; i++) {
		bool next_is_taken = false;

		if (!strcmp(argv[i], "--"))
			return;
		if (!strncmp(argv[i], "--", 2))
			next_is_taken = read_long(args, argv, i);
		else if (argv[i][0] == '-' && argv[i][1])
			next_is_taken = read_short(args, argv, i);
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

/* The element that holds the value, with what stands before the value. */
static char *replaced(const char *element, const char *value, const char *programmer)
{
	const size_t before = (size_t)(value - element);
	char *text = malloc(before + strlen(programmer) + 1);

	if (text) {
		memcpy(text, element, before);
		strcpy(text + before, programmer);
	}
	return text;
}

char **flashrom_args_replace(int argc, char *const *argv, const struct flashrom_args *args,
			     const char *programmer)
{
	char **copy = calloc((size_t)argc + 3, sizeof(*copy));
	int n = 0;

	if (!copy)
		return NULL;
	for (int i = 0; i < argc; i++) {
		if (args->programmer && i == args->index)
			copy[n] = replaced(argv[i], args->programmer, programmer);
		else
			copy[n] = strdup(argv[i]);
		if (!copy[n++])
			goto failed;
		if (i || args->programmer)
			continue;
		copy[n] = strdup("-p");
		copy[n + 1] = strdup(programmer);
		if (!copy[n] || !copy[n + 1])
			goto failed;
		n += 2;
	}
	return copy;

failed:
	for (int i = 0; i < argc + 2; i++)
		free(copy[i]);
	free(copy);
	return NULL;
}

void flashrom_args_free(char **argv)
{
	if (!argv)
		return;
	for (char **element = argv; *element; element++)
		free(*element);
	free(argv);
}
