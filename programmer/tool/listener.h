/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP sockets that wait for clients. No other file knows sockets. */
#ifndef CH341A_BEKEN_LISTENER_H
#define CH341A_BEKEN_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#define LISTEN_HOST_SIZE 256
#define LISTEN_DEFAULT "127.0.0.1:3334"
#define LISTEN_DEFAULT_PORT 3334

/* As written on a command line. */
struct listen_address {
	char host[LISTEN_HOST_SIZE]; /* name or number, without brackets */
	unsigned int port;	     /* 0: any that is free */
};

/* Takes ADDRESS or ADDRESS:PORT, where an IPv6 address with a port stands in
 * brackets. Returns 0, or -1 and a sentence in problem. */
int listen_address_parse(struct listen_address *address, const char *text, char *problem, size_t problem_size)
	__attribute__((nonnull));

/* "127.0.0.1:3334" or "[::1]:3334" */
void listen_address_format(const char *host, unsigned int port, char *text, size_t size)
	__attribute__((nonnull));

/* A name may stand for several addresses. */
#define LISTENER_MAX 8
#define LISTENER_TEXT_SIZE (LISTEN_HOST_SIZE + 16)

struct listener {
	unsigned int port; /* the same for all */
	size_t n;
	struct listener_socket {
		int fd;			       /* readable when a client waits */
		char text[LISTENER_TEXT_SIZE]; /* number and port */
		bool is_ipv4;
		bool is_any;	 /* it stands for all addresses of this machine */
		bool is_outside; /* other machines can reach it */
	} sockets[LISTENER_MAX];
};

/* Listens at all addresses that address stands for. With port 0 the system
 * chooses one for all. Returns 0, or -1 and a sentence in problem. */
int listener_open(struct listener *listener, const struct listen_address *address, char *problem,
		  size_t problem_size) __attribute__((nonnull, warn_unused_result));
void listener_close(struct listener *listener) __attribute__((nonnull));

/* Takes the client that waits at a file descriptor of the listener. Returns a file descriptor,
 * the caller's, that does not block and sends at once; its reads end when the other machine has
 * been gone for half a minute. Or -1 if it has left already. peer gets its address. */
int listener_accept(int fd, char *peer, size_t peer_size) __attribute__((nonnull));

#endif
