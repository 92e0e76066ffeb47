/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_layout.h"

#include <stdio.h>

uint32_t image_die_size(const struct image_facts *facts)
{
	/* Read twice over: flashrom takes no layout that is larger than the chip. */
	if (facts->kind == IMAGE_FULL)
		return (uint32_t)(facts->halves_equal ? facts->size / 2 : facts->size);
	return 0;
}

int image_layout_text(const struct image_facts *facts, char *text, size_t size)
{
	struct image_partition partitions[IMAGE_MAX_PARTITIONS];
	size_t n, used = 0;

	text[0] = '\0';
	if (!facts->family)
		return -1;
	n = image_family_partitions(facts->family, image_die_size(facts), partitions);
	for (size_t i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%08x:%08x %s\n", partitions[i].start,
					 partitions[i].end - 1, partitions[i].name);
	return 0;
}
