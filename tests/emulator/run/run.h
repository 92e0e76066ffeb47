/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `beken-emu run`: a command with an emulated bench around it. */
#ifndef BEKEN_EMU_RUN_H
#define BEKEN_EMU_RUN_H

#define RUN_TIMED_OUT 124	/* as timeout(1) */

/* argv[0] is the word `run`. Returns the exit status. */
int run_main(int argc, char **argv);

#endif
