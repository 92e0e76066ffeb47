/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transfers: submitting, cancelling, and calling back. */
#include <stdlib.h>
#include <string.h>

#include "preload_usb.h"

#define SETUP_SIZE ((int)LIBUSB_CONTROL_SETUP_SIZE)
#define BUCKETS 256	/* power of two */

static struct usb_transfer *flying[BUCKETS];
static uint32_t last_id;

static struct usb_transfer *transfer_of(struct libusb_transfer *pub)
{
	return (void *)((char *)pub - offsetof(struct usb_transfer, pub));
}

EMU_EXPORT struct libusb_transfer *libusb_alloc_transfer(int iso_packets)
{
	struct usb_transfer *t;

	if (iso_packets < 0)
		return NULL;
	t = calloc(1, sizeof(*t) + (size_t)iso_packets * sizeof(struct libusb_iso_packet_descriptor));
	if (!t)
		return NULL;
	t->pub.num_iso_packets = iso_packets;
	return &t->pub;
}

/* ---- those under way; with the lock held ---- */

static void add_flying(struct usb_transfer *t)
{
	struct usb_transfer **bucket;

	t->id = ++last_id;
	t->flying = true;
	t->finished = false;
	bucket = &flying[t->id % BUCKETS];
	t->next_flying = *bucket;
	*bucket = t;
}

static void remove_flying(struct usb_transfer *t)
{
	struct usb_transfer **p = &flying[t->id % BUCKETS];

	while (*p && *p != t)
		p = &(*p)->next_flying;
	if (*p)
		*p = t->next_flying;
}

static void remove_done(struct usb_transfer *t)
{
	struct libusb_context *ctx = t->ctx;
	struct usb_transfer **p = &ctx->done;

	while (*p && *p != t)
		p = &(*p)->next_done;
	if (!*p)
		return;
	*p = t->next_done;
	if (!*p)
		ctx->done_tail = p;
}

static void forget(struct usb_transfer *t)
{
	if (t->finished)
		remove_done(t);
	else
		remove_flying(t);
	t->flying = t->finished = false;
}

EMU_EXPORT void libusb_free_transfer(struct libusb_transfer *pub)
{
	struct usb_transfer *t;
	sigset_t saved;

	if (!pub)
		return;
	t = transfer_of(pub);
	if (pub->flags & LIBUSB_TRANSFER_FREE_BUFFER)
		free(pub->buffer);
	emu_lock(&saved);
	/* A mistake of the program, which must not become ours. */
	if (t->flying)
		forget(t);
	emu_unlock(&saved);
	free(t);
}

void usb_drop_transfers(struct libusb_device_handle *handle)
{
	sigset_t saved;

	emu_lock(&saved);
	for (unsigned int i = 0; i < BUCKETS; i++) {
		for (struct usb_transfer *t = flying[i], *next; t; t = next) {
			next = t->next_flying;
			if (t->handle == handle)
				forget(t);
		}
	}
	if (handle->dev->ctx) {
		for (struct usb_transfer *t = handle->dev->ctx->done, *next; t; t = next) {
			next = t->next_done;
			if (t->handle == handle)
				forget(t);
		}
	}
	emu_unlock(&saved);
}

/* ---- submitting ---- */

static int check(const struct libusb_transfer *pub)
{
	bool control = pub->type == LIBUSB_TRANSFER_TYPE_CONTROL;

	if (pub->type != LIBUSB_TRANSFER_TYPE_BULK && pub->type != LIBUSB_TRANSFER_TYPE_INTERRUPT && !control)
		return LIBUSB_ERROR_NOT_SUPPORTED;
	if (pub->flags & LIBUSB_TRANSFER_ADD_ZERO_PACKET)
		return LIBUSB_ERROR_NOT_SUPPORTED;
	if (pub->length < 0 || (control && pub->length < SETUP_SIZE))
		return LIBUSB_ERROR_INVALID_PARAM;
	if (!usb_attached(pub->dev_handle->dev))
		return LIBUSB_ERROR_NO_DEVICE;
	/* The kernel says ENOENT, of which libusb makes this. */
	if (!control && usb_max_packet(pub->dev_handle->dev, pub->endpoint) < 0)
		return LIBUSB_ERROR_IO;
	if (!control && usb_auto_claim(pub->dev_handle))
		return usb_attached(pub->dev_handle->dev) ? LIBUSB_ERROR_IO : LIBUSB_ERROR_NO_DEVICE;
	return 0;
}

/* With the lock held. */
static void post_submit(const struct usb_transfer *t)
{
	const struct libusb_transfer *pub = &t->pub;
	const uint8_t *data = pub->buffer;
	struct emu_submit submit = {
		.msg.type = EMU_SUBMIT,
		.urb = t->id,
		.handle = t->handle->id,
		.ctx = t->ctx->id,
		.length = (uint32_t)pub->length,
		.timeout_ms = pub->timeout,
		.endpoint = pub->endpoint,
	};

	if (pub->type == LIBUSB_TRANSFER_TYPE_CONTROL) {
		memcpy(submit.setup, data, sizeof(submit.setup));
		/* wLength, whatever the buffer may hold beyond. */
		submit.length = (uint32_t)(data[6] | data[7] << 8);
		submit.endpoint = data[0] & LIBUSB_ENDPOINT_IN;
		data += LIBUSB_CONTROL_SETUP_SIZE;
	}
	emu_post(&submit, sizeof(submit), data,
		 submit.endpoint & LIBUSB_ENDPOINT_IN ? 0 : submit.length);
}

