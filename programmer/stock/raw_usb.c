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

struct raw_usb {
	libusb_context *context;
	libusb_device_handle *handle;
	unsigned int n_queued;
	struct libusb_transfer *queued[8];
};

int raw_usb_open(const struct frontend *frontend, const char *selector, struct raw_usb **result)
{
	struct raw_usb *usb = calloc(1, sizeof(*usb));
	struct frontend quiet = *frontend;
	int error;

	if (!usb)
		return BEKEN_ERR_MEMORY;
	quiet.step = NULL;
	error = ch341a_find(&quiet, selector, &usb->context, &usb->handle);
	if (error) {
		free(usb);
		return error;
	}
	*result = usb;
	return BEKEN_OK;
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

static void LIBUSB_CALL sent(struct libusb_transfer *done)
{
	struct raw_usb *usb = done->user_data;

	for (size_t i = 0; i < sizeof(usb->queued) / sizeof(usb->queued[0]); i++) {
		if (usb->queued[i] == done) {
			usb->queued[i] = NULL;
			usb->n_queued--;
		}
	}
	free(done->buffer);
	libusb_free_transfer(done);
}

static struct libusb_transfer **free_place(struct raw_usb *usb)
{
	size_t i = 0;

	while (i < sizeof(usb->queued) / sizeof(usb->queued[0]) && usb->queued[i])
		i++;
	return i < sizeof(usb->queued) / sizeof(usb->queued[0]) ? &usb->queued[i] : NULL;
}

int raw_usb_queue(struct raw_usb *usb, const uint8_t *bytes, size_t n)
{
	struct libusb_transfer **const place = free_place(usb);
	struct libusb_transfer *const out = place ? libusb_alloc_transfer(0) : NULL;
	uint8_t *const copy = malloc(n);
	int code;

	if (!out || !copy) {
		libusb_free_transfer(out);
		free(copy);
		return BEKEN_ERR_MEMORY;
	}
	memcpy(copy, bytes, n);
	libusb_fill_bulk_transfer(out, usb->handle, ENDPOINT_OUT, copy, (int)n, sent, usb, 0);
	code = libusb_submit_transfer(out);
	if (code) {
		libusb_free_transfer(out);
		free(copy);
		return ch341a_error_of_libusb(code);
	}
	*place = out;
	usb->n_queued++;
	return BEKEN_OK;
}

void raw_usb_cancel(struct raw_usb *usb)
{
	const int64_t limit = clock_us() + CANCEL_LIMIT_US;

	for (size_t i = 0; i < sizeof(usb->queued) / sizeof(usb->queued[0]); i++) {
		if (usb->queued[i])
			libusb_cancel_transfer(usb->queued[i]);
	}
	while (usb->n_queued && clock_us() < limit) {
		struct timeval wait = { .tv_usec = EVENTS_US };

		libusb_handle_events_timeout(usb->context, &wait);
	}
}

/* ---- a stream ---- */

struct stream {
	struct libusb_transfer *in[RAW_USB_STREAM_MAX];
	uint8_t buffers[RAW_USB_STREAM_MAX][RAW_USB_PACKET];
	unsigned int n, active, come;
	int64_t first_us, last_us;
	int error;
};

static void LIBUSB_CALL answered(struct libusb_transfer *in)
{
	struct stream *stream = in->user_data;

	stream->active--;
	if (in->status != LIBUSB_TRANSFER_COMPLETED) {
		stream->error = stream->error ? stream->error : BEKEN_ERR_USB;
		return;
	}
	stream->last_us = clock_us();
	if (!stream->come++)
		stream->first_us = stream->last_us;
}

/* All at once: how many an adapter keeps for a host that is late is not for this
 * measurement to find out. */
static int ask_for_answers(struct raw_usb *usb, struct stream *stream, unsigned int n)
{
	for (; stream->n < n; stream->n++) {
		struct libusb_transfer *const in = libusb_alloc_transfer(0);
		int code;

		if (!in)
			return BEKEN_ERR_MEMORY;
		libusb_fill_bulk_transfer(in, usb->handle, ENDPOINT_IN, stream->buffers[stream->n],
					  RAW_USB_PACKET, answered, stream, 0);
		code = libusb_submit_transfer(in);
		if (code) {
			libusb_free_transfer(in);
			return ch341a_error_of_libusb(code);
		}
		stream->in[stream->n] = in;
		stream->active++;
	}
	return BEKEN_OK;
}

static void wait_for_answers(struct raw_usb *usb, struct stream *stream)
{
	const int64_t limit = clock_us() + STREAM_LIMIT_US;
	bool cancelled = false;

	while (stream->active && clock_us() < limit + CANCEL_LIMIT_US) {
		struct timeval wait = { .tv_usec = EVENTS_US };

		if ((stream->error || clock_us() > limit) && !cancelled) {
			stream->error = stream->error ? stream->error : BEKEN_ERR_TIMEOUT;
			for (unsigned int i = 0; i < stream->n; i++)
				libusb_cancel_transfer(stream->in[i]);
			cancelled = true;
		}
		libusb_handle_events_timeout(usb->context, &wait);
	}
}

int raw_usb_stream(struct raw_usb *usb, const uint8_t *bytes, size_t n, unsigned int n_answers, int64_t *us)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	int error;

	assert(n_answers <= RAW_USB_STREAM_MAX);
	if (!stream)
		return BEKEN_ERR_MEMORY;
	stream->error = ask_for_answers(usb, stream, n_answers);
	if (!stream->error)
		stream->error = raw_usb_queue(usb, bytes, n);
	wait_for_answers(usb, stream);
	raw_usb_cancel(usb);
	error = stream->error;
	*us = stream->last_us - stream->first_us;
	/* What the kernel never gave back it may still write to. */
	if (stream->active)
		return error;
	for (unsigned int i = 0; i < stream->n; i++)
		libusb_free_transfer(stream->in[i]);
	free(stream);
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
