/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the first blocks of a flash (see image_crc.h) tell. Bytes in, facts out;
 * no I/O.
 */
#ifndef CH341A_BEKEN_CODE_BLOCKS_H
#define CH341A_BEKEN_CODE_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run of blocks. */
struct code_blocks {
	size_t good, bad, erased;
	size_t first_bad; /* offset in bytes; valid if bad */
};

/* Looks at the whole blocks in n bytes. */
void code_blocks(const uint8_t *data, size_t n, struct code_blocks *result) __attribute__((nonnull));

/* In a few words, such as "120 code blocks, all good". */
void code_blocks_words(const struct code_blocks *blocks, char *text, size_t size) __attribute__((nonnull));

#endif
