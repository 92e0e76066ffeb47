/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timed waits for semaphores, mutexes and condition variables.
 *
 * The thread sleeps in the kernel for short pieces of real time, and the
 * server knows when the virtual clock has to stop for it. A condition variable
 * may wake spuriously after a piece: waiting on without the caller's looking
 * at its predicate again could lose a signal that came in between.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "preload.h"

#define PIECE_NS (200 * EMU_NS_PER_US)
#define COND_PIECE_NS (2 * EMU_NS_PER_MS)

static struct timespec piece(clockid_t clock, int64_t ns)
{
	struct timespec ts;

	EMU_REAL(clock_gettime)(clock, &ts);
	return emu_to_timespec(ts.tv_sec * EMU_NS_PER_S + ts.tv_nsec + ns);
}

/* The deadline as server time; false: leave the call alone. */
static bool deadline_of(clockid_t clock, const struct timespec *t, int64_t *deadline)
{
	int64_t base, ns;

	if (emu_mode() != EMU_VIRTUAL || !emu_clock_base(clock, &base))
		return false;
	if (t->tv_nsec < 0 || t->tv_nsec >= EMU_NS_PER_S)
		return false;
	ns = emu_from_timespec(t);
	*deadline = ns == EMU_NEVER ? ns : ns - base;
	return true;
}

static int sem_wait_until(sem_t *sem, int64_t deadline)
{
	uint32_t seq;
	int r;

	if (!sem_trywait(sem))
		return 0;
	emu_flush();
	seq = emu_timer_start(deadline);
	for (;;) {
		struct timespec until = piece(CLOCK_MONOTONIC, PIECE_NS);
		/* Before the wait, so that a post at the deadline wins. */
		bool over = emu_now() >= deadline;

		r = EMU_REAL(sem_clockwait)(sem, CLOCK_MONOTONIC, &until);
		if (!r || errno != ETIMEDOUT || over)
			break;
	}
	emu_timer_stop(seq);
	return r;
}

EMU_EXPORT int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict t)
{
	int64_t deadline;

	if (!deadline_of(CLOCK_REALTIME, t, &deadline))
		return EMU_REAL(sem_timedwait)(sem, t);
	return sem_wait_until(sem, deadline);
}

EMU_EXPORT int sem_clockwait(sem_t *restrict sem, clockid_t clock, const struct timespec *restrict t)
{
	int64_t deadline;

	if (!deadline_of(clock, t, &deadline))
		return EMU_REAL(sem_clockwait)(sem, clock, t);
	return sem_wait_until(sem, deadline);
}

static int mutex_lock_until(pthread_mutex_t *mutex, int64_t deadline)
{
	uint32_t seq;
	int r = pthread_mutex_trylock(mutex);

	if (r != EBUSY)
		return r;
	emu_flush();
	seq = emu_timer_start(deadline);
	for (;;) {
		struct timespec until = piece(CLOCK_MONOTONIC, PIECE_NS);
		bool over = emu_now() >= deadline;

		r = EMU_REAL(pthread_mutex_clocklock)(mutex, CLOCK_MONOTONIC, &until);
		if (r != ETIMEDOUT || over)
			break;
	}
	emu_timer_stop(seq);
	return r;
}

EMU_EXPORT int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex,
				       const struct timespec *restrict t)
{
	int64_t deadline;

	if (!deadline_of(CLOCK_REALTIME, t, &deadline))
		return EMU_REAL(pthread_mutex_timedlock)(mutex, t);
	return mutex_lock_until(mutex, deadline);
}

EMU_EXPORT int pthread_mutex_clocklock(pthread_mutex_t *restrict mutex, clockid_t clock,
				       const struct timespec *restrict t)
{
	int64_t deadline;

	if (!deadline_of(clock, t, &deadline))
		return EMU_REAL(pthread_mutex_clocklock)(mutex, clock, t);
	return mutex_lock_until(mutex, deadline);
}

static int cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t deadline)
{
	struct timespec until;
	uint32_t seq;
	int r;

	if (emu_now() >= deadline) {
		/* Others get the mutex for a moment, as POSIX wants it. */
		until = piece(CLOCK_MONOTONIC, 0);
		return EMU_REAL(pthread_cond_clockwait)(cond, mutex, CLOCK_MONOTONIC, &until);
	}
	emu_flush();
	seq = emu_timer_start(deadline);
	until = piece(CLOCK_MONOTONIC, COND_PIECE_NS);
	r = EMU_REAL(pthread_cond_clockwait)(cond, mutex, CLOCK_MONOTONIC, &until);
	emu_timer_stop(seq);
	if (r == ETIMEDOUT && emu_now() < deadline)
		return 0;
	return r;
}

EMU_EXPORT int pthread_cond_clockwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
				      clockid_t clock, const struct timespec *restrict t)
{
	int64_t deadline;

	if (!deadline_of(clock, t, &deadline))
		return EMU_REAL(pthread_cond_clockwait)(cond, mutex, clock, t);
	return cond_wait_until(cond, mutex, deadline);
}

/* The clock is an attribute of the condition variable, and glibc tells it to
 * nobody. The dates of the two virtual clocks are far apart: the uptime is
 * decades before the date. */
static clockid_t clock_meant(const struct timespec *t)
{
	int64_t half = emu_page()->realtime_base_ns / 2;

	return emu_from_timespec(t) < half ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

EMU_EXPORT int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
				      const struct timespec *restrict t)
{
	int64_t deadline;

	if (emu_mode() != EMU_VIRTUAL || !deadline_of(clock_meant(t), t, &deadline))
		return EMU_REAL(pthread_cond_timedwait)(cond, mutex, t);
	return cond_wait_until(cond, mutex, deadline);
}
