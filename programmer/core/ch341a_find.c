/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ch341a.h"

#include <stdlib.h>
#include <string.h>

#include <libusb.h>

#define MAX_PORTS 8

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

/* ---- candidates ---- */

/* Asked for only where it is shown or compared: the unit tests of flashrom's trees
 * stand in for the functions of libusb that a good start needs. */
void ch341a_port_path(const struct ch341a_candidate *candidate, char path[CH341A_PORT_SIZE])
{
	uint8_t ports[MAX_PORTS];
	const int n_ports = libusb_get_port_numbers(candidate->usb, ports, MAX_PORTS);
	int used = snprintf(path, CH341A_PORT_SIZE, "%u", candidate->bus);

	for (int i = 0; i < n_ports && used < CH341A_PORT_SIZE; i++)
		used += snprintf(path + used, (size_t)(CH341A_PORT_SIZE - used), "%c%u", i ? '.' : '-',
				 ports[i]);
}

static int compare_candidates(const void *left, const void *right)
{
	const struct ch341a_candidate *a = left, *b = right;
	uint8_t ports_a[MAX_PORTS] = { 0 }, ports_b[MAX_PORTS] = { 0 };
	int order = (int)a->bus - (int)b->bus;

	if (order)
		return order;
	libusb_get_port_numbers(a->usb, ports_a, MAX_PORTS);
	libusb_get_port_numbers(b->usb, ports_b, MAX_PORTS);
	order = memcmp(ports_a, ports_b, MAX_PORTS);
	return order ? order : (int)a->address - (int)b->address;
}

/* Only boards with an EEPROM of their own, or customised chips, have one. */
static void read_serial(libusb_device *usb, uint8_t index, char *serial, int size)
{
	libusb_device_handle *handle;

	serial[0] = '\0';
	if (!index || libusb_open(usb, &handle))
		return;
	if (libusb_get_string_descriptor_ascii(handle, index, (unsigned char *)serial, size) < 0)
		serial[0] = '\0';
	libusb_close(handle);
}

size_t ch341a_candidates(struct libusb_device **list, size_t n, uint16_t product,
			 struct ch341a_candidate candidates[CH341A_MAX_CANDIDATES])
{
	size_t found = 0;

	for (size_t i = 0; i < n && found < CH341A_MAX_CANDIDATES; i++) {
		struct ch341a_candidate *const candidate = &candidates[found];
		struct libusb_device_descriptor descriptor;

		if (libusb_get_device_descriptor(list[i], &descriptor) ||
		    descriptor.idVendor != CH341A_VENDOR || descriptor.idProduct != product)
			continue;
		candidate->usb = list[i];
		candidate->bus = libusb_get_bus_number(list[i]);
		candidate->address = libusb_get_device_address(list[i]);
		read_serial(list[i], descriptor.iSerialNumber, candidate->serial, sizeof(candidate->serial));
		found++;
	}
	qsort(candidates, found, sizeof(*candidates), compare_candidates);
	return found;
}

static bool matches(const struct ch341a_candidate *candidate, size_t index, const char *selector)
{
	char text[32], lsusb[32], path[CH341A_PORT_SIZE];
	const size_t digits = strspn(selector, "0123456789");

	/* Three digits or more can only be a serial number. */
	if (digits && digits < 3 && !selector[digits])
		return index == strtoul(selector, NULL, 10);
	snprintf(text, sizeof(text), "%u:%u", candidate->bus, candidate->address);
	snprintf(lsusb, sizeof(lsusb), "%03u:%03u", candidate->bus, candidate->address);
	ch341a_port_path(candidate, path);
	return !strcmp(text, selector) || !strcmp(lsusb, selector) || !strcmp(path, selector) ||
	       (candidate->serial[0] && !strcmp(candidate->serial, selector));
}

