/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One client of the USB/IP server, from its first byte to the last URB. */
#ifndef BEKEN_EMU_USBIP_CONN_H
#define BEKEN_EMU_USBIP_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "usbip_exports.h"

struct usbip_conn;

/* Takes the socket, which does not block; `name` is the client's address. The
 * exports are borrowed. */
struct usbip_conn *usbip_conn_new(int fd, const char *name, struct usbip_exports *exports, int64_t real_ns);
/* Closes the socket and gives the device back. NULL is fine. */
void usbip_conn_free(struct usbip_conn *conn);

int usbip_conn_fd(const struct usbip_conn *conn);
/* What to poll for. */
short usbip_conn_events(const struct usbip_conn *conn);

/* Takes what has come and acts on it. */
void usbip_conn_read(struct usbip_conn *conn);
/* Sends what can be sent; ends a client whose device or patience is gone. */
void usbip_conn_write(struct usbip_conn *conn, int64_t real_ns);

/* To be freed. */
bool usbip_conn_is_over(const struct usbip_conn *conn);
/* The real time at which usbip_conn_write() would end it, or BENCH_NEVER. */
int64_t usbip_conn_deadline(const struct usbip_conn *conn);

#endif
