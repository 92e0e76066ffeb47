/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "file_read.h"
#include "image.h"
#include "image_compare.h"
#include "image_output.h"
#include "json_output.h"
#include "tool_say.h"

#define PROBLEM_SIZE 4096 /* for a long path */

static const char usage[] = "Usage: ch341a-beken image [OPTION]... FILE\n"
			    "\n"
			    "Says what is in a file that was read from a Beken chip, or is to be written to\n"
			    "one: its kind, the chips that it may be of and why, whether the code is\n"
			    "whole, partitions, RF calibration and MAC address, a waiting update, whether\n"
			    "there is a Tuya or OpenBeken configuration. Of a UF2 file (ESPHome,\n"
			    "LibreTiny): which chip it is for, and what it writes. It never shows Wi-Fi\n"
			    "names, passwords or keys.\n"
			    "FILE can be - for standard input.\n"
			    "\n"
			    "  --compare FILE2  say which partitions differ, how much, and where first\n"
			    "  --layout         print a layout for flashrom -l, and nothing else\n"
			    "  --chip NAME      whose partitions to take, where the file does not tell:\n"
			    "                   bk7231t, bk7231n, bk7238, bk7252, bk7252-2m\n"
			    "  --json           print one JSON object\n"
			    "  -h, --help       this text\n"
			    "\n"
			    "Exit status:\n"
			    "  0  the file is good; with --compare, the two are the same\n"
			    "  1  the file is damaged, incomplete, empty, or not of a Beken chip that is\n"
			    "     known; with --compare, the two differ; with --layout, the partitions are\n"
			    "     not known\n"
			    "  2  wrong options, or a file cannot be read\n";

struct options {
	const char *path, *compare_path;
	const struct image_family *family;
	bool layout, json, help;
};

/* A file and what was found in it. */
struct subject {
	struct file_content file;
	struct image_facts facts;
	uint8_t *picture; /* of the flash, for a UF2 file; or NULL */
	struct image_facts content;
};

/* ---- options ---- */

enum { OPT_COMPARE = 256, OPT_LAYOUT, OPT_CHIP, OPT_JSON };

static const struct option long_options[] = {
	{ "compare", required_argument, NULL, OPT_COMPARE },
	{ "layout", no_argument, NULL, OPT_LAYOUT },
	{ "chip", required_argument, NULL, OPT_CHIP },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int parse_chip(struct options *options, const char *name)
{
	char names[128] = "";
	const struct image_family *family;

	options->family = image_family_named(name);
	if (options->family)
		return 0;
	for (size_t i = 0; (family = image_family_number(i)); i++) {
		if (i)
			strcat(names, ", ");
		strcat(names, family->name);
	}
	tool_error("--chip takes one of %s, not \"%s\".", names, name);
	return -1;
}

static int parse_option(struct options *options, int option)
{
	switch (option) {
	case OPT_COMPARE:
		if (options->compare_path) {
			tool_error("--compare can be given only once.");
			return -1;
		}
		options->compare_path = optarg;
		return 0;
	case OPT_LAYOUT: options->layout = true; return 0;
	case OPT_CHIP: return parse_chip(options, optarg);
	case OPT_JSON: options->json = true; return 0;
	case 'h': options->help = true; return 0;
	}
	return -1;
}

/* word: where getopt_long() stopped. */
static void report_option(int option, const char *word)
{
	if (option == ':')
		tool_error("The option %s needs a value behind it.", word);
	else
		tool_error("There is no option \"%s\" here, or it takes no value.", word);
}

static int check_options(struct options *options, int n_files, char **files)
{
	if (n_files != 1) {
		tool_error(n_files ? "One FILE only; for two there is --compare." : "Which FILE?");
		return -1;
	}
	options->path = files[0];
	if (options->layout && (options->json || options->compare_path)) {
		tool_error("--layout prints nothing but a layout: it does not go with --json or --compare.");
		return -1;
	}
	if (options->compare_path && !strcmp(options->path, "-") && !strcmp(options->compare_path, "-")) {
		tool_error("Standard input cannot be compared with itself.");
		return -1;
	}
	return 0;
}

static int parse(struct options *options, int argc, char **argv)
{
	int option;

	optind = 0; /* start anew: the program has used getopt before */
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
		if (option == ':' || option == '?') {
			report_option(option, argv[optind - 1]);
			return -1;
		}
		if (parse_option(options, option))
			return -1;
		if (options->help)
			return 0;
	}
	return check_options(options, argc - optind, argv + optind);
}

