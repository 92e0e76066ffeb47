/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ch341a.h"

#include <assert.h>
#include <string.h>

/* WCH CH341DLL.H */
#define CMD_SPI_STREAM 0xa8
#define CMD_I2C_STREAM 0xaa
#define CMD_UIO_STREAM 0xab
#define I2C_SET_100_KHZ_SINGLE_SPI 0x61
#define I2C_END 0x00
#define UIO_IN 0x00
#define UIO_DIR 0x40
#define UIO_OUT 0x80
#define UIO_US 0xc0
#define UIO_END 0x20

#define MAX_LEVELS 26

uint8_t ch341a_reverse_bits(uint8_t byte)
{
	byte = (byte & 0xf0) >> 4 | (byte & 0x0f) << 4;
	byte = (byte & 0xcc) >> 2 | (byte & 0x33) << 2;
	return (byte & 0xaa) >> 1 | (byte & 0x55) << 1;
}

void ch341a_stream_init(struct ch341a_stream *stream, struct ch341a_packet *packets, size_t size)
{
	memset(stream, 0, sizeof(*stream));
	stream->packets = packets;
	stream->size = size;
}

static struct ch341a_packet *new_packet(struct ch341a_stream *stream, size_t length, uint8_t reply)
{
	struct ch341a_packet *packet;

	assert(length <= CH341A_PACKET_SIZE);
	if (stream->n_packets == stream->size)
		stream->full = true;
	if (stream->full)
		return NULL;
	packet = &stream->packets[stream->n_packets++];
	packet->length = (uint8_t)length;
	packet->reply = reply;
	memset(packet->bytes, 0, sizeof(packet->bytes));
	if (reply) {
		stream->n_replies++;
		stream->in_length += reply & CH341A_REPLY_LENGTH;
	}
	return packet;
}

static void add_bytes(struct ch341a_stream *stream, const uint8_t *bytes, size_t n, uint8_t reply)
{
	struct ch341a_packet *packet = new_packet(stream, n, reply);

	if (packet)
		memcpy(packet->bytes, bytes, n);
}

void ch341a_stream_levels(struct ch341a_stream *stream, const uint8_t *levels, size_t n_levels)
{
	uint8_t bytes[CH341A_PACKET_SIZE] = { CMD_UIO_STREAM };

	assert(n_levels <= MAX_LEVELS);
	for (size_t i = 0; i < n_levels; i++)
		bytes[1 + i] = UIO_OUT | levels[i];
	bytes[1 + n_levels] = UIO_END;
	add_bytes(stream, bytes, n_levels + 2, 0);
}

void ch341a_stream_drive(struct ch341a_stream *stream, uint8_t levels, uint8_t outputs)
{
	const uint8_t bytes[] = { CMD_UIO_STREAM, UIO_OUT | levels, UIO_DIR | outputs, UIO_END };

	add_bytes(stream, bytes, sizeof(bytes), 0);
}

void ch341a_stream_configure(struct ch341a_stream *stream)
{
	static const uint8_t bytes[] = { CMD_I2C_STREAM, I2C_SET_100_KHZ_SINGLE_SPI, I2C_END };

	add_bytes(stream, bytes, sizeof(bytes), 0);
}

void ch341a_stream_read_pins(struct ch341a_stream *stream)
{
	static const uint8_t bytes[] = { CMD_UIO_STREAM, UIO_IN, UIO_END };

	add_bytes(stream, bytes, sizeof(bytes), CH341A_REPLY_PINS | 1);
}

void ch341a_stream_release_and_sample(struct ch341a_stream *stream, uint8_t levels)
{
	uint8_t bytes[CH341A_PACKET_SIZE] = { CMD_UIO_STREAM, UIO_OUT | levels, UIO_DIR | 0 };

	for (size_t i = 0; i < CH341A_SAMPLES; i++) {
		bytes[3 + 2 * i] = UIO_IN;
		bytes[3 + 2 * i + 1] = UIO_US | 3;
	}
	bytes[3 + 2 * CH341A_SAMPLES] = UIO_END;
	add_bytes(stream, bytes, 3 + 2 * CH341A_SAMPLES + 1, CH341A_REPLY_PINS | CH341A_SAMPLES);
}

void ch341a_stream_select(struct ch341a_stream *stream)
{
	static const uint8_t levels[] = { CH341A_PINS_IDLE, CH341A_PINS_IDLE,
					  CH341A_PINS_IDLE & ~CH341A_PIN_CS };

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
		struct ch341a_packet *packet = new_packet(stream, now + 1, (uint8_t)now);

		if (!packet)
			return;
		packet->bytes[0] = CMD_SPI_STREAM;
		for (size_t i = 0; i < now; i++)
			packet->bytes[1 + i] = ch341a_reverse_bits(data ? data[i] : fill);
		if (data)
			data += now;
		n -= now;
	}
}

size_t ch341a_stream_transfer(const struct ch341a_stream *stream, size_t from, uint8_t *bytes, size_t size,
			      size_t *n_packets)
{
	size_t used = 0, i;

	assert(size >= CH341A_PACKET_SIZE);
	for (i = from; i < stream->n_packets && used + CH341A_PACKET_SIZE <= size; i++) {
		const struct ch341a_packet *packet = &stream->packets[i];
		const bool cut = packet->bytes[0] == CMD_SPI_STREAM && packet->length < CH341A_PACKET_SIZE;
		const bool last = i + 1 == stream->n_packets;
		const size_t length = cut || last ? packet->length : CH341A_PACKET_SIZE;

		memcpy(bytes + used, packet->bytes, length);
		used += length;
		if (cut || last) {
			i++;
			break;
		}
	}
	*n_packets = i - from;
	return used;
}

size_t ch341a_stream_until_pins(const struct ch341a_stream *stream, size_t from, bool unread)
{
	for (; from < stream->n_packets; from++) {
		const struct ch341a_packet *packet = &stream->packets[from];

		if (unread && packet->bytes[0] != CMD_SPI_STREAM)
			break;
		unread = unread || packet->reply;
	}
	return from;
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
