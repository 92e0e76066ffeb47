/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The preload library: stands in for libusb, for the clocks and for timed
 * waits in a client process. Without a server (BEKEN_EMU_SOCKET unset, or the
 * server gone) the time functions do what the C library does.
 */
#ifndef BEKEN_EMU_PRELOAD_H
#define BEKEN_EMU_PRELOAD_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "emu_protocol.h"

/* meson hides what is not marked so. */
#define EMU_EXPORT __attribute__((visibility("default")))

#define EMU_NS_PER_S 1000000000LL
#define EMU_NS_PER_MS 1000000LL
#define EMU_NS_PER_US 1000LL

enum emu_mode {
	EMU_OFF,	/* no server */
	EMU_VIRTUAL,
	EMU_REAL,	/* the server has a bench, but time is real */
};

enum emu_woken {
	EMU_WOKEN_TIME,	/* the deadline, an event or a notification */
	EMU_WOKEN_FDS,
	EMU_WOKEN_SIGNAL,	/* a handler ran; errno as for EINTR */
	EMU_WOKEN_LOST,	/* the server is gone */
};

struct emu_wait {
	int64_t deadline;
	uint32_t flags, ctx, gen;	/* as in struct emu_wait_msg */
	struct pollfd *fds;	/* as for poll(); revents are set */
	nfds_t n_fds;
	const sigset_t *mask;	/* signals blocked meanwhile; NULL: as they are */
};

/* ---- preload_conn.c ---- */
enum emu_mode emu_mode(void);
const struct emu_page *emu_page(void);	/* not NULL unless EMU_OFF */

/* All state of the library is behind one lock; signals are blocked while it
 * is held, so that handlers may call any function of the library. */
void emu_lock(sigset_t *saved);
void emu_unlock(const sigset_t *saved);

/* Queues a message with the lock held; it leaves with the next wait, request
 * or flush of any thread. */
void emu_post(const void *msg, size_t size, const void *data, size_t data_size);
void emu_flush(void);
void emu_flush_locked(void);

enum emu_woken emu_wait(struct emu_wait *wait);
/* For waits on something that the server does not know: starts a timer that
 * the virtual clock will stop at. End each with emu_timer_stop(). */
uint32_t emu_timer_start(int64_t deadline);
void emu_timer_stop(uint32_t seq);

/* Sends the request and waits for its result. *data gets the result's data,
 * malloc()ed, if data is not NULL. Returns false if there is no server. */
bool emu_request(struct emu_request *request, struct emu_result *result, void **data);

/* Is the file descriptor one of ours? */
bool emu_owns_fd(int fd);
#define EMU_MAX_FDS 1024

/* ---- preload_clock.c ---- */
/* ns since the server's start, as this process has seen it. */
int64_t emu_now(void);
/* The same for a program that looks at the clock: a look takes time, and many
 * in a row are a busy wait. site tells apart the places that look. */
int64_t emu_look(const void *site);
void emu_not_spinning(void);
bool emu_clock_base(clockid_t clock, int64_t *base);
/* b may be EMU_NEVER. */
int64_t emu_add(int64_t a, int64_t b);
int64_t emu_from_timespec(const struct timespec *ts);
struct timespec emu_to_timespec(int64_t ns);

/* ---- preload_usb_transfer.c ---- */
/* Called with the lock held, from whatever thread got the message. */
void emu_usb_done(const struct emu_done *done);

/* The C library's own function of that name. */
void *emu_real(void **slot, const char *name);
#define EMU_REAL(name) ({ \
	static void *slot_; \
	(__typeof__(&name))emu_real(&slot_, #name); \
})

#endif
