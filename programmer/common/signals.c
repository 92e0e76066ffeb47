/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* pipe2() */
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
#define N_CAUGHT (sizeof(caught) / sizeof(caught[0]))

/* Signal handlers have no argument. */
static volatile sig_atomic_t n_signals, last_signal;
static int wake_pipe[2] = { -1, -1 };
static struct sigaction before[N_CAUGHT], child_before;

static void wake(void)
{
	const int error = errno;
	const char byte = 0;

	/* A full pipe is readable, too, so a failure does not matter. */
	(void)!write(wake_pipe[1], &byte, 1);
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

int signals_catch(bool children)
{
	struct sigaction action = { .sa_handler = on_signal };

	if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK))
		return -1;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < N_CAUGHT; i++) {
		sigaction(caught[i], NULL, &before[i]);
		/* nohup ignores signals on purpose. */
		if (before[i].sa_handler != SIG_IGN)
			sigaction(caught[i], &action, NULL);
	}
	sigaction(SIGCHLD, NULL, &child_before);
	action.sa_handler = on_child;
	action.sa_flags = SA_NOCLDSTOP;
	if (children)
		sigaction(SIGCHLD, &action, NULL);
	return 0;
}

void signals_restore(void)
{
	for (size_t i = 0; i < N_CAUGHT; i++)
		sigaction(caught[i], &before[i], NULL);
	sigaction(SIGCHLD, &child_before, NULL);
	close(wake_pipe[0]);
	close(wake_pipe[1]);
	wake_pipe[0] = wake_pipe[1] = -1;
}

int signals_fd(void)
{
	return wake_pipe[0];
}

void signals_clear_fd(void)
{
	char bytes[64];

	while (read(wake_pipe[0], bytes, sizeof(bytes)) > 0)
		;
}

unsigned int signals_count(void)
{
	return (unsigned int)n_signals;
}

int signals_last(void)
{
	return last_signal;
}

void signals_end_by(int number)
{
	for (size_t i = 0; i < N_CAUGHT; i++) {
		if (number != caught[i])
			continue;
		fflush(stdout);
		signal(number, SIG_DFL);
		raise(number);
	}
}
