/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* memfd_create() */
#include "memory_file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int memory_file_open(const char *name, char path[MEMORY_FILE_PATH_SIZE])
{
#ifdef __linux__
	const int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	/* By our process ID, not as an inherited descriptor: FLASHROM may name a
	 * script that runs flashrom through sudo, which closes those. */
	snprintf(path, MEMORY_FILE_PATH_SIZE, "/proc/%ld/fd/%d", (long)getpid(), fd);
	if (access(path, W_OK) == 0)
		return fd;
	close(fd);
#else
	(void)name;
	errno = ENOSYS;
#endif
	path[0] = '\0';
	return -1;
}

int memory_file_with(const char *name, const void *data, size_t n, char path[MEMORY_FILE_PATH_SIZE])
{
	const int fd = memory_file_open(name, path);
	const char *rest = data;

	while (fd >= 0 && n) {
		const ssize_t written = write(fd, rest, n);

		if (written <= 0) {
			close(fd);
			return -1;
		}
		rest += written;
		n -= (size_t)written;
	}
	return fd;
}
