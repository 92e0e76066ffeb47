/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* asprintf() */
#include "unused_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_NUMBER 999
/* File systems allow 255 bytes; the ending and the number are added to it. */
#define MAX_STEM 200
#define PART ".part"

/* Bytes of path that name its folder, with the slash. */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

static const char *ending_of(const char *path)
{
	const char *name = path + folder_length(path), *dot = strrchr(name, '.');

	return dot && dot != name ? dot : name + strlen(name);
}

/* Path number 1, 2, ... for path, with what comes behind that. */
static char *numbered(const char *path, unsigned int number, const char *behind)
{
	const char *ending = ending_of(path);
	const size_t folder = folder_length(path), length = (size_t)(ending - path) - folder;
	const int n = (int)(folder + (length < MAX_STEM ? length : MAX_STEM));
	char *name = NULL, text[16] = "";

	if (number > 1)
		snprintf(text, sizeof(text), "-%u", number);
	return asprintf(&name, "%.*s%s%s%s", n, path, text, ending, behind) < 0 ? NULL : name;
}

char *unused_path(const char *path)
{
	for (unsigned int number = 1; number <= MAX_NUMBER; number++) {
		char *name = numbered(path, number, "");
		struct stat status;

		if (!name || lstat(name, &status))
			return name;
		free(name);
	}
	return NULL;
}

/* With the mode that any new file gets, so that a user who may run the programmer
 * through sudo can read it. */
static int create(const char *path)
{
	return open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

int unused_path_create_part(const char *path, char **name)
{
	for (unsigned int number = 1; number <= MAX_NUMBER; number++) {
		int fd;

		*name = numbered(path, number, PART);
		if (!*name)
			return -1;
		fd = create(*name);
		if (fd >= 0)
			return fd;
		free(*name);
		if (errno != EEXIST)
			break;
	}
	*name = NULL;
	return -1;
}

/* For file systems without hard links, such as FAT: an empty file of ours holds
 * the name until it is replaced. */
static int rename_to_new(const char *from, const char *to)
{
	const int fd = create(to);
	int error;

	if (fd < 0)
		return -1;
	close(fd);
	if (!rename(from, to))
		return 0;
	error = errno;
	unlink(to);
	errno = error;
	return -1;
}

static int give_name(const char *from, const char *to)
{
	if (!link(from, to)) {
		unlink(from);
		return 0;
	}
	return errno == EEXIST ? -1 : rename_to_new(from, to);
}

char *unused_path_take(const char *part, const char *path)
{
	for (unsigned int number = 1; number <= MAX_NUMBER; number++) {
		char *name = numbered(path, number, "");

		if (!name || !give_name(part, name))
			return name;
		free(name);
		if (errno != EEXIST)
			break;
	}
	return NULL;
}
