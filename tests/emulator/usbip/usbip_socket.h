/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sockets of a USB/IP server. */
#ifndef BEKEN_EMU_USBIP_SOCKET_H
#define BEKEN_EMU_USBIP_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define USBIP_NAME_SIZE 64	/* ADDRESS:PORT, [ADDRESS]:PORT for IPv6 */

struct usbip_address {
	struct sockaddr_storage address;
	socklen_t length;
};

/* ADDRESS:PORT, ADDRESS or :PORT, numbers only; what is left out is 127.0.0.1
 * and 3240. Returns 0, or -1 after a message. */
int usbip_parse_address(const char *text, struct usbip_address *address);

/* Only programs on this machine can reach it. */
bool usbip_is_loopback(const struct usbip_address *address);

void usbip_name(const struct usbip_address *address, char name[USBIP_NAME_SIZE]);

/* Listens; port 0 becomes the port that the kernel has chosen. Returns a socket
 * that does not block, or -1 after a message. */
int usbip_listen(struct usbip_address *address);

/* Returns a client's socket, which does not block, and its address, or -1. */
int usbip_accept(int listen_fd, struct usbip_address *address);

/* As recv() without waiting. *age: so long ago, in ns, the bytes came to this
 * machine, or the last of those that the kernel has put together with them. */
ssize_t usbip_receive(int fd, void *bytes, size_t size, int64_t *age);

#endif
