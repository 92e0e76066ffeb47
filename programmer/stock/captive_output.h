/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forwards what a captive prints. Its standard error comes through a pipe. If its
 * standard output is the same file (a terminal, or 2>&1), both share that pipe, so
 * that their order is kept; otherwise standard output is left alone.
 */
#ifndef CH341A_BEKEN_CAPTIVE_OUTPUT_H
#define CH341A_BEKEN_CAPTIVE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "warning_filter.h"

/* So much of what was printed last is remembered. */
#define CAPTIVE_OUTPUT_LAST 4096

enum captive_output_use {
	CAPTIVE_OUTPUT_LEFT,	  /* it goes where it goes without us */
	CAPTIVE_OUTPUT_FORWARDED, /* see above */
	CAPTIVE_OUTPUT_KEPT, /* standard output and error are not printed, the last of them is remembered */
};

struct captive_output {
	int from, to; /* ends of the pipe; -1: closed */
	bool both;    /* standard output goes through the pipe, too */
	bool kept;    /* nothing is printed */
	struct warning_filter filter;
	char last[CAPTIVE_OUTPUT_LAST];
	size_t n_last;
};

/*
 * Opens /dev/null for each of standard input, output and error that is closed, so
 * that no file that is opened later gets our messages. A program that is started
 * finds them closed.
 */
void captive_output_fill_standard_files(void);

/* Opens the pipe, unless standard error is closed. 0, or -1 with errno. */
int captive_output_open(struct captive_output *output, bool kept);

/* Prints what is remembered. */
void captive_output_show_last(struct captive_output *output);

/* In the child, before it becomes the program. */
void captive_output_enter(const struct captive_output *output);
/* In the parent, after fork(). */
void captive_output_begin(struct captive_output *output);

/* Prints what is in the pipe, without waiting for more. */
void captive_output_forward(struct captive_output *output);

/* Prints the rest after the program has ended. Waits a moment only if other
 * programs still have the pipe open. */
void captive_output_finish(struct captive_output *output);

/* Does the end of what came through the pipe have this text in it? */
bool captive_output_has(const struct captive_output *output, const char *text);

/* May be called more than once. */
void captive_output_close(struct captive_output *output);

/* Is standard error a terminal on which nobody prints but us? */
bool captive_output_has_the_terminal(void);

#endif
