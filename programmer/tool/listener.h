/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP sockets that wait for clients. No other file knows sockets. */
#ifndef CH341A_BEKEN_LISTENER_H
#define CH341A_BEKEN_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#include "listen_address.h"

/* A name may stand for several addresses. */
#define LISTENER_MAX 8
#define LISTENER_TEXT_SIZE (LISTEN_HOST_SIZE + 16)

struct listener;

/*
 * Listens at all addresses that address stands for. With port 0 the system
 * chooses one for all. NULL and a sentence in problem on failure.
 */
struct listener *listener_open(const struct listen_address *address, char *problem, size_t problem_size)
	__attribute__((nonnull));
void listener_close(struct listener *listener); /* NULL is fine */

/* Its file descriptors, readable when a client waits; n of them. */
const int *listener_fds(const struct listener *listener, size_t *n) __attribute__((nonnull));

/* Address number i (below n) as text: number and port. */
const char *listener_text(const struct listener *listener, size_t i) __attribute__((nonnull));
unsigned int listener_port(const struct listener *listener) __attribute__((nonnull));

/* Whether other machines can reach address number i; whether it stands for all
 * addresses of this one; whether it is of IPv4. */
bool listener_is_open_to_others(const struct listener *listener, size_t i) __attribute__((nonnull));
bool listener_is_any(const struct listener *listener, size_t i) __attribute__((nonnull));
bool listener_is_ipv4(const struct listener *listener, size_t i) __attribute__((nonnull));

/*
 * Takes the client that waits at a file descriptor of the listener. Returns a
 * file descriptor, the caller's, that does not block and sends at once; its
 * reads end when the other machine has been gone for half a minute. Or -1 if it
 * has left already. peer gets its address.
 */
int listener_accept(int fd, char *peer, size_t peer_size) __attribute__((nonnull));

#endif
