/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One client of the USB/IP server, from its first byte to the last URB. */
#ifndef BEKEN_EMU_USBIP_CONN_H
#define BEKEN_EMU_USBIP_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "usbip_clock.h"
#include "usbip_exports.h"

struct usbip_conn;

/* Takes the socket, which does not block; `name` is the client's address. All
 * else is borrowed. */
struct usbip_conn *usbip_conn_new(int fd, const char *name, struct usbip_exports *exports,
				  struct usbip_clock *clock);
/* Closes the socket and gives the device back. NULL is fine. */
void usbip_conn_free(struct usbip_conn *conn);

int usbip_conn_fd(const struct usbip_conn *conn);
/* What to poll for. */
short usbip_conn_events(const struct usbip_conn *conn);

/* Takes a message, or a piece of one. Returns the real time when it came. */
int64_t usbip_conn_receive(struct usbip_conn *conn);
/* Acts on it. */
void usbip_conn_handle(struct usbip_conn *conn);
/* Sends what can be sent; ends a client whose device or patience is gone. */
void usbip_conn_write(struct usbip_conn *conn);

/* To be freed. */
bool usbip_conn_is_over(const struct usbip_conn *conn);
/* The real time at which usbip_conn_write() would end it, or BENCH_NEVER. */
int64_t usbip_conn_deadline(const struct usbip_conn *conn);

#endif
