/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flashrom_layout.h"

#include <stdio.h>
#include <string.h>

#include "file_read.h"

#define NAME_SIZE 256

static bool read_line(const char *line, const char *name, size_t name_length, struct flashrom_region *region)
{
	unsigned long long start, end;
	char found[NAME_SIZE];

	if (sscanf(line, " %llx:%llx %255s", &start, &end, found) != 3 || end < start)
		return false;
	if (strlen(found) != name_length || memcmp(found, name, name_length))
		return false;
	region->start = start;
	region->length = end - start + 1;
	return true;
}

bool flashrom_layout_find(const char *path, const char *name, size_t name_length,
			  struct flashrom_region *region)
{
	char line[NAME_SIZE + 64];
	bool found = false;
	/* flashrom has read it before: a pipe would be empty now. */
	FILE *file = file_open_regular(path);

	while (file && !found && fgets(line, sizeof(line), file))
		found = read_line(line, name, name_length, region);
	if (file)
		fclose(file);
	return found;
}
