/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which partition lies where on which chip. Addresses are physical. */
#ifndef IMAGE_LAYOUT_H
#define IMAGE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cipher.h"

#define LAYOUT_MAX 8

enum partition_kind {
	PARTITION_PLAIN,	/* not filled */
	PARTITION_BOOTLOADER,
	PARTITION_APPLICATION,
	PARTITION_DOWNLOAD,
	PARTITION_RF,
	PARTITION_KVS,
};

struct partition {
	const char *name;
	enum partition_kind kind;
	size_t start, end;	/* end: the first byte after it */
};

struct layout {
	const char *chip;
	/* What the chip's bootloader has: at logical 0x100, and in its text. */
	const char *mark, *name;
	size_t name_at, name_size;
	/* Of bootloader and application; the chip's own, unless others are put here. */
	const struct cipher_key *boot_key, *key;
	bool headers;	/* behind the code */
	size_t n;
	struct partition partitions[LAYOUT_MAX];
};

/* "bk7231t, bk7231n, ..." */
void layout_chips(char *names, size_t size);

/* The usual die of the chip in bytes, or 0 if there is no such chip. */
size_t layout_usual_size(const char *chip);

/* The partitions of a chip with a die of size bytes (at least 1), cut off at
 * the end of the die. Returns 0, or -1 if there is no such chip. */
int layout_get(struct layout *layout, const char *chip, size_t size);

/* Every layout that starts at 0 has a bootloader; NULL if the die is too small
 * for a partition of that kind. */
const struct partition *layout_find(const struct layout *layout, enum partition_kind kind);

/* A file for `flashrom --layout`. Errors are left in ferror(out). */
void layout_print(const struct layout *layout, FILE *out);

#endif
