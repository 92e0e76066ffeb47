/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* flock(), asprintf() */
#include "backup_record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "file_read.h"

#define FOLDER "ch341a_beken"
#define NAME "backups"
/* The record itself is replaced, so it cannot carry the lock. */
#define LOCK_NAME "backups.lock"
/* The owner of the lock writes one small file. */
#define LOCK_LIMIT_US 5000000
#define LOCK_PAUSE_US 10000
/* A larger file is not one that we have written. */
#define MAX_FILE_SIZE ((off_t)BACKUP_RECORD_MAX * (PATH_MAX + 1))

/* ---- where ---- */

/* With sudo HOME may be that of the user, who could not write to files of root. */
static bool is_ours(const char *folder)
{
	struct stat status;

	return !stat(folder, &status) && status.st_uid == geteuid();
}

/* The folder, to be freed; NULL with errno. By the XDG Base Directory
 * Specification a path that is not absolute counts as not set. */
static char *user_folder(const char *variable, const char *below_home)
{
	const char *base = getenv(variable), *home = getenv("HOME");
	char *folder = NULL;
	int n = -1;

	errno = ENOENT;
	if (base && base[0] == '/')
		n = asprintf(&folder, "%s/" FOLDER, base);
	else if (home && home[0] == '/' && is_ours(home))
		n = asprintf(&folder, "%s/%s/" FOLDER, home, below_home);
	return n < 0 ? NULL : folder;
}

/* The folder and those above it, for the user alone. */
static int make_folders(char *folder)
{
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int error;

		*slash = '\0';
		error = mkdir(folder, 0700) && errno != EEXIST;
		*slash = '/';
		if (error && access(folder, F_OK))
			return -1;
	}
	return mkdir(folder, 0700) && errno != EEXIST ? -1 : 0;
}

char *backup_default_folder(void)
{
	char *folder = user_folder("XDG_DATA_HOME", ".local/share");

	if (folder && !make_folders(folder))
		return folder;
	free(folder);
	return NULL;
}

/* With `make` it is made if needed. -1 with errno. */
static int open_folder(bool make)
{
	char *path = user_folder("XDG_STATE_HOME", ".local/state");
	int fd = -1;

	if (path && !(make && make_folders(path)))
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(path);
	return fd;
}

static FILE *open_file(int folder, const char *name, int flags, const char *mode)
{
	const int fd = openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, mode);

	if (fd >= 0 && !file)
		close(fd);
	return file;
}

/* ---- reading ---- */

/* All of its text, to be freed; no record yet is an empty one. NULL with errno. */
static char *read_record(int folder)
{
	FILE *file = open_file(folder, NAME, O_RDONLY | O_NONBLOCK, "r");
	struct stat status;
	char *text = NULL;
	size_t size = 0;

	if (!file)
		return errno == ENOENT ? strdup("") : NULL;
	if (fstat(fileno(file), &status) || !S_ISREG(status.st_mode) || status.st_size > MAX_FILE_SIZE) {
		errno = EINVAL;
	} else if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = feof(file) ? strdup("") : NULL;
	}
	fclose(file);
	return text;
}

/* Shows the lines that are paths, the last one first, until one fits. They are cut
 * apart in the text itself. */
static bool find_line(char *text, backup_record_fits_fn *fits, void *arg)
{
	char *end;

	do {
		const char *line;

		end = strrchr(text, '\n');
		line = end ? end + 1 : text;
		if (line[0] == '/' && fits(arg, line))
			return true;
		if (end)
			*end = '\0';
	} while (end);
	return false;
}

int backup_record_find(backup_record_fits_fn *fits, void *arg)
{
	const int folder = open_folder(false);
	char *text;
	int found;

	if (folder < 0)
		return errno == ENOENT ? 0 : -1;
	text = read_record(folder);
	close(folder);
	if (!text)
		return -1;
	found = find_line(text, fits, arg);
	free(text);
	return found;
}

/* ---- writing ---- */

/* What stays beside the path that is added, the newest first. */
struct kept {
	const char *added;
	unsigned int n;
	const char *paths[BACKUP_RECORD_MAX - 1];
};

static bool keep(void *arg, const char *path)
{
	struct kept *kept = arg;
	struct stat status;
	const bool is_gone = stat(path, &status) && (errno == ENOENT || errno == ENOTDIR);

	if (strcmp(path, kept->added) != 0 && !is_gone)
		kept->paths[kept->n++] = path;
	return kept->n == BACKUP_RECORD_MAX - 1;
}

static int write_lines(int folder, const char *name, const struct kept *kept)
{
	FILE *file = open_file(folder, name, O_WRONLY | O_CREAT | O_TRUNC, "w");
	int error = 0;

	if (!file)
		return -1;
	for (unsigned int i = kept->n; i-- > 0;)
		error |= fprintf(file, "%s\n", kept->paths[i]) < 0;
	error |= fprintf(file, "%s\n", kept->added) < 0;
	error |= fflush(file) || fsync(fileno(file));
	error |= fclose(file);
	return error ? -1 : 0;
}

/* Nobody else uses the new name while we have the lock. */
static int add_line(int folder, const char *path)
{
	static const char new_name[] = NAME ".new";
	struct kept kept = { .added = path };
	char *text = read_record(folder);
	int error = -1, reason;

	if (text) {
		find_line(text, keep, &kept);
		error = write_lines(folder, new_name, &kept);
		if (!error)
			error = renameat(folder, new_name, folder, NAME);
		reason = errno;
		if (error)
			unlinkat(folder, new_name, 0);
		errno = reason;
	}
	free(text);
	return error;
}

/* Its descriptor, or -1 with errno. */
static int lock_record(int folder)
{
	const int fd = openat(folder, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	const int64_t limit = beken_clock_us() + LOCK_LIMIT_US;

	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		const int error = errno;

		if (error == EWOULDBLOCK && beken_clock_us() < limit) {
			beken_sleep_us(LOCK_PAUSE_US);
			continue;
		}
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

int backup_record_add(const char *path)
{
	char *absolute = realpath(path, NULL);
	int folder, lock = -1, error = -1;

	if (!absolute)
		return -1;
	errno = EINVAL;
	folder = strchr(absolute, '\n') ? -1 : open_folder(true);
	if (folder >= 0)
		lock = lock_record(folder);
	if (lock >= 0) {
		error = add_line(folder, absolute);
		/* This unlocks it. */
		close(lock);
	}
	if (folder >= 0)
		close(folder);
	free(absolute);
	return error;
}

/* ---- by content ---- */

struct wanted {
	const uint8_t *data;
	size_t n, path_size;
	char *path;
};

static bool has_content(void *arg, const char *path)
{
	const struct wanted *wanted = arg;
	FILE *file = file_size(path) == (int64_t)wanted->n ? file_open_regular(path) : NULL;
	uint8_t *content = file ? malloc(wanted->n) : NULL;
	const bool same = content && fread(content, 1, wanted->n, file) == wanted->n &&
			  !memcmp(content, wanted->data, wanted->n);

	free(content);
	if (file)
		fclose(file);
	if (same)
		snprintf(wanted->path, wanted->path_size, "%s", path);
	return same;
}

bool backup_record_has(const uint8_t *data, size_t n, char *path, size_t path_size)
{
	struct wanted wanted = { data, n, path_size, path };

	return backup_record_find(has_content, &wanted) == 1;
}