/* Why none of n candidates is taken. */
static void report_choice(const struct frontend *frontend, const struct ch341a_candidate *candidates, size_t n,
			  const char *selector)
{
	if (selector)
		frontend_message(frontend, MESSAGE_ERROR, "No CH341A matches device=%s. Attached:", selector);
	else
		frontend_message(frontend, MESSAGE_ERROR,
				 "%u CH341A are attached. Choose one with device=:", (unsigned int)n);
	for (unsigned int i = 0; i < n; i++) {
		char path[CH341A_PORT_SIZE];

		ch341a_port_path(&candidates[i], path);
		frontend_message(frontend, MESSAGE_ERROR, "  device=%u or device=%u:%u or device=%s%s%s", i,
				 candidates[i].bus, candidates[i].address, path,
				 candidates[i].serial[0] ? " or device=" : "", candidates[i].serial);
	}
}

static const struct ch341a_candidate *choose(const struct frontend *frontend,
					     const struct ch341a_candidate *candidates, size_t n,
					     const char *selector)
{
	if (!selector && n == 1)
		return &candidates[0];
	for (size_t i = 0; selector && i < n; i++) {
		if (matches(&candidates[i], i, selector))
			return &candidates[i];
	}
	report_choice(frontend, candidates, n, selector);
	return NULL;
}

static void report_none(const struct frontend *frontend, bool serial_mode)
{
	if (serial_mode)
		frontend_message(
			frontend, MESSAGE_ERROR,
			"The CH341A is in serial port mode (1a86:5523). Unplug it, set its mode jumper "
			"to I2C/SPI (1a86:5512), and plug it in again.");
	else if (!frontend->explain || !frontend->explain(frontend, BEKEN_ERR_NO_PROGRAMMER, ""))
		frontend_message(
			frontend, MESSAGE_ERROR,
			"No CH341A found (USB 1a86:5512). Is it plugged in? Try another cable or port; "
			"`lsusb` must list it.");
}

/* ---- opening ---- */

static int report_access(const struct frontend *frontend, const struct ch341a_candidate *candidate, int code)
{
	const int error = ch341a_error_of_libusb(code);
	char path[CH341A_PORT_SIZE], where[CH341A_PORT_SIZE + 32];

	ch341a_port_path(candidate, path);
	snprintf(where, sizeof(where), "%u:%u (port %s)", candidate->bus, candidate->address, path);
	if (code == LIBUSB_ERROR_ACCESS && frontend->explain && frontend->explain(frontend, error, where))
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

static int claim(const struct frontend *frontend, const struct ch341a_candidate *candidate,
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

static int find_and_claim(const struct frontend *frontend, const char *selector, libusb_device **list, size_t n,
			  libusb_device_handle **handle)
{
	struct ch341a_candidate candidates[CH341A_MAX_CANDIDATES];
	const struct ch341a_candidate *chosen = NULL;
	const size_t found = ch341a_candidates(list, n, CH341A_SPI_MODE, candidates);
	int error;

	if (found)
		chosen = choose(frontend, candidates, found, selector);
	else
		report_none(frontend, ch341a_candidates(list, n, CH341A_SERIAL_MODE, candidates));
	frontend_step(frontend, STEP_USB, chosen ? OUTCOME_GOOD : OUTCOME_FAILED);
	if (!chosen)
		return BEKEN_ERR_NO_PROGRAMMER;
	error = claim(frontend, chosen, handle);
	if (error)
		frontend_step(frontend, STEP_ACCESS, OUTCOME_FAILED);
	return error;
}

int ch341a_find(const struct frontend *frontend, const char *selector, struct libusb_context **context,
		struct libusb_device_handle **handle)
{
	libusb_device **list;
	const int code = libusb_init(context);
	const ssize_t n = code ? code : libusb_get_device_list(*context, &list);
	int error = ch341a_error_of_libusb((int)n);

	if (n < 0) {
		frontend_message(frontend, MESSAGE_ERROR, "Cannot %s: %s.",
				 code ? "use USB" : "list USB devices", libusb_error_name((int)n));
		frontend_step(frontend, STEP_USB, OUTCOME_FAILED);
	} else {
		error = find_and_claim(frontend, selector, list, (size_t)n, handle);
		libusb_free_device_list(list, 1);
	}
	if (error && !code)
		libusb_exit(*context);
	return error;
}
