/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake_libusb.h"

#include "ch341a.h"
#include "fake_clock.h"
#include "unit.h"

#include <stdlib.h>

struct fake_libusb fake_libusb;

void fake_libusb_reset(void)
{
	memset(&fake_libusb, 0, sizeof(fake_libusb));
	fake_clock_reset();
}

int ch341a_find(const struct frontend *frontend, const char *selector, struct libusb_context **context,
		struct libusb_device_handle **handle)
{
	(void)frontend;
	(void)selector;
	*context = NULL;
	*handle = NULL;
	return BEKEN_OK;
}

int ch341a_error_of_status(int status)
{
	switch (status) {
	case LIBUSB_TRANSFER_NO_DEVICE: return BEKEN_ERR_GONE;
	case LIBUSB_TRANSFER_TIMED_OUT: return BEKEN_ERR_TIMEOUT;
	case LIBUSB_TRANSFER_OVERFLOW: return BEKEN_ERR_PROTOCOL;
	}
	return BEKEN_ERR_USB;
}

int ch341a_error_of_libusb(int code)
{
	return code == LIBUSB_ERROR_NO_DEVICE ? BEKEN_ERR_GONE : BEKEN_ERR_USB;
}

/* ---- transfers ---- */

struct libusb_transfer *LIBUSB_CALL libusb_alloc_transfer(int iso_packets)
{
	assert_int_equal(iso_packets, 0);
	fake_libusb.n_allocated++;
	return calloc(1, sizeof(struct libusb_transfer));
}

void LIBUSB_CALL libusb_free_transfer(struct libusb_transfer *transfer)
{
	assert_non_null(transfer);
	fake_libusb.n_allocated--;
	free(transfer);
}

int LIBUSB_CALL libusb_submit_transfer(struct libusb_transfer *transfer)
{
	assert_true(fake_libusb.n_out < FAKE_LIBUSB_MAX && fake_libusb.n_in < FAKE_LIBUSB_MAX);
	if (transfer->endpoint & LIBUSB_ENDPOINT_IN)
		fake_libusb.in[fake_libusb.n_in++] = transfer;
	else
		fake_libusb.out[fake_libusb.n_out++] = transfer;
	return 0;
}

static void end(struct libusb_transfer **list, unsigned int *n, unsigned int index,
		enum libusb_transfer_status status)
{
	struct libusb_transfer *transfer = list[index];

	assert_true(index < *n);
	memmove(list + index, list + index + 1, (--*n - index) * sizeof(*list));
	transfer->status = status;
	transfer->callback(transfer);
}

void fake_libusb_take(unsigned int index)
{
	fake_libusb.out[index]->actual_length = fake_libusb.out[index]->length;
	end(fake_libusb.out, &fake_libusb.n_out, index, LIBUSB_TRANSFER_COMPLETED);
}

void fake_libusb_answer(unsigned int index, const uint8_t *bytes, size_t n)
{
	struct libusb_transfer *transfer = fake_libusb.in[index];

	assert_true(n <= (size_t)transfer->length);
	memcpy(transfer->buffer, bytes, n);
	transfer->actual_length = (int)n;
	end(fake_libusb.in, &fake_libusb.n_in, index, LIBUSB_TRANSFER_COMPLETED);
}

int LIBUSB_CALL libusb_cancel_transfer(struct libusb_transfer *transfer)
{
	for (unsigned int i = 0; i < fake_libusb.n_in; i++) {
		if (fake_libusb.in[i] == transfer)
			end(fake_libusb.in, &fake_libusb.n_in, i, LIBUSB_TRANSFER_CANCELLED);
	}
	for (unsigned int i = 0; i < fake_libusb.n_out; i++) {
		if (fake_libusb.out[i] == transfer)
			end(fake_libusb.out, &fake_libusb.n_out, i, LIBUSB_TRANSFER_CANCELLED);
	}
	return 0;
}

void fake_libusb_let_pass(int64_t us)
{
	fake_clock.now_us += us;
	for (unsigned int i = 0; i < fake_libusb.n_in; i++) {
		fake_libusb.in[i]->actual_length = 0;
		if (fake_libusb.in[i]->timeout)
			end(fake_libusb.in, &fake_libusb.n_in, i, LIBUSB_TRANSFER_TIMED_OUT);
	}
}

int LIBUSB_CALL libusb_handle_events_timeout(libusb_context *context, struct timeval *limit)
{
	(void)context;
	if (fake_libusb.events)
		fake_libusb.events();
	else
		fake_libusb_let_pass(limit->tv_sec * 1000000 + limit->tv_usec);
	return 0;
}

/* ---- the rest ---- */

int LIBUSB_CALL libusb_clear_halt(libusb_device_handle *handle, unsigned char endpoint)
{
	(void)handle;
	(void)endpoint;
	return 0;
}

int LIBUSB_CALL libusb_release_interface(libusb_device_handle *handle, int interface_number)
{
	(void)handle;
	(void)interface_number;
	return 0;
}

void LIBUSB_CALL libusb_close(libusb_device_handle *handle)
{
	(void)handle;
}

void LIBUSB_CALL libusb_exit(libusb_context *context)
{
	(void)context;
}
