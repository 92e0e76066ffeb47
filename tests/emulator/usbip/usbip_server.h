/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB/IP server: one thread, one loop, any number of clients. */
#ifndef BEKEN_EMU_USBIP_SERVER_H
#define BEKEN_EMU_USBIP_SERVER_H

#include "usbip_clock.h"
#include "usbip_control.h"
#include "usbip_exports.h"

struct usbip_server;

/* All is borrowed; the sockets are listened on, and read for signals. */
struct usbip_server *usbip_server_new(struct usbip_exports *exports, struct usbip_clock *clock,
				      struct usbip_control *control, int listen_fd, int signal_fd);
/* Ends all connections. NULL is fine. */
void usbip_server_free(struct usbip_server *server);

/* Serves until a signal comes or the control says so. Returns 0, or -1 after a
 * message. */
int usbip_server_run(struct usbip_server *server);

#endif
