/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes that wait to be sent, or to become a whole message. */
#ifndef BEKEN_EMU_USBIP_BUFFER_H
#define BEKEN_EMU_USBIP_BUFFER_H

#include <stddef.h>
#include <stdint.h>

/* Starts as zeros. */
struct usbip_buffer {
	uint8_t *data;
	size_t start, end, size;
};

size_t usbip_buffer_length(const struct usbip_buffer *b);
/* The oldest byte; the pointer lives until the next call that changes b. */
const uint8_t *usbip_buffer_bytes(const struct usbip_buffer *b);
/* Room for more bytes behind the newest: write there, then add them. */
uint8_t *usbip_buffer_room(struct usbip_buffer *b, size_t more);
void usbip_buffer_add(struct usbip_buffer *b, size_t n);
void usbip_buffer_append(struct usbip_buffer *b, const void *data, size_t n);
void usbip_buffer_drop(struct usbip_buffer *b, size_t n);
void usbip_buffer_free(struct usbip_buffer *b);

#endif
