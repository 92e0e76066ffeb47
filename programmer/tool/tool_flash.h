/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the tool shows what the session knows of a flash die. */
#ifndef CH341A_BEKEN_TOOL_FLASH_H
#define CH341A_BEKEN_TOOL_FLASH_H

#include <stddef.h>

#include "nor.h"

struct json_object;

/* An object; the caller's. */
struct json_object *tool_flash_json(const struct nor_facts *facts);

#endif
