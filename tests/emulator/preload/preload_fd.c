/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps programs that close "all other" file descriptors from closing ours,
 * and sends what is queued before a thread may block in a read().
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sys/socket.h>
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

EMU_EXPORT ssize_t read(int fd, void *data, size_t size)
{
	emu_flush();
	return EMU_REAL(read)(fd, data, size);
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
