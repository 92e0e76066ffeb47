/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "raw_usb.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <libusb.h>

#include "ch341a.h"
#include "clock.h"

#define VENDOR_WCH 0x1a86
#define ENDPOINT_OUT 0x02
#define ENDPOINT_IN 0x82
#define VENDOR_GET_VERSION 0x5f
#define CONTROL_MS 500
#define SEND_MS 1000
#define CANCEL_LIMIT_US 3000000
#define EVENTS_US 100000
#define STREAM_LIMIT_US 3000000
#define MAX_QUEUED (8 + RAW_USB_STREAM_MAX)

struct raw_usb {
	libusb_context *context;
	libusb_device_handle *handle;
	unsigned int n_queued;
	struct libusb_transfer *queued[MAX_QUEUED];
	/* What has come for a stream. */
	unsigned int n_answers;
	int64_t first_us, last_us;
	bool failed;
};

int raw_usb_open(const struct frontend *frontend, const char *selector, struct raw_usb **result)
{
	struct raw_usb *usb = calloc(1, sizeof(*usb));
	struct frontend quiet = *frontend;
	int error = BEKEN_ERR_MEMORY;

	quiet.step = NULL;
	if (usb)
		error = ch341a_find(&quiet, selector, &usb->context, &usb->handle);
	if (error)
		free(usb);
	else
		*result = usb;
	return error;
}

void raw_usb_close(struct raw_usb *usb)
{
	if (!usb)
		return;
	raw_usb_cancel(usb);
	libusb_release_interface(usb->handle, CH341A_INTERFACE);
	libusb_close(usb->handle);
	/* A transfer that the kernel keeps still has its context. */
	if (!usb->n_queued)
		libusb_exit(usb->context);
	free(usb);
}

static size_t descriptor(struct raw_usb *usb, uint8_t type, uint8_t *data, size_t size)
{
	const int n = libusb_get_descriptor(usb->handle, type, 0, data, (int)size);

	return n > 0 ? (size_t)n : 0;
}

void raw_usb_facts(struct raw_usb *usb, struct raw_usb_facts *facts)
{
	libusb_device *const device = libusb_get_device(usb->handle);
	struct libusb_device_descriptor parsed;

	memset(facts, 0, sizeof(*facts));
	facts->bus = libusb_get_bus_number(device);
	facts->address = libusb_get_device_address(device);
	facts->device_length = descriptor(usb, LIBUSB_DT_DEVICE, facts->device, sizeof(facts->device));
	facts->config_length = descriptor(usb, LIBUSB_DT_CONFIG, facts->config, sizeof(facts->config));
	if (!libusb_get_device_descriptor(device, &parsed)) {
		facts->has_serial = parsed.iSerialNumber;
		if (parsed.iProduct && libusb_get_string_descriptor_ascii(usb->handle, parsed.iProduct,
									  (unsigned char *)facts->product,
									  sizeof(facts->product)) < 0)
			facts->product[0] = '\0';
	}
	facts->has_version =
		libusb_control_transfer(usb->handle, LIBUSB_ENDPOINT_IN | LIBUSB_REQUEST_TYPE_VENDOR,
					VENDOR_GET_VERSION, 0, 0, facts->version, sizeof(facts->version),
					CONTROL_MS) == (int)sizeof(facts->version);
}

static int transfer(struct raw_usb *usb, uint8_t endpoint, uint8_t *bytes, size_t n, size_t *moved,
		    unsigned int timeout_ms)
{
	int actual = 0;
	const int code = libusb_bulk_transfer(usb->handle, endpoint, bytes, (int)n, &actual,
					      timeout_ms ? timeout_ms : 1);

	*moved = (size_t)actual;
	return ch341a_error_of_libusb(code);
}

int raw_usb_send(struct raw_usb *usb, const uint8_t *bytes, size_t n)
{
	size_t moved;
	/* libusb does not change what it sends. */
	const int error = transfer(usb, ENDPOINT_OUT, (uint8_t *)bytes, n, &moved, SEND_MS);

	return !error && moved != n ? BEKEN_ERR_USB : error;
}

int raw_usb_receive(struct raw_usb *usb, uint8_t *packet, size_t *n, unsigned int timeout_ms)
{
	return transfer(usb, ENDPOINT_IN, packet, RAW_USB_PACKET, n, timeout_ms);
}

/* ---- queued ---- */

