/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps programs that close "all other" file descriptors from closing ours,
 * and sends what is queued before a thread may block in a read().
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "preload.h"

EMU_EXPORT int close(int fd)
{
	if (!emu_owns_fd(fd))
		return EMU_REAL(close)(fd);
	errno = EBADF;
	return -1;
}

/* Calls close_range() for what lies between our file descriptors. */
EMU_EXPORT int close_range(unsigned int first, unsigned int last, int flags)
{
	unsigned int from = first;
	unsigned int end = last < EMU_MAX_FDS ? last : EMU_MAX_FDS - 1;

	for (unsigned int fd = first; fd <= end; fd++) {
		if (!emu_owns_fd((int)fd))
			continue;
		if (fd > from && EMU_REAL(close_range)(from, fd - 1, flags))
			return -1;
		from = fd + 1;
	}
	return from <= last || first > last ? EMU_REAL(close_range)(from, last, flags) : 0;
}

EMU_EXPORT void closefrom(int first)
{
	close_range(first < 0 ? 0 : (unsigned int)first, UINT_MAX, 0);
}

/* Linux, Documentation/admin-guide/devices.txt: 5:2 is /dev/ptmx, 136 to 143 are
 * the other ends. */
static bool is_pty(int fd)
{
	struct stat status;

	if (fd <= STDERR_FILENO || fstat(fd, &status) || !S_ISCHR(status.st_mode))
		return false;
	if (major(status.st_rdev) == 5)
		return minor(status.st_rdev) == 2;
	return major(status.st_rdev) >= 136 && major(status.st_rdev) <= 143;
}

/* Told before the thread sleeps, as all that is posted. */
static void tell_pty(int fd, ssize_t written, ssize_t n_read)
{
	struct emu_tty tty = { .msg.type = EMU_TTY };
	const int saved_errno = errno;
	sigset_t saved;

	if ((written > 0 || n_read > 0) && is_pty(fd)) {
		tty.written = written > 0 ? (uint32_t)written : 0;
		tty.read = n_read > 0 ? (uint32_t)n_read : 0;
		emu_lock(&saved);
		emu_post(&tty, sizeof(tty), NULL, 0);
		emu_unlock(&saved);
	}
	errno = saved_errno;
}

EMU_EXPORT ssize_t read(int fd, void *data, size_t size)
{
	ssize_t n;

	emu_flush();
	n = EMU_REAL(read)(fd, data, size);
	tell_pty(fd, 0, n);
	return n;
}

EMU_EXPORT ssize_t write(int fd, const void *data, size_t size)
{
	const ssize_t n = EMU_REAL(write)(fd, data, size);

	tell_pty(fd, n, 0);
	return n;
}

EMU_EXPORT ssize_t recv(int fd, void *data, size_t size, int flags)
{
	emu_flush();
	return EMU_REAL(recv)(fd, data, size, flags);
}

EMU_EXPORT ssize_t recvfrom(int fd, void *restrict data, size_t size, int flags,
			    __SOCKADDR_ARG from, socklen_t *restrict from_size)
{
	emu_flush();
	return EMU_REAL(recvfrom)(fd, data, size, flags, from, from_size);
}

EMU_EXPORT ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	emu_flush();
	return EMU_REAL(recvmsg)(fd, msg, flags);
}

EMU_EXPORT int accept(int fd, __SOCKADDR_ARG from, socklen_t *restrict from_size)
{
	emu_flush();
	return EMU_REAL(accept)(fd, from, from_size);
}

EMU_EXPORT int pthread_join(pthread_t thread, void **result)
{
	emu_flush();
	return EMU_REAL(pthread_join)(thread, result);
}
