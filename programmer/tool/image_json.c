/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "image_layout.h"

#define PROBLEM_SIZE 512

/* Without memory for a few hundred bytes nothing is left to be said. */
static struct json_object *must(struct json_object *object)
{
	if (!object) {
		fputs("ch341a-beken: out of memory\n", stderr);
		abort();
	}
	return object;
}

static void add(struct json_object *to, const char *key, struct json_object *value)
{
	if (json_object_object_add(to, key, value))
		must(NULL);
}

static void add_null(struct json_object *to, const char *key)
{
	add(to, key, NULL);
}

static void add_number(struct json_object *to, const char *key, uint64_t value)
{
	add(to, key, must(json_object_new_int64((int64_t)value)));
}

static void add_text(struct json_object *to, const char *key, const char *value)
{
	add(to, key, must(json_object_new_string(value)));
}

static void add_bool(struct json_object *to, const char *key, bool value)
{
	add(to, key, must(json_object_new_boolean(value)));
}

static struct json_object *add_list(struct json_object *to, const char *key)
{
	struct json_object *list = must(json_object_new_array());

	add(to, key, list);
	return list;
}

static struct json_object *add_entry(struct json_object *list)
{
	struct json_object *entry = must(json_object_new_object());

	if (json_object_array_add(list, entry))
		must(NULL);
	return entry;
}

/* Bytes of the UTF-8 character at text (RFC 3629), or 0 if there is none. */
static size_t utf8_length(const unsigned char *text)
{
	size_t n = 1;

	if (*text < 0x80)
		return 1;
	if (*text < 0xc2 || *text > 0xf4)
		return 0;
	n = *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : 4;
	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((*text == 0xe0 && text[1] < 0xa0) || (*text == 0xed && text[1] > 0x9f) ||
	    (*text == 0xf0 && text[1] < 0x90) || (*text == 0xf4 && text[1] > 0x8f))
		return 0;
	return n;
}

/* A file name need not be UTF-8, but JSON must be: other bytes become '?'. */
static void add_file_name(struct json_object *to, const char *key, const char *name)
{
	char text[4096];
	size_t used = 0;

	while (*name && used + 4 < sizeof(text)) {
		const size_t n = utf8_length((const unsigned char *)name);

		if (n)
			memcpy(text + used, name, n);
		else
			text[used] = '?';
		used += n ? n : 1;
		name += n ? n : 1;
	}
	text[used] = '\0';
	add_text(to, key, text);
}

static const char *cipher_name(enum image_cipher cipher)
{
	switch (cipher) {
	case IMAGE_CIPHER_NONE: return "none";
	case IMAGE_CIPHER_TUYA: return "tuya";
	case IMAGE_CIPHER_UNKNOWN: break;
	}
	return "unknown";
}

static void add_code(struct json_object *list, const struct image_part *part)
{
	struct json_object *entry = add_entry(list);
	const struct image_code *code = &part->code;

	add_text(entry, "name", part->name);
	add_bool(entry, "present", part->present);
	add_number(entry, "offset", code->start);
	add_number(entry, "used_end", code->used_end);
	add_number(entry, "blocks_good", code->good);
	add_number(entry, "blocks_bad", code->bad);
	add_number(entry, "blocks_erased", code->erased);
	add_number(entry, "blocks_other", code->other);
	if (code->bad)
		add_number(entry, "first_bad", code->first_bad);
	else
		add_null(entry, "first_bad");
	if (part->present)
		add_text(entry, "encryption", cipher_name(part->vectors.cipher));
	else
		add_null(entry, "encryption");
}

static void add_mac(struct json_object *to, const struct image_area *area)
{
	const uint8_t *mac = area->mac;
	char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	add_text(to, "mac", text);
}

static void add_area(struct json_object *list, const struct image_area *area)
{
	struct json_object *entry = add_entry(list);

	add_text(entry, "type", image_area_name(area->type));
	add_number(entry, "offset", area->offset);
	add_number(entry, "size", area->size);
	if (area->type == IMAGE_AREA_RF && area->has_mac)
		add_mac(entry, area);
	else if (area->type == IMAGE_AREA_RF)
		add_null(entry, "mac");
	if (area->type == IMAGE_AREA_OPENBEKEN) {
		add_number(entry, "version", area->version);
		add_bool(entry, "checksum_good", area->checksum_good);
	}
}

