/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code as it lies in the flash: blocks of 32 bytes and the CRC of them, high
 * byte first. Logical address L is at physical L / 32 * 34 + L % 32. */
#ifndef IMAGE_BLOCKS_H
#define IMAGE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#define BLOCK_DATA 32
#define BLOCK_SIZE 34

/* Encodes n_blocks of BLOCK_DATA bytes each. The two must not overlap. */
void blocks_encode(uint8_t *out, const uint8_t *data, size_t n_blocks);

enum blocks_fault {
	BLOCKS_FINE,
	BLOCKS_BAD_CRC,
	BLOCKS_CUT_OFF,	/* the last block is shorter than BLOCK_SIZE */
};

struct blocks_result {
	size_t good, erased;	/* blocks; erased ones are all 0xff, CRC too */
	enum blocks_fault fault;	/* of the first bad block */
	size_t offset;	/* of it */
	uint16_t stored, computed;	/* BLOCKS_BAD_CRC only */
};

/* Counts up to the first bad block. Less than a block of 0xff at the end is
 * fine: a partition need not be a multiple of BLOCK_SIZE. */
void blocks_check(const uint8_t *data, size_t n, struct blocks_result *result);

#endif
