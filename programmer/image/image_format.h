/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that people take for an image of the flash. */
#ifndef CH341A_BEKEN_IMAGE_FORMAT_H
#define CH341A_BEKEN_IMAGE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

struct image_format {
	const char *name;   /* for JSON: "elf", "hex", "zip", ... */
	const char *words;  /* "an ELF file (a program with debugging data)" */
	const char *advice; /* one sentence: what to take instead */
};

/* What the first bytes say it is; NULL: none of those that are known. An update container
 * (RBL) and a UF2 file are no foreign formats. */
const struct image_format *image_format_find(const uint8_t *data, size_t n) __attribute__((nonnull));

#endif
