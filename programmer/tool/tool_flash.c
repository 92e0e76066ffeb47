/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool_flash.h"

#include <stdio.h>

static void describe_size(const struct nor_die *die, char *text, size_t size)
{
	if (!die->size)
		snprintf(text, size, "size unknown");
	else if (die->size >> 20)
		snprintf(text, size, "%u MiB", (unsigned int)(die->size >> 20));
	else
		snprintf(text, size, "%u KiB", (unsigned int)(die->size >> 10));
}

void tool_flash_name(const struct nor_facts *facts, char *text, size_t size)
{
	char die_size[32];

	describe_size(facts->die, die_size, sizeof(die_size));
	snprintf(text, size, "%06X (%s, %s)", (unsigned int)facts->jedec_id, facts->die->part, die_size);
}

static struct json_object *register_json(bool known, uint8_t value)
{
	return known ? json_object_new_int(value) : NULL;
}

struct json_object *tool_flash_json(const struct nor_facts *facts)
{
	struct json_object *flash = json_object_new_object();
	const bool known = facts->die->size != 0;
	char id[16];

	snprintf(id, sizeof(id), "%06X", (unsigned int)facts->jedec_id);
	json_object_object_add(flash, "jedec_id", json_object_new_string(id));
	json_object_object_add(flash, "part", known ? json_object_new_string(facts->die->part) : NULL);
	json_object_object_add(flash, "size", known ? json_object_new_int64(facts->die->size) : NULL);
	json_object_object_add(flash, "sr1", register_json(facts->has_status, facts->status.sr1));
	json_object_object_add(flash, "sr2", register_json(facts->status.has_sr2, facts->status.sr2));
	json_object_object_add(flash, "write_protected",
			       facts->has_status ? json_object_new_boolean(facts->is_protected) : NULL);
	return flash;
}

void tool_print_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}
