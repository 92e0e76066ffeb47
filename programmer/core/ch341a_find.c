/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ch341a_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libusb.h>

#define VENDOR_WCH 0x1a86
#define PRODUCT_SPI_MODE 0x5512
#define PRODUCT_SERIAL_MODE 0x5523

#define MAX_CANDIDATES 32
#define MAX_PORTS 8

struct candidate {
	libusb_device *usb;
	unsigned int bus, address;
	char serial[CH341A_SERIAL_SIZE];
};

/* The rest of ports is 0. */
static int get_ports(const struct candidate *candidate, uint8_t ports[MAX_PORTS])
{
	memset(ports, 0, MAX_PORTS);
	return libusb_get_port_numbers(candidate->usb, ports, MAX_PORTS);
}

/* Asked for only where it is shown or compared: the unit tests of flashrom's trees
 * stand in for the functions of libusb that a good start needs. */
static void port_path(const struct candidate *candidate, char path[CH341A_PORT_SIZE])
{
	uint8_t ports[MAX_PORTS];
	const int n_ports = get_ports(candidate, ports);
	int used = snprintf(path, CH341A_PORT_SIZE, "%u", candidate->bus);

	for (int i = 0; i < n_ports && used < CH341A_PORT_SIZE; i++)
		used += snprintf(path + used, (size_t)(CH341A_PORT_SIZE - used), "%c%u", i ? '.' : '-',
				 ports[i]);
}

static int compare_candidates(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	uint8_t ports_a[MAX_PORTS], ports_b[MAX_PORTS];
	int order;

	if (a->bus != b->bus)
		return a->bus < b->bus ? -1 : 1;
	get_ports(a, ports_a);
	get_ports(b, ports_b);
	order = memcmp(ports_a, ports_b, MAX_PORTS);
	if (order)
		return order;
	return a->address < b->address ? -1 : a->address > b->address;
}

/* Only boards with an EEPROM of their own, or customised chips, have one. */
static void read_serial(libusb_device *usb, uint8_t index, char *serial, size_t size)
{
	libusb_device_handle *handle;

	serial[0] = '\0';
	if (!index || libusb_open(usb, &handle))
		return;
	if (libusb_get_string_descriptor_ascii(handle, index, (unsigned char *)serial, (int)size) < 0)
		serial[0] = '\0';
	libusb_close(handle);
}

static void describe(struct candidate *candidate, libusb_device *usb, uint8_t serial_index)
{
	memset(candidate, 0, sizeof(*candidate));
	candidate->usb = usb;
	candidate->bus = libusb_get_bus_number(usb);
	candidate->address = libusb_get_device_address(usb);
	read_serial(usb, serial_index, candidate->serial, sizeof(candidate->serial));
}

static size_t find_candidates(libusb_device **list, ssize_t n, uint16_t product, struct candidate *candidates)
{
	size_t found = 0;

	for (ssize_t i = 0; i < n && found < MAX_CANDIDATES; i++) {
		struct libusb_device_descriptor descriptor;

		if (libusb_get_device_descriptor(list[i], &descriptor) || descriptor.idVendor != VENDOR_WCH)
			continue;
		if (descriptor.idProduct == product)
			describe(&candidates[found++], list[i], descriptor.iSerialNumber);
	}
	qsort(candidates, found, sizeof(*candidates), compare_candidates);
	return found;
}

static bool is_index(const char *selector)
{
	const size_t length = strspn(selector, "0123456789");

	/* Three digits or more can only be a serial number. */
	return length && length < 3 && !selector[length];
}

static bool matches(const struct candidate *candidate, size_t index, const char *selector)
{
	char text[64], path[CH341A_PORT_SIZE];

	if (is_index(selector))
		return index == strtoul(selector, NULL, 10);
	snprintf(text, sizeof(text), "%u:%u", candidate->bus, candidate->address);
	if (!strcmp(text, selector))
		return true;
	/* lsusb prints 001:004. */
	snprintf(text, sizeof(text), "%03u:%03u", candidate->bus, candidate->address);
	if (!strcmp(text, selector))
		return true;
	port_path(candidate, path);
	if (!strcmp(path, selector))
		return true;
	return candidate->serial[0] && !strcmp(candidate->serial, selector);
}

