/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"

/* Names as in openshwprojects/OpenBK7231T_App releases. */
enum image_kind {
	IMAGE_FULL,	/* the whole die */
	IMAGE_QIO,	/* bootloader and application, from address 0 */
	IMAGE_UA,	/* the application alone, as written to its partition */
	IMAGE_EMPTY,	/* an erased die */
	IMAGE_RANDOM,	/* noise */
};

/* Fills the die (size bytes) and sets *start and *end to the part of it that is
 * the image. Returns 0, or -1 if the die is too small to hold any of it. */
int image_make(uint8_t *die, size_t size, const struct layout *layout, enum image_kind kind, uint64_t seed,
	       size_t *start, size_t *end);

/* Checks the CRCs of bootloader and application in a file of n bytes; for
 * IMAGE_UA the file is the application, other kinds start at address 0. Writes a
 * sentence to report: what was found, or where the first bad block is.
 * A partition without any code counts as bad. */
bool image_check(const uint8_t *file, size_t n, const struct layout *layout, enum image_kind kind, char *report,
		 size_t report_size);

#endif
