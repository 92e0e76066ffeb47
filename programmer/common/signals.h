/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals that ask the program to stop. They are counted and do not end it, since the chip must
 * be left in order first. */
#ifndef CH341A_BEKEN_SIGNALS_H
#define CH341A_BEKEN_SIGNALS_H

#include <stdbool.h>

/* From now on SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGPIPE (the reader of our messages has gone)
 * are counted, unless they are ignored. With `children` the end of a child process makes
 * signals_fd() readable, too. All of them make system calls return EINTR. Returns 0, or -1 with
 * errno. */
int signals_catch(bool children);

/* Undoes signals_catch(); also for a child before it becomes another program. */
void signals_restore(void);

/* Readable once a signal has come. -1 if none is caught. */
int signals_fd(void);
/* Makes it wait for the next one. Call it before looking at what has happened. */
void signals_clear_fd(void);

/* Number of signals so far, a child's end apart. 0 if none is caught. */
unsigned int signals_count(void);

/* The number of the last of them; 0 if none came. */
int signals_last(void);

/* Ends the program by this signal, so that a shell script stops as well. Returns if it
 * is none of those that are caught, such as 0. */
void signals_end_by(int number);

#endif
