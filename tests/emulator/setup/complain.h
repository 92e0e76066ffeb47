/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the program `beken-emu` says that it has failed. */
#ifndef BEKEN_EMU_COMPLAIN_H
#define BEKEN_EMU_COMPLAIN_H

/* Exit status when beken-emu itself failed, not the command that it runs. */
#define EMU_FAILED 125

/* Prints one line to stderr, with the program's name in front. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For what an allocation returned: NULL ends the program. */
void *must(void *p);

#endif
