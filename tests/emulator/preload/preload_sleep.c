/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sleeps, and the SIGALRM timer. timer_create(), timerfd_create(),
 * SO_RCVTIMEO and read-write locks with a time-out stay real: in virtual time
 * they may be late by any amount, never early.
 */
#include <errno.h>
#include <sys/time.h>
#include <unistd.h>

#include "preload.h"

/* Returns 0, or EINTR with the rest of the time in *left. */
static int sleep_until(int64_t deadline, int64_t *left)
{
	struct emu_wait wait = { .deadline = deadline };
	enum emu_woken woken = emu_wait(&wait);

	*left = deadline - emu_now();
	if (*left < 0)
		*left = 0;
	if (woken == EMU_WOKEN_SIGNAL)
		return EINTR;
	return 0;
}

static bool valid(const struct timespec *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < EMU_NS_PER_S;
}

EMU_EXPORT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *t,
			       struct timespec *rest)
{
	int64_t base, left, ns;
	int error;

	if (emu_mode() != EMU_VIRTUAL || !emu_clock_base(clock, &base))
		return EMU_REAL(clock_nanosleep)(clock, flags, t, rest);
	if (!valid(t))
		return EINVAL;
	ns = emu_from_timespec(t);
	if (flags & TIMER_ABSTIME)
		return sleep_until(ns == EMU_NEVER ? ns : ns - base, &left);
	error = sleep_until(emu_add(emu_now(), ns), &left);
	if (error && rest)
		*rest = emu_to_timespec(left);
	return error;
}

EMU_EXPORT int nanosleep(const struct timespec *t, struct timespec *rest)
{
	int error;

	if (emu_mode() != EMU_VIRTUAL)
		return EMU_REAL(nanosleep)(t, rest);
	error = clock_nanosleep(CLOCK_MONOTONIC, 0, t, rest);
	if (!error)
		return 0;
	errno = error;
	return -1;
}

EMU_EXPORT int usleep(useconds_t us)
{
	struct timespec ts = emu_to_timespec((int64_t)us * EMU_NS_PER_US);

	if (emu_mode() != EMU_VIRTUAL)
		return EMU_REAL(usleep)(us);
	return nanosleep(&ts, NULL);
}

EMU_EXPORT unsigned int sleep(unsigned int s)
{
	int64_t left;

	if (emu_mode() != EMU_VIRTUAL)
		return EMU_REAL(sleep)(s);
	if (!sleep_until(emu_now() + s * EMU_NS_PER_S, &left))
		return 0;
	return (unsigned int)((left + EMU_NS_PER_S / 2) / EMU_NS_PER_S);
}

static struct timeval to_timeval(int64_t ns)
{
	int64_t us = (ns + EMU_NS_PER_US - 1) / EMU_NS_PER_US;

	return (struct timeval) { .tv_sec = us / 1000000, .tv_usec = us % 1000000 };
}

static int64_t from_timeval(const struct timeval *tv)
{
	return tv->tv_sec * EMU_NS_PER_S + tv->tv_usec * EMU_NS_PER_US;
}

static int timer_request(struct emu_request *request, struct itimerval *old)
{
	struct emu_result result;

	if (!emu_request(request, &result, NULL)) {
		errno = ENOSYS;
		return -1;
	}
	if (old) {
		old->it_value = to_timeval(result.first_ns);
		old->it_interval = to_timeval(result.interval_ns);
	}
	return 0;
}

/* The C library declares `which` as an enum for C, and as an int elsewhere;
 * both are passed alike. */
EMU_EXPORT int setitimer(__itimer_which_t which, const struct itimerval *restrict new,
			 struct itimerval *restrict old)
{
	struct emu_request request = { .op = EMU_OP_SET_TIMER };

	if (emu_mode() != EMU_VIRTUAL || which != ITIMER_REAL)
		return EMU_REAL(setitimer)(which, new, old);
	request.first_ns = from_timeval(&new->it_value);
	request.interval_ns = from_timeval(&new->it_interval);
	return timer_request(&request, old);
}

EMU_EXPORT int getitimer(__itimer_which_t which, struct itimerval *now)
{
	struct emu_request request = { .op = EMU_OP_GET_TIMER };

	if (emu_mode() != EMU_VIRTUAL || which != ITIMER_REAL)
		return EMU_REAL(getitimer)(which, now);
	return timer_request(&request, now);
}

EMU_EXPORT unsigned int alarm(unsigned int s)
{
	struct itimerval new = { .it_value.tv_sec = s }, old = { 0 };

	if (emu_mode() != EMU_VIRTUAL)
		return EMU_REAL(alarm)(s);
	setitimer(ITIMER_REAL, &new, &old);
	/* alarm(2): less than a second left is 1, for 0 says that it was off. */
	if (!old.it_value.tv_sec && old.it_value.tv_usec)
		return 1;
	return (unsigned int)(old.it_value.tv_sec + (old.it_value.tv_usec >= 500000));
}
