/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chips that can be put on a board, by name. */
#ifndef BEKEN_EMU_CHIPS_H
#define BEKEN_EMU_CHIPS_H

#include <stdbool.h>
#include <stdio.h>

#include "settings.h"

#define CHIPS_DEFAULT "BK7231T"

/* Any case. Returns false if there is no such chip. */
bool chips_apply(struct settings *settings, const char *name);

/* "A, B, C", as far as it fits. */
void chips_names(char *names, size_t size);

void chips_print(FILE *out);

#endif
