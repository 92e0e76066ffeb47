/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "libusb_bench.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <libusb.h>

struct libusb_context {
	struct bench *bench;
	unsigned int completed;
};

struct libusb_device {
	libusb_context *context;
};

struct libusb_device_handle {
	libusb_context *context;
};

/* Both ends of a transfer; libusb's last, since it ends in an array. */
struct transfer {
	struct bench_urb urb;
	bool active;
	struct libusb_transfer usb;
};

static struct bench *attached;
static unsigned int unwrapped_calls;
static struct libusb_context the_context;
static struct libusb_device the_device = { &the_context };
static struct libusb_device_handle the_handle = { &the_context };

void libusb_bench_attach(struct bench *bench)
{
	attached = bench;
	unwrapped_calls = 0;
}

unsigned int libusb_bench_unwrapped_calls(void)
{
	return unwrapped_calls;
}

/* ---- finding and opening ---- */

int LIBUSB_CALL libusb_init(libusb_context **context)
{
	assert(attached);
	the_context = (struct libusb_context){ .bench = attached };
	*context = &the_context;
	return 0;
}

void LIBUSB_CALL libusb_exit(libusb_context *context)
{
	assert(context == &the_context);
	the_context.bench = NULL;
}

ssize_t LIBUSB_CALL libusb_get_device_list(libusb_context *context, libusb_device ***list)
{
	assert(context == &the_context);
	*list = calloc(2, sizeof(**list));
	if (!*list)
		abort();
	(*list)[0] = &the_device;
	return 1;
}

void LIBUSB_CALL libusb_free_device_list(libusb_device **list, int unref)
{
	(void)unref;
	free(list);
}

int LIBUSB_CALL libusb_get_device_descriptor(libusb_device *device,
					     struct libusb_device_descriptor *descriptor)
{
	const uint8_t *bytes = bench_usb(device->context->bench, 0)->device_descriptor;

	memset(descriptor, 0, sizeof(*descriptor));
	descriptor->idVendor = (uint16_t)(bytes[8] | bytes[9] << 8);
	descriptor->idProduct = (uint16_t)(bytes[10] | bytes[11] << 8);
	descriptor->iSerialNumber = bytes[16];
	return 0;
}

uint8_t LIBUSB_CALL libusb_get_bus_number(libusb_device *device)
{
	return (uint8_t)bench_usb(device->context->bench, 0)->bus;
}

uint8_t LIBUSB_CALL libusb_get_device_address(libusb_device *device)
{
	return (uint8_t)bench_usb(device->context->bench, 0)->address;
}

/* Asked for by lists of devices only, which these trials do not make. */
int LIBUSB_CALL libusb_kernel_driver_active(libusb_device_handle *handle, int interface_number)
{
	(void)handle;
	(void)interface_number;
	unwrapped_calls++;
	return 0;
}

int LIBUSB_CALL libusb_get_port_numbers(libusb_device *device, uint8_t *ports, int size)
{
	const struct bench_usb *usb = bench_usb(device->context->bench, 0);

	unwrapped_calls++;
	if ((int)usb->n_ports > size)
		return LIBUSB_ERROR_OVERFLOW;
	memcpy(ports, usb->ports, usb->n_ports);
	return (int)usb->n_ports;
}

int LIBUSB_CALL libusb_get_string_descriptor_ascii(libusb_device_handle *handle, uint8_t index,
						   unsigned char *text, int size)
{
	(void)handle;
	(void)index;
	(void)text;
	(void)size;
	unwrapped_calls++;
	return LIBUSB_ERROR_NOT_SUPPORTED;
}

int LIBUSB_CALL libusb_open(libusb_device *device, libusb_device_handle **handle)
{
	if (!bench_usb(device->context->bench, 0)->attached)
		return LIBUSB_ERROR_NO_DEVICE;
	*handle = &the_handle;
	return 0;
}

void LIBUSB_CALL libusb_close(libusb_device_handle *handle)
{
	assert(handle == &the_handle);
}

int LIBUSB_CALL libusb_detach_kernel_driver(libusb_device_handle *handle, int interface)
{
	(void)handle;
	(void)interface;
	return LIBUSB_ERROR_NOT_FOUND;
}

