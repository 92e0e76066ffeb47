/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* asprintf() */
#include "backup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unused_path.h"

struct backup_file {
	int fd;
	char *path; /* that it is to have, if no other file does */
	char *part; /* its name until then */
};

int backup_file_check_folder(const char *folder)
{
	struct stat status;

	if (stat(folder, &status))
		return -1;
	if (S_ISDIR(status.st_mode))
		return access(folder, W_OK | X_OK);
	errno = ENOTDIR;
	return -1;
}

/* Closes it. Keeps errno. */
static void free_file(struct backup_file *file)
{
	const int error = errno;

	if (file->fd >= 0)
		close(file->fd);
	free(file->path);
	free(file->part);
	free(file);
	errno = error;
}

struct backup_file *backup_file_new(const char *folder, const char *stem, uint64_t size)
{
	const size_t n = strlen(folder);
	const char *slash = n && folder[n - 1] == '/' ? "" : "/";
	struct backup_file *file;
	struct rlimit limit;

	/* A write beyond the limit would not only fail, but end the program by a signal. */
	if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur < size) {
		errno = EFBIG;
		return NULL;
	}
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->fd = -1;
	if (asprintf(&file->path, "%s%s%s.bin", folder, slash, stem) < 0)
		file->path = NULL;
	else
		file->fd = unused_path_create_part(file->path, &file->part);
	if (file->fd >= 0)
		return file;
	free_file(file);
	return NULL;
}

int backup_file_write(struct backup_file *file, const uint8_t *data, size_t n)
{
	while (n) {
		const ssize_t now = write(file->fd, data, n);

		if (now < 0 && errno == EINTR)
			continue;
		if (now < 0)
			return -1;
		data += now;
		n -= (size_t)now;
	}
	return fsync(file->fd);
}

/* The new name is on the disk as well. Not every file system can do that. */
static void sync_folder(char *path)
{
	char *slash = strrchr(path, '/');
	int fd;

	slash[1] = '\0';
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

char *backup_file_keep(struct backup_file *file)
{
	char *path = unused_path_take(file->part, file->path);

	if (!path) {
		backup_file_remove(file);
		return NULL;
	}
	sync_folder(file->path);
	free_file(file);
	return path;
}

void backup_file_remove(struct backup_file *file)
{
	const int error = errno;

	if (!file)
		return;
	unlink(file->part);
	errno = error;
	free_file(file);
}
