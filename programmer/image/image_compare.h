/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two images side by side, at the addresses where they belong in the flash. */
#ifndef CH341A_BEKEN_IMAGE_COMPARE_H
#define CH341A_BEKEN_IMAGE_COMPARE_H

#include "image.h"

struct image_difference {
	const char *name;		/* of the partition; "all" where those are not known */
	uint32_t start, end;		/* addresses in the flash */
	size_t compared;		/* bytes that both images have */
	size_t different;		/* of them */
	uint32_t first;			/* address of the first of those */
	size_t only_first, only_second; /* bytes that only one image has */
};

struct image_file {
	const char *name; /* for people */
	const uint8_t *data;
	const struct image_facts *facts; /* of them */
};

struct image_comparison {
	const struct image_file *first, *second;
	bool same; /* same bytes, same size, same place */
	size_t n;
	struct image_difference parts[IMAGE_MAX_PARTITIONS + 1];
};

/* Partitions are those of the first image, or of the second if the family of
 * the first is not known. Bytes behind the last partition come as "rest". */
void image_compare(struct image_comparison *comparison, const struct image_file *first,
		   const struct image_file *second);

#endif
