/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding CH341As on USB, and opening one. */
#ifndef CH341A_BEKEN_CH341A_FIND_H
#define CH341A_BEKEN_CH341A_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "frontend.h"

#define CH341A_PORT_SIZE 32
#define CH341A_SERIAL_SIZE 64

enum ch341a_access {
	CH341A_ACCESS_FREE,   /* may be opened */
	CH341A_ACCESS_KERNEL, /* a driver of the kernel has it; it gives way when opened */
	CH341A_ACCESS_BUSY,   /* another program has it */
	CH341A_ACCESS_DENIED, /* no permission */
	CH341A_ACCESS_BROKEN, /* anything else */
};

/* A CH341A on USB. */
struct ch341a_info {
	unsigned int bus, address;
	char port[CH341A_PORT_SIZE];	 /* such as 1-2.3 */
	char serial[CH341A_SERIAL_SIZE]; /* empty: none, or not readable */
	bool spi_mode;			 /* 1a86:5512; else serial port mode, 1a86:5523 */
	enum ch341a_access access;
};

/*
 * Looks for CH341As and fills up to `size` of infos: first those in SPI mode,
 * in the order of the numbers of ch341a_open(), then those in serial port mode.
 * Nothing is sent to any of them but requests for their descriptors. *n gets
 * how many there are. Returns 0, or an error that was said through frontend.
 */
int ch341a_list(const struct frontend *frontend, struct ch341a_info *infos, size_t size, size_t *n)
	__attribute__((nonnull, warn_unused_result));

/* For ch341a.c: opens the CH341A that ch341a_open() has been asked for and claims
 * its interface. On success the caller owns the handle and the context. */
#define CH341A_INTERFACE 0
struct libusb_context;
struct libusb_device_handle;
int ch341a_find(const struct frontend *frontend, const char *selector, struct libusb_context **context,
		struct libusb_device_handle **handle) __attribute__((nonnull(1, 3, 4), warn_unused_result));

/* The enum beken_error for an error code of libusb. */
int ch341a_error_of_libusb(int code);
/* The same for an enum libusb_transfer_status. */
int ch341a_error_of_status(int status);

#endif
