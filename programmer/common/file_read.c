/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file_read.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "progress.h"

#define PIPE_PATIENCE_MS 5000 /* for somebody to write to a named pipe */
#define MAX_NAME 40	      /* so that the progress fits on 80 columns */
#define TICK_MS 200	      /* the display is updated this often while a writer is slow */

struct reader {
	int fd;
	bool is_fifo; /* opened by name, so perhaps without a writer */
	size_t limit;
	uint64_t expected; /* 0: not known */
	struct file_content *file;
	struct progress progress;
	char what[MAX_NAME + 16]; /* shown before the progress */
	char *problem;
	size_t problem_size;
};

static int __attribute__((format(printf, 2, 3))) complain(struct reader *reader, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reader->problem, reader->problem_size, format, args);
	va_end(args);
	return -1;
}

/* ---- opening ---- */

static int look_at(struct reader *reader)
{
	struct stat status;

	if (fstat(reader->fd, &status))
		return complain(reader, "%s: %s", reader->file->name, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return complain(reader, "%s is a folder, not a file.", reader->file->name);
	if (S_ISREG(status.st_mode))
		reader->expected = (uint64_t)status.st_size;
	reader->is_fifo = S_ISFIFO(status.st_mode) && reader->fd != STDIN_FILENO;
	return 0;
}

/* A named pipe without a writer must not hold us. */
static int open_without_waiting(const char *path)
{
	return open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static int open_path(struct reader *reader, const char *path)
{
	if (!strcmp(path, "-")) {
		reader->fd = STDIN_FILENO;
		if (isatty(STDIN_FILENO))
			return complain(reader, "Standard input is a terminal: give it a file with < or |.");
		return 0;
	}
	reader->fd = open_without_waiting(path);
	if (reader->fd < 0)
		return complain(reader, "%s: %s", path, strerror(errno));
	return 0;
}

/* ---- reading ---- */

/* False: in all this time nothing has come from the pipe. */
static bool wait_for_bytes(struct reader *reader)
{
	struct pollfd poll_fd = { .fd = reader->fd, .events = POLLIN };

	/* What poll() complains about read() does, too. */
	for (int waited_ms = TICK_MS; !poll(&poll_fd, 1, TICK_MS); waited_ms += TICK_MS) {
		if (reader->is_fifo && waited_ms >= PIPE_PATIENCE_MS)
			return false;
		progress_show(&reader->progress, reader->file->size, reader->expected);
	}
	return true;
}

/* Returns 1 when there may be more, 0 at the end, or -1 after a complaint. */
static int read_some(struct reader *reader)
{
	struct file_content *file = reader->file;
	const bool in_time = wait_for_bytes(reader);
	const ssize_t n = read(reader->fd, file->data + file->size, reader->limit + 1 - file->size);

	/* A pipe that nobody has open for writing reads as ended; with a slow writer
	 * read() fails with EAGAIN, and then it is waited for. */
	if (!n && !in_time)
		return complain(reader, "Nobody writes to the pipe %s.", file->name);
	if (n > 0 || !in_time)
		reader->is_fifo = false;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 1;
	if (n < 0)
		return complain(reader, "%s: %s", file->name, strerror(errno));
	file->size += (size_t)n;
	return n != 0;
}

static void start_progress(struct reader *reader)
{
	const char *name = reader->file->name, *slash = strrchr(name, '/');

	snprintf(reader->what, sizeof(reader->what), "Reading %.*s: ", MAX_NAME,
		 slash && slash[1] ? slash + 1 : name);
	progress_start(&reader->progress, reader->what, true);
}

/* Room for one byte more than the limit shows whether the file is larger. Memory
 * that is not used costs nothing. */
static int read_all(struct reader *reader)
{
	struct file_content *file = reader->file;
	uint8_t *shorter;
	int more;

	file->data = malloc(reader->limit + 1);
	if (!file->data)
		return complain(reader, "Not enough memory for %s.", file->name);
	start_progress(reader);
	while ((more = read_some(reader)) > 0 && file->size <= reader->limit)
		progress_show(&reader->progress, file->size, reader->expected);
	progress_end(&reader->progress);
	if (file->size > reader->limit)
		return complain(reader, "%s is larger than %zu MiB, which no flash of a Beken chip is.",
				file->name, reader->limit >> 20);
	shorter = realloc(file->data, file->size + 1);
	file->data = shorter ? shorter : file->data;
	return more;
}

int file_read(struct file_content *file, const char *path, size_t limit, char *problem, size_t problem_size)
{
	struct reader reader = {
		.fd = -1, .limit = limit, .file = file, .problem = problem, .problem_size = problem_size
	};
	int result;

	memset(file, 0, sizeof(*file));
	file->name = strcmp(path, "-") ? path : "standard input";
	result = open_path(&reader, path);
	if (!result)
		result = look_at(&reader);
	if (!result)
		result = read_all(&reader);
	if (reader.fd > STDIN_FILENO)
		close(reader.fd);
	if (result)
		file_read_free(file);
	return result;
}

void file_read_free(struct file_content *file)
{
	free(file->data);
	memset(file, 0, sizeof(*file));
}

/* ---- regular files ---- */

int64_t file_size(const char *path)
{
	struct stat status;

	return path && !stat(path, &status) && S_ISREG(status.st_mode) ? (int64_t)status.st_size : -1;
}

FILE *file_open_regular(const char *path)
{
	const int fd = path ? open_without_waiting(path) : -1;
	struct stat status;
	FILE *file = NULL;

	if (fd >= 0 && !fstat(fd, &status) && S_ISREG(status.st_mode))
		file = fdopen(fd, "r");
	if (fd >= 0 && !file)
		close(fd);
	return file;
}
