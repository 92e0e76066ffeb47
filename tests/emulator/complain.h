/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of the program `beken-emu`. */
#ifndef BEKEN_EMU_COMPLAIN_H
#define BEKEN_EMU_COMPLAIN_H

/* Prints one line to stderr, with the program's name in front. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For what an allocation returned: NULL ends the program. */
void *must(void *p);

#endif
