/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GOLDEN_MATRIX_H
#define GOLDEN_MATRIX_H

#include <stdbool.h>

/* Notes in the file that $BEKEN_MATRIX names, if it does, that the program was
 * run in-process on the chip. */
void matrix_note(const char *program, const char *chip, const char *operation, bool ok);

#endif
