/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line that is said, of any length: a sentence, or a command for a shell. */
#ifndef CH341A_BEKEN_HINT_LINE_H
#define CH341A_BEKEN_HINT_LINE_H

#include <stdbool.h>
#include <stdio.h>

#include "hint.h"

/* Before a command; each word of it brings one blank more. */
#define HINT_INDENT "   "

struct hint_line {
	FILE *out; /* to print to */
	char *text;
	size_t size;
};

/* False if there is no memory; then there is nothing to end. */
bool hint_line_begin(struct hint_line *line);

/* A blank, and one word, quoted for a shell where it must be. */
void hint_line_word(struct hint_line *line, const char *word);

/* The name of a file without a blank, which a command must not take for an option. */
void hint_line_file(struct hint_line *line, const char *path);

/* Says it, unless memory has run out, and frees it. */
void hint_line_end(struct hint_line *line, const struct hint *hint, enum message_level level);

#endif
