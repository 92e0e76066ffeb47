/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ch341a_wire.h"

#include <assert.h>
#include <string.h>

/* WCH CH341DLL.H */
#define CMD_SPI_STREAM 0xa8
#define CMD_UIO_STREAM 0xab
#define UIO_IN 0x00
#define UIO_DIR 0x40
#define UIO_OUT 0x80
#define UIO_END 0x20

#define MAX_LEVELS 26

uint8_t ch341a_reverse_bits(uint8_t byte)
{
	byte = (byte & 0xf0) >> 4 | (byte & 0x0f) << 4;
	byte = (byte & 0xcc) >> 2 | (byte & 0x33) << 2;
	return (byte & 0xaa) >> 1 | (byte & 0x55) << 1;
}

void ch341a_stream_init(struct ch341a_stream *stream, uint8_t *out, size_t out_size,
			uint8_t *replies, size_t replies_size)
{
	memset(stream, 0, sizeof(*stream));
	stream->out = out;
	stream->out_size = out_size;
	stream->replies = replies;
	stream->replies_size = replies_size;
}

/* Room for a packet of n bytes that starts at a packet boundary. The rest of
 * the packet before it is zero, which the CH341A takes as "no more". */
static uint8_t *new_packet(struct ch341a_stream *stream, size_t n)
{
	const size_t used = stream->out_length % CH341A_PACKET_SIZE;
	const size_t padding = used ? CH341A_PACKET_SIZE - used : 0;

	assert(n <= CH341A_PACKET_SIZE);
	if (stream->full || stream->out_size - stream->out_length < padding + n) {
		stream->full = true;
		return NULL;
	}
	memset(stream->out + stream->out_length, 0, padding);
	stream->out_length += padding + n;
	return stream->out + stream->out_length - n;
}

static bool expect_reply(struct ch341a_stream *stream, uint8_t reply)
{
	if (stream->n_replies == stream->replies_size)
		stream->full = true;
	if (stream->full)
		return false;
	stream->replies[stream->n_replies++] = reply;
	stream->in_length += reply & CH341A_REPLY_LENGTH;
	return true;
}

void ch341a_stream_levels(struct ch341a_stream *stream, const uint8_t *levels, size_t n_levels)
{
	uint8_t *packet;

	assert(n_levels <= MAX_LEVELS);
	packet = new_packet(stream, n_levels + 2);
	if (!packet)
		return;
	*packet++ = CMD_UIO_STREAM;
	for (size_t i = 0; i < n_levels; i++)
		*packet++ = UIO_OUT | levels[i];
	*packet = UIO_END;
}

void ch341a_stream_drive(struct ch341a_stream *stream, uint8_t levels, uint8_t outputs)
{
	const uint8_t bytes[] = { CMD_UIO_STREAM, UIO_OUT | levels, UIO_DIR | outputs, UIO_END };
	uint8_t *packet = new_packet(stream, sizeof(bytes));

	if (packet)
		memcpy(packet, bytes, sizeof(bytes));
}

void ch341a_stream_read_pins(struct ch341a_stream *stream)
{
	static const uint8_t bytes[] = { CMD_UIO_STREAM, UIO_IN, UIO_END };
	uint8_t *packet;

	if (!expect_reply(stream, CH341A_REPLY_PINS | 1))
		return;
	packet = new_packet(stream, sizeof(bytes));
	if (packet)
		memcpy(packet, bytes, sizeof(bytes));
}

void ch341a_stream_select(struct ch341a_stream *stream)
{
	static const uint8_t levels[] = {
		CH341A_PINS_IDLE, CH341A_PINS_IDLE, CH341A_PINS_IDLE & ~CH341A_PIN_CS
	};

	ch341a_stream_levels(stream, levels, sizeof(levels));
}

void ch341a_stream_deselect(struct ch341a_stream *stream)
{
	static const uint8_t levels[] = { CH341A_PINS_IDLE };

	ch341a_stream_levels(stream, levels, sizeof(levels));
}

void ch341a_stream_spi(struct ch341a_stream *stream, const uint8_t *data, uint8_t fill, size_t n)
{
	while (n) {
		const size_t now = n < CH341A_SPI_PER_PACKET ? n : CH341A_SPI_PER_PACKET;
		uint8_t *packet;

		if (!expect_reply(stream, (uint8_t)now))
			return;
		packet = new_packet(stream, now + 1);
		if (!packet)
			return;
		*packet++ = CMD_SPI_STREAM;
		for (size_t i = 0; i < now; i++)
			packet[i] = ch341a_reverse_bits(data ? data[i] : fill);
		if (data)
			data += now;
		n -= now;
	}
}

size_t ch341a_spi_replies(size_t n)
{
	return (n + CH341A_SPI_PER_PACKET - 1) / CH341A_SPI_PER_PACKET;
}

size_t ch341a_spi_out_size(size_t n)
{
	return ch341a_spi_replies(n) * CH341A_PACKET_SIZE;
}

void ch341a_decode_reply(uint8_t *to, const uint8_t *packet, uint8_t reply)
{
	const size_t n = reply & CH341A_REPLY_LENGTH;

	if (reply & CH341A_REPLY_PINS) {
		memcpy(to, packet, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		to[i] = ch341a_reverse_bits(packet[i]);
}
