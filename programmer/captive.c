/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* pipe2() */
#include "captive.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "monotonic.h"

/* A program that does not end on a signal within this time is killed. */
#define PATIENCE_US 5000000
#define POLL_MS 500
#define EXIT_CANNOT_RUN 127

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
#define N_CAUGHT (sizeof(caught) / sizeof(caught[0]))

/* Signal handlers have no argument. */
static volatile sig_atomic_t n_signals, last_signal;
static int wake_pipe[2] = { -1, -1 };

struct captive {
	pid_t pid;
	bool ended;
	int status;
	unsigned int signals_passed_on;
	int64_t kill_at_us;	/* 0: not asked to end yet */
	struct pty *pty;
	struct sigaction before[N_CAUGHT], child_before;
};

unsigned int captive_signals(void)
{
	return (unsigned int)n_signals;
}

int captive_last_signal(void)
{
	return last_signal;
}

static void wake(void)
{
	const int error = errno;
	const char byte = 0;

	/* A full pipe wakes as well. */
	if (write(wake_pipe[1], &byte, 1) < 0)
		errno = error;
	errno = error;
}

static void on_signal(int number)
{
	n_signals++;
	last_signal = number;
	wake();
}

static void on_child(int number)
{
	(void)number;
	wake();
}

static void install_handlers(struct captive *captive)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < N_CAUGHT; i++) {
		sigaction(caught[i], NULL, &captive->before[i]);
		/* What nohup has set to ignored stays so. */
		if (captive->before[i].sa_handler != SIG_IGN)
			sigaction(caught[i], &action, NULL);
	}
	action.sa_handler = on_child;
	action.sa_flags = SA_NOCLDSTOP;
	sigaction(SIGCHLD, &action, &captive->child_before);
}

static void restore_handlers(struct captive *captive)
{
	for (size_t i = 0; i < N_CAUGHT; i++)
		sigaction(caught[i], &captive->before[i], NULL);
	sigaction(SIGCHLD, &captive->child_before, NULL);
}

static void become_program(struct captive *captive, const char *path, char *const *argv, pid_t parent)
{
	restore_handlers(captive);
#ifdef __linux__
	/* Without a server flashrom would wait for ever. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_CANNOT_RUN);
#else
	(void)parent;
#endif
	execv(path, argv);
	_exit(EXIT_CANNOT_RUN);
}

struct captive *captive_start(const char *path, char *const *argv, struct pty *pty)
{
	struct captive *captive = calloc(1, sizeof(*captive));
	const pid_t parent = getpid();

	if (!captive)
		return NULL;
	captive->pty = pty;
	if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK)) {
		free(captive);
		return NULL;
	}
	install_handlers(captive);
	captive->pid = fork();
	if (captive->pid == 0)
		become_program(captive, path, argv, parent);
	if (captive->pid < 0) {
		captive->ended = true;
		captive_free(captive);
		return NULL;
	}
	return captive;
}

static void look_for_end(struct captive *captive)
{
	if (!captive->ended && waitpid(captive->pid, &captive->status, WNOHANG) == captive->pid)
		captive->ended = true;
}

static void pass_on_signals(struct captive *captive)
{
	const unsigned int now = captive_signals();

	if (captive->ended)
		return;
	if (now != captive->signals_passed_on) {
		captive->signals_passed_on = now;
		kill(captive->pid, last_signal);
		if (!captive->kill_at_us)
			captive->kill_at_us = monotonic_us() + PATIENCE_US;
	}
	if (captive->kill_at_us && monotonic_us() >= captive->kill_at_us)
		kill(captive->pid, SIGKILL);
}

/* Waits for something to do; true if the pty is ready for `events`. */
static bool wait_for(struct captive *captive, short events)
{
	struct pollfd fds[] = {
		{ .fd = captive->pty->master, .events = events },
		{ .fd = wake_pipe[0], .events = POLLIN },
	};
	char bytes[64];

	/* Signals wake through the pipe, so a long timeout would do; the short
	 * one is for programs that ignore them. */
	if (poll(fds, 2, captive->kill_at_us ? POLL_MS : -1) < 0 && errno != EINTR)
		return false;
	while (read(wake_pipe[0], bytes, sizeof(bytes)) > 0)
		;
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
	return captive->status;
}

void captive_free(struct captive *captive)
{
	if (!captive)
		return;
	restore_handlers(captive);
	close(wake_pipe[0]);
	close(wake_pipe[1]);
	wake_pipe[0] = wake_pipe[1] = -1;
	free(captive);
}
