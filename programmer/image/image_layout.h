/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layout files of flashrom: "start:end name" in hexadecimal, end included. */
#ifndef CH341A_BEKEN_IMAGE_LAYOUT_H
#define CH341A_BEKEN_IMAGE_LAYOUT_H

#include <stddef.h>

#include "image.h"

/* Room for any layout that image_layout_text() writes. */
#define IMAGE_LAYOUT_SIZE (IMAGE_MAX_PARTITIONS * 40)

/* The size of the die that the file is of, or is meant for; 0 if that cannot be
 * said from the file, so that the usual one of its family counts. */
uint32_t image_die_size(const struct image_facts *facts);

/* Writes the layout of the whole die, whatever part of it the file has.
 * Returns 0, or -1 if the family is not known. */
int image_layout_text(const struct image_facts *facts, char *text, size_t size);

#endif
