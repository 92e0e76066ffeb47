/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_MEMORY_FILE_H
#define CH341A_BEKEN_MEMORY_FILE_H

#include <stddef.h>

#define MEMORY_FILE_PATH_SIZE 64

/* Creates a file in memory that another program opens by `path`, as long as this process has it
 * open. Returns its descriptor, to be closed, or -1 with errno and an empty path, for instance if
 * the system has no such files. */
int memory_file_open(const char *name, char path[MEMORY_FILE_PATH_SIZE])
	__attribute__((nonnull, warn_unused_result));

/* The same with n bytes in it. */
int memory_file_with(const char *name, const void *data, size_t n, char path[MEMORY_FILE_PATH_SIZE])
	__attribute__((nonnull, warn_unused_result));

#endif
