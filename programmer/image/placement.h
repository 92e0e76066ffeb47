/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the bytes of a file go in a flash of another size, and which regions have
 * to be written for that, leaving out the RF calibration. Bytes in, facts out.
 */
#ifndef CH341A_BEKEN_PLACEMENT_H
#define CH341A_BEKEN_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image.h"

/* Enough for two pieces that are split around the RF calibrations of all
 * families. */
#define PLACEMENT_REGIONS 72

enum placement_tail {
	PLACEMENT_ALL_FITS,
	PLACEMENT_ERASED_TAIL,	 /* what does not fit is 0xff */
	PLACEMENT_REPEATED_TAIL, /* the file repeats its start */
	PLACEMENT_TOO_LARGE,	 /* no plan */
};

/* `length` bytes at `offset` of the file go to `address`. */
struct placement_piece {
	uint64_t offset, address, length;
};

struct placement_region {
	uint64_t start, end; /* of flash; end: the first byte behind it */
	bool rf;	     /* not to be written */
};

struct placement {
	enum placement_tail tail;
	struct placement_piece pieces[2];
	size_t n_pieces;
	struct placement_region regions[PLACEMENT_REGIONS]; /* without gaps inside a piece */
	size_t n_regions, n_rf;
};

/* Where the file may go. */
struct placement_room {
	uint64_t flash;	  /* its size */
	uint64_t address; /* where the first byte belongs */
	uint64_t end;	  /* of the user's region, or of the flash */
};

void placement_make(struct placement *plan, const uint8_t *data, const struct image_facts *facts,
		    const struct placement_room *room);

/* Extends the regions to be written to whole sectors. Returns whether any has
 * changed, and so holds bytes that the file does not have. */
bool placement_align(struct placement *plan, uint64_t flash);

#endif