static void list_candidates(const struct frontend *frontend, const struct candidate *candidates, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char path[CH341A_PORT_SIZE];

		port_path(&candidates[i], path);
		frontend_message(frontend, MESSAGE_ERROR, "  device=%zu or device=%u:%u or device=%s%s%s", i,
				 candidates[i].bus, candidates[i].address, path,
				 candidates[i].serial[0] ? " or device=" : "", candidates[i].serial);
	}
}

static const struct candidate *choose(const struct frontend *frontend, const struct candidate *candidates,
				      size_t n, bool serial_mode, const char *selector)
{
	if (serial_mode) {
		frontend_message(
			frontend, MESSAGE_ERROR,
			"The CH341A is in serial port mode (1a86:5523). Unplug it, set its mode jumper "
			"to I2C/SPI (1a86:5512), and plug it in again.");
		return NULL;
	}
	if (!n) {
		if (!frontend_explain(frontend, BEKEN_ERR_NO_PROGRAMMER, ""))
			frontend_message(frontend, MESSAGE_ERROR,
					 "No CH341A found (USB 1a86:5512). Is it plugged in? Try another "
					 "cable or port; `lsusb` must list it.");
		return NULL;
	}
	if (!selector && n == 1)
		return &candidates[0];
	for (size_t i = 0; selector && i < n; i++) {
		if (matches(&candidates[i], i, selector))
			return &candidates[i];
	}
	if (selector)
		frontend_message(frontend, MESSAGE_ERROR, "No CH341A matches device=%s. Attached:", selector);
	else
		frontend_message(frontend, MESSAGE_ERROR,
				 "%zu CH341A are attached. Choose one with device=:", n);
	list_candidates(frontend, candidates, n);
	return NULL;
}

/* ---- opening ---- */

int ch341a_error_of_libusb(int code)
{
	switch (code) {
	case LIBUSB_SUCCESS: return BEKEN_OK;
	case LIBUSB_ERROR_NO_DEVICE: return BEKEN_ERR_GONE;
	case LIBUSB_ERROR_NO_MEM: return BEKEN_ERR_MEMORY;
	case LIBUSB_ERROR_ACCESS:
	case LIBUSB_ERROR_BUSY: return BEKEN_ERR_ACCESS;
	case LIBUSB_ERROR_TIMEOUT: return BEKEN_ERR_TIMEOUT;
	default: return BEKEN_ERR_USB;
	}
}

int ch341a_error_of_status(int status)
{
	switch (status) {
	case LIBUSB_TRANSFER_COMPLETED: return BEKEN_OK;
	case LIBUSB_TRANSFER_NO_DEVICE: return BEKEN_ERR_GONE;
	case LIBUSB_TRANSFER_TIMED_OUT: return BEKEN_ERR_TIMEOUT;
	case LIBUSB_TRANSFER_OVERFLOW: return BEKEN_ERR_PROTOCOL;
	default: return BEKEN_ERR_USB;
	}
}

static int report_access(const struct frontend *frontend, const struct candidate *candidate, int code)
{
	const int error = ch341a_error_of_libusb(code);
	char path[CH341A_PORT_SIZE], where[CH341A_PORT_SIZE + 32];

	port_path(candidate, path);
	snprintf(where, sizeof(where), "%u:%u (port %s)", candidate->bus, candidate->address, path);
	if (code == LIBUSB_ERROR_ACCESS && frontend_explain(frontend, error, where))
		return error;
	if (code == LIBUSB_ERROR_ACCESS)
		frontend_message(
			frontend, MESSAGE_ERROR,
			"No permission to open the CH341A at %s. Install the udev rule of flashrom or of "
			"this programmer and plug it in again, or run as root.",
			where);
	else if (code == LIBUSB_ERROR_BUSY)
		frontend_message(frontend, MESSAGE_ERROR,
				 "Another program uses the CH341A at %s. End it, or choose another one with "
				 "device=.",
				 where);
	else
		frontend_message(frontend, MESSAGE_ERROR, "Cannot open the CH341A at %s: %s.", where,
				 libusb_error_name(code));
	return error;
}

