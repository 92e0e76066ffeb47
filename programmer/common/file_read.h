/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_FILE_READ_H
#define CH341A_BEKEN_FILE_READ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct file_content {
	const char *name; /* for people; lives as long as path */
	uint8_t *data;	  /* never NULL after success */
	size_t size;	  /* up to the limit; 0 for an empty file */
};

/* Reads a whole file of at most `limit` bytes, a pipe, or standard input for "-". A
 * named pipe that nobody writes to is refused after some seconds. Returns 0, or -1 and
 * a sentence. The caller frees. */
int file_read(struct file_content *file, const char *path, size_t limit, char *problem, size_t problem_size);

/* A zeroed struct is fine. */
void file_read_free(struct file_content *file);

/* How many bytes a regular file of this name has; -1: there is none. NULL is no name. */
int64_t file_size(const char *path);

/* Opens a regular file for reading. NULL if it is none or cannot be opened; a pipe
 * is not waited for, and nothing is taken from it. */
FILE *file_open_regular(const char *path);

#endif
