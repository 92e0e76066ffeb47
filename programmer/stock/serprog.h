/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server side of flashrom's serial flasher protocol, version 1, for SPI. Bytes in, bytes out;
 * no I/O. Source: flashrom doc/serprog-protocol.rst. */
#ifndef CH341A_BEKEN_SERPROG_H
#define CH341A_BEKEN_SERPROG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct serprog;

/* What the protocol drives. disable and command are called only after enable was successful. */
struct serprog_target {
	/* Output drivers on. 0 on success. */
	int (*enable)(void *arg);
	/* They are off, or the client is gone. The result is not used. May be NULL. */
	int (*disable)(void *arg);
	/* See session_command(). */
	int (*command)(void *arg, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length);
	void *arg;
	/* What the client shows as the name of the programmer, at most 16 characters;
	 * NULL: ch341a_beken. Static data. */
	const char *name;
	/* Longest read in one command; 0: SESSION_MAX_READ. */
	uint32_t max_read;
	/* flashrom's delays are its own: it may be any flash, which nobody waits for. Else
	 * none is needed, since a status register is answered when the die is idle. */
	bool delays;
};

/* Sends bytes to the client. */
typedef void serprog_send_fn(void *arg, const uint8_t *data, size_t n);

/* target is copied. NULL: out of memory. */
struct serprog *serprog_new(const struct serprog_target *target, serprog_send_fn *send, void *send_arg);
void serprog_free(struct serprog *serprog); /* NULL is fine */

/* Takes bytes from the client, in pieces of any size, and does what they say. Once a target
 * function has failed, every SPI operation is answered by NAK: flashrom then ends by itself with
 * its own message, while a closed connection would make it wait for ever. */
void serprog_feed(struct serprog *serprog, const uint8_t *data, size_t n);

#endif