static int claim(const struct frontend *frontend, const struct candidate *candidate,
		 libusb_device_handle **handle)
{
	int code = libusb_open(candidate->usb, handle);

	if (code)
		return report_access(frontend, candidate, code);
	/* Usually no kernel driver is attached, and not every platform can detach
	 * one. If a driver still holds the interface, the claim below fails. */
	code = libusb_detach_kernel_driver(*handle, CH341A_INTERFACE);
	if (code != LIBUSB_ERROR_NOT_FOUND && code != LIBUSB_ERROR_NOT_SUPPORTED)
		frontend_message(frontend, MESSAGE_DEBUG, "Kernel driver detached from the CH341A: %s.",
				 code ? libusb_error_name(code) : "ok");
	code = libusb_claim_interface(*handle, CH341A_INTERFACE);
	if (code) {
		libusb_close(*handle);
		return report_access(frontend, candidate, code);
	}
	frontend_message(frontend, MESSAGE_DEBUG, "CH341A at %u:%u opened.", candidate->bus,
			 candidate->address);
	return BEKEN_OK;
}

static int report_no_usb(const struct frontend *frontend, const char *what, int code)
{
	frontend_message(frontend, MESSAGE_ERROR, "Cannot %s: %s.", what, libusb_error_name(code));
	frontend_step(frontend, STEP_USB, OUTCOME_FAILED);
	return ch341a_error_of_libusb(code);
}

static int find_and_claim(const struct frontend *frontend, const char *selector, libusb_context *context,
			  libusb_device_handle **handle)
{
	struct candidate candidates[MAX_CANDIDATES];
	const struct candidate *chosen;
	libusb_device **list = NULL;
	const ssize_t n = libusb_get_device_list(context, &list);
	int error = BEKEN_ERR_NO_PROGRAMMER;
	size_t found;
	bool serial_mode;

	if (n < 0)
		return report_no_usb(frontend, "list USB devices", (int)n);
	found = find_candidates(list, n, PRODUCT_SPI_MODE, candidates);
	serial_mode = !found && find_candidates(list, n, PRODUCT_SERIAL_MODE, candidates);
	chosen = choose(frontend, candidates, found, serial_mode, selector);
	frontend_step(frontend, STEP_USB, chosen ? OUTCOME_GOOD : OUTCOME_FAILED);
	if (chosen) {
		error = claim(frontend, chosen, handle);
		if (error)
			frontend_step(frontend, STEP_ACCESS, OUTCOME_FAILED);
	}
	libusb_free_device_list(list, 1);
	return error;
}

int ch341a_find(const struct frontend *frontend, const char *selector, struct libusb_context **context,
		struct libusb_device_handle **handle)
{
	int code = libusb_init(context), error;

	if (code)
		return report_no_usb(frontend, "use USB", code);
	error = find_and_claim(frontend, selector, *context, handle);
	if (error)
		libusb_exit(*context);
	return error;
}

/* ---- listing ---- */

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

static void list_mode(libusb_device **list, ssize_t n_devices, bool spi_mode, struct ch341a_info *infos,
		      size_t size, size_t *n)
{
	struct candidate candidates[MAX_CANDIDATES];
	const size_t found =
		find_candidates(list, n_devices, spi_mode ? PRODUCT_SPI_MODE : PRODUCT_SERIAL_MODE, candidates);

	for (size_t i = 0; i < found; i++, (*n)++) {
		struct ch341a_info *info = &infos[*n];

		if (*n >= size)
			continue;
		info->bus = candidates[i].bus;
		info->address = candidates[i].address;
		port_path(&candidates[i], info->port);
		strcpy(info->serial, candidates[i].serial);
		info->spi_mode = spi_mode;
		info->access = access_of(candidates[i].usb);
	}
}

int ch341a_list(const struct frontend *frontend, struct ch341a_info *infos, size_t size, size_t *n)
{
	libusb_context *context;
	libusb_device **list = NULL;
	ssize_t n_devices;
	int code = libusb_init(&context);

	*n = 0;
	if (code)
		return report_no_usb(frontend, "use USB", code);
	n_devices = libusb_get_device_list(context, &list);
	if (n_devices < 0) {
		code = report_no_usb(frontend, "list USB devices", (int)n_devices);
	} else {
		list_mode(list, n_devices, true, infos, size, n);
		list_mode(list, n_devices, false, infos, size, n);
		libusb_free_device_list(list, 1);
	}
	libusb_exit(context);
	return code;
}
