/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE /* cfmakeraw() */
#include "pty_port.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* The mode is set before unlockpt() lets anybody open the other side, since
 * grantpt() lets the group tty write to it. */
static int prepare(struct pty *pty)
{
	const char *path;

	if (grantpt(pty->master))
		return -1;
	path = ptsname(pty->master);
	if (!path || strlen(path) >= sizeof(pty->path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(pty->path, path);
	if (chmod(pty->path, S_IRUSR | S_IWUSR))
		return -1;
	return unlockpt(pty->master);
}

/* flashrom clears ICANON, ECHO, ISIG and most of the input and output
 * processing, but leaves ISTRIP, VMIN and VTIME as it finds them. */
static int make_raw(int fd)
{
	struct termios settings;

	if (tcgetattr(fd, &settings))
		return -1;
	cfmakeraw(&settings);
	settings.c_cc[VMIN] = 1;
	settings.c_cc[VTIME] = 0;
	return tcsetattr(fd, TCSANOW, &settings);
}

int pty_open(struct pty *pty)
{
	int error;

	pty->slave = -1;
	pty->master = posix_openpt(O_RDWR | O_NOCTTY);
	if (pty->master < 0)
		return -1;
	if (fcntl(pty->master, F_SETFL, O_NONBLOCK) || fcntl(pty->master, F_SETFD, FD_CLOEXEC) || prepare(pty))
		goto failed;
	pty->slave = open(pty->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pty->slave < 0 || make_raw(pty->slave))
		goto failed;
	return 0;

failed:
	error = errno;
	pty_close(pty);
	errno = error;
	return -1;
}

void pty_close(struct pty *pty)
{
	if (pty->slave >= 0)
		close(pty->slave);
	if (pty->master >= 0)
		close(pty->master);
	pty->slave = pty->master = -1;
}
