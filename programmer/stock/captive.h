/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a program as our client on a pseudo terminal, until it ends. */
#ifndef CH341A_BEKEN_CAPTIVE_H
#define CH341A_BEKEN_CAPTIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pty_port.h"

struct captive;

/* What becomes of its standard output and error. */
enum captive_output {
	CAPTIVE_OUTPUT_LEFT, /* they go where they go without us */
	/* Standard error comes through a pipe. If standard output is the same file (a
	 * terminal, or 2>&1), both share that pipe, so that their order is kept;
	 * otherwise standard output is left alone. */
	CAPTIVE_OUTPUT_FORWARDED,
	CAPTIVE_OUTPUT_KEPT, /* neither is printed; the last of them is remembered */
};

/* What the program sends. */
typedef void captive_receive_fn(void *arg, const uint8_t *data, size_t n);

/* Opens /dev/null for each of standard input, output and error that is closed, so that no file
 * that is opened later gets our messages. A program that is started finds them closed. */
void captive_fill_standard_files(void);

/* Is standard error a terminal on which nobody prints but us? */
bool captive_has_the_terminal(void);

/* Starts the program `path` with argv. The caller has called signals_catch(true): signals are
 * passed on to the program, which itself starts with the dispositions of before. The pty must
 * outlive the captive. NULL with errno on failure. Only one captive can exist at a time. */
struct captive *captive_start(const char *path, char *const *argv, struct pty *pty, enum captive_output use);

/* Serves the program until it has ended and its output has been printed. Returns its wait status. */
int captive_run(struct captive *captive, captive_receive_fn *receive, void *arg);

/* Sends to the program. Returns when all of it was written, or the program has ended. */
void captive_send(struct captive *captive, const uint8_t *data, size_t n);

/* Prints the last of the output that was kept back. */
void captive_show_last(struct captive *captive);

/* Was this text in the last of the output that was taken? */
bool captive_has_said(const struct captive *captive, const char *text);

void captive_free(struct captive *captive); /* NULL is fine */

#endif
