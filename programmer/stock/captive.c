/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "captive.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "clock.h"
#include "signals.h"

/* A program that does not end on a signal within this time is killed. */
#define PATIENCE_US 5000000
#define POLL_MS 500
#define EXIT_CANNOT_RUN 127

struct captive {
	pid_t pid;
	bool ended;
	int status;
	unsigned int signals_passed_on;
	int64_t kill_at_us; /* 0: not asked to end yet */
	struct pty *pty;
	struct captive_output output;
};

static void become_program(const struct captive *captive, const char *path, char *const *argv, pid_t parent)
{
	signals_restore();
	captive_output_enter(&captive->output);
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

static struct captive *give_up(struct captive *captive)
{
	const int error = errno;

	captive_output_close(&captive->output);
	free(captive);
	errno = error;
	return NULL;
}

struct captive *captive_start(const char *path, char *const *argv, struct pty *pty, enum captive_output_use use)
{
	struct captive *captive = calloc(1, sizeof(*captive));
	const pid_t parent = getpid();

	if (!captive)
		return NULL;
	captive->pty = pty;
	captive->output.from = captive->output.to = -1;
	if (use != CAPTIVE_OUTPUT_LEFT && captive_output_open(&captive->output, use == CAPTIVE_OUTPUT_KEPT))
		return give_up(captive);
	captive->pid = fork();
	if (captive->pid == 0)
		become_program(captive, path, argv, parent);
	if (captive->pid < 0)
		return give_up(captive);
	captive_output_begin(&captive->output);
	return captive;
}

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
			captive->kill_at_us = clock_us() + PATIENCE_US;
	}
	if (captive->kill_at_us && clock_us() >= captive->kill_at_us)
		kill(captive->pid, SIGKILL);
}

/* Waits for something to do; true if the pty is ready for `events`. */
static bool wait_for(struct captive *captive, short events)
{
	struct pollfd fds[] = {
		{ .fd = captive->pty->master, .events = events },
		{ .fd = signals_fd(), .events = POLLIN },
		{ .fd = captive->output.from, .events = POLLIN },
	};

	/* Signals end poll(). Only a program that ignores them needs a timeout. */
	if (poll(fds, 3, captive->kill_at_us ? POLL_MS : -1) < 0 && errno != EINTR)
		return false;
	signals_clear_fd();
	if (fds[2].revents)
		captive_output_forward(&captive->output);
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
	captive_output_finish(&captive->output);
	return captive->status;
}

void captive_show_last(struct captive *captive)
{
	captive_output_show_last(&captive->output);
}

bool captive_has_said(const struct captive *captive, const char *text)
{
	return captive_output_has(&captive->output, text);
}

void captive_free(struct captive *captive)
{
	if (!captive)
		return;
	captive_output_close(&captive->output);
	free(captive);
}
