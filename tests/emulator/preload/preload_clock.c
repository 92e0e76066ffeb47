/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clocks that a client sees. */
#include <errno.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "preload.h"

/* A look at the clock through the vDSO takes 20 to 50 ns; what the program
 * does around it comes on top. */
#define LOOK_NS 200
/* So many looks without any other call are a busy wait. */
#define SPIN_LOOKS 64
/* A busy wait goes on in steps of this part of its length so far, so the
 * program sees its end late by less than 12.5 %. */
#define SPIN_DIVISOR 8
#define SPIN_STEP_MIN_NS 1000
/* Looks may put a process ahead of the server by so much. */
#define LEAD_MAX_NS 50000

static _Atomic int64_t seen;	/* the newest time that was given out */

static __thread struct {
	unsigned int looks;
	const void *site;
	int64_t start;
} spin __attribute__((tls_model("initial-exec")));

int64_t emu_add(int64_t a, int64_t b)
{
	int64_t sum;

	if (b == EMU_NEVER || __builtin_add_overflow(a, b, &sum))
		return EMU_NEVER;
	return sum;
}

int64_t emu_from_timespec(const struct timespec *ts)
{
	int64_t ns;

	if (__builtin_mul_overflow((int64_t)ts->tv_sec, EMU_NS_PER_S, &ns))
		return ts->tv_sec < 0 ? 0 : EMU_NEVER;
	return emu_add(ns, ts->tv_nsec);
}

struct timespec emu_to_timespec(int64_t ns)
{
	return (struct timespec) { .tv_sec = ns / EMU_NS_PER_S, .tv_nsec = ns % EMU_NS_PER_S };
}

static int64_t real_now(void)
{
	struct timespec ts;

	EMU_REAL(clock_gettime)(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * EMU_NS_PER_S + ts.tv_nsec - emu_page()->real_start_ns;
}

static int64_t server_now(void)
{
	return atomic_load_explicit(&emu_page()->now_ns, memory_order_acquire);
}

int64_t emu_now(void)
{
	int64_t now, last;

	if (emu_mode() != EMU_VIRTUAL)
		return real_now();
	now = server_now();
	last = atomic_load(&seen);
	return now > last ? now : last;
}

void emu_not_spinning(void)
{
	spin.looks = 0;
	spin.site = NULL;
}

static int64_t take_look(void)
{
	int64_t now = server_now();
	int64_t last = atomic_load(&seen);
	int64_t next;

	do {
		next = now > last ? now : last + LOOK_NS;
	} while (!atomic_compare_exchange_weak(&seen, &last, next));
	return next;
}

static void sleep_until(int64_t t)
{
	struct emu_wait wait = { .deadline = t };
	__typeof__(spin) saved = spin;

	emu_wait(&wait);
	spin = saved;
}

int64_t emu_look(const void *site)
{
	int64_t now = take_look();
	int64_t step;

	if (!spin.looks || (site && site != spin.site)) {
		spin.site = site;
		spin.start = now;
	}
	if (++spin.looks <= SPIN_LOOKS)
		return now;
	step = (now - spin.start) / SPIN_DIVISOR;
	if (step < SPIN_STEP_MIN_NS && now - server_now() < LEAD_MAX_NS)
		return now;
	sleep_until(now + step);
	return emu_now();
}

bool emu_clock_base(clockid_t clock, int64_t *base)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI:
		*base = emu_page()->realtime_base_ns;
		return true;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		*base = emu_page()->monotonic_base_ns;
		return true;
	}
	return false;
}

EMU_EXPORT int clock_gettime(clockid_t clock, struct timespec *ts)
{
	int64_t base;

	if (emu_mode() != EMU_VIRTUAL || !emu_clock_base(clock, &base))
		return EMU_REAL(clock_gettime)(clock, ts);
	*ts = emu_to_timespec(base + emu_look(__builtin_return_address(0)));
	return 0;
}

EMU_EXPORT int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	int64_t now;

	if (emu_mode() != EMU_VIRTUAL)
		return EMU_REAL(gettimeofday)(tv, tz);
	now = emu_page()->realtime_base_ns + emu_look(__builtin_return_address(0));
	tv->tv_sec = now / EMU_NS_PER_S;
	tv->tv_usec = now % EMU_NS_PER_S / EMU_NS_PER_US;
	if (tz)
		*(struct timezone *)tz = (struct timezone) { 0 };
	return 0;
}

EMU_EXPORT time_t time(time_t *t)
{
	time_t now;

	if (emu_mode() != EMU_VIRTUAL)
		return EMU_REAL(time)(t);
	now = (emu_page()->realtime_base_ns + emu_look(__builtin_return_address(0))) / EMU_NS_PER_S;
	if (t)
		*t = now;
	return now;
}

EMU_EXPORT int timespec_get(struct timespec *ts, int base)
{
	if (emu_mode() != EMU_VIRTUAL || base != TIME_UTC)
		return EMU_REAL(timespec_get)(ts, base);
	*ts = emu_to_timespec(emu_page()->realtime_base_ns + emu_look(__builtin_return_address(0)));
	return base;
}
