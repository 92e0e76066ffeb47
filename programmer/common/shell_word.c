/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shell_word.h"

#include <string.h>

void shell_word_quoted(FILE *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";

	if (*word && !word[strspn(word, plain)]) {
		fputs(word, out);
		return;
	}
	fputc('\'', out);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	}
	fputc('\'', out);
}

void shell_word(FILE *out, const char *word)
{
	fputc(' ', out);
	shell_word_quoted(out, word);
}
