/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a captive prints, on its way through us to the screen. Its standard error
 * comes through a pipe; if standard output is the same file, such as a terminal
 * or that of 2>&1, both come through the one pipe, so that their order stays.
 * Otherwise standard output is left alone.
 */
#ifndef CH341A_BEKEN_CAPTIVE_OUTPUT_H
#define CH341A_BEKEN_CAPTIVE_OUTPUT_H

#include <stdbool.h>

#include "warning_filter.h"

struct captive_output {
	int from, to; /* the ends of the pipe; -1: closed */
	bool both;    /* standard output as well */
	struct warning_filter filter;
};

/*
 * Puts something in the place of standard files that are closed, so that no
 * file that is opened takes it and gets our messages. A program that is started
 * finds them closed.
 */
void captive_output_fill_standard_files(void);

/* Opens the pipe, unless standard error is closed. 0, or -1 with errno. */
int captive_output_open(struct captive_output *output);

/* In the child, before it becomes the program. */
void captive_output_enter(const struct captive_output *output);
/* In us, when the child is there. */
void captive_output_begin(struct captive_output *output);

/* Prints what is in the pipe, without waiting for more. */
void captive_output_forward(struct captive_output *output);

/* Prints what is left when the program has ended. Others may still have the
 * pipe open: waits for them a moment only. */
void captive_output_finish(struct captive_output *output);

/* Fine for one that is closed. */
void captive_output_close(struct captive_output *output);

/* Does all that comes on the terminal of standard error come through us? */
bool captive_output_has_the_terminal(void);

#endif
