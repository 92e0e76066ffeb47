/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the bytes of a file go in a flash, and which sectors have to be written for that. */
#ifndef CH341A_BEKEN_PLACEMENT_H
#define CH341A_BEKEN_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image.h"
#include "image_judge.h"
#include "image_uf2.h"

/* Those of a UF2 file, each area of the flash that is kept between them, and an update. */
#define PLACEMENT_REGIONS (IMAGE_UF2_RANGES + IMAGE_MAX_AREAS + 1)

/* `length` bytes at `offset` of the file go to `address`. */
struct placement_piece {
	uint32_t offset, address, length;
};

struct placement {
	size_t n_pieces; /* 0: it does not fit */
	struct placement_piece pieces[IMAGE_UF2_RANGES];
	size_t n_regions;
	struct image_range regions[PLACEMENT_REGIONS]; /* whole sectors, sorted, apart from each other */
};

/* The first of n bytes goes to `address`. What does not fit into a flash of this size is left out if it is
 * erased, or repeats the start as a flash does that is read past its end. The parts of a rotated dump and
 * of one with swapped halves go where they belong if the file is as large as the flash. */
void placement_make(struct placement *plan, const uint8_t *data, size_t n, const struct image_facts *facts,
		    uint32_t address, uint32_t flash_size) __attribute__((nonnull));

/* Those of a UF2 file; offsets are counted from `first`, an address in the flash. */
void placement_of_uf2(struct placement *plan, const struct image_uf2 *uf2, uint32_t first)
	__attribute__((nonnull));

/* Sectors that are to be written as well. */
void placement_add(struct placement *plan, const struct image_range *range) __attribute__((nonnull));

/* Sectors that are not to be written. Returns whether any was to be. */
bool placement_keep(struct placement *plan, const struct image_range *range) __attribute__((nonnull));

/* Do any bytes of the file go there? */
bool placement_touches(const struct placement *plan, const struct image_range *range) __attribute__((nonnull));

#endif
