/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool_flash.h"

#include <stdio.h>

#include "json_output.h"

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

struct json_object *tool_flash_json(const struct nor_facts *facts)
{
	struct json_object *flash = json_new();
	const bool known = facts->die->size != 0;
	char id[16];

	snprintf(id, sizeof(id), "%06X", (unsigned int)facts->jedec_id);
	json_add_text(flash, "jedec_id", id);
	json_add_text(flash, "part", known ? facts->die->part : NULL);
	json_add_number_if(flash, "size", known, facts->die->size);
	json_add_number_if(flash, "sr1", facts->has_status, facts->status.sr1);
	json_add_number_if(flash, "sr2", facts->status.has_sr2, facts->status.sr2);
	if (facts->has_status)
		json_add_bool(flash, "write_protected", facts->is_protected);
	else
		json_add_object(flash, "write_protected", NULL);
	return flash;
}
