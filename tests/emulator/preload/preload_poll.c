/* SPDX-License-Identifier: GPL-2.0-or-later */
/* poll() and its relatives, with time-outs of the virtual clock. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "preload.h"

static const struct timespec no_time;

/* A program that only ever polls without a time-out is a busy wait, too. */
static int polled(int ready)
{
	int error = errno;

	if (!ready)
		emu_look(NULL);
	errno = error;
	return ready;
}

/* timeout in ns, EMU_NEVER for none. */
static int poll_virtual(struct pollfd *fds, nfds_t n, int64_t timeout, const sigset_t *mask)
{
	struct emu_wait wait = { .fds = fds, .n_fds = n, .mask = mask };
	int ready;

	emu_flush();
	if (timeout == EMU_NEVER) {
		emu_not_spinning();
		return EMU_REAL(ppoll)(fds, n, NULL, mask);
	}
	/* Also sets all revents, and lets a pending signal in. */
	ready = EMU_REAL(ppoll)(fds, n, &no_time, mask);
	if (ready)
		return ready;
	if (timeout <= 0)
		return polled(0);
	wait.deadline = emu_add(emu_now(), timeout);
	switch (emu_wait(&wait)) {
	case EMU_WOKEN_SIGNAL:
		return -1;
	case EMU_WOKEN_LOST:
		return EMU_REAL(ppoll)(fds, n, &no_time, mask);
	case EMU_WOKEN_FDS:
	case EMU_WOKEN_TIME:
		break;
	}
	return EMU_REAL(ppoll)(fds, n, &no_time, mask);
}

EMU_EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	if (emu_mode() != EMU_VIRTUAL)
		return EMU_REAL(poll)(fds, n, timeout_ms);
	return poll_virtual(fds, n, timeout_ms < 0 ? EMU_NEVER : timeout_ms * EMU_NS_PER_MS, NULL);
}

EMU_EXPORT int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
		     const sigset_t *mask)
{
	if (emu_mode() != EMU_VIRTUAL)
		return EMU_REAL(ppoll)(fds, n, timeout, mask);
	return poll_virtual(fds, n, timeout ? emu_from_timespec(timeout) : EMU_NEVER, mask);
}

/* What _FORTIFY_SOURCE makes of them. */
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t size);
int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask,
		size_t size);

EMU_EXPORT int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t size)
{
	if (size / sizeof(*fds) < n)
		__builtin_trap();
	return poll(fds, n, timeout_ms);
}

EMU_EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
			   const sigset_t *mask, size_t size)
{
	if (size / sizeof(*fds) < n)
		__builtin_trap();
	return ppoll(fds, n, timeout, mask);
}

/* ---- select ---- */

static nfds_t from_sets(int n, const fd_set *r, const fd_set *w, const fd_set *e, struct pollfd *fds)
{
	nfds_t used = 0;

	for (int fd = 0; fd < n; fd++) {
		short events = 0;

		if (r && FD_ISSET(fd, r))
			events |= POLLIN;
		if (w && FD_ISSET(fd, w))
			events |= POLLOUT;
		if (e && FD_ISSET(fd, e))
			events |= POLLPRI;
		if (events)
			fds[used++] = (struct pollfd) { .fd = fd, .events = events };
	}
	return used;
}

static void clear_sets(int n, fd_set *r, fd_set *w, fd_set *e)
{
	for (int fd = 0; fd < n; fd++) {
		if (r)
			FD_CLR(fd, r);
		if (w)
			FD_CLR(fd, w);
		if (e)
			FD_CLR(fd, e);
	}
}

/* select(2), "Correspondence between select() and poll() notifications". */
static int to_sets(const struct pollfd *fds, nfds_t n, fd_set *r, fd_set *w, fd_set *e)
{
	int bits = 0;

	for (nfds_t i = 0; i < n; i++) {
		short in = fds[i].events, out = fds[i].revents;

		if ((in & POLLIN) && (out & (POLLIN | POLLHUP | POLLERR)))
			FD_SET(fds[i].fd, r), bits++;
		if ((in & POLLOUT) && (out & (POLLOUT | POLLERR)))
			FD_SET(fds[i].fd, w), bits++;
		if ((in & POLLPRI) && (out & POLLPRI))
			FD_SET(fds[i].fd, e), bits++;
	}
	return bits;
}

