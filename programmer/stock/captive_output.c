/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* pipe2(), memmem() */
#include "captive_output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "signals.h"
#include "terminal.h"

/* At a time, so that a program that never stops printing does not block us. */
#define MAX_FORWARDED 65536
/* After the captive has ended, for programs that it has left running. */
#define MAX_FINISHED (1024 * 1024)
#define GRACE_US 200000

void captive_output_fill_standard_files(void)
{
	int fd;

	/* Each open() takes the lowest number that is free. */
	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Files that were open at the start are never close-on-exec; the ones that we
 * have put in place of closed ones are. */
static bool is_users(int fd)
{
	const int flags = fcntl(fd, F_GETFD);

	return flags >= 0 && !(flags & FD_CLOEXEC);
}

static bool same_file(int one, int other)
{
	struct stat a, b;

	return is_users(one) && is_users(other) && !fstat(one, &a) && !fstat(other, &b) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Behind a pipe there may be the terminal, too (`| tee`), and then its content
 * is not known. */
bool captive_output_has_the_terminal(void)
{
	struct stat out;

	if (!isatty(STDERR_FILENO))
		return false;
	if (same_file(STDOUT_FILENO, STDERR_FILENO) || fstat(STDOUT_FILENO, &out))
		return true;
	return S_ISREG(out.st_mode) || (S_ISCHR(out.st_mode) && !isatty(STDOUT_FILENO));
}

static void print(void *arg, const char *data, size_t n)
{
	(void)arg;
	terminal_write(data, n);
}

/* Before a line of ours: whatever the captive has printed counts as complete. */
static void print_pending(void *arg)
{
	struct captive_output *output = arg;

	captive_output_forward(output);
	warning_filter_flush(&output->filter, print, NULL);
}

int captive_output_open(struct captive_output *output, bool kept)
{
	int ends[2];

	*output = (struct captive_output){ .from = -1, .to = -1, .kept = kept };
	if (!is_users(STDERR_FILENO))
		return 0;
	if (pipe2(ends, O_CLOEXEC))
		return -1;
	output->from = ends[0];
	output->to = ends[1];
	output->both = kept || same_file(STDOUT_FILENO, STDERR_FILENO);
	/* Only at our end: flashrom would lose output that does not fit. */
	if (fcntl(output->from, F_SETFL, O_NONBLOCK)) {
		captive_output_close(output);
		return -1;
	}
	return 0;
}

void captive_output_enter(const struct captive_output *output)
{
	if (output->to < 0)
		return;
	dup2(output->to, STDERR_FILENO);
	if (output->both)
		dup2(output->to, STDOUT_FILENO);
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void captive_output_begin(struct captive_output *output)
{
	close_end(&output->to);
	terminal_set_pending(print_pending, output);
}

static void remember(struct captive_output *output, const char *data, size_t n)
{
	const size_t size = sizeof(output->last);
	const size_t added = n < size ? n : size;
	const size_t kept = output->n_last < size - added ? output->n_last : size - added;

	memmove(output->last, output->last + output->n_last - kept, kept);
	memcpy(output->last + kept, data + n - added, added);
	output->n_last = kept + added;
}

void captive_output_show_last(struct captive_output *output)
{
	terminal_write(output->last, output->n_last);
	output->n_last = 0;
}

bool captive_output_has(const struct captive_output *output, const char *text)
{
	return memmem(output->last, output->n_last, text, strlen(text)) != NULL;
}

/* Returns whether there may be more at once. */
static bool forward_some(struct captive_output *output, size_t *forwarded)
{
	char data[4096];
	const ssize_t n = output->from < 0 ? -1 : read(output->from, data, sizeof(data));

	if (n > 0) {
		if (!output->kept)
			warning_filter_feed(&output->filter, data, (size_t)n, print, NULL);
		remember(output, data, (size_t)n);
		*forwarded += (size_t)n;
		return true;
	}
	if (n == 0)
		close_end(&output->from);
	return n < 0 && output->from >= 0 && errno == EINTR;
}

void captive_output_forward(struct captive_output *output)
{
	size_t forwarded = 0;

	while (forwarded < MAX_FORWARDED && forward_some(output, &forwarded))
		;
}

/* Waits for programs that still have the pipe open, unless the user has asked to
 * stop. */
static bool more_may_come(const struct captive_output *output, int64_t until_us)
{
	struct pollfd fd = { .fd = output->from, .events = POLLIN };
	const int64_t left_us = until_us - clock_us();

	if (output->from < 0 || left_us <= 0 || signals_count())
		return false;
	return poll(&fd, 1, (int)(left_us / 1000)) != 0;
}

void captive_output_finish(struct captive_output *output)
{
	const int64_t until_us = clock_us() + GRACE_US;
	size_t forwarded = 0;

	do
		while (forwarded < MAX_FINISHED && forward_some(output, &forwarded))
			;
	while (forwarded < MAX_FINISHED && more_may_come(output, until_us));
	warning_filter_flush(&output->filter, print, NULL);
}

void captive_output_close(struct captive_output *output)
{
	terminal_set_pending(NULL, NULL);
	close_end(&output->from);
	close_end(&output->to);
}
