/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handling events, with libusb's rules for several threads: one thread holds
 * the events lock and calls back; others wait until it has handled something.
 */
#include <stdlib.h>
#include <sys/time.h>

#include "preload_usb.h"

/* libusb_handle_events() comes back now and then. */
#define DEFAULT_TIMEOUT_NS (60 * EMU_NS_PER_S)

static __thread bool in_callback __attribute__((tls_model("initial-exec")));

bool usb_in_callback(void)
{
	return in_callback;
}

void usb_enter_callback(bool in)
{
	in_callback = in;
}

/* ---- notifications ---- */

void usb_notify_locked(struct libusb_context *ctx)
{
	struct emu_notify notify = { .msg.type = EMU_NOTIFY, .ctx = ctx->id };

	notify.gen = atomic_fetch_add(&ctx->gen, 1) + 1;
	/* One who counts itself in after this look reads the new gen. */
	if (!atomic_load(&ctx->waiters))
		return;
	emu_post(&notify, sizeof(notify), NULL, 0);
	emu_flush_locked();
}

void usb_notify(struct libusb_context *ctx)
{
	sigset_t saved;

	if (!atomic_load(&ctx->waiters)) {
		atomic_fetch_add(&ctx->gen, 1);
		if (!atomic_load(&ctx->waiters))
			return;
	}
	emu_lock(&saved);
	usb_notify_locked(ctx);
	emu_unlock(&saved);
}

/* ---- the lock ---- */

EMU_EXPORT int libusb_try_lock_events(libusb_context *ctx)
{
	ctx = usb_context(ctx);
	if (pthread_mutex_trylock(&ctx->events))
		return 1;
	atomic_store(&ctx->handler, true);
	return 0;
}

EMU_EXPORT void libusb_lock_events(libusb_context *ctx)
{
	ctx = usb_context(ctx);
	emu_flush();
	pthread_mutex_lock(&ctx->events);
	atomic_store(&ctx->handler, true);
}

EMU_EXPORT void libusb_unlock_events(libusb_context *ctx)
{
	ctx = usb_context(ctx);
	atomic_store(&ctx->handler, false);
	pthread_mutex_unlock(&ctx->events);
	usb_notify(ctx);
}

EMU_EXPORT int libusb_event_handling_ok(libusb_context *ctx)
{
	(void)ctx;
	return 1;
}

EMU_EXPORT int libusb_event_handler_active(libusb_context *ctx)
{
	return atomic_load(&usb_context(ctx)->handler);
}

EMU_EXPORT void libusb_interrupt_event_handler(libusb_context *ctx)
{
	struct emu_notify notify = { .msg.type = EMU_NOTIFY };
	sigset_t saved;

	ctx = usb_context(ctx);
	if (!ctx)
		return;
	emu_lock(&saved);
	notify.ctx = ctx->id;
	notify.gen = atomic_fetch_add(&ctx->gen, 1) + 1;
	emu_post(&notify, sizeof(notify), NULL, 0);
	emu_flush_locked();
	emu_unlock(&saved);
}

EMU_EXPORT void libusb_lock_event_waiters(libusb_context *ctx)
{
	ctx = usb_context(ctx);
	pthread_mutex_lock(&ctx->waiters_lock);
	atomic_fetch_add(&ctx->waiters, 1);
}

EMU_EXPORT void libusb_unlock_event_waiters(libusb_context *ctx)
{
	ctx = usb_context(ctx);
	atomic_fetch_sub(&ctx->waiters, 1);
	pthread_mutex_unlock(&ctx->waiters_lock);
}

/* ---- waiting ---- */

static int64_t deadline_of(const struct timeval *tv)
{
	int64_t s;

	if (!tv)
		return EMU_NEVER;
	if (__builtin_mul_overflow((int64_t)tv->tv_sec, EMU_NS_PER_S, &s))
		return EMU_NEVER;
	return emu_add(emu_now(), emu_add(s, tv->tv_usec * EMU_NS_PER_US));
}

static bool bad_time(const struct timeval *tv)
{
	return tv && (tv->tv_sec < 0 || tv->tv_usec < 0 || tv->tv_usec >= 1000000);
}

static int error_of(enum emu_woken woken)
{
	switch (woken) {
	case EMU_WOKEN_SIGNAL:
		return LIBUSB_ERROR_INTERRUPTED;
	case EMU_WOKEN_LOST:
		return LIBUSB_ERROR_OTHER;
	case EMU_WOKEN_TIME:
	case EMU_WOKEN_FDS:
		break;
	}
	return 0;
}

/* The events lock is held. */
static int handle_locked(struct libusb_context *ctx, int64_t deadline)
{
	struct emu_wait wait = {
		.deadline = deadline,
		.flags = EMU_WAIT_EVENTS | EMU_WAIT_NOTIFY,
		.ctx = ctx->id,
		.gen = atomic_load(&ctx->gen),
	};
	enum emu_woken woken;

	if (in_callback)
		return LIBUSB_ERROR_BUSY;
	if (usb_run_callbacks(ctx))
		return 0;
	atomic_fetch_add(&ctx->blocked, 1);
	woken = emu_wait(&wait);
	atomic_fetch_sub(&ctx->blocked, 1);
	usb_run_callbacks(ctx);
	return error_of(woken);
}

