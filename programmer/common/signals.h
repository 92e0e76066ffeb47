/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signals by which a user asks the launcher and its captive to stop. */
#ifndef CH341A_BEKEN_SIGNALS_H
#define CH341A_BEKEN_SIGNALS_H

/*
 * From now on SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGPIPE are counted and do
 * not end the process: somebody who reads our messages no more has gone, and
 * the chip must be left in order all the same. Those that are ignored stay so.
 * They and SIGCHLD make system calls return EINTR. 0, or -1 with errno.
 */
int signals_catch(void);

/* As it was before; also for a child before it becomes another program. */
void signals_restore(void);

/* Readable when one of them has come. -1 if none is caught. */
int signals_fd(void);
/* Empties it, before the reader looks at what has happened. */
void signals_noticed(void);

/* Signals that came so far. Safe to ask at any time: 0. */
unsigned int signals_count(void);

/* The number of the last of them; 0 if none came. */
int signals_last(void);

#endif
