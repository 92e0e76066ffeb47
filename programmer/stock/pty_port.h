/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pseudo terminal in place of a serial port. */
#ifndef CH341A_BEKEN_PTY_PORT_H
#define CH341A_BEKEN_PTY_PORT_H

#define PTY_PATH_SIZE 64

struct pty {
	int master;		  /* ours; non-blocking */
	int slave;		  /* held open, so that the other side may come and go */
	char path[PTY_PATH_SIZE]; /* for the other side */
};

/* Opens a raw pseudo terminal that only this user can open. Returns 0, or -1 with errno. */
int pty_open(struct pty *pty);
void pty_close(struct pty *pty);

#endif
