/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_IMAGE_READ_H
#define CH341A_BEKEN_IMAGE_READ_H

#include <stddef.h>
#include <stdint.h>

struct image_file {
	const char *name; /* for people; lives as long as path */
	uint8_t *data; /* never NULL after success */
	size_t size; /* up to IMAGE_MAX_SIZE; 0 for an empty file */
};

/*
 * Reads a whole file, a pipe, or standard input for "-". Does not wait for ever
 * where nothing comes: a named pipe that nobody writes to is refused after
 * some seconds. Returns 0, or -1 and a sentence. The caller frees.
 */
int image_read(struct image_file *file, const char *path, char *problem, size_t problem_size);

/* Takes a file that image_read() did not fill, if it is all zeros. */
void image_read_free(struct image_file *file);

#endif
