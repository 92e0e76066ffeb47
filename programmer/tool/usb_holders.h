/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has a USB device open. */
#ifndef CH341A_BEKEN_USB_HOLDERS_H
#define CH341A_BEKEN_USB_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>

#define USB_HOLDER_NAME_SIZE 32

struct usb_holder {
	long pid;
	char name[USB_HOLDER_NAME_SIZE];
};

/* The other processes that have /dev/bus/usb/BUS/ADDRESS open, as far as this
 * user may see them. proc is "/proc", or a folder like it. Fills up to size of
 * holders and returns how many it filled. */
size_t usb_holders_find(const char *proc, unsigned int bus, unsigned int address, struct usb_holder *holders,
			size_t size);

/* The name of the kernel driver that has the interface 0 of the device at the
 * port, such as 1-2.3. sys is "/sys", or a folder like it. False if there is none or
 * it cannot be known; a program that has claimed the interface is no driver. */
bool usb_holders_kernel_driver(const char *sys, const char *port, char *name, size_t size);

#endif
