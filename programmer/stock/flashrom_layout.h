/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flashrom's layout files: a line "START:END NAME" for each region, in hex. */
#ifndef CH341A_BEKEN_FLASHROM_LAYOUT_H
#define CH341A_BEKEN_FLASHROM_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flashrom_region {
	uint64_t start, length; /* bytes */
};

/* Looks a region of this name (of name_length characters) up in the file. */
bool flashrom_layout_find(const char *path, const char *name, size_t name_length,
			  struct flashrom_region *region);

#endif