static bool setup_too_long(const struct libusb_transfer *pub)
{
	const uint8_t *setup = pub->buffer;

	return pub->type == LIBUSB_TRANSFER_TYPE_CONTROL
		&& (setup[6] | setup[7] << 8) > pub->length - SETUP_SIZE;
}

EMU_EXPORT int libusb_submit_transfer(struct libusb_transfer *pub)
{
	struct usb_transfer *t = transfer_of(pub);
	sigset_t saved;
	int r;

	emu_not_spinning();
	if (t->flying)
		return LIBUSB_ERROR_BUSY;
	r = check(pub);
	if (r)
		return r;
	if (setup_too_long(pub))
		return LIBUSB_ERROR_INVALID_PARAM;
	emu_lock(&saved);
	t->handle = pub->dev_handle;
	t->ctx = t->handle->dev->ctx;
	add_flying(t);
	post_submit(t);
	/* Another thread waits for events already: none will flush for us. */
	if (atomic_load(&t->ctx->blocked))
		emu_flush_locked();
	emu_unlock(&saved);
	return 0;
}

EMU_EXPORT int libusb_cancel_transfer(struct libusb_transfer *pub)
{
	struct usb_transfer *t = transfer_of(pub);
	struct emu_cancel cancel = { .msg.type = EMU_CANCEL };
	sigset_t saved;
	int r = LIBUSB_ERROR_NOT_FOUND;

	emu_lock(&saved);
	if (t->flying) {
		r = usb_attached(t->handle->dev) ? 0 : LIBUSB_ERROR_NO_DEVICE;
		cancel.urb = t->id;
		emu_post(&cancel, sizeof(cancel), NULL, 0);
		if (atomic_load(&t->ctx->blocked))
			emu_flush_locked();
	}
	emu_unlock(&saved);
	return r;
}

EMU_EXPORT void libusb_transfer_set_stream_id(struct libusb_transfer *pub, uint32_t id)
{
	transfer_of(pub)->stream_id = id;
}

EMU_EXPORT uint32_t libusb_transfer_get_stream_id(struct libusb_transfer *pub)
{
	return transfer_of(pub)->stream_id;
}

/* ---- results ---- */

static enum libusb_transfer_status status_of(uint32_t status)
{
	switch (status) {
	case EMU_OK:
		return LIBUSB_TRANSFER_COMPLETED;
	case EMU_STALL:
		return LIBUSB_TRANSFER_STALL;
	case EMU_OVERFLOW:
		return LIBUSB_TRANSFER_OVERFLOW;
	case EMU_CANCELLED:
		return LIBUSB_TRANSFER_CANCELLED;
	case EMU_TIMED_OUT:
		return LIBUSB_TRANSFER_TIMED_OUT;
	case EMU_GONE:
		return LIBUSB_TRANSFER_NO_DEVICE;
	}
	return LIBUSB_TRANSFER_ERROR;
}

void emu_usb_done(const struct emu_done *done)
{
	struct usb_transfer *t = flying[done->urb % BUCKETS];
	size_t got = done->msg.size - sizeof(*done);
	uint8_t *data;

	while (t && t->id != done->urb)
		t = t->next_flying;
	if (!t)
		return;
	remove_flying(t);
	data = t->pub.buffer;
	if (t->pub.type == LIBUSB_TRANSFER_TYPE_CONTROL)
		data += LIBUSB_CONTROL_SETUP_SIZE;
	if (got > done->actual)
		got = done->actual;
	if (got)
		memcpy(data, done + 1, got);
	t->status = status_of(done->status);
	t->actual = done->actual;
	t->finished = true;
	t->next_done = NULL;
	*t->ctx->done_tail = t;
	t->ctx->done_tail = &t->next_done;
	/* Threads that wait for events may not be the one that got this. */
	usb_notify_locked(t->ctx);
}

static bool is_short(const struct libusb_transfer *pub)
{
	int wanted = pub->length;

	if (pub->type == LIBUSB_TRANSFER_TYPE_CONTROL)
		wanted -= LIBUSB_CONTROL_SETUP_SIZE;
	return pub->actual_length < wanted;
}

static struct usb_transfer *take_done(struct libusb_context *ctx)
{
	struct usb_transfer *t;
	sigset_t saved;

	emu_lock(&saved);
	t = ctx->done;
	if (t)
		forget(t);
	emu_unlock(&saved);
	return t;
}

