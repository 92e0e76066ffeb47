/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A CH341A without the engine's rules: what is sent goes out as it is, and what comes back is
 * told packet by packet, also if it is not what should come. For measuring what an adapter does. */
#ifndef CH341A_BEKEN_RAW_USB_H
#define CH341A_BEKEN_RAW_USB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frontend.h"

#define RAW_USB_PACKET 32
#define RAW_USB_TEXT 64

struct raw_usb;

struct raw_usb_facts {
	uint8_t device[18], config[64]; /* descriptors */
	size_t device_length, config_length;
	char product[RAW_USB_TEXT];
	bool has_serial;
	uint8_t version[2]; /* vendor request 5F */
	bool has_version;
	unsigned int bus, address;
};

/* As ch341a_open(), without a word to frontend->step. */
int raw_usb_open(const struct frontend *frontend, const char *selector, struct raw_usb **usb)
	__attribute__((nonnull(1, 3), warn_unused_result));
void raw_usb_close(struct raw_usb *usb); /* NULL is fine */

/* What is not answered stays 0. */
void raw_usb_facts(struct raw_usb *usb, struct raw_usb_facts *facts) __attribute__((nonnull));

/* Returns when the CH341A has taken all of it. BEKEN_ERR_TIMEOUT: it did not. */
int raw_usb_send(struct raw_usb *usb, const uint8_t *bytes, size_t n)
	__attribute__((nonnull, warn_unused_result));

/* Returns at once. */
int raw_usb_queue(struct raw_usb *usb, const uint8_t *bytes, size_t n)
	__attribute__((nonnull, warn_unused_result));

/* Takes back what was queued and is not sent. */
void raw_usb_cancel(struct raw_usb *usb) __attribute__((nonnull));

#define RAW_USB_STREAM_MAX 127 /* answers */

/* Sends bytes behind a request for each of n_answers answers, so that the CH341A never
 * has to wait for us. *us is the time from the first answer to the last. */
int raw_usb_stream(struct raw_usb *usb, const uint8_t *bytes, size_t n, unsigned int n_answers, int64_t *us)
	__attribute__((nonnull, warn_unused_result));

/* One answer of up to 32 bytes. BEKEN_ERR_TIMEOUT: none came. */
int raw_usb_receive(struct raw_usb *usb, uint8_t *packet, size_t *n, unsigned int timeout_ms)
	__attribute__((nonnull, warn_unused_result));

/* A board that people plug in where a CH341A is wanted. */
struct raw_usb_board {
	uint16_t product;    /* of the vendor 1a86, as with the CH341A */
	const char *article; /* "a" or "an" */
	const char *name;
};

/* One that is attached; NULL if there is none, or USB cannot be used. Static data. */
const struct raw_usb_board *raw_usb_other_board(void);

#endif
