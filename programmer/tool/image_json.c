/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "image.h"
#include "image_chips.h"
#include "image_output.h"
#include "json_output.h"

#define PROBLEM_SIZE 512

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
	json_add_text(to, key, text);
}

static const char *const ciphers[] = {
	[IMAGE_CIPHER_NONE] = "none",
	[IMAGE_CIPHER_TUYA] = "tuya",
	[IMAGE_CIPHER_UASCENT] = "uascent",
	[IMAGE_CIPHER_UNKNOWN] = "unknown",
};

static void add_code(struct json_object *list, const struct image_part *part)
{
	struct json_object *entry = json_append(list);
	const struct image_code *code = &part->code;

	json_add_text(entry, "name", part->name);
	json_add_bool(entry, "present", part->present);
	json_add_number(entry, "offset", code->start);
	json_add_number(entry, "used_end", code->used_end);
	json_add_number(entry, "blocks_good", code->good);
	json_add_number(entry, "blocks_bad", code->bad);
	json_add_number(entry, "blocks_erased", code->erased);
	json_add_number(entry, "blocks_other", code->other);
	json_add_number_if(entry, "first_bad", code->bad, code->first_bad);
	json_add_text(entry, "encryption", part->present ? ciphers[part->vectors.cipher] : NULL);
	json_add_text(entry, "header",
		      !part->has_header	     ? NULL
		      : part->header_matches ? "good"
					     : "of-other-code");
}

static void add_chips(struct json_object *list, uint32_t chips)
{
	for (size_t i = 0; image_chip_name(i); i++) {
		if (chips >> i & 1)
			json_append_text(list, image_chip_name(i));
	}
}

static void add_evidence(struct json_object *list, const struct image_evidence *evidence)
{
	struct json_object *entry = json_append(list);

	json_add_text(entry, "text", evidence->text);
	add_chips(json_add_list(entry, "chips"), evidence->chips);
	json_add_bool(entry, "contradicts", evidence->contradicts);
}

static void add_mac(struct json_object *to, const struct image_area *area)
{
	char text[18];

	snprintf(text, sizeof(text), IMAGE_MAC_FORMAT, IMAGE_MAC_BYTES(area->mac));
	json_add_text(to, "mac", area->has_mac ? text : NULL);
}

static void add_area(struct json_object *list, const struct image_area *area)
{
	struct json_object *entry = json_append(list);

	json_add_text(entry, "type", image_area_name(area->type));
	json_add_number(entry, "offset", area->offset);
	json_add_number(entry, "size", area->size);
	if (area->type == IMAGE_AREA_RF)
		add_mac(entry, area);
	if (area->type == IMAGE_AREA_OPENBEKEN) {
		json_add_number(entry, "version", area->version);
		json_add_bool(entry, "checksum_good", area->checksum_good);
	}
}

static struct json_object *append_range(struct json_object *list, const char *name, uint32_t address,
					uint32_t size)
{
	struct json_object *entry = json_append(list);

	if (name)
		json_add_text(entry, "name", name);
	json_add_number(entry, "address", address);
	json_add_number(entry, "size", size);
	return entry;
}

static void add_partitions(struct json_object *list, const struct image_facts *facts)
{
	struct image_partition partitions[IMAGE_MAX_PARTITIONS];
	const size_t n = image_layout(facts, partitions);

	for (size_t i = 0; i < n; i++)
		append_range(list, partitions[i].name, partitions[i].start,
			     partitions[i].end - partitions[i].start);
}

static void add_problem(struct json_object *list, const struct image_facts *facts,
			const struct image_problem *problem)
{
	struct json_object *entry = json_append(list);
	char text[PROBLEM_SIZE];

	image_problem_text(facts, problem, text, sizeof(text));
	json_add_text(entry, "type", image_problem_name(problem->type));
	json_add_number(entry, "offset", problem->offset);
	json_add_text(entry, "text", text);
}

static void add_container(struct json_object *object, const struct image_facts *facts)
{
	struct json_object *container = facts->kind == IMAGE_RBL ? json_new() : NULL;

	json_add_object(object, "container", container);
	if (!container)
		return;
	json_add_text(container, "partition", facts->rbl.name);
	json_add_text(container, "version", facts->rbl.version);
	json_add_number(container, "size", facts->rbl.size);
	json_add_number(container, "raw_size", facts->rbl.raw_size);
	json_add_text(container, "compression", facts->rbl.compression);
	json_add_text(container, "encryption", facts->rbl.encryption);
}

