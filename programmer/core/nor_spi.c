/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_spi.h"

#include <stdlib.h>
#include <string.h>

/* CS packets: before the first frame, between the two, after the last. */
#define CS_PACKETS 3

struct nor_spi {
	struct ch341a *device;
	/* Grow to the largest command so far. */
	struct ch341a_packet *packets;
	size_t n_packets;
	uint8_t *in;
	size_t in_size;
};

struct nor_spi *nor_spi_new(struct ch341a *device)
{
	struct nor_spi *spi = calloc(1, sizeof(*spi));

	if (spi)
		spi->device = device;
	return spi;
}

void nor_spi_free(struct nor_spi *spi)
{
	if (!spi)
		return;
	free(spi->packets);
	free(spi->in);
	free(spi);
}

struct ch341a *nor_spi_device(struct nor_spi *spi)
{
	return spi->device;
}

static int grow_packets(struct nor_spi *spi, size_t needed)
{
	struct ch341a_packet *larger;

	if (spi->n_packets >= needed)
		return BEKEN_OK;
	larger = realloc(spi->packets, needed * sizeof(*larger));
	if (!larger)
		return BEKEN_ERR_MEMORY;
	spi->packets = larger;
	spi->n_packets = needed;
	return BEKEN_OK;
}

static int grow_in(struct nor_spi *spi, size_t needed)
{
	uint8_t *larger;

	if (spi->in_size >= needed)
		return BEKEN_OK;
	larger = realloc(spi->in, needed);
	if (!larger)
		return BEKEN_ERR_MEMORY;
	spi->in = larger;
	spi->in_size = needed;
	return BEKEN_OK;
}

/* Room for one frame of n bytes, in two pieces, and one of a single byte. */
static int prepare(struct nor_spi *spi, size_t n, struct ch341a_stream *stream)
{
	int error = grow_packets(spi, CH341A_SPI_PACKETS(n) + 2 + CS_PACKETS);

	if (!error)
		error = grow_in(spi, n + 1);
	if (!error)
		ch341a_stream_init(stream, spi->packets, spi->n_packets);
	return error;
}

int nor_spi_command(struct nor_spi *spi, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length)
{
	struct ch341a_stream stream;
	int error = prepare(spi, out_length + in_length, &stream);

	if (error)
		return error;
	ch341a_stream_select(&stream);
	/* One run of packets for both directions: a packet that is only half
	 * full costs nearly as much as a full one. */
	if (out_length <= CH341A_SPI_PER_PACKET && in_length) {
		uint8_t head[CH341A_SPI_PER_PACKET];
		const size_t room = sizeof(head) - out_length;
		const size_t shared = in_length < room ? in_length : room;

		memset(head, 0xff, sizeof(head));
		memcpy(head, out, out_length);
		ch341a_stream_spi(&stream, head, 0, out_length + shared);
		ch341a_stream_spi(&stream, NULL, 0xff, in_length - shared);
	} else {
		ch341a_stream_spi(&stream, out, 0, out_length);
		ch341a_stream_spi(&stream, NULL, 0xff, in_length);
	}
	ch341a_stream_deselect(&stream);
	error = ch341a_run(spi->device, &stream, spi->in);
	if (!error && in_length)
		memcpy(in, spi->in + out_length, in_length);
	return error;
}

int nor_spi_command_after(struct nor_spi *spi, uint8_t first, const uint8_t *out, size_t out_length)
{
	struct ch341a_stream stream;
	int error = prepare(spi, out_length, &stream);

	if (error)
		return error;
	ch341a_stream_select(&stream);
	ch341a_stream_spi(&stream, &first, 0, 1);
	ch341a_stream_select(&stream);
	ch341a_stream_spi(&stream, out, 0, out_length);
	ch341a_stream_deselect(&stream);
	return ch341a_run(spi->device, &stream, spi->in);
}
