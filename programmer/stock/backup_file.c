/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#if !defined(_WIN32)
#include <sys/resource.h>
#endif

/* Of files with the same stem. */
#define MAX_NUMBER 9999
/* "-9999", ".bin", ".part" and a slash. */
#define ROOM_FOR_ENDINGS 16

/* ---- where POSIX is not ---- */

#if defined(_WIN32)
#define FLAGS O_BINARY
#define fsync _commit

static int link(const char *path, const char *new_path)
{
	(void)path;
	(void)new_path;
	errno = ENOSYS;
	return -1;
}

static bool may_be_so_large(uint64_t size)
{
	(void)size;
	return true;
}

static void sync_folder(const char *folder)
{
	(void)folder;
}
#else
#define FLAGS O_CLOEXEC

/* A write beyond the limit would not only fail, but end the program by a
 * signal. */
static bool may_be_so_large(uint64_t size)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= size;
}

/* The name is on the disk too. Not every file system can say so. */
static void sync_folder(const char *folder)
{
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}
#endif

/* ---- names ---- */

struct backup_file {
	int fd;
	unsigned int number;
	char *folder, *stem;
	char *path, *part; /* with the number */
	size_t path_size;
};

static void name(struct backup_file *file, const char *ending, char *path)
{
	const size_t n = strlen(file->folder);
	const char *slash = n && file->folder[n - 1] == '/' ? "" : "/";
	char number[ROOM_FOR_ENDINGS] = "";

	if (file->number > 1)
		snprintf(number, sizeof(number), "-%u", file->number);
	snprintf(path, file->path_size, "%s%s%s%s.bin%s", file->folder, slash, file->stem, number, ending);
}

static void free_file(struct backup_file *file)
{
	free(file->folder);
	free(file->stem);
	free(file->path);
	free(file->part);
	free(file);
}

static struct backup_file *allocate(const char *folder, const char *stem)
{
	struct backup_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->path_size = strlen(folder) + strlen(stem) + 2 * ROOM_FOR_ENDINGS;
	file->folder = strdup(folder);
	file->stem = strdup(stem);
	file->path = malloc(file->path_size);
	file->part = malloc(file->path_size);
	if (file->folder && file->stem && file->path && file->part)
		return file;
	free_file(file);
	return NULL;
}

/* With rights as any file gets, so that who may use the programmer through sudo
 * can read it. */
static int create(const char *path)
{
	return open(path, O_RDWR | O_CREAT | O_EXCL | FLAGS, 0666);
}

/* The first number for which no file is being made. Whether there is a whole one
 * already shows when this one gets its name. */
static int open_part(struct backup_file *file)
{
	for (file->number = 1; file->number <= MAX_NUMBER; file->number++) {
		name(file, "", file->path);
		name(file, ".part", file->part);
		file->fd = create(file->part);
		if (file->fd >= 0)
			return 0;
		if (errno != EEXIST)
			return -1;
	}
	errno = EEXIST;
	return -1;
}

/* ---- the object ---- */

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

struct backup_file *backup_file_new(const char *folder, const char *stem, uint64_t size)
{
	struct backup_file *file;

	if (!may_be_so_large(size)) {
		errno = EFBIG;
		return NULL;
	}
	file = allocate(folder, stem);
	if (file && open_part(file)) {
		const int error = errno;

		free_file(file);
		errno = error;
		return NULL;
	}
	return file;
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
	return 0;
}

int backup_file_sync(struct backup_file *file)
{
	return fsync(file->fd);
}

int backup_file_read(struct backup_file *file, uint64_t offset, uint8_t *data, size_t n)
{
	if (lseek(file->fd, (off_t)offset, SEEK_SET) < 0)
		return -1;
	while (n) {
		const ssize_t now = read(file->fd, data, n);

		if (now < 0 && errno == EINTR)
			continue;
		if (now <= 0) {
			errno = now ? errno : EIO;
			return -1;
		}
		data += now;
		n -= (size_t)now;
	}
	return 0;
}

/* For file systems without hard links, such as FAT: a file of our own holds the
 * name until it is replaced. */
static int rename_to_new(const char *from, const char *to)
{
	const int fd = create(to);
	int error;

	if (fd < 0)
		return -1;
	close(fd);
#if defined(_WIN32)
	/* rename() itself replaces nothing here. */
	unlink(to);
#endif
	if (!rename(from, to))
		return 0;
	error = errno;
	unlink(to);
	errno = error;
	return -1;
}

static int give_name(const char *part, const char *path)
{
	if (!link(part, path)) {
		unlink(part);
		return 0;
	}
	return errno == EEXIST ? -1 : rename_to_new(part, path);
}

char *backup_file_keep(struct backup_file *file)
{
	char *path;
	int error = give_name(file->part, file->path);

	/* Somebody else has taken the name meanwhile. */
	while (error && errno == EEXIST && file->number++ < MAX_NUMBER) {
		name(file, "", file->path);
		error = give_name(file->part, file->path);
	}
	if (error) {
		backup_file_remove(file);
		return NULL;
	}
	sync_folder(file->folder);
	close(file->fd);
	path = file->path;
	file->path = NULL;
	free_file(file);
	return path;
}

void backup_file_remove(struct backup_file *file)
{
	const int error = errno;

	if (!file)
		return;
	close(file->fd);
	unlink(file->part);
	free_file(file);
	errno = error;
}