static void LIBUSB_CALL ended(struct libusb_transfer *transfer)
{
	struct raw_usb *usb = transfer->user_data;

	usb->n_queued--;
	for (size_t i = 0; i < MAX_QUEUED; i++)
		if (usb->queued[i] == transfer)
			usb->queued[i] = NULL;
	if (transfer->endpoint != ENDPOINT_IN)
		return;
	usb->failed |= transfer->status != LIBUSB_TRANSFER_COMPLETED;
	usb->last_us = beken_clock_us();
	if (!usb->n_answers++)
		usb->first_us = usb->last_us;
}

/* With a buffer of its own, in which `bytes` are if there are any. */
static int queue(struct raw_usb *usb, uint8_t endpoint, const uint8_t *bytes, size_t n)
{
	struct libusb_transfer *const transfer = libusb_alloc_transfer(0);
	uint8_t *const buffer = malloc(n);
	size_t place = 0;
	int code = LIBUSB_ERROR_NO_MEM;

	while (place < MAX_QUEUED && usb->queued[place])
		place++;
	if (transfer && buffer && place < MAX_QUEUED) {
		if (bytes)
			memcpy(buffer, bytes, n);
		libusb_fill_bulk_transfer(transfer, usb->handle, endpoint, buffer, (int)n, ended, usb, 0);
		code = libusb_submit_transfer(transfer);
	}
	if (code) {
		libusb_free_transfer(transfer);
		free(buffer);
		return ch341a_error_of_libusb(code);
	}
	/* When it has ended. */
	transfer->flags = LIBUSB_TRANSFER_FREE_BUFFER | LIBUSB_TRANSFER_FREE_TRANSFER;
	usb->queued[place] = transfer;
	usb->n_queued++;
	return BEKEN_OK;
}

int raw_usb_queue(struct raw_usb *usb, const uint8_t *bytes, size_t n)
{
	return queue(usb, ENDPOINT_OUT, bytes, n);
}

static void handle_events(struct raw_usb *usb)
{
	struct timeval wait = { .tv_usec = EVENTS_US };

	libusb_handle_events_timeout(usb->context, &wait);
}

void raw_usb_cancel(struct raw_usb *usb)
{
	const int64_t limit = beken_clock_us() + CANCEL_LIMIT_US;

	for (size_t i = 0; i < MAX_QUEUED; i++)
		if (usb->queued[i])
			libusb_cancel_transfer(usb->queued[i]);
	while (usb->n_queued && beken_clock_us() < limit)
		handle_events(usb);
}

/* All answers at once: how many an adapter keeps for a host that is late is not for
 * this measurement to find out. */
int raw_usb_stream(struct raw_usb *usb, const uint8_t *bytes, size_t n, unsigned int n_answers, int64_t *us)
{
	const int64_t limit = beken_clock_us() + STREAM_LIMIT_US;
	int error = BEKEN_OK;

	assert(n_answers <= RAW_USB_STREAM_MAX);
	usb->n_answers = 0;
	usb->failed = false;
	for (unsigned int i = 0; !error && i < n_answers; i++)
		error = queue(usb, ENDPOINT_IN, NULL, RAW_USB_PACKET);
	if (!error)
		error = raw_usb_queue(usb, bytes, n);
	while (!error && !usb->failed && usb->n_answers < n_answers && beken_clock_us() < limit)
		handle_events(usb);
	if (!error && usb->failed)
		error = BEKEN_ERR_USB;
	if (!error && usb->n_answers < n_answers)
		error = BEKEN_ERR_TIMEOUT;
	*us = usb->last_us - usb->first_us;
	raw_usb_cancel(usb);
	return error;
}

/* ---- boards that are no CH341A ---- */

static const struct raw_usb_board boards[] = {
	{ 0x55db, "a", "CH347" }, /* CH347T, mode 1 */
	{ 0x55dd, "a", "CH347" }, /* CH347T, mode 3 */
	{ 0x55de, "a", "CH347" }, /* CH347F */
	{ 0x1001, "an", "XTW-5" },
};

static const struct raw_usb_board *look_up(libusb_device *usb)
{
	struct libusb_device_descriptor descriptor;

	if (libusb_get_device_descriptor(usb, &descriptor) || descriptor.idVendor != VENDOR_WCH)
		return NULL;
	for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++)
		if (boards[i].product == descriptor.idProduct)
			return &boards[i];
	return NULL;
}

const struct raw_usb_board *raw_usb_other_board(void)
{
	const struct raw_usb_board *found = NULL;
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
