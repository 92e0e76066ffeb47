/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard error. All our output to it goes through here, and so does that of a captive whose
 * output we forward. On a terminal a few characters can be shown after the text; backspaces and
 * blanks, no escape sequences, remove them before anything else is printed. */
#ifndef CH341A_BEKEN_TERMINAL_H
#define CH341A_BEKEN_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Waits while standard error is blocked; after a signal for one second only, and then
 * drops the rest. Errors are ignored. */
void terminal_write(const char *data, size_t n);

/* Prints one line; the text has no line end. Begins a new line if needed. */
void terminal_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Called before each line of ours, to print what must come before it. May be NULL. */
typedef void terminal_pending_fn(void *arg);
void terminal_set_pending(terminal_pending_fn *pending, void *arg);

/* Is it a terminal that understands backspaces? */
bool terminal_can_overwrite(void);

/* Shows text behind the line, in place of what this has shown before. Does nothing if
 * there is no room, if the terminal is blocked, or after a signal. */
void terminal_show(const char *text);

/* The same for one of many tries that has failed. Where a line cannot be rewritten,
 * every tenth of tries without an end has a line, so that a reader of a pipe sees life,
 * and we see that the reader has gone. */
void terminal_try(const char *text, bool endless);

/* Removes what is shown. */
void terminal_clear(void);

/* Is the line still empty? */
bool terminal_is_at_line_start(void);

/* When something was printed last, by beken_clock_us(); 0: not yet. */
int64_t terminal_written_us(void);

#endif
