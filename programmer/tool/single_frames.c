/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ch341a.h"
#include "single_frames.h"

#include <string.h>

#include "clock.h"
#include "signals.h"

#define CMD_SPI 0xa8
#define CMD_PINS 0xab
#define STEP_IN 0x00
#define STEP_DIR 0x40
#define STEP_OUT 0x80
#define STEP_END 0x20

/* A full packet takes a quarter of a millisecond on a good host. */
#define REPLY_MS 200
#define WAIT_STEP_US 5000
/* A capacitor at CEN is charged faster by a pin than by a resistor. */
#define CHARGE_US 10000

int single_steps(struct raw_usb *usb, const uint8_t *steps, size_t n, uint8_t *levels, size_t n_reads)
{
	uint8_t packet[RAW_USB_PACKET] = { CMD_PINS };
	size_t have = 0;
	int error;

	memcpy(packet + 1, steps, n);
	if (n + 2 <= sizeof(packet))
		packet[++n] = STEP_END;
	error = raw_usb_send(usb, packet, n + 1);
	while (!error && have < n_reads) {
		uint8_t reply[RAW_USB_PACKET];
		size_t got;

		error = raw_usb_receive(usb, reply, &got, REPLY_MS);
		if (!error && have + got > n_reads)
			error = BEKEN_ERR_PROTOCOL;
		if (!error)
			memcpy(levels + have, reply, got);
		have += got;
	}
	return error;
}

int single_pins(struct raw_usb *usb, uint8_t levels, uint8_t outputs)
{
	const uint8_t steps[] = { STEP_OUT | levels, STEP_DIR | outputs };

	return single_steps(usb, steps, sizeof(steps), NULL, 0);
}

int single_read_pins(struct raw_usb *usb, uint8_t *levels)
{
	const uint8_t step = STEP_IN;

	return single_steps(usb, &step, 1, levels, 1);
}

static int spi_packet(struct raw_usb *usb, const uint8_t *out, uint8_t *in, size_t n, int64_t *started_us)
{
	uint8_t packet[RAW_USB_PACKET] = { CMD_SPI };
	size_t have = 0;
	int error;

	for (size_t i = 0; i < n; i++)
		packet[1 + i] = out ? ch341a_reverse_bits(out[i]) : 0xff;
	error = raw_usb_send(usb, packet, n + 1);
	*started_us = clock_us();
	while (!error && have < n) {
		uint8_t reply[RAW_USB_PACKET];
		size_t got = 0;

		error = raw_usb_receive(usb, reply, &got, REPLY_MS);
		if (!error && have + got > n)
			error = BEKEN_ERR_PROTOCOL;
		for (size_t i = 0; !error && in && i < got; i++)
			in[have + i] = ch341a_reverse_bits(reply[i]);
		have += got;
	}
	return error;
}

int single_spi(struct raw_usb *usb, const uint8_t *out, uint8_t *in, size_t n, int64_t *started_us)
{
	int error = BEKEN_OK;

	for (size_t done = 0; done < n && !error; done += CH341A_SPI_PER_PACKET) {
		const size_t now = n - done < CH341A_SPI_PER_PACKET ? n - done : CH341A_SPI_PER_PACKET;

		error = spi_packet(usb, out ? out + done : NULL, in ? in + done : NULL, now, started_us);
	}
	return error;
}

int single_frame(struct raw_usb *usb, const uint8_t *out, size_t n_out, uint8_t *in, size_t n_in)
{
	int64_t unused;
	int error = single_pins(usb, CH341A_PINS_IDLE & ~CH341A_PIN_CS, CH341A_PINS_ALL_OUTPUTS), end;

	if (!error)
		error = single_spi(usb, out, NULL, n_out, &unused);
	if (!error)
		error = single_spi(usb, NULL, in, n_in, &unused);
	end = single_pins(usb, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
	return error ? error : end;
}

int single_wait(int64_t us)
{
	const int64_t end = clock_us() + us;

	for (int64_t left = us; left > 0; left = end - clock_us()) {
		if (signals_count())
			return BEKEN_ERR_INTERRUPTED;
		clock_sleep_us(left < WAIT_STEP_US ? left : WAIT_STEP_US);
	}
	return signals_count() ? BEKEN_ERR_INTERRUPTED : BEKEN_OK;
}

int single_pulse(struct raw_usb *usb, unsigned int ms, bool select, int64_t *raised_us)
{
	const uint8_t levels = select ? CH341A_PINS_IDLE & ~CH341A_PIN_CS : CH341A_PINS_IDLE;
	int error = single_pins(usb, CH341A_PINS_IDLE & ~CH341A_PIN_CEN, CH341A_PIN_CEN), raise;

	if (!error)
		error = single_wait((int64_t)ms * 1000);
	raise = single_pins(usb, levels, CH341A_PINS_ALL_OUTPUTS);
	*raised_us = clock_us();
	return error ? error : raise;
}

int single_release(struct raw_usb *usb, uint8_t outputs)
{
	int error = BEKEN_OK, release;

	if (outputs & CH341A_PIN_CEN) {
		error = single_pins(usb, CH341A_PINS_IDLE, outputs);
		clock_sleep_us(CHARGE_US);
	}
	release = single_pins(usb, CH341A_PINS_IDLE, 0);
	return error ? error : release;
}
