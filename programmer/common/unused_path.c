/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unused_path.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_NUMBER 999
/* File systems allow 255 bytes; the ending and the number come behind. */
#define MAX_STEM 200

/* Bytes of path that name its folder, with the slash. */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

static bool can_write_beside(const char *path)
{
	char *folder = strndup(path, folder_length(path));
	const bool can = folder && access(*folder ? folder : ".", W_OK | X_OK) == 0;

	free(folder);
	return can;
}

/* Bytes of the name without its ending. */
static size_t stem_length(const char *name)
{
	const char *dot = strrchr(name, '.');
	const size_t length = dot && dot != name ? (size_t)(dot - name) : strlen(name);

	return length < MAX_STEM ? length : MAX_STEM;
}

/* Also a link that leads nowhere is there. */
static bool exists(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

char *unused_path(const char *path, const char *ending)
{
	const size_t folder = folder_length(path);
	const char *start = can_write_beside(path) ? path : path + folder;
	const int length = (int)((size_t)(path + folder - start) + stem_length(path + folder));
	const size_t size = (size_t)length + strlen(ending) + sizeof("-999");
	char *name = malloc(size);

	for (int number = 1; name && number <= MAX_NUMBER; number++) {
		if (number == 1)
			snprintf(name, size, "%.*s%s", length, start, ending);
		else
			snprintf(name, size, "%.*s-%d%s", length, start, number, ending);
		if (!exists(name))
			return name;
	}
	free(name);
	return NULL;
}