static void call_back(struct usb_transfer *t)
{
	struct libusb_transfer *pub = &t->pub;
	uint8_t flags = pub->flags;

	pub->status = t->status;
	pub->actual_length = (int)t->actual;
	if (pub->status == LIBUSB_TRANSFER_COMPLETED && (flags & LIBUSB_TRANSFER_SHORT_NOT_OK)
			&& is_short(pub))
		pub->status = LIBUSB_TRANSFER_ERROR;
	if (pub->callback)
		pub->callback(pub);
	if (flags & LIBUSB_TRANSFER_FREE_TRANSFER)
		libusb_free_transfer(pub);
}

unsigned int usb_run_callbacks(struct libusb_context *ctx)
{
	struct usb_transfer *t;
	unsigned int n = 0;

	usb_enter_callback(true);
	while ((t = take_done(ctx))) {
		call_back(t);
		n++;
	}
	usb_enter_callback(false);
	return n;
}

/* ---- one at a time ---- */

static void LIBUSB_CALL set_flag(struct libusb_transfer *pub)
{
	*(int *)pub->user_data = 1;
}

static void run_to_end(struct libusb_transfer *pub, int *completed)
{
	struct libusb_context *ctx = pub->dev_handle->dev->ctx;

	while (!*completed) {
		int r = libusb_handle_events_completed(ctx, completed);

		if (r < 0 && r != LIBUSB_ERROR_INTERRUPTED) {
			if (emu_mode() == EMU_OFF) {
				pub->status = LIBUSB_TRANSFER_NO_DEVICE;
				return;
			}
			libusb_cancel_transfer(pub);
		}
	}
}

static int result_of(const struct libusb_transfer *pub)
{
	switch (pub->status) {
	case LIBUSB_TRANSFER_COMPLETED:
		return 0;
	case LIBUSB_TRANSFER_TIMED_OUT:
		return LIBUSB_ERROR_TIMEOUT;
	case LIBUSB_TRANSFER_STALL:
		return LIBUSB_ERROR_PIPE;
	case LIBUSB_TRANSFER_NO_DEVICE:
		return LIBUSB_ERROR_NO_DEVICE;
	case LIBUSB_TRANSFER_OVERFLOW:
		return LIBUSB_ERROR_OVERFLOW;
	case LIBUSB_TRANSFER_ERROR:
	case LIBUSB_TRANSFER_CANCELLED:
		return LIBUSB_ERROR_IO;
	}
	return LIBUSB_ERROR_OTHER;
}

static int transfer_sync(libusb_device_handle *handle, unsigned char endpoint, uint8_t type,
			 unsigned char *data, int length, int *actual, unsigned int timeout)
{
	struct libusb_transfer *pub;
	int completed = 0;
	int r;

	if (usb_in_callback())
		return LIBUSB_ERROR_BUSY;
	pub = libusb_alloc_transfer(0);
	if (!pub)
		return LIBUSB_ERROR_NO_MEM;
	libusb_fill_bulk_transfer(pub, handle, endpoint, data, length, set_flag, &completed, timeout);
	pub->type = type;
	r = libusb_submit_transfer(pub);
	if (!r) {
		run_to_end(pub, &completed);
		*actual = pub->actual_length;
		r = result_of(pub);
	}
	libusb_free_transfer(pub);
	return r;
}

EMU_EXPORT int libusb_bulk_transfer(libusb_device_handle *handle, unsigned char endpoint,
				    unsigned char *data, int length, int *actual, unsigned int timeout)
{
	int ignored;

	return transfer_sync(handle, endpoint, LIBUSB_TRANSFER_TYPE_BULK, data, length,
			     actual ? actual : &ignored, timeout);
}

EMU_EXPORT int libusb_interrupt_transfer(libusb_device_handle *handle, unsigned char endpoint,
					 unsigned char *data, int length, int *actual,
					 unsigned int timeout)
{
	int ignored;

	return transfer_sync(handle, endpoint, LIBUSB_TRANSFER_TYPE_INTERRUPT, data, length,
			     actual ? actual : &ignored, timeout);
}

EMU_EXPORT int libusb_control_transfer(libusb_device_handle *handle, uint8_t type, uint8_t request,
				       uint16_t value, uint16_t index, unsigned char *data,
				       uint16_t length, unsigned int timeout)
{
	unsigned char *buffer = malloc((size_t)LIBUSB_CONTROL_SETUP_SIZE + length);
	int actual = 0;
	int r;

	if (!buffer)
		return LIBUSB_ERROR_NO_MEM;
	libusb_fill_control_setup(buffer, type, request, value, index, length);
	if (!(type & LIBUSB_ENDPOINT_IN) && length)
		memcpy(buffer + LIBUSB_CONTROL_SETUP_SIZE, data, length);
	r = transfer_sync(handle, 0, LIBUSB_TRANSFER_TYPE_CONTROL, buffer,
			  LIBUSB_CONTROL_SETUP_SIZE + length, &actual, timeout);
	if (!r && (type & LIBUSB_ENDPOINT_IN) && actual)
		memcpy(data, buffer + LIBUSB_CONTROL_SETUP_SIZE, (size_t)actual);
	free(buffer);
	return r ? r : actual;
}