static void add_partitions(struct json_object *list, const struct image_facts *facts)
{
	struct image_partition partitions[IMAGE_MAX_PARTITIONS];
	size_t n;

	if (!facts->family)
		return;
	n = image_family_partitions(facts->family, image_die_size(facts), partitions);
	for (size_t i = 0; i < n; i++) {
		struct json_object *entry = add_entry(list);

		add_text(entry, "name", partitions[i].name);
		add_number(entry, "address", partitions[i].start);
		add_number(entry, "size", partitions[i].end - partitions[i].start);
	}
}

static void add_problem(struct json_object *list, const struct image_facts *facts,
			const struct image_problem *problem)
{
	struct json_object *entry = add_entry(list);
	char text[PROBLEM_SIZE];

	image_problem_text(facts, problem, text, sizeof(text));
	add_text(entry, "type", image_problem_name(problem->type));
	add_number(entry, "offset", problem->offset);
	add_text(entry, "text", text);
}

static void add_container(struct json_object *object, const struct image_facts *facts)
{
	struct json_object *container;

	if (facts->kind != IMAGE_RBL) {
		add_null(object, "container");
		return;
	}
	container = must(json_object_new_object());
	add(object, "container", container);
	add_text(container, "partition", facts->rbl.name);
	add_text(container, "version", facts->rbl.version);
	add_number(container, "size", facts->rbl.size);
	add_number(container, "raw_size", facts->rbl.raw_size);
	add_text(container, "compression", facts->rbl.compression);
	add_text(container, "encryption", facts->rbl.encryption);
}

static void add_lists(struct json_object *object, const struct image_facts *facts)
{
	struct json_object *list = add_list(object, "code");

	for (size_t i = 0; i < facts->n_parts; i++)
		add_code(list, &facts->parts[i]);
	list = add_list(object, "areas");
	for (size_t i = 0; i < facts->n_areas; i++)
		add_area(list, &facts->areas[i]);
	add_partitions(add_list(object, "partitions"), facts);
	list = add_list(object, "problems");
	for (size_t i = 0; i < facts->n_problems; i++)
		add_problem(list, facts, &facts->problems[i]);
}

struct json_object *image_json_facts(const char *name, const struct image_facts *facts)
{
	struct json_object *object = must(json_object_new_object());

	add_file_name(object, "file", name);
	add_number(object, "size", facts->size);
	add_text(object, "kind", image_kind_name(facts->kind));
	add_text(object, "description", image_kind_description(facts->kind));
	add_bool(object, "good", !facts->n_problems);
	add_number(object, "address", facts->address);
	if (facts->family)
		add_text(object, "chip", facts->family->name);
	else
		add_null(object, "chip");
	if (facts->kind == IMAGE_FILLED)
		add_number(object, "fill", facts->fill);
	else
		add_null(object, "fill");
	if (facts->wraps_at)
		add_number(object, "wraps_at", facts->wraps_at);
	else
		add_null(object, "wraps_at");
	add_bool(object, "halves_equal", facts->halves_equal);
	add_container(object, facts);
	add_lists(object, facts);
	return object;
}

static void add_difference(struct json_object *list, const struct image_difference *part)
{
	struct json_object *entry = add_entry(list);

	add_text(entry, "name", part->name);
	add_number(entry, "address", part->start);
	add_number(entry, "size", part->end - part->start);
	add_number(entry, "compared", part->compared);
	add_number(entry, "different", part->different);
	if (part->different)
		add_number(entry, "first", part->first);
	else
		add_null(entry, "first");
	add_number(entry, "only_first", part->only_first);
	add_number(entry, "only_second", part->only_second);
}

struct json_object *image_json_comparison(const char *first_name, const struct image_facts *first,
					  const char *second_name, const struct image_facts *second,
					  const struct image_comparison *comparison)
{
	struct json_object *object = must(json_object_new_object()), *list;

	add_bool(object, "same", comparison->same);
	add(object, "first", image_json_facts(first_name, first));
	add(object, "second", image_json_facts(second_name, second));
	list = add_list(object, "partitions");
	for (size_t i = 0; i < comparison->n; i++)
		add_difference(list, &comparison->parts[i]);
	return object;
}
