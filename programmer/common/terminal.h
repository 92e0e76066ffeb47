/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standard error: all that we print there, and what a captive prints there
 * through us, goes through here. On a terminal a few characters can stand for a
 * while behind the text, and are gone before anything else is printed. There is
 * one standard error, so there is one of these.
 *
 * No colours and no escape sequences: backspaces and blanks only.
 */
#ifndef CH341A_BEKEN_TERMINAL_H
#define CH341A_BEKEN_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Prints bytes as they are. Waits as long as standard error takes none, unless
 * a signal asks to stop: then for a second, and what is left is lost. Errors of
 * the file behind it are nobody's concern.
 */
void terminal_write(const char *data, size_t n);

/* Prints a line of ours, without its line end, at the start of a line. */
void terminal_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What others have for the screen, and must stand before a line of ours. NULL:
 * nobody has. */
typedef void terminal_pending_fn(void *arg);
void terminal_set_pending(terminal_pending_fn *pending, void *arg);

/* Is it a terminal that can go back in its line? */
bool terminal_can_overwrite(void);

/* Shows text behind what stands in the line, in place of what this has shown
 * before. Nothing if there is not enough room, if the terminal is not ready, or after
 * a signal that asks to stop. */
void terminal_show(const char *text);

/* Takes that away. */
void terminal_clear(void);

/* Does the line hold nothing yet? */
bool terminal_is_at_line_start(void);

/* When something was printed last, on the clock of monotonic.h; 0: not yet. */
int64_t terminal_written_us(void);

#endif
