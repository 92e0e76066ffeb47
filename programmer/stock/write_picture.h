/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_WRITE_PICTURE_H
#define CH341A_BEKEN_WRITE_PICTURE_H

#include "memory_file.h"
#include "placement.h"
#include "session.h"

/* A file as large as the flash, and a layout of what of it is to be written. */
struct write_picture {
	int file, layout; /* descriptors; -1: not there */
	char file_path[MEMORY_FILE_PATH_SIZE], layout_path[MEMORY_FILE_PATH_SIZE];
	char names[PLACEMENT_REGIONS][16]; /* of the regions in the layout */
};

/* Puts the pieces of `data` to their places. What the regions have besides them is read from the
 * flash, except for `erased`, which becomes FF. Returns 0, an error of session_read(), or
 * BEKEN_ERR_MEMORY with errno. */
int write_picture_make(struct write_picture *picture, struct session *session, uint32_t flash_size,
		       const struct placement *placement, const uint8_t *data, const struct image_range *erased)
	__attribute__((nonnull, warn_unused_result));

void write_picture_close(struct write_picture *picture) __attribute__((nonnull));

#endif
