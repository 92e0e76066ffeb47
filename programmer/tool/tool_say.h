/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tool says to people: one form, on stderr. */
#ifndef CH341A_BEKEN_TOOL_SAY_H
#define CH341A_BEKEN_TOOL_SAY_H

#include <stdio.h>

#include "frontend.h"

void tool_say(enum message_level level, const char *text);
void tool_print(enum message_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "ch341a-beken: Error: ...", "ch341a-beken: Warning: ...", "ch341a-beken: ..." */
#define tool_error(...) tool_print(MESSAGE_ERROR, __VA_ARGS__)
#define tool_warning(...) tool_print(MESSAGE_WARNING, __VA_ARGS__)
#define tool_note(...) tool_print(MESSAGE_INFO, __VA_ARGS__)

/* Prints text in lines of at most 79 columns: `first` stands before the first of
 * them, and as many blanks before the others. Line ends in the text stay, and so do
 * lines that begin with four blanks: those are commands for a shell. */
void tool_print_wrapped(FILE *out, const char *first, const char *text);

#endif
