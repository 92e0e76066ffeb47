/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that is to be written or compared, and what is in it. */
#ifndef CH341A_BEKEN_WRITE_FILE_H
#define CH341A_BEKEN_WRITE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "file_read.h"
#include "image.h"
#include "image_chips.h"
#include "image_uf2.h"

struct write_file {
	struct file_content content;
	uint8_t *unpacked;   /* of a UF2 file: the flash up to its end; else NULL */
	const uint8_t *data; /* of facts: of the content, or from the application on of what was unpacked */
	struct image_facts facts;     /* points to itself */
	struct image_uf2 uf2;	      /* if unpacked */
	char chips[IMAGE_CHIPS_TEXT]; /* that it says it is for; "": it does not */
};

/* Reads it, or unpacks it for a flash of this size. Returns 0, or -1 and a sentence. To be
 * freed in any case. */
int write_file_read(struct write_file *file, const char *path, uint32_t flash_size, char *problem,
		    size_t problem_size) __attribute__((nonnull, warn_unused_result));

void write_file_free(struct write_file *file) __attribute__((nonnull));

/* How many of the bytes are to be written. What firmware is padded with would erase what
 * lies behind it. */
size_t write_file_used(const struct write_file *file, bool without_padding) __attribute__((nonnull));

/* "QIO", "UF2", ... */
const char *write_file_kind(const struct write_file *file) __attribute__((nonnull));

/* Is one of the backups on record of exactly this content? */
bool write_file_is_backup(const struct write_file *file) __attribute__((nonnull));

#endif