/* ---- work ---- */

/* A UF2 file has no bootloader, which is no fault of it. */
static void forget_bootloader(struct image_facts *content)
{
	size_t n = 0;

	for (size_t i = 0; i < content->n_problems; i++) {
		if (content->problems[i].type != IMAGE_PROBLEM_NO_BOOTLOADER)
			content->problems[n++] = content->problems[i];
	}
	content->n_problems = n;
}

/* What a good UF2 file puts into a flash that is erased. */
static int look_into_uf2(struct subject *subject, const struct image_family *family)
{
	const struct image_uf2 *uf2 = &subject->facts.uf2;
	size_t size;

	if (subject->facts.kind != IMAGE_UF2 || subject->facts.n_problems)
		return 0;
	size = uf2->ranges[uf2->n_ranges - 1].address + uf2->ranges[uf2->n_ranges - 1].length;
	subject->picture = malloc(size);
	if (!subject->picture) {
		tool_error("%s", strerror(ENOMEM));
		return -1;
	}
	memset(subject->picture, 0xff, size);
	image_uf2_place(subject->file.data, subject->file.size, subject->picture, size);
	image_find(&subject->content, subject->picture, size, family);
	forget_bootloader(&subject->content);
	subject->facts.content = &subject->content;
	return 0;
}

static int look(struct subject *subject, const char *path, const struct image_family *family)
{
	char problem[PROBLEM_SIZE];

	if (file_read(&subject->file, path, IMAGE_MAX_SIZE, problem, sizeof(problem))) {
		tool_error("%s", problem);
		return -1;
	}
	image_find(&subject->facts, subject->file.data, subject->file.size, family);
	return look_into_uf2(subject, family);
}

static int show_layout(const struct subject *subject)
{
	char text[IMAGE_LAYOUT_SIZE];

	if (image_layout_text(&subject->facts, text, sizeof(text))) {
		tool_error("%s does not tell its partitions, which differ from chip to chip: give --chip.",
			   subject->file.name);
		return TOOL_FAILED;
	}
	fputs(text, stdout);
	return TOOL_OK;
}

static int show_facts(const struct options *options, const struct subject *subject)
{
	if (options->json)
		json_print(image_json_facts(subject->file.name, &subject->facts));
	else
		image_text_facts(stdout, subject->file.name, subject->file.data, &subject->facts);
	return subject->facts.n_problems + subject->content.n_problems ? TOOL_FAILED : TOOL_OK;
}

static int show_comparison(const struct options *options, const struct subject *first,
			   const struct subject *second)
{
	const struct image_bytes a = { first->file.data, &first->facts },
				 b = { second->file.data, &second->facts };
	struct image_comparison comparison;

	if (first->picture || second->picture) {
		tool_error("%s is a UF2 file, which does not lie in the flash as it is: it cannot be compared.",
			   first->picture ? first->file.name : second->file.name);
		return TOOL_USAGE;
	}
	image_compare(&comparison, &a, &b);
	if (options->json)
		json_print(image_json_comparison(first->file.name, a.facts, second->file.name, b.facts,
						 &comparison));
	else
		image_text_comparison(stdout, first->file.name, a.facts, second->file.name, b.facts,
				      &comparison);
	return comparison.same ? TOOL_OK : TOOL_FAILED;
}

static int run(const struct options *options)
{
	static struct subject first, second; /* large */
	int status = TOOL_USAGE;

	if (!look(&first, options->path, options->family)) {
		if (options->layout)
			status = show_layout(&first);
		else if (!options->compare_path)
			status = show_facts(options, &first);
		else if (!look(&second, options->compare_path, options->family))
			status = show_comparison(options, &first, &second);
	}
	file_read_free(&first.file);
	file_read_free(&second.file);
	free(first.picture);
	free(second.picture);
	return status;
}

int cmd_image(int argc, char **argv)
{
	struct options options = { .path = NULL };
	int status = TOOL_OK;

	if (parse(&options, argc, argv)) {
		fputs("Try `ch341a-beken image --help`.\n", stderr);
		return TOOL_USAGE;
	}
	if (options.help)
		fputs(usage, stdout);
	else
		status = run(&options);
	if (fflush(stdout) || ferror(stdout)) {
		tool_error("Cannot write the result: %s", strerror(errno));
		return TOOL_USAGE;
	}
	return status;
}
