/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tool says to people: one form, on stderr. */
#ifndef CH341A_BEKEN_TOOL_SAY_H
#define CH341A_BEKEN_TOOL_SAY_H

#include <stdio.h>

#include "frontend.h"

/* "ch341a-beken: Error: ..." */
void tool_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "ch341a-beken: Warning: ..." */
void tool_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "ch341a-beken: ..." */
void tool_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

void tool_say(enum message_level level, const char *text);

/* Prints text in lines of at most 79 columns that start with `indent` blanks.
 * Line ends in it stay. */
void tool_print_wrapped(FILE *out, unsigned int indent, const char *text);

#endif
