/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In place of libusb and ch341a_find.c: transfers are kept until the test ends
 * them, in any order. libusb_handle_events_timeout() asks the test to do so.
 */
#ifndef CH341A_BEKEN_FAKE_LIBUSB_H
#define CH341A_BEKEN_FAKE_LIBUSB_H

#include <stddef.h>
#include <stdint.h>

#include <libusb.h>

#define FAKE_LIBUSB_MAX 64

struct fake_libusb {
	struct libusb_transfer *out[FAKE_LIBUSB_MAX], *in[FAKE_LIBUSB_MAX]; /* oldest first */
	unsigned int n_out, n_in;
	unsigned int n_allocated;
	/* What the device does while the programmer waits. NULL: time
	 * passes until the limit. */
	void (*events)(void);
};

extern struct fake_libusb fake_libusb;

void fake_libusb_reset(void);

/* Ends the OUT transfer with this index as if the device had taken all of it. */
void fake_libusb_take(unsigned int index);

/* Ends the IN transfer with this index with n bytes. */
void fake_libusb_answer(unsigned int index, const uint8_t *bytes, size_t n);

/* Time passes, and IN transfers with a timeout of their own end. */
void fake_libusb_let_pass(int64_t us);

#endif
