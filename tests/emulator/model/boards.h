/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Readings of the sources that go together, by one word. */
#ifndef BEKEN_EMU_BOARDS_H
#define BEKEN_EMU_BOARDS_H

#include <stdbool.h>
#include <stdio.h>

#include "settings.h"

#define BOARDS_DEFAULT "usual"

/* Any case. Returns false if there is no such board. */
bool boards_apply(struct settings *settings, const char *name);

/* "A, B, C", as far as it fits. */
void boards_names(char *names, size_t size);

/* What each sets. */
void boards_print(FILE *out);

#endif
