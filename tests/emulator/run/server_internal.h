/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the server's own files only. */
#ifndef BEKEN_EMU_SERVER_INTERNAL_H
#define BEKEN_EMU_SERVER_INTERNAL_H

#include <stddef.h>

#include "emu_protocol.h"
#include "kworkers.h"
#include "quiesce.h"
#include "server.h"
#include "vclock.h"

struct buffer {
	uint8_t *data;
	size_t start, end, size;
};

/* One thread of a client. */
struct conn {
	struct conn *next;
	struct process *process;	/* NULL before its hello */
	int fd;
	int32_t tid;
	bool dead;
	struct buffer in, out;
	bool waiting;
	/* Its EMU_WAIT_TIMER is over, but it has not yet noticed. */
	bool must_answer;
	struct emu_wait_msg wait;
};

/* The newest EMU_NOTIFY of a libusb context. */
struct context {
	struct context *next;
	uint32_t id, gen;
};

struct process {
	struct process *next;
	pid_t pid;
	unsigned int n_conns, n_waiting;
	long n_threads;		/* when last looked at */
	struct quiesce *state;
	/* Nothing of it can run until we, or another process, wake it. */
	bool asleep;
	/* When we last knew that it had a reason to run. */
	int64_t ran_real, ran_at;
	/* The processor time that it had had soon after ran_real; as that is
	 * looked up only when needed, also for which ran_real it is. */
	int64_t cpu_before, cpu_before_of;
	struct handle *handles;
	struct context *contexts;
	struct urb *flying, *done, **done_tail;
	int64_t alarm, alarm_interval;	/* of SIGALRM; BENCH_NEVER: off */
};

/* An open device, as a file of usbfs is. */
struct handle {
	struct handle *next;
	struct process *process;
	uint32_t id;
	unsigned int dev;
};

struct urb {
	struct bench_urb urb;
	struct server *server;
	struct process *process;	/* NULL: nobody wants the result */
	uint32_t handle, id, ctx;
	struct urb *next, **link;
	uint8_t *data;
};

struct device {
	struct handle *claimer;
	bool driver_bound;
	uint8_t config;
	uint64_t transfers;
};

struct server {
	struct bench *bench;
	struct vclock *clock;
	bool virtual_clock;
	char *socket_path;
	int listen_fd;
	struct conn *conns;
	struct process *processes;
	unsigned int n_devices;
	struct device *devices;
	uint32_t last_handle;
	unsigned int n_abandoned;	/* URBs that the bench has yet to end */
	server_submit_fn *on_submit;
	void *on_submit_arg;
	int64_t alarm;
	/* Quiescence: see server_time.c. */
	int64_t checked_at;	/* emulated */
	int64_t woken_real;
	int64_t backoff;
	int busy_gaps;		/* 0: not set yet */
	struct kworkers *kworkers;
	/* Since when programs that are not connected run; BENCH_NEVER: none. */
	int64_t strangers_real, strangers_at;
};

/* server.c */
void server_send(struct conn *conn, const void *msg, size_t size, const void *data, size_t data_size);
bool server_readable(struct server *server);

/* server_usb.c */
void server_usb_init(struct server *server);
/* All handles must be closed. The time may move on a little, until the bench
 * has given all URBs back. */
void server_usb_free(struct server *server);
void server_request(struct server *server, struct conn *conn, const struct emu_request *request);
void server_submit(struct server *server, struct process *process, const struct emu_submit *submit);
void server_cancel(struct server *server, struct process *process, uint32_t id);
void server_release_process(struct server *server, struct process *process);
/* Sends what is done to a thread that waits for it, and wakes that. */
void server_deliver(struct server *server, struct process *process);
uint32_t server_attached(const struct server *server);

/* server_time.c */
void server_wait(struct server *server, struct conn *conn, const struct emu_wait_msg *wait);
void server_unwait(struct conn *conn, uint32_t seq);
void server_notify(struct server *server, struct process *process, const struct emu_notify *notify);
void server_wake(struct server *server, struct conn *conn);
void server_ran(struct server *server, struct process *process);
/* Moves the time on; returns the real time at which to look again. */
int64_t server_advance(struct server *server);
/* With the real clock: brings the bench to the present. */
void server_catch_up(struct server *server);

#endif
