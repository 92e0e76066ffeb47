/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Four times the largest flash with 24-bit addresses. Beyond that it is no
 * backup of a flash. */
#define MAX_SIZE ((size_t)64 << 20)

struct output_file {
	char *path;
	bool existed;
	uint8_t *content; /* NULL: not kept */
	size_t size;
};

struct output_files {
	int n;
	struct output_file files[1 + FLASHROM_ARGS_INCLUDES];
};

/* Reads up to n bytes; how many it has got. */
static size_t read_all(int fd, uint8_t *data, size_t n)
{
	size_t have = 0;

	while (have < n) {
		const ssize_t now = read(fd, data + have, n - have);

		if (now < 0 && errno == EINTR)
			continue;
		if (now <= 0)
			break;
		have += (size_t)now;
	}
	return have;
}

static bool write_all(int fd, const uint8_t *data, size_t n)
{
	while (n) {
		const ssize_t now = write(fd, data, n);

		if (now < 0 && errno == EINTR)
			continue;
		if (now < 0)
			return false;
		data += now;
		n -= (size_t)now;
	}
	return true;
}

/* A regular file, open for reading, or -1. A pipe or device is not waited for. */
static int open_regular(const char *path, struct stat *status)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0 && (fstat(fd, status) || !S_ISREG(status->st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void keep_content(struct output_file *file)
{
	struct stat status;
	const int fd = open_regular(file->path, &status);

	if (fd < 0)
		return;
	file->existed = status.st_size > 0;
	file->size = (size_t)status.st_size;
	if (file->existed && file->size <= MAX_SIZE) {
		file->content = malloc(file->size);
		if (file->content && read_all(fd, file->content, file->size) != file->size) {
			free(file->content);
			file->content = NULL;
		}
	}
	close(fd);
}

static void add(struct output_files *kept, const char *path)
{
	struct output_file *file = &kept->files[kept->n];
	struct stat status;

	if (!path || !*path || !strcmp(path, "-"))
		return;
	/* What is there and no regular file cannot lose anything. */
	if (!stat(path, &status) && !S_ISREG(status.st_mode))
		return;
	file->path = strdup(path);
	if (!file->path)
		return;
	kept->n++;
	keep_content(file);
}

struct output_files *output_files_new(const struct flashrom_args *args)
{
	struct output_files *kept;

	if (args->operation != 'r' && args->operation != 'x')
		return NULL;
	kept = calloc(1, sizeof(*kept));
	if (!kept)
		return NULL;
	add(kept, args->file);
	for (int i = 0; i < args->n_includes; i++) {
		size_t length;

		add(kept, flashrom_args_region_file(args->includes[i].value, &length));
	}
	return kept;
}

static bool is_unchanged(const struct output_file *file, int fd, off_t size)
{
	bool same = false;
	uint8_t *now;

	if (size < 0 || (size_t)size != file->size)
		return false;
	/* Of one that was not kept no more is known. */
	if (!file->content)
		return true;
	now = malloc(file->size);
	if (now && read_all(fd, now, file->size) == file->size)
		same = !memcmp(now, file->content, file->size);
	free(now);
	return same;
}

static enum output_file_state put_back(const struct output_file *file)
{
	const int fd = file->content ? open(file->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
	bool done;

	if (fd < 0)
		return OUTPUT_FILE_LOST;
	done = write_all(fd, file->content, file->size);
	done = !close(fd) && done;
	return done ? OUTPUT_FILE_RESTORED : OUTPUT_FILE_LOST;
}

static enum output_file_state restore(const struct output_file *file)
{
	struct stat status;
	const int fd = open_regular(file->path, &status);
	const bool exists = fd >= 0;
	const bool unchanged = exists && file->existed && is_unchanged(file, fd, status.st_size);

	if (exists)
		close(fd);
	if (!file->existed)
		return exists ? OUTPUT_FILE_NEW : OUTPUT_FILE_MISSING;
	return unchanged ? OUTPUT_FILE_UNCHANGED : put_back(file);
}

void output_files_restore(const struct output_files *kept, output_files_tell_fn *tell, void *arg)
{
	for (int i = 0; kept && i < kept->n; i++)
		tell(arg, kept->files[i].path, restore(&kept->files[i]));
}

void output_files_free(struct output_files *kept)
{
	for (int i = 0; kept && i < kept->n; i++) {
		free(kept->files[i].path);
		free(kept->files[i].content);
	}
	free(kept);
}
