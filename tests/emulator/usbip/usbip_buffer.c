/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usbip_buffer.h"

#include <stdlib.h>
#include <string.h>

#include "complain.h"

/* More than that is given back as soon as the buffer is empty. */
#define KEPT_SIZE 262144

size_t usbip_buffer_length(const struct usbip_buffer *b)
{
	return b->end - b->start;
}

const uint8_t *usbip_buffer_bytes(const struct usbip_buffer *b)
{
	return b->data + b->start;
}

uint8_t *usbip_buffer_room(struct usbip_buffer *b, size_t more)
{
	if (b->size - b->end >= more)
		return b->data + b->end;
	if (b->start) {
		memmove(b->data, b->data + b->start, b->end - b->start);
		b->end -= b->start;
		b->start = 0;
	}
	if (b->size - b->end < more) {
		b->size = (b->end + more) * 2;
		b->data = must(realloc(b->data, b->size));
	}
	return b->data + b->end;
}

void usbip_buffer_add(struct usbip_buffer *b, size_t n)
{
	b->end += n;
}

void usbip_buffer_append(struct usbip_buffer *b, const void *data, size_t n)
{
	if (!n)
		return;
	memcpy(usbip_buffer_room(b, n), data, n);
	b->end += n;
}

void usbip_buffer_drop(struct usbip_buffer *b, size_t n)
{
	b->start += n;
	if (b->start < b->end)
		return;
	b->start = b->end = 0;
	if (b->size > KEPT_SIZE)
		usbip_buffer_free(b);
}

void usbip_buffer_free(struct usbip_buffer *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}
