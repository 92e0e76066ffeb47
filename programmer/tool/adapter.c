/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "adapter.h"

#include "beken.h"
#include "clock.h"
#include "tool_say.h"

#define CHARGE_US 10000

int adapter_drive(struct ch341a *device, uint8_t levels, uint8_t outputs)
{
	struct ch341a_packet packet;
	struct ch341a_stream stream;

	ch341a_stream_init(&stream, &packet, 1);
	ch341a_stream_drive(&stream, levels, outputs);
	return ch341a_run(device, &stream, NULL);
}

int adapter_spi(struct ch341a *device, const uint8_t *out, uint8_t *in, size_t n)
{
	struct ch341a_packet packet;
	struct ch341a_stream stream;

	ch341a_stream_init(&stream, &packet, 1);
	ch341a_stream_spi(&stream, out, 0, n);
	return ch341a_run(device, &stream, in);
}

int adapter_release(struct ch341a *device, uint8_t outputs)
{
	int error = BEKEN_OK;

	if (outputs & CH341A_PIN_CEN)
		error = adapter_drive(device, CH341A_PINS_IDLE, outputs);
	/* A capacitor at CEN is charged faster by a pin than by a resistor. */
	if (outputs & CH341A_PIN_CEN)
		clock_sleep_us(CHARGE_US);
	if (!error)
		error = beken_release_pins(device);
	if (!error)
		return BEKEN_OK;
	if (beken_make_safe(device))
		return error;
	return beken_release_pins(device);
}

void adapter_report(int error)
{
	if (error == BEKEN_ERR_GONE)
		tool_error("The CH341A was unplugged or reset itself. Its pins float.");
	else
		tool_error("The connection to the CH341A failed (%s). Unplug the board, so that no pin is "
			   "driven.",
			   beken_strerror(error));
}
