/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ch341a.h"
#include "single_frames.h"

#include <string.h>

#include "clock.h"
#include "nor_command.h"
#include "signals.h"

/* A full packet takes a quarter of a millisecond on a good host. */
#define REPLY_MS 200
#define WAIT_STEP_US 5000
/* A capacitor at CEN is charged faster by a pin than by a resistor. */
#define CHARGE_US 10000

void single_keep(struct single *single, int error)
{
	if (!single->error)
		single->error = error;
}

/* n bytes, in as many answers as the adapter makes of them. */
static int receive(struct raw_usb *usb, uint8_t *bytes, size_t n)
{
	size_t have = 0;
	int error = BEKEN_OK;

	while (!error && have < n) {
		uint8_t reply[RAW_USB_PACKET];
		size_t got = 0;

		error = raw_usb_receive(usb, reply, &got, REPLY_MS);
		if (!error && have + got > n)
			error = BEKEN_ERR_PROTOCOL;
		if (!error)
			memcpy(bytes + have, reply, got);
		have += got;
	}
	return error;
}

/* ---- pins ---- */

static int run_steps(struct raw_usb *usb, const uint8_t *steps, size_t n, uint8_t *levels, size_t n_reads)
{
	uint8_t packet[RAW_USB_PACKET] = { SINGLE_PINS };
	int error;

	memcpy(packet + 1, steps, n);
	if (n + 2 <= sizeof(packet))
		packet[++n] = SINGLE_STEP_END;
	error = raw_usb_send(usb, packet, n + 1);
	return error ? error : receive(usb, levels, n_reads);
}

/* After an error, too. */
static void drive(struct single *single, uint8_t levels, uint8_t outputs)
{
	const uint8_t steps[] = { SINGLE_STEP_OUT | levels, SINGLE_STEP_DIR | outputs };

	single_keep(single, run_steps(single->usb, steps, sizeof(steps), NULL, 0));
}

void single_steps(struct single *single, const uint8_t *steps, size_t n, uint8_t *levels, size_t n_reads)
{
	if (!single->error)
		single->error = run_steps(single->usb, steps, n, levels, n_reads);
}

void single_pins(struct single *single, uint8_t levels, uint8_t outputs)
{
	if (!single->error)
		drive(single, levels, outputs);
}

void single_read_pins(struct single *single, uint8_t *levels)
{
	const uint8_t step = SINGLE_STEP_IN;

	single_steps(single, &step, 1, levels, 1);
}

void single_select(struct single *single)
{
	single_pins(single, CH341A_PINS_IDLE & ~CH341A_PIN_CS, CH341A_PINS_ALL_OUTPUTS);
}

void single_deselect(struct single *single)
{
	drive(single, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
}

/* ---- SPI ---- */

static int64_t spi_packet(struct single *single, const uint8_t *out, uint8_t *in, size_t n)
{
	uint8_t packet[RAW_USB_PACKET] = { SINGLE_SPI };
	int64_t sent_us;

	for (size_t i = 0; i < n; i++)
		packet[1 + i] = out ? ch341a_reverse_bits(out[i]) : 0xff;
	single->error = raw_usb_send(single->usb, packet, n + 1);
	sent_us = beken_clock_us();
	if (!single->error)
		single->error = receive(single->usb, packet, n);
	for (size_t i = 0; i < n && in && !single->error; i++)
		in[i] = ch341a_reverse_bits(packet[i]);
	return sent_us;
}

int64_t single_spi(struct single *single, const uint8_t *out, uint8_t *in, size_t n)
{
	int64_t sent_us = 0;

	for (size_t done = 0; done < n && !single->error; done += CH341A_SPI_PER_PACKET) {
		const size_t now = n - done < CH341A_SPI_PER_PACKET ? n - done : CH341A_SPI_PER_PACKET;

		sent_us = spi_packet(single, out ? out + done : NULL, in ? in + done : NULL, now);
	}
	return sent_us;
}

void single_frame(struct single *single, const uint8_t *out, size_t n_out, uint8_t *in, size_t n_in)
{
	single_select(single);
	single_spi(single, out, NULL, n_out);
	single_spi(single, NULL, in, n_in);
	single_deselect(single);
}

void single_read(struct single *single, uint32_t address, uint8_t *data, size_t n)
{
	const uint8_t out[] = { NOR_READ, (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address };

	single_frame(single, out, sizeof(out), data, n);
}

/* ---- time, and the chip ---- */

void single_wait(struct single *single, int64_t us)
{
	const int64_t end = beken_clock_us() + us;

	for (int64_t left = us; left > 0 && !single->error && !signals_count(); left = end - beken_clock_us())
		beken_sleep_us(left < WAIT_STEP_US ? left : WAIT_STEP_US);
	if (signals_count())
		single_keep(single, BEKEN_ERR_INTERRUPTED);
}

int64_t single_pulse(struct single *single, unsigned int ms, bool select)
{
	single_pins(single, CH341A_PINS_IDLE & ~CH341A_PIN_CEN, CH341A_PIN_CEN);
	single_wait(single, (int64_t)ms * 1000);
	drive(single, select ? CH341A_PINS_IDLE & ~CH341A_PIN_CS : CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);
	return beken_clock_us();
}

void single_release(struct single *single, uint8_t outputs)
{
	if (outputs & CH341A_PIN_CEN) {
		drive(single, CH341A_PINS_IDLE, outputs);
		beken_sleep_us(CHARGE_US);
	}
	drive(single, CH341A_PINS_IDLE, 0);
}