static void add_uf2(struct json_object *object, const struct image_facts *facts)
{
	const struct image_uf2 *uf2 = &facts->uf2;
	struct json_object *entry = facts->kind == IMAGE_UF2 ? json_new() : NULL, *list;

	json_add_object(object, "uf2", entry);
	if (!entry)
		return;
	json_add_text(entry, "chip", uf2->chip);
	json_add_number_if(entry, "family", uf2->family, uf2->family);
	json_add_text(entry, "board", uf2->board);
	json_add_text(entry, "firmware", uf2->firmware);
	json_add_text(entry, "version", uf2->version);
	list = json_add_list(entry, "ranges");
	for (size_t i = 0; i < uf2->n_ranges; i++)
		append_range(list, NULL, uf2->ranges[i].address, uf2->ranges[i].length);
}

/* Of a UF2 file the code is what it puts into the flash. */
static void add_lists(struct json_object *object, const struct image_facts *facts)
{
	struct json_object *list = json_add_list(object, "code");
	const struct image_facts *content = facts->content ? facts->content : facts;

	for (size_t i = 0; i < content->n_parts; i++)
		add_code(list, &content->parts[i]);
	add_chips(json_add_list(object, "candidates"), facts->candidates);
	list = json_add_list(object, "evidence");
	for (size_t i = 0; i < facts->n_evidence; i++)
		add_evidence(list, &facts->evidence[i]);
	list = json_add_list(object, "areas");
	for (size_t i = 0; i < facts->n_areas; i++)
		add_area(list, &facts->areas[i]);
	add_partitions(json_add_list(object, "partitions"), facts);
	list = json_add_list(object, "problems");
	for (size_t i = 0; i < facts->n_problems; i++)
		add_problem(list, facts, &facts->problems[i]);
	for (size_t i = 0; facts->content && i < content->n_problems; i++)
		add_problem(list, content, &content->problems[i]);
}

struct json_object *image_json_facts(const struct image_file *file)
{
	const struct image_facts *facts = file->facts;
	struct json_object *object = json_new();

	add_file_name(object, "file", file->name);
	json_add_number(object, "size", facts->size);
	json_add_text(object, "kind", image_kind_name(facts->kind));
	json_add_text(object, "description",
		      facts->format ? facts->format->words : image_kind_description(facts->kind));
	json_add_text(object, "format", facts->format ? facts->format->name : NULL);
	json_add_bool(object, "good", !facts->n_problems && !(facts->content && facts->content->n_problems));
	json_add_number(object, "address", facts->address);
	json_add_bool(object, "place_certain", facts->place_certain);
	json_add_text(object, "chip", image_chips_are_of_family(facts) ? facts->family->name : NULL);
	json_add_text(object, "layout", facts->family ? facts->family->name : NULL);
	json_add_number_if(object, "fill", facts->kind == IMAGE_FILLED, facts->fill);
	json_add_number_if(object, "wraps_at", facts->wraps_at, facts->wraps_at);
	json_add_bool(object, "halves_equal", facts->halves_equal);
	json_add_number_if(object, "update_address", facts->has_update, facts->update_address);
	json_add_number_if(object, "update_size", facts->has_update, facts->update_size);
	add_container(object, facts);
	add_uf2(object, facts);
	add_lists(object, facts);
	return object;
}

static void add_difference(struct json_object *list, const struct image_difference *part)
{
	struct json_object *entry = append_range(list, part->name, part->start, part->end - part->start);

	json_add_number(entry, "compared", part->compared);
	json_add_number(entry, "different", part->different);
	json_add_number_if(entry, "first", part->different, part->first);
	json_add_number(entry, "only_first", part->only_first);
	json_add_number(entry, "only_second", part->only_second);
}

struct json_object *image_json_comparison(const struct image_comparison *comparison)
{
	struct json_object *object = json_new(), *list;

	json_add_bool(object, "same", comparison->same);
	json_add_object(object, "first", image_json_facts(comparison->first));
	json_add_object(object, "second", image_json_facts(comparison->second));
	list = json_add_list(object, "partitions");
	for (size_t i = 0; i < comparison->n; i++)
		add_difference(list, &comparison->parts[i]);
	return object;
}
