/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ctrl-C and the like: counted, so that the engine can stop in good order. */
#ifndef CH341A_BEKEN_TOOL_SIGNALS_H
#define CH341A_BEKEN_TOOL_SIGNALS_H

/* From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT are counted. Returns 0, or -1
 * with errno. */
int tool_signals_catch(void);

/* How many came so far. */
unsigned int tool_signals_count(void);

/* Becomes readable at the first of them, and stays so. */
int tool_signals_fd(void);

/* Ends the program by the last signal that came, so that a shell script stops
 * too. Returns if none came. */
void tool_signals_end_by(void);

#endif
