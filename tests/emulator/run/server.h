/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server: owns the time of a bench, and gives the processes that run the
 * preload library clocks, sleeps and USB devices.
 */
#ifndef BEKEN_EMU_SERVER_H
#define BEKEN_EMU_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench.h"

struct server;

/* A URB was taken; n counts those of the device from 1. */
typedef void server_submit_fn(void *arg, unsigned int dev, uint64_t n);

/* Listens on DIR/socket. The bench is borrowed and must be powered on.
 * NULL with errno set if the socket or the clock page cannot be made. */
struct server *server_new(struct bench *bench, const char *dir, bool virtual_clock);
void server_free(struct server *server); /* NULL is fine */

const char *server_socket(const struct server *server);
void server_on_submit(struct server *server, server_submit_fn *fn, void *arg);

/* A process was started that will connect soon; until it does, the virtual
 * clock waits for it as for a connected one. */
void server_expect(struct server *server, pid_t pid);

/* The emulated time at which server_turn() shall come back even if nothing
 * else happens there; BENCH_NEVER for none. */
void server_set_alarm(struct server *server, int64_t t);

/*
 * Waits for something to do, at most until the real time `until_ns` (as of
 * server_real()), does it, and moves the emulated time as far as it may go.
 * Comes back early when extra_fd can be read. Returns 0, or -1 with errno set.
 */
int server_turn(struct server *server, int extra_fd, int64_t until_ns);

int64_t server_real(const struct server *server);	/* ns since the start */

/* The process that has the device open, or 0. */
pid_t server_user(const struct server *server, unsigned int dev);

/* Fills pids with the living processes that are, or were, connected; returns
 * how many there are. */
unsigned int server_processes(const struct server *server, pid_t *pids, unsigned int max);

#endif
