/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which chip an image is of, as far as the evidence in it goes. */
#ifndef CH341A_BEKEN_IMAGE_CHIPS_H
#define CH341A_BEKEN_IMAGE_CHIPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image_boot.h"

struct image_facts;

#define IMAGE_MAX_CHIPS 13

/* "BK7231T", ...; NULL behind the last. */
const char *image_chip_name(size_t i);

/* "BK7231T, BK7231S" */
#define IMAGE_CHIPS_TEXT 128
void image_chips_text(uint32_t chips, char *text, size_t size);

/* Those that have firmware of this name; 0: the name is not known. */
uint32_t image_chips_named(const char *name);

/* Those that a bootloader may be of, by its mark and its name. */
uint32_t image_boot_chips(const struct image_boot *boot);

/* Fills in the family, which is that of the partitions: of facts whose bootloader and areas are known. */
void image_family_find(struct image_facts *facts);

/* Fills in evidence and candidates, when all else is known. */
void image_chips_find(struct image_facts *facts, const uint8_t *data);

/* Whether its family has all the chips that the file may be of. */
bool image_chips_are_of_family(const struct image_facts *facts);

#endif
