/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "file_read.h"
#include "image_output.h"
#include "json_output.h"
#include "tool_options.h"
#include "tool_say.h"

#define PROBLEM_SIZE 4096 /* for a long path */

struct options {
	const char *compare, *chip;
	bool layout, json;
	const struct image_family *family; /* of chip; NULL: not given */
};

/* A file and what was found in it. */
struct subject {
	struct file_content file;
	struct image_facts facts;
	uint8_t *picture; /* of the flash, for a UF2 file; or NULL */
	struct image_facts content;
};

/* ---- what is shown ---- */

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

static struct image_file file_of(const struct subject *subject)
{
	return (struct image_file){ subject->file.name, subject->file.data, &subject->facts };
}

static int show_layout(const struct subject *subject)
{
	struct image_partition partitions[IMAGE_MAX_PARTITIONS];
	const size_t n = image_layout(&subject->facts, partitions);

	if (!n) {
		tool_error("%s does not tell its partitions, which differ from chip to chip: give --chip.",
			   subject->file.name);
		return TOOL_FAILED;
	}
	for (size_t i = 0; i < n; i++)
		printf("%08x:%08x %s\n", partitions[i].start, partitions[i].end - 1, partitions[i].name);
	return TOOL_OK;
}

static int show_facts(const struct options *options, const struct subject *subject)
{
	const struct image_file file = file_of(subject);

	if (options->json)
		json_print(image_json_facts(&file));
	else
		image_text_facts(stdout, &file);
	return subject->facts.n_problems + subject->content.n_problems ? TOOL_FAILED : TOOL_OK;
}

static int show_comparison(const struct options *options, const struct subject *first,
			   const struct subject *second)
{
	const struct image_file a = file_of(first), b = file_of(second);
	struct image_comparison comparison;

	if (first->picture || second->picture) {
		tool_error("%s is a UF2 file, which does not lie in the flash as it is: it cannot be compared.",
			   first->picture ? first->file.name : second->file.name);
		return TOOL_USAGE;
	}
	image_compare(&comparison, &a, &b);
	if (options->json)
		json_print(image_json_comparison(&comparison));
	else
		image_text_comparison(stdout, &comparison);
	return comparison.same ? TOOL_OK : TOOL_FAILED;
}

static int run(const struct options *options, const char *path)
{
	static struct subject first, second; /* large */
	int status = TOOL_USAGE;

	if (!look(&first, path, options->family)) {
		if (options->layout)
			status = show_layout(&first);
		else if (!options->compare)
			status = show_facts(options, &first);
		else if (!look(&second, options->compare, options->family))
			status = show_comparison(options, &first, &second);
	}
	file_read_free(&first.file);
	file_read_free(&second.file);
	free(first.picture);
	free(second.picture);
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	tool_error("Cannot write the result: %s", strerror(errno));
	return TOOL_USAGE;
}

/* ---- options ---- */

static int find_family(struct options *options)
{
	char names[128] = "";
	const struct image_family *family;

	options->family = options->chip ? image_family_named(options->chip) : NULL;
	if (!options->chip || options->family)
		return TOOL_OK;
	for (size_t i = 0; (family = image_family_number(i)); i++) {
		if (i)
			strcat(names, ", ");
		strcat(names, family->name);
	}
	tool_error("--chip takes one of %s, not \"%.60s\".", names, options->chip);
	return TOOL_USAGE;
}

static int check(struct options *options, const struct tool_options *tool)
{
	const char *problem = NULL;

	if (tool->n_operands != 1)
		problem = tool->n_operands ? "One FILE only; for two there is --compare." : "Which FILE?";
	else if (options->layout && (options->json || options->compare))
		problem = "--layout prints nothing but a layout: it does not go with --json or --compare.";
	else if (options->compare && !strcmp(options->compare, "-") && !strcmp(tool->operands[0], "-"))
		problem = "Standard input cannot be compared with itself.";
	if (!problem)
		return find_family(options);
	tool_error("%s", problem);
	return TOOL_USAGE;
}

static const char description[] =
	"Says what is in a file that was read from a Beken chip, or is to be written to\n"
	"one: its kind, the chips that it may be of and why, whether the code is whole,\n"
	"partitions, RF calibration and MAC address, a waiting update, whether there is\n"
	"a Tuya or OpenBeken configuration. Of a UF2 file (ESPHome, LibreTiny): which\n"
	"chip it is for, and what it writes. It never shows Wi-Fi names, passwords or\n"
	"keys. FILE can be - for standard input.\n"
	"A CHIP is bk7231t, bk7231n, bk7238, bk7252, or bk7252-2m.\n";

int cmd_image(int argc, char **argv)
{
	struct options options = { .compare = NULL };
	const struct tool_option own[] = {
		{ "compare", "FILE2", "say which partitions differ, how much, where first", NULL,
		  &options.compare },
		{ "layout", NULL, "print a layout for flashrom -l, and nothing else", &options.layout, NULL },
		{ "chip", "CHIP", "whose partitions, where the file does not tell", NULL, &options.chip },
		{ "json", NULL, "print one JSON object", &options.json, NULL },
		{ .name = NULL },
	};
	const struct tool_usage usage = {
		.name = "image",
		.description = description,
		.options = own,
		.operands = "FILE",
		.exit_status = "  0  the file is good; with --compare, the two are the same\n"
			       "  1  the file is damaged, incomplete, empty, or not of a Beken chip that is\n"
			       "     known; with --compare, the two differ; with --layout, the partitions are\n"
			       "     not known\n"
			       "  2  wrong command line, or a file cannot be read\n",
	};
	struct tool_options tool;
	int status;

	if (!tool_options_read(&tool, &usage, argc, argv, &status))
		return status;
	status = check(&options, &tool);
	return status ? status : run(&options, tool.operands[0]);
}
