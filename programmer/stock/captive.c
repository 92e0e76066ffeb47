/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* pipe2(), memmem() */
#include "captive.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "clock.h"
#include "signals.h"
#include "terminal.h"
#include "warning_filter.h"

/* A program that does not end on a signal within this time is killed. */
#define PATIENCE_US 5000000
#define POLL_MS 500
#define EXIT_CANNOT_RUN 127
/* Of output, at a time, so that a program that never stops printing does not block us. */
#define MAX_FORWARDED 65536
/* After the program has ended, for others that it has left running. */
#define MAX_FINISHED (1024 * 1024)
#define GRACE_US 200000
/* So much of what was printed last is remembered. */
#define LAST 4096

struct captive {
	pid_t pid;
	bool ended;
	int status;
	unsigned int signals_passed_on;
	int64_t kill_at_us; /* 0: not asked to end yet */
	struct pty *pty;
	enum captive_output use;
	int output; /* our end of the pipe; -1: closed */
	struct warning_filter filter;
	char last[LAST];
	size_t n_last;
};

/* ---- standard files ---- */

void captive_fill_standard_files(void)
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

static bool output_is_error(void)
{
	struct stat out, err;

	return is_users(STDOUT_FILENO) && is_users(STDERR_FILENO) && !fstat(STDOUT_FILENO, &out) &&
	       !fstat(STDERR_FILENO, &err) && out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

/* Behind a pipe there may be the terminal, too (`| tee`), and then its content
 * is not known. */
bool captive_has_the_terminal(void)
{
	struct stat out;

	if (!isatty(STDERR_FILENO))
		return false;
	if (output_is_error() || fstat(STDOUT_FILENO, &out))
		return true;
	return S_ISREG(out.st_mode) || (S_ISCHR(out.st_mode) && !isatty(STDOUT_FILENO));
}

/* ---- what it prints ---- */

static void remember(struct captive *captive, const char *data, size_t n)
{
	const size_t room = LAST - n, kept = captive->n_last < room ? captive->n_last : room;

	memmove(captive->last, captive->last + captive->n_last - kept, kept);
	memcpy(captive->last + kept, data, n);
	captive->n_last = kept + n;
}

/* What is in the pipe, without waiting for more. Returns how many of `most` bytes. */
static size_t forward(struct captive *captive, size_t most)
{
	char data[LAST];
	size_t done = 0;

	while (captive->output >= 0 && done < most) {
		const size_t wanted = most - done < sizeof(data) ? most - done : sizeof(data);
		const ssize_t n = read(captive->output, data, wanted);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		if (n == 0) {
			close(captive->output);
			captive->output = -1;
			break;
		}
		if (captive->use != CAPTIVE_OUTPUT_KEPT)
			warning_filter_feed(&captive->filter, data, (size_t)n);
		remember(captive, data, (size_t)n);
		done += (size_t)n;
	}
	return done;
}

/* Before a line of ours: whatever the program has printed counts as complete. */
static void print_pending(void *arg)
{
	struct captive *captive = arg;

	forward(captive, MAX_FORWARDED);
	warning_filter_flush(&captive->filter);
}

/* Waits for other programs that still have the pipe open, unless the user has asked
 * to stop. */
static bool more_may_come(const struct captive *captive, int64_t until_us)
{
	struct pollfd fd = { .fd = captive->output, .events = POLLIN };
	const int64_t left_us = until_us - beken_clock_us();

	return captive->output >= 0 && left_us > 0 && !signals_count() &&
	       poll(&fd, 1, (int)(left_us / 1000)) != 0;
}

static void print_rest(struct captive *captive)
{
	const int64_t until_us = beken_clock_us() + GRACE_US;
	size_t left = MAX_FINISHED;

	do
		left -= forward(captive, left);
	while (left && more_may_come(captive, until_us));
	warning_filter_flush(&captive->filter);
}

void captive_show_last(struct captive *captive)
{
	terminal_write(captive->last, captive->n_last);
	captive->n_last = 0;
}

bool captive_has_said(const struct captive *captive, const char *text)
{
	return memmem(captive->last, captive->n_last, text, strlen(text)) != NULL;
}

/* ---- start and end ---- */

/* ends: of the pipe. Only ours does not block: flashrom would lose output that does
 * not fit. */
static int open_pipe(struct captive *captive, int ends[2])
{
	if (captive->use == CAPTIVE_OUTPUT_LEFT || !is_users(STDERR_FILENO))
		return 0;
	if (pipe2(ends, O_CLOEXEC))
		return -1;
	captive->output = ends[0];
	return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

/* output: its end of the pipe; -1: there is none. */
static void become_program(const struct captive *captive, const char *path, char *const *argv, int output,
			   pid_t parent)
{
	const bool takes_both = captive->use == CAPTIVE_OUTPUT_KEPT || output_is_error();

	signals_restore();
	if (output >= 0 && takes_both)
		dup2(output, STDOUT_FILENO);
	if (output >= 0)
		dup2(output, STDERR_FILENO);
#ifdef __linux__
	/* If we are killed, flashrom would wait for an answer for ever. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_CANNOT_RUN);
#else
	(void)parent;
#endif
	execv(path, argv);
	_exit(EXIT_CANNOT_RUN);
}

struct captive *captive_start(const char *path, char *const *argv, struct pty *pty, enum captive_output use)
{
	struct captive *captive = calloc(1, sizeof(*captive));
	const pid_t parent = getpid();
	int ends[2] = { -1, -1 }, error;

	if (!captive)
		return NULL;
	*captive = (struct captive){ .pid = -1, .pty = pty, .use = use, .output = -1 };
	if (!open_pipe(captive, ends))
		captive->pid = fork();
	if (captive->pid == 0)
		become_program(captive, path, argv, ends[1], parent);
	error = errno;
	if (ends[1] >= 0)
		close(ends[1]);
	if (captive->pid > 0) {
		terminal_set_pending(print_pending, captive);
		return captive;
	}
	captive_free(captive);
	errno = error;
	return NULL;
}

void captive_free(struct captive *captive)
{
	if (!captive)
		return;
	terminal_set_pending(NULL, NULL);
	if (captive->output >= 0)
		close(captive->output);
	free(captive);
}

/* ---- while it runs ---- */

static void look_for_end(struct captive *captive)
{
	if (!captive->ended && waitpid(captive->pid, &captive->status, WNOHANG) == captive->pid)
		captive->ended = true;
}

static void pass_on_signals(struct captive *captive)
{
	const unsigned int now = signals_count();

	if (captive->ended)
		return;
	if (now != captive->signals_passed_on) {
		captive->signals_passed_on = now;
		kill(captive->pid, signals_last());
		if (!captive->kill_at_us)
			captive->kill_at_us = beken_clock_us() + PATIENCE_US;
	}
	if (captive->kill_at_us && beken_clock_us() >= captive->kill_at_us)
		kill(captive->pid, SIGKILL);
}

/* Waits for something to do; true if the pty is ready for `events`. */
static bool wait_for(struct captive *captive, short events)
{
	struct pollfd fds[] = {
		{ .fd = captive->pty->master, .events = events },
		{ .fd = signals_fd(), .events = POLLIN },
		{ .fd = captive->output, .events = POLLIN },
	};

	/* Signals end poll(). Only a program that ignores them needs a timeout. */
	if (poll(fds, 3, captive->kill_at_us ? POLL_MS : -1) < 0 && errno != EINTR)
		return false;
	signals_clear_fd();
	if (fds[2].revents)
		forward(captive, MAX_FORWARDED);
	look_for_end(captive);
	pass_on_signals(captive);
	return fds[0].revents & events;
}

void captive_send(struct captive *captive, const uint8_t *data, size_t n)
{
	while (n && !captive->ended) {
		const ssize_t written = write(captive->pty->master, data, n);

		if (written > 0) {
			data += written;
			n -= (size_t)written;
		} else if (written < 0 && errno == EAGAIN) {
			wait_for(captive, POLLOUT);
		} else if (written < 0 && errno != EINTR) {
			return;
		}
	}
}

int captive_run(struct captive *captive, captive_receive_fn *receive, void *arg)
{
	uint8_t data[8192];

	look_for_end(captive);
	while (!captive->ended) {
		ssize_t n;

		if (!wait_for(captive, POLLIN) || captive->ended)
			continue;
		n = read(captive->pty->master, data, sizeof(data));
		if (n > 0)
			receive(arg, data, (size_t)n);
	}
	print_rest(captive);
	return captive->status;
}
