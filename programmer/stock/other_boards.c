/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "other_boards.h"

#include <stddef.h>

#include <libusb.h>

#define VENDOR_WCH 0x1a86

static const struct other_board boards[] = {
	{ 0x55db, "a", "CH347" }, /* CH347T, mode 1 */
	{ 0x55dd, "a", "CH347" }, /* CH347T, mode 3 */
	{ 0x55de, "a", "CH347" }, /* CH347F */
	{ 0x1001, "an", "XTW-5" },
};

static const struct other_board *look_up(libusb_device *usb)
{
	struct libusb_device_descriptor descriptor;

	if (libusb_get_device_descriptor(usb, &descriptor) || descriptor.idVendor != VENDOR_WCH)
		return NULL;
	for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++)
		if (boards[i].product == descriptor.idProduct)
			return &boards[i];
	return NULL;
}

const struct other_board *other_boards_find(void)
{
	const struct other_board *found = NULL;
	libusb_context *context;
	libusb_device **list;
	ssize_t n;

	if (libusb_init(&context))
		return NULL;
	n = libusb_get_device_list(context, &list);
	for (ssize_t i = 0; i < n && !found; i++)
		found = look_up(list[i]);
	if (n >= 0)
		libusb_free_device_list(list, 1);
	libusb_exit(context);
	return found;
}
