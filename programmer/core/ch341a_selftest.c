/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ch341a_selftest.h"

/* Nothing that a die acts on, should its CS be wired to something else. */
#define NO_COMMAND 0xff

void ch341a_build_ping(struct ch341a_stream *stream)
{
	ch341a_stream_configure(stream);
	ch341a_stream_drive(stream, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
	ch341a_stream_spi(stream, NULL, NO_COMMAND, 1);
}

void ch341a_build_self_test(struct ch341a_stream *stream)
{
	ch341a_stream_read_pins(stream);
	/* A full packet takes longest, so a pin packet behind it shows best whether
	 * it waits. */
	ch341a_stream_spi(stream, NULL, NO_COMMAND, CH341A_SPI_PER_PACKET);
	ch341a_stream_read_pins(stream);
	ch341a_stream_spi(stream, NULL, NO_COMMAND, 1);
	ch341a_stream_spi(stream, NULL, NO_COMMAND, 4);
}