int LIBUSB_CALL libusb_claim_interface(libusb_device_handle *handle, int interface)
{
	(void)handle;
	(void)interface;
	return 0;
}

int LIBUSB_CALL libusb_release_interface(libusb_device_handle *handle, int interface)
{
	(void)handle;
	(void)interface;
	return 0;
}

const char *LIBUSB_CALL libusb_error_name(int code)
{
	return code ? "an error" : "ok";
}

/* ---- transfers ---- */

static struct transfer *transfer_of(struct libusb_transfer *usb)
{
	return (struct transfer *)((char *)usb - offsetof(struct transfer, usb));
}

struct libusb_transfer *LIBUSB_CALL libusb_alloc_transfer(int iso_packets)
{
	struct transfer *transfer = calloc(1, sizeof(*transfer));

	assert(!iso_packets);
	if (!transfer)
		abort();
	return &transfer->usb;
}

void LIBUSB_CALL libusb_free_transfer(struct libusb_transfer *usb)
{
	if (!usb)
		return;
	assert(!transfer_of(usb)->active);
	free(transfer_of(usb));
}

static enum libusb_transfer_status status_of(enum bench_urb_status status)
{
	switch (status) {
	case BENCH_URB_OK:		return LIBUSB_TRANSFER_COMPLETED;
	case BENCH_URB_STALL:		return LIBUSB_TRANSFER_STALL;
	case BENCH_URB_OVERFLOW:	return LIBUSB_TRANSFER_OVERFLOW;
	case BENCH_URB_ERROR:		return LIBUSB_TRANSFER_ERROR;
	case BENCH_URB_CANCELLED:	return LIBUSB_TRANSFER_CANCELLED;
	case BENCH_URB_TIMED_OUT:	return LIBUSB_TRANSFER_TIMED_OUT;
	case BENCH_URB_GONE:		return LIBUSB_TRANSFER_NO_DEVICE;
	}
	return LIBUSB_TRANSFER_ERROR;
}

static void on_done(struct bench *bench, struct bench_urb *urb)
{
	struct transfer *transfer = urb->owner;

	(void)bench;
	transfer->active = false;
	transfer->usb.status = status_of(urb->status);
	transfer->usb.actual_length = (int)urb->actual;
	the_context.completed++;
	transfer->usb.callback(&transfer->usb);
}

int LIBUSB_CALL libusb_submit_transfer(struct libusb_transfer *usb)
{
	struct transfer *transfer = transfer_of(usb);
	struct bench *bench = usb->dev_handle->context->bench;

	assert(!transfer->active && usb->type == LIBUSB_TRANSFER_TYPE_BULK);
	transfer->urb = (struct bench_urb){
		.endpoint = usb->endpoint,
		.data = usb->buffer,
		.length = (size_t)usb->length,
		.deadline = usb->timeout ? bench_now(bench) + (int64_t)usb->timeout * 1000000 : BENCH_NEVER,
		.done = on_done,
		.owner = transfer,
	};
	if (bench_submit(bench, &transfer->urb))
		return LIBUSB_ERROR_NO_DEVICE;
	transfer->active = true;
	return 0;
}

int LIBUSB_CALL libusb_cancel_transfer(struct libusb_transfer *usb)
{
	struct transfer *transfer = transfer_of(usb);

	unwrapped_calls++;
	if (!transfer->active)
		return LIBUSB_ERROR_NOT_FOUND;
	bench_cancel(usb->dev_handle->context->bench, &transfer->urb);
	return 0;
}

int LIBUSB_CALL libusb_clear_halt(libusb_device_handle *handle, unsigned char endpoint)
{
	(void)handle;
	(void)endpoint;
	unwrapped_calls++;
	return 0;
}

/* Until something completes, or the time is up. */
int LIBUSB_CALL libusb_handle_events_timeout(libusb_context *context, struct timeval *limit)
{
	struct bench *bench = context->bench;
	const int64_t end = bench_now(bench) + (int64_t)limit->tv_sec * 1000000000 +
			    (int64_t)limit->tv_usec * 1000;
	const unsigned int before = context->completed;

	do {
		const int64_t next = bench_next_event(bench);

		bench_run_until(bench, next < end ? next : end);
	} while (context->completed == before && bench_now(bench) < end);
	return 0;
}
