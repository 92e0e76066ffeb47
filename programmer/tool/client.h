/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of the server, which speaks the serial flasher protocol. */
#ifndef CH341A_BEKEN_CLIENT_H
#define CH341A_BEKEN_CLIENT_H

#include <stdbool.h>

#include "listener.h"
#include "serprog.h"

struct client;

/* Takes the file descriptor over. What the client asks for goes to target. NULL: out of
 * memory; the file descriptor is closed then, too. */
struct client *client_new(int fd, const char *peer, const struct serprog_target *target)
	__attribute__((nonnull));

/* Lets target disable what the client has enabled, and hangs up. NULL is fine. */
void client_free(struct client *client);

int client_fd(const struct client *client); /* -1 of NULL */
const char *client_peer(const struct client *client) __attribute__((nonnull));

/* Reads and executes what the client has sent. False if it has gone. */
bool client_serve(struct client *client) __attribute__((nonnull));

/* It has sent nothing for half a minute, while flashrom sends something each second
 * until it has the chip. */
bool client_is_silent(const struct client *client) __attribute__((nonnull));

#endif
