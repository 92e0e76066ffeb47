/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code as the CPU sees it: without the CRCs between its blocks, and decrypted where the
 * key is known. */
#ifndef CH341A_BEKEN_IMAGE_PLAIN_H
#define CH341A_BEKEN_IMAGE_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image_plain {
	const uint8_t *blocks; /* of IMAGE_BLOCK_SIZE */
	size_t n;	       /* bytes at blocks; of an incomplete block at the end nothing is read */
	uint32_t address;      /* logical, of the first one; it matters to the cipher */
	bool tuya;	       /* encrypted with the key of Tuya's modules */
};

/* Fills out with the bytes from logical offset `at` on; those that are not there are 0. */
void image_plain_read(const struct image_plain *plain, size_t at, uint8_t *out, size_t n)
	__attribute__((nonnull));

#define IMAGE_PLAIN_NOWHERE SIZE_MAX

/* The logical offset, from `at` on, of the next occurrence of text, or IMAGE_PLAIN_NOWHERE. Its
 * case counts. */
size_t image_plain_find(const struct image_plain *plain, size_t at, const char *text) __attribute__((nonnull));

#endif
