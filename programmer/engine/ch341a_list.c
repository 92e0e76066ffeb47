/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ch341a_list.h"

#include <string.h>

#include <libusb.h>

static enum ch341a_access access_of_code(int code)
{
	switch (code) {
	case LIBUSB_SUCCESS: return CH341A_ACCESS_FREE;
	case LIBUSB_ERROR_ACCESS: return CH341A_ACCESS_DENIED;
	case LIBUSB_ERROR_BUSY: return CH341A_ACCESS_BUSY;
	default: return CH341A_ACCESS_BROKEN;
	}
}

static enum ch341a_access access_of(libusb_device *usb)
{
	libusb_device_handle *handle;
	enum ch341a_access access = CH341A_ACCESS_KERNEL;
	int code = libusb_open(usb, &handle);

	if (code)
		return access_of_code(code);
	if (libusb_kernel_driver_active(handle, CH341A_INTERFACE) != 1) {
		code = libusb_claim_interface(handle, CH341A_INTERFACE);
		if (!code)
			libusb_release_interface(handle, CH341A_INTERFACE);
		access = access_of_code(code);
	}
	libusb_close(handle);
	return access;
}

static void list_mode(libusb_device **list, size_t n_devices, uint16_t product, struct ch341a_info *infos,
		      size_t size, size_t *n)
{
	struct ch341a_candidate candidates[CH341A_MAX_CANDIDATES];
	const size_t found = ch341a_candidates(list, n_devices, product, candidates);

	for (size_t i = 0; i < found; i++, (*n)++) {
		struct ch341a_info *info = &infos[*n];

		if (*n >= size)
			continue;
		info->bus = candidates[i].bus;
		info->address = candidates[i].address;
		ch341a_port_path(&candidates[i], info->port);
		memcpy(info->serial, candidates[i].serial, sizeof(info->serial));
		info->spi_mode = product == CH341A_SPI_MODE;
		info->access = access_of(candidates[i].usb);
	}
}

int ch341a_list(const struct frontend *frontend, struct ch341a_info *infos, size_t size, size_t *n)
{
	libusb_context *context;
	libusb_device **list = NULL;
	const int code = libusb_init(&context);
	const ssize_t n_devices = code ? code : libusb_get_device_list(context, &list);

	*n = 0;
	if (n_devices < 0) {
		frontend_message(frontend, MESSAGE_ERROR, "Cannot %s: %s.",
				 code ? "use USB" : "list USB devices", libusb_error_name((int)n_devices));
	} else {
		list_mode(list, (size_t)n_devices, CH341A_SPI_MODE, infos, size, n);
		list_mode(list, (size_t)n_devices, CH341A_SERIAL_MODE, infos, size, n);
		libusb_free_device_list(list, 1);
	}
	if (!code)
		libusb_exit(context);
	return n_devices < 0 ? ch341a_error_of_libusb((int)n_devices) : BEKEN_OK;
}
