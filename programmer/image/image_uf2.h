/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UF2 files of LibreTiny and ESPHome (libretiny-eu/ltchiptool uf2tool; microsoft/uf2): blocks of 512 bytes
 * with tags. For the programmer counts what they hold for the "flasher": an application with its CRCs,
 * encrypted already. */
#ifndef CH341A_BEKEN_IMAGE_UF2_H
#define CH341A_BEKEN_IMAGE_UF2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_UF2_RANGES 16

/* Bytes that belong to `address` of the flash. */
struct image_uf2_range {
	uint32_t address, length;
};

struct image_uf2 {
	const char *chip; /* "BK7231N", ...; NULL: the family is no Beken chip, or none is given */
	uint32_t family;  /* as in the file; 0: none */
	char board[33], firmware[33], version[33]; /* printable; "": not told */
	size_t n_ranges;			   /* sorted, none touches another; 0 if there is a problem */
	struct image_uf2_range ranges[IMAGE_UF2_RANGES];
	/* Why it is not fit to be written; "": it is. One sentence of at most 200 characters. */
	char problem[208];
};

/* Whether data starts with a block of UF2. */
bool image_uf2_starts(const uint8_t *data, size_t n) __attribute__((nonnull));

/* Looks into a whole file, and checks it. */
void image_uf2_read(struct image_uf2 *uf2, const uint8_t *data, size_t n) __attribute__((nonnull));

/* Puts its bytes into a picture of the first `size` bytes of a flash; others are not touched. For a file
 * without a problem. Returns -1 if a range ends behind the picture. */
int image_uf2_place(const uint8_t *data, size_t n, uint8_t *picture, size_t size) __attribute__((nonnull));

#endif
