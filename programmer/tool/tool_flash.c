/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool_flash.h"

#include <stdio.h>

#include "json_output.h"

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