static int wait_for_handler(struct libusb_context *ctx, int64_t deadline, uint32_t gen)
{
	struct emu_wait wait = {
		.deadline = deadline,
		.flags = EMU_WAIT_NOTIFY,
		.ctx = ctx->id,
		.gen = gen,
	};

	return error_of(emu_wait(&wait));
}

/* A look that takes no time, again and again, is a busy wait. */
static int64_t busy_deadline(int64_t deadline)
{
	int64_t now = emu_now();

	return deadline > now ? deadline : emu_look(NULL);
}

static int handle(struct libusb_context *ctx, int64_t deadline, int *completed)
{
	uint32_t gen;
	int r = 0;

	ctx = usb_context(ctx);
	if (!ctx)
		return LIBUSB_ERROR_INVALID_PARAM;
	if (in_callback)
		return LIBUSB_ERROR_BUSY;
	if (completed && *completed)
		return 0;
	deadline = busy_deadline(deadline);
	atomic_fetch_add(&ctx->waiters, 1);
	gen = atomic_load(&ctx->gen);
	if (!libusb_try_lock_events(ctx)) {
		atomic_fetch_sub(&ctx->waiters, 1);
		if (!completed || !*completed)
			r = handle_locked(ctx, deadline);
		libusb_unlock_events(ctx);
		return r;
	}
	if (!completed || !*completed)
		r = wait_for_handler(ctx, deadline, gen);
	atomic_fetch_sub(&ctx->waiters, 1);
	return r;
}

EMU_EXPORT int libusb_handle_events_timeout_completed(libusb_context *ctx, struct timeval *tv,
						      int *completed)
{
	if (bad_time(tv))
		return LIBUSB_ERROR_INVALID_PARAM;
	return handle(ctx, deadline_of(tv), completed);
}

EMU_EXPORT int libusb_handle_events_timeout(libusb_context *ctx, struct timeval *tv)
{
	return libusb_handle_events_timeout_completed(ctx, tv, NULL);
}

EMU_EXPORT int libusb_handle_events_completed(libusb_context *ctx, int *completed)
{
	return handle(ctx, emu_add(emu_now(), DEFAULT_TIMEOUT_NS), completed);
}

EMU_EXPORT int libusb_handle_events(libusb_context *ctx)
{
	return libusb_handle_events_completed(ctx, NULL);
}

EMU_EXPORT int libusb_handle_events_locked(libusb_context *ctx, struct timeval *tv)
{
	ctx = usb_context(ctx);
	if (!ctx || bad_time(tv))
		return LIBUSB_ERROR_INVALID_PARAM;
	return handle_locked(ctx, busy_deadline(deadline_of(tv)));
}

/* Between libusb_lock_event_waiters() and its unlock: the lock is given back
 * meanwhile, as a condition variable does. */
EMU_EXPORT int libusb_wait_for_event(libusb_context *ctx, struct timeval *tv)
{
	int64_t deadline;
	uint32_t gen;
	int r;

	ctx = usb_context(ctx);
	if (!ctx || bad_time(tv))
		return LIBUSB_ERROR_INVALID_PARAM;
	deadline = deadline_of(tv);
	gen = atomic_load(&ctx->gen);
	/* The handler left between the caller's look at it and ours. */
	if (!atomic_load(&ctx->handler))
		return 0;
	pthread_mutex_unlock(&ctx->waiters_lock);
	r = wait_for_handler(ctx, deadline, gen);
	pthread_mutex_lock(&ctx->waiters_lock);
	return r ? r : emu_now() >= deadline;
}

/* ---- for programs with an event loop of their own ---- */

/* Time-outs are kept by the server, as with a timerfd. */
EMU_EXPORT int libusb_pollfds_handle_timeouts(libusb_context *ctx)
{
	(void)ctx;
	return 1;
}

EMU_EXPORT int libusb_get_next_timeout(libusb_context *ctx, struct timeval *tv)
{
	(void)ctx;
	(void)tv;
	return 0;
}

/* There is no file descriptor that becomes readable when a transfer is done:
 * what is done is fetched by asking for it. The list is empty, as on systems
 * where libusb has none. */
EMU_EXPORT const struct libusb_pollfd **libusb_get_pollfds(libusb_context *ctx)
{
	(void)ctx;
	return NULL;
}

EMU_EXPORT void libusb_free_pollfds(const struct libusb_pollfd **fds)
{
	free(fds);
}

EMU_EXPORT void libusb_set_pollfd_notifiers(libusb_context *ctx, libusb_pollfd_added_cb added,
					    libusb_pollfd_removed_cb removed, void *data)
{
	ctx = usb_context(ctx);
	if (!ctx)
		return;
	ctx->added = added;
	ctx->removed = removed;
	ctx->notifier_data = data;
}
