/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a server listens, as written on a command line. No I/O. */
#ifndef CH341A_BEKEN_LISTEN_ADDRESS_H
#define CH341A_BEKEN_LISTEN_ADDRESS_H

#include <stddef.h>

#define LISTEN_HOST_SIZE 256
#define LISTEN_DEFAULT "127.0.0.1:3334"
#define LISTEN_DEFAULT_PORT 3334

struct listen_address {
	char host[LISTEN_HOST_SIZE]; /* name or number, without brackets */
	unsigned int port;	     /* 0: any that is free */
};

/*
 * Takes ADDRESS or ADDRESS:PORT, where an IPv6 address with a port stands in
 * brackets. Returns 0, or -1 and a sentence in problem.
 */
int listen_address_parse(struct listen_address *address, const char *text, char *problem, size_t problem_size)
	__attribute__((nonnull));

/* "127.0.0.1:3334" or "[::1]:3334" */
void listen_address_format(const char *host, unsigned int port, char *text, size_t size)
	__attribute__((nonnull));

#endif