static int select_virtual(int n, fd_set *r, fd_set *w, fd_set *e, int64_t timeout,
			  const sigset_t *mask)
{
	struct pollfd fds[FD_SETSIZE];
	nfds_t used;
	int ready;

	if (n < 0 || n > FD_SETSIZE || timeout < 0) {
		errno = EINVAL;
		return -1;
	}
	used = from_sets(n, r, w, e, fds);
	ready = poll_virtual(fds, used, timeout, mask);
	if (ready < 0)
		return -1;
	for (nfds_t i = 0; i < used; i++) {
		if (fds[i].revents & POLLNVAL) {
			errno = EBADF;
			return -1;
		}
	}
	clear_sets(n, r, w, e);
	return to_sets(fds, used, r, w, e);
}

EMU_EXPORT int select(int n, fd_set *restrict r, fd_set *restrict w, fd_set *restrict e,
		      struct timeval *restrict timeout)
{
	int64_t ns = EMU_NEVER, deadline;
	int ready;

	if (emu_mode() != EMU_VIRTUAL)
		return EMU_REAL(select)(n, r, w, e, timeout);
	if (timeout)
		ns = timeout->tv_sec * EMU_NS_PER_S + timeout->tv_usec * EMU_NS_PER_US;
	deadline = emu_add(emu_now(), ns);
	ready = select_virtual(n, r, w, e, ns, NULL);
	if (timeout) {
		/* Linux leaves the rest of the time there. */
		ns = deadline - emu_now();
		if (ns < 0)
			ns = 0;
		timeout->tv_sec = ns / EMU_NS_PER_S;
		timeout->tv_usec = ns % EMU_NS_PER_S / EMU_NS_PER_US;
	}
	return ready;
}

EMU_EXPORT int pselect(int n, fd_set *restrict r, fd_set *restrict w, fd_set *restrict e,
		       const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
	if (emu_mode() != EMU_VIRTUAL)
		return EMU_REAL(pselect)(n, r, w, e, timeout, mask);
	return select_virtual(n, r, w, e, timeout ? emu_from_timespec(timeout) : EMU_NEVER, mask);
}

/* ---- epoll ---- */

static int epoll_virtual(int epfd, struct epoll_event *events, int max, int64_t timeout,
			 const sigset_t *mask)
{
	int64_t deadline = emu_add(emu_now(), timeout);

	emu_flush();
	if (timeout == EMU_NEVER) {
		emu_not_spinning();
		return EMU_REAL(epoll_pwait)(epfd, events, max, -1, mask);
	}
	for (;;) {
		struct pollfd fd = { .fd = epfd, .events = POLLIN };
		struct emu_wait wait = { .deadline = deadline, .fds = &fd, .n_fds = 1, .mask = mask };
		int ready = EMU_REAL(epoll_pwait)(epfd, events, max, 0, mask);

		if (ready || timeout <= 0)
			return timeout <= 0 ? polled(ready) : ready;
		if (emu_now() >= deadline)
			return 0;
		switch (emu_wait(&wait)) {
		case EMU_WOKEN_SIGNAL:
			return -1;
		case EMU_WOKEN_LOST:
			return 0;
		case EMU_WOKEN_FDS:
		case EMU_WOKEN_TIME:
			break;
		}
	}
}

EMU_EXPORT int epoll_pwait(int epfd, struct epoll_event *events, int max, int timeout_ms,
			   const sigset_t *mask)
{
	if (emu_mode() != EMU_VIRTUAL)
		return EMU_REAL(epoll_pwait)(epfd, events, max, timeout_ms, mask);
	return epoll_virtual(epfd, events, max,
			     timeout_ms < 0 ? EMU_NEVER : timeout_ms * EMU_NS_PER_MS, mask);
}

EMU_EXPORT int epoll_wait(int epfd, struct epoll_event *events, int max, int timeout_ms)
{
	if (emu_mode() != EMU_VIRTUAL)
		return EMU_REAL(epoll_wait)(epfd, events, max, timeout_ms);
	return epoll_pwait(epfd, events, max, timeout_ms, NULL);
}

EMU_EXPORT int epoll_pwait2(int epfd, struct epoll_event *events, int max,
			    const struct timespec *timeout, const sigset_t *mask)
{
	if (emu_mode() != EMU_VIRTUAL)
		return EMU_REAL(epoll_pwait2)(epfd, events, max, timeout, mask);
	return epoll_virtual(epfd, events, max, timeout ? emu_from_timespec(timeout) : EMU_NEVER, mask);
}
