/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "image.h"
#include "image_compare.h"
#include "image_output.h"

#define TEXT_SIZE 512

static void must(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "Not true: %s\n", what);
	abort();
}

#define MUST(condition) must(condition, #condition)

static void check_code(const struct image_facts *facts, const struct image_code *code)
{
	MUST(code->start <= code->used_end);
	MUST(code->used_end <= code->end);
	MUST(code->end <= facts->size);
	MUST(code->good + code->erased + code->bad + code->other <=
	     (code->end - code->start) / IMAGE_BLOCK_SIZE);
	MUST(code->cut_off < IMAGE_BLOCK_SIZE);
	MUST(!code->bad || (code->first_bad >= code->start && code->first_bad + IMAGE_BLOCK_SIZE <= code->end));
	MUST(code->slip > -IMAGE_BLOCK_SIZE && code->slip < IMAGE_BLOCK_SIZE);
}

static void check_facts(const struct image_facts *facts, size_t n)
{
	char text[TEXT_SIZE];

	MUST(facts->size == n);
	MUST(image_kind_name(facts->kind) && image_kind_description(facts->kind));
	for (size_t i = 0; i < facts->n_parts; i++)
		check_code(facts, &facts->parts[i].code);
	for (size_t i = 0; i < facts->n_areas; i++)
		MUST(facts->areas[i].offset + facts->areas[i].size <= n);
	for (size_t i = 0; i < facts->n_problems; i++) {
		image_problem_text(facts, &facts->problems[i], text, sizeof(text));
		MUST(*text && strlen(text) < sizeof(text) - 1);
		MUST(image_problem_name(facts->problems[i].type) != NULL);
		MUST(facts->problems[i].offset <= n);
	}
}

static void print_all(const uint8_t *data, const struct image_facts *facts)
{
	const struct image_file file = { "fuzz", data, facts };
	struct json_object *object = image_json_facts(&file);
	struct image_partition layout[IMAGE_MAX_PARTITIONS];
	FILE *out = fopen("/dev/null", "w");

	MUST(out != NULL);
	image_text_facts(out, &file);
	fputs(json_object_to_json_string(object), out);
	json_object_put(object);
	MUST(image_layout(facts, layout) >= (facts->family ? 2 : 0));
	fclose(out);
}

/* With its first half: other kind, other place perhaps. */
static void compare(const uint8_t *data, size_t n)
{
	static struct image_facts whole, half;
	const struct image_file first = { "whole", data, &whole }, second = { "half", data, &half };
	struct image_comparison comparison;

	image_find(&whole, data, n, NULL);
	image_find(&half, data, n / 2, image_family_number(n % 6));
	check_facts(&half, n / 2);
	image_compare(&comparison, &first, &first);
	MUST(comparison.same);
	image_compare(&comparison, &first, &second);
	MUST(comparison.same == (n == 0 && whole.address == half.address));
	image_compare(&comparison, &second, &first);
}

void image_target(const uint8_t *data, size_t n)
{
	static struct image_facts facts;

	image_find(&facts, data, n, NULL);
	check_facts(&facts, n);
	print_all(data, &facts);
	compare(data, n);
}
