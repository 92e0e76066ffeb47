/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* flock(), asprintf() */
#include "backup_record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
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

struct paths {
	unsigned int n;
	char *path[BACKUP_RECORD_MAX + 1]; /* oldest first */
};

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

static char *state_folder(void)
{
	return user_folder("XDG_STATE_HOME", ".local/state");
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

/* ---- reading ---- */

static void free_paths(struct paths *paths)
{
	for (unsigned int i = 0; i < paths->n; i++)
		free(paths->path[i]);
	paths->n = 0;
}

/* Takes ownership of the text. Drops the oldest if there are too many. */
static void append(struct paths *paths, char *path)
{
	if (paths->n == BACKUP_RECORD_MAX) {
		free(paths->path[0]);
		paths->n--;
		memmove(paths->path, paths->path + 1, paths->n * sizeof(paths->path[0]));
	}
	paths->path[paths->n++] = path;
}

static int read_lines(FILE *file, struct paths *paths)
{
	for (;;) {
		char *line = NULL;
		size_t size = 0;

		if (getline(&line, &size, file) <= 0) {
			free(line);
			return feof(file) ? 0 : -1;
		}
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '/')
			append(paths, line);
		else
			free(line);
	}
}

static FILE *open_record(int folder, bool *is_there)
{
	const int fd = openat(folder, NAME, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	struct stat status;
	FILE *file;

	*is_there = fd >= 0 || errno != ENOENT;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) || !S_ISREG(status.st_mode) || status.st_size > MAX_FILE_SIZE) {
		close(fd);
		errno = EINVAL;
		return NULL;
	}
	file = fdopen(fd, "r");
	if (!file)
		close(fd);
	return file;
}

/* No record yet is an empty one. */
static int read_record(int folder, struct paths *paths)
{
	bool is_there;
	FILE *file = open_record(folder, &is_there);
	int error;

	paths->n = 0;
	if (!file)
		return is_there ? -1 : 0;
	error = read_lines(file, paths);
	fclose(file);
	if (error)
		free_paths(paths);
	return error;
}

/* ---- writing ---- */

static bool is_gone(const char *path)
{
	struct stat status;

	return stat(path, &status) && (errno == ENOENT || errno == ENOTDIR);
}

/* Drops files that are gone, and the one that is going to be added. */
static void drop_old(struct paths *paths, const char *added)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < paths->n; i++) {
		if (!strcmp(paths->path[i], added) || is_gone(paths->path[i]))
			free(paths->path[i]);
		else
			paths->path[kept++] = paths->path[i];
	}
	paths->n = kept;
}

static int write_lines(int folder, const char *name, const struct paths *paths)
{
	const int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	int error = 0;

	if (!file) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	for (unsigned int i = 0; i < paths->n; i++)
		error |= fprintf(file, "%s\n", paths->path[i]) < 0;
	error |= fflush(file) || fsync(fd);
	error |= fclose(file);
	return error ? -1 : 0;
}

/* Nobody else uses the new name while we have the lock. */
static int replace_record(int folder, const struct paths *paths)
{
	static const char new_name[] = NAME ".new";
	int error = write_lines(folder, new_name, paths);

	if (!error)
		error = renameat(folder, new_name, folder, NAME);
	if (error) {
		const int reason = errno;

		unlinkat(folder, new_name, 0);
		errno = reason;
	}
	return error;
}

static int add_line(int folder, const char *path)
{
	struct paths paths;
	char *copy;
	int error = read_record(folder, &paths);

	if (error)
		return error;
	drop_old(&paths, path);
	copy = strdup(path);
	if (copy)
		append(&paths, copy);
	error = copy ? replace_record(folder, &paths) : -1;
	free_paths(&paths);
	return error;
}

/* Its descriptor, or -1 with errno. */
static int lock_record(int folder)
{
	const int fd = openat(folder, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	const int64_t limit = clock_us() + LOCK_LIMIT_US;

	if (fd < 0)
		return -1;
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		const int error = errno;

		if (error == EINTR || (error == EWOULDBLOCK && clock_us() < limit)) {
			clock_sleep_us(LOCK_PAUSE_US);
			continue;
		}
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static int open_folder(bool make)
{
	char *path = state_folder();
	int fd = -1;

	if (path && !(make && make_folders(path)))
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(path);
	return fd;
}

static int add_to_folder(int folder, const char *path)
{
	const int lock = lock_record(folder);
	int error;

	if (lock < 0)
		return -1;
	error = add_line(folder, path);
	/* This unlocks it. */
	close(lock);
	return error;
}

int backup_record_add(const char *path)
{
	char *absolute = realpath(path, NULL);
	int folder, error = -1;

	if (!absolute)
		return -1;
	errno = EINVAL;
	folder = strchr(absolute, '\n') ? -1 : open_folder(true);
	if (folder >= 0) {
		error = add_to_folder(folder, absolute);
		close(folder);
	}
	free(absolute);
	return error;
}

/* ---- looking for one ---- */

int backup_record_find(backup_record_fits_fn *fits, void *arg, bool *found)
{
	const int folder = open_folder(false);
	struct paths paths;
	int error;

	*found = false;
	if (folder < 0)
		return errno == ENOENT ? 0 : -1;
	error = read_record(folder, &paths);
	close(folder);
	if (error)
		return error;
	for (unsigned int i = paths.n; i-- > 0 && !*found;)
		*found = fits(arg, paths.path[i]);
	free_paths(&paths);
	return 0;
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
	uint64_t size;
	FILE *file = file_open_regular(path, &size);
	bool same = file && size == wanted->n;
	uint8_t piece[4096];

	for (size_t at = 0; same && at < wanted->n;) {
		const size_t n = fread(piece, 1, sizeof(piece), file);

		same = n && n <= wanted->n - at && !memcmp(piece, wanted->data + at, n);
		at += n;
	}
	if (file)
		fclose(file);
	if (same)
		snprintf(wanted->path, wanted->path_size, "%s", path);
	return same;
}

bool backup_record_has(const uint8_t *data, size_t n, char *path, size_t path_size)
{
	struct wanted wanted = { data, n, path_size, path };
	bool found;

	return !backup_record_find(has_content, &wanted, &found) && found;
}
