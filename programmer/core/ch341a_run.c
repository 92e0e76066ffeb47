/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ch341a.h"

/* Nothing that a die acts on, should its CS be wired to something else. */
#define NO_COMMAND 0xff
#define PING_PACKETS 3
#define TEST_PACKETS 5
/* A full packet takes longest, so a pin packet behind it shows best whether it
 * waits. */
#define LONG_ANSWER CH341A_SPI_PER_PACKET
#define SHORT_ANSWER 4

int ch341a_run_once(struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in)
{
	struct ch341a_job job = { .stream = stream, .in = in };
	const int error = ch341a_submit(device, &job);

	return error ? error : ch341a_wait(device, &job);
}

int ch341a_run(struct ch341a *device, const struct ch341a_stream *stream, uint8_t *in)
{
	const int error = ch341a_run_once(device, stream, in);

	if (error == BEKEN_ERR_PROTOCOL && ch341a_fall_back(device, "a wrong reply"))
		return ch341a_run_once(device, stream, in);
	return error;
}

/* ---- tests that need no chip: CS is high all the time ---- */

int ch341a_ping(struct ch341a *device)
{
	struct ch341a_packet packets[PING_PACKETS];
	struct ch341a_stream stream;
	uint8_t in;

	ch341a_stream_init(&stream, packets, PING_PACKETS);
	ch341a_stream_configure(&stream);
	ch341a_stream_drive(&stream, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
	ch341a_stream_spi(&stream, NULL, NO_COMMAND, 1);
	return ch341a_run_once(device, &stream, &in);
}

int ch341a_self_test(struct ch341a *device)
{
	struct ch341a_packet packets[TEST_PACKETS];
	struct ch341a_stream stream;
	uint8_t in[1 + LONG_ANSWER + 1 + 1 + SHORT_ANSWER];

	ch341a_stream_init(&stream, packets, TEST_PACKETS);
	ch341a_stream_read_pins(&stream);
	ch341a_stream_spi(&stream, NULL, NO_COMMAND, LONG_ANSWER);
	ch341a_stream_read_pins(&stream);
	ch341a_stream_spi(&stream, NULL, NO_COMMAND, 1);
	ch341a_stream_spi(&stream, NULL, NO_COMMAND, SHORT_ANSWER);
	return ch341a_run_once(device, &stream, in);
}
