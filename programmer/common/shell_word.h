/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of command lines for the user to paste into a shell. */
#ifndef CH341A_BEKEN_SHELL_WORD_H
#define CH341A_BEKEN_SHELL_WORD_H

#include <stdio.h>

/* Quoted only if a shell needs that. */
void shell_word_quoted(FILE *out, const char *word);

/* The same after a blank. */
void shell_word(FILE *out, const char *word);

#endif
