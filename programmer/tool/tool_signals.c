/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* pipe2() */
#include "tool_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
#define N_CAUGHT (sizeof(caught) / sizeof(caught[0]))

/* Signal handlers have no argument. */
static volatile sig_atomic_t n_signals, last_signal;
static int wake_pipe[2] = { -1, -1 };

static void on_signal(int number)
{
	const int error = errno;
	const char byte = 0;

	n_signals++;
	last_signal = number;
	/* A full pipe wakes as well. */
	if (write(wake_pipe[1], &byte, 1) < 0)
		errno = error;
	errno = error;
}

int tool_signals_catch(void)
{
	struct sigaction action = { .sa_handler = on_signal }, before;

	if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK))
		return -1;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < N_CAUGHT; i++) {
		sigaction(caught[i], NULL, &before);
		/* What nohup has set to ignored stays so. */
		if (before.sa_handler != SIG_IGN)
			sigaction(caught[i], &action, NULL);
	}
	return 0;
}

unsigned int tool_signals_count(void)
{
	return (unsigned int)n_signals;
}

int tool_signals_fd(void)
{
	return wake_pipe[0];
}

void tool_signals_end_by(void)
{
	const int number = last_signal;

	if (!number)
		return;
	fflush(stdout);
	signal(number, SIG_DFL);
	raise(number);
}
