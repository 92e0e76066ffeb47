/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_spi.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "nor_command.h"

/* CS packets: before the first frame, between the two, after the last. */
#define CS_PACKETS 3
/* What fits behind the opcode into one packet: the die repeats its status. */
#define STATUS_BYTES (CH341A_SPI_PER_PACKET - 1)
/* A page is polled without a pause. Erases take 40 ms and more: sleeps grow
 * with the time waited, so that they add at most 6 %. */
#define POLL_WITHOUT_SLEEP_US 2000
#define SLEEP_MIN_US 500
#define SLEEP_FRACTION 16
#define SLEEP_MAX_US 20000

struct nor_spi {
	struct ch341a *device;
	/* Grow to the largest command so far. */
	struct ch341a_packet *packets;
	size_t n_packets;
	uint8_t *in;
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

/* Room for one frame of n bytes, in two pieces, and one of a single byte. */
static int prepare(struct nor_spi *spi, size_t n, struct ch341a_stream *stream)
{
	const size_t needed = CH341A_SPI_PACKETS(n) + 2 + CS_PACKETS;

	if (needed > spi->n_packets) {
		struct ch341a_packet *packets = realloc(spi->packets, needed * sizeof(*packets));
		uint8_t *in = realloc(spi->in, needed * CH341A_SPI_PER_PACKET);

		spi->packets = packets ? packets : spi->packets;
		spi->in = in ? in : spi->in;
		if (!packets || !in)
			return BEKEN_ERR_MEMORY;
		spi->n_packets = needed;
	}
	ch341a_stream_init(stream, spi->packets, spi->n_packets);
	return BEKEN_OK;
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

int nor_spi_read(struct nor_spi *spi, uint32_t address, uint8_t *data, size_t n)
{
	const uint8_t command[] = { NOR_READ, address >> 16 & 0xff, address >> 8 & 0xff, address & 0xff };

	return nor_spi_command(spi, command, sizeof(command), data, n);
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

static int64_t pause_after(int64_t waited_us)
{
	const int64_t pause = waited_us / SLEEP_FRACTION;

	if (waited_us < POLL_WITHOUT_SLEEP_US)
		return 0;
	if (pause < SLEEP_MIN_US)
		return SLEEP_MIN_US;
	return pause < SLEEP_MAX_US ? pause : SLEEP_MAX_US;
}

int nor_wait_idle(const struct frontend *frontend, struct nor_spi *spi, int64_t limit_ms,
		  unsigned int interrupts)
{
	const int64_t start = clock_us();

	for (;;) {
		const uint8_t opcode = NOR_RDSR;
		uint8_t status[STATUS_BYTES];
		/* Taken before the poll, so that a computer that was asleep
		 * looks at the die once more. */
		const int64_t waited = clock_us() - start;
		const bool expired = waited > limit_ms * 1000;
		const int error = nor_spi_command(spi, &opcode, 1, status, sizeof(status));

		if (error)
			return error;
		if (!(status[STATUS_BYTES - 1] & NOR_SR1_WIP))
			return BEKEN_OK;
		if (expired)
			return BEKEN_ERR_BUSY;
		if (frontend_interrupts(frontend) > interrupts)
			return BEKEN_ERR_INTERRUPTED;
		clock_sleep_us(pause_after(waited));
	}
}
