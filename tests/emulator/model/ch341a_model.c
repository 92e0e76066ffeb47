/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command codes and layouts: WCH CH341DLL.H and the WCH Linux library
 * (WCHSoftGroup/ch341par_linux), CH341DS2; numbers beside the constants.
 */
#include "ch341a_model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CMD_GET_STATUS 0xa0
#define CMD_SET_OUTPUT 0xa1
#define CMD_SPI_STREAM 0xa8
#define CMD_I2C_STREAM 0xaa
#define CMD_UIO_STREAM 0xab
#define CMD_EPP_READ0 0xac
#define CMD_EPP_READ1 0xad

/* flashrom programmers/ch341a_spi.c: three ops were measured as 2.25 us. */
#define UIO_OP_NS 750

#define OUTPUT_PINS 0x3f
/* frame_order=overtakes: packets whose bytes wait for their clocks. */
#define SPI_QUEUE 4

struct spi_packet {
	uint8_t data[CH341A_PACKET];	/* to the chip, then what came from it */
	size_t length, at;
};

struct ch341a {
	const struct settings *set;
	struct wires *wires;
	int64_t i2c_bit_ns;

	bool busy;
	int64_t t;		/* when the next op starts */
	uint8_t packet[CH341A_PACKET];
	size_t length, at;
	uint8_t reply[CH341A_REPLY_MAX];
	size_t reply_length;	/* so far */
	bool answered;		/* it is complete */

	struct spi_packet queue[SPI_QUEUE];
	size_t queued;

	uint8_t out, direction;
};

static const int64_t i2c_bits_ns[4] = { 50000, 10000, 2500, 1333 };

struct ch341a *ch341a_new(const struct settings *settings, struct wires *wires)
{
	struct ch341a *chip = calloc(1, sizeof(*chip));

	if (!chip)
		abort();
	chip->set = settings;
	chip->wires = wires;
	chip->i2c_bit_ns = i2c_bits_ns[1];
	return chip;
}

void ch341a_free(struct ch341a *chip)
{
	free(chip);
}

static void set_pins(struct ch341a *chip, uint8_t out, uint8_t direction)
{
	chip->out = out & OUTPUT_PINS;
	chip->direction = direction & OUTPUT_PINS;
	wires_set(chip->wires, chip->t, chip->out, chip->direction);
}

static void answer(struct ch341a *chip, uint8_t byte)
{
	if (chip->reply_length < sizeof(chip->reply))
		chip->reply[chip->reply_length++] = byte;
}

/* The wire order is LSB first. */
static uint8_t reversed(uint8_t byte)
{
	byte = (uint8_t)((byte & 0xf0) >> 4 | (byte & 0x0f) << 4);
	byte = (uint8_t)((byte & 0xcc) >> 2 | (byte & 0x33) << 2);
	return (uint8_t)((byte & 0xaa) >> 1 | (byte & 0x55) << 1);
}

static void end_packet(struct ch341a *chip)
{
	chip->at = chip->length;
}

static void spi_stream(struct ch341a *chip)
{
	/* sck_khz rarely divides 8 ms: the rounding must not add up. */
	int64_t start = chip->t;
	size_t n = chip->length - 1;

	for (size_t i = 0; i < n; i++) {
		int64_t from = start + (int64_t)i * 8000000 / chip->set->sck_khz;
		int64_t to = start + ((int64_t)i + 1) * 8000000 / chip->set->sck_khz;
		uint8_t mosi = reversed(chip->packet[1 + i]);

		answer(chip, reversed(wires_byte(chip->wires, from, to, mosi)));
		chip->t = to;
	}
	end_packet(chip);
}

static void uio_step(struct ch341a *chip, uint8_t op)
{
	if (op == 0x00) {
		if (!chip->set->uio_in_silent)
			answer(chip, wires_read(chip->wires, chip->t));
		chip->t += chip->set->uio_in_time;
	} else if (op >= 0xc0) {
		chip->t += (op & 0x3f) * 1000;
	} else if (op >= 0x80) {
		set_pins(chip, op, chip->direction);
		chip->t += UIO_OP_NS;
	} else if (op >= 0x40) {
		set_pins(chip, chip->out, op);
		chip->t += UIO_OP_NS;
	} else {
		end_packet(chip);	/* 20, and what nobody has documented */
	}
}

/* Nothing hangs on SCL and SDA: no ACK, and all bits read 1. */
static void i2c_bytes(struct ch341a *chip, uint8_t op)
{
	size_t n = op & 0x3f;

	if (op < 0xc0 && n == 0) {
		chip->at++;
		answer(chip, 0x80);
	} else if (op < 0xc0) {
		chip->at += n;
	} else {
		for (size_t i = 0; i < (n ? n : 1); i++)
			answer(chip, 0xff);
	}
	chip->t += (int64_t)(n ? n : 1) * 9 * chip->i2c_bit_ns;
}

static void i2c_step(struct ch341a *chip, uint8_t op)
{
	if (op >= 0x80)
		i2c_bytes(chip, op);
	else if (op == 0x74 || op == 0x75)
		chip->t += chip->i2c_bit_ns;
	else if (op >= 0x60 && op < 0x70)
		chip->i2c_bit_ns = i2c_bits_ns[op & 3];
	else if (op >= 0x50 && op < 0x60)
		chip->t += (op & 0x0f) * 1000000;
	else if (op >= 0x40 && op < 0x50)
		chip->t += (op & 0x0f) * 1000;
	else
		end_packet(chip);
}

/* A1 6A enable data[15:8] dir[15:8] data[7:0] dir[7:0] ...: CH34xSetOutput() of
 * the WCH Linux library. Only the low byte has pins here. */
static void set_output(struct ch341a *chip)
{
	uint8_t out = chip->out, direction = chip->direction;

	if (chip->length >= 7 && chip->packet[1] == 0x6a) {
		if (chip->packet[2] & 0x04)
			out = chip->packet[5];
		if (chip->packet[2] & 0x08)
			direction = chip->packet[6];
		set_pins(chip, out, direction);
		chip->t += UIO_OP_NS;
	}
	end_packet(chip);
}

/* Byte 0 is D7..D0. The rest are pins that boards leave open (high), then
 * bytes that nobody has documented. */
static void get_status(struct ch341a *chip)
{
	static const uint8_t open_pins[5] = { 0xef, 0xbf, 0x00, 0x00, 0x00 };

	answer(chip, wires_read(chip->wires, chip->t));
	for (unsigned int i = 0; i < sizeof(open_pins); i++)
		answer(chip, open_pins[i]);
	chip->t += chip->set->uio_in_time;
	end_packet(chip);
}

/* Reads of the parallel port give the levels of its pins. */
static void epp_read(struct ch341a *chip)
{
	size_t n = chip->length > 1 ? chip->packet[1] : 0;

	for (size_t i = 0; i < n; i++)
		answer(chip, wires_read(chip->wires, chip->t));
	end_packet(chip);
}

/* A packet of any other code is swallowed: SNANDer and IMSProg rely on it for
 * their all-zero packets. */
static void step(struct ch341a *chip)
{
	switch (chip->packet[0]) {
	case CMD_SPI_STREAM:
		spi_stream(chip);
		break;
	case CMD_UIO_STREAM:
		uio_step(chip, chip->packet[chip->at++]);
		break;
	case CMD_I2C_STREAM:
		i2c_step(chip, chip->packet[chip->at++]);
		break;
	case CMD_SET_OUTPUT:
		set_output(chip);
		break;
	case CMD_GET_STATUS:
		get_status(chip);
		break;
	case CMD_EPP_READ0:
	case CMD_EPP_READ1:
		epp_read(chip);
		break;
	default:
		end_packet(chip);
		break;
	}
}

/* ---- SPI bytes that wait, as in konelav/bluepill_ch341a src/ch341a.c ---- */

static bool waits_for_clocks(const struct ch341a *chip, const uint8_t *packet)
{
	return packet[0] == CMD_SPI_STREAM && chip->set->frame_overtakes &&
	       chip->set->usb_mode != USB_MODE_SERIAL;
}

static void queue_bytes(struct ch341a *chip, const uint8_t *packet, size_t length)
{
	struct spi_packet *entry = &chip->queue[chip->queued];

	if (length < 2)
		return;
	memcpy(entry->data, packet + 1, length - 1);
	entry->length = length - 1;
	entry->at = 0;
	chip->queued++;
}

/* One byte. Other packets are executed between two of them. */
static void clock_queue(struct ch341a *chip)
{
	struct spi_packet *entry = &chip->queue[0];
	uint8_t *byte = &entry->data[entry->at++];
	int64_t end = chip->t + 8000000 / chip->set->sck_khz;

	*byte = reversed(wires_byte(chip->wires, chip->t, end, reversed(*byte)));
	chip->t = end;
	if (entry->at < entry->length)
		return;
	chip->reply_length = entry->length;
	memcpy(chip->reply, entry->data, entry->length);
	chip->answered = true;
	chip->queued--;
	memmove(chip->queue, chip->queue + 1, chip->queued * sizeof(*chip->queue));
}

/* ---- packets ---- */

bool ch341a_ready(const struct ch341a *chip)
{
	return !chip->busy && chip->queued < SPI_QUEUE;
}

bool ch341a_busy(const struct ch341a *chip)
{
	return chip->busy;
}

static void begin_packet(struct ch341a *chip, const uint8_t *packet, size_t length)
{
	memcpy(chip->packet, packet, length);
	chip->length = length;
	/* Single-shot commands are one step, so they start before byte 1 too. */
	chip->at = packet[0] == CMD_UIO_STREAM || packet[0] == CMD_I2C_STREAM ? 1 : 0;
	chip->reply_length = 0;
	/* Strapped as a serial port it is a UART with nothing connected. */
	if (chip->set->usb_mode == USB_MODE_SERIAL)
		end_packet(chip);
	chip->busy = true;
}

void ch341a_begin(struct ch341a *chip, int64_t t, const uint8_t *packet, size_t length)
{
	assert(ch341a_ready(chip) && length >= 1 && length <= CH341A_PACKET);
	/* The end of a byte on the wire may be ahead of the time. */
	if (t > chip->t)
		chip->t = t;
	if (waits_for_clocks(chip, packet))
		queue_bytes(chip, packet, length);
	else
		begin_packet(chip, packet, length);
}

static int64_t next_work(const struct ch341a *chip)
{
	return chip->busy || chip->queued ? chip->t : BENCH_NEVER;
}

static void work(struct ch341a *chip)
{
	if (!chip->busy) {
		clock_queue(chip);
	} else if (chip->at < chip->length) {
		step(chip);
	} else {
		chip->busy = false;
		chip->answered = chip->reply_length > 0;
	}
}

int64_t ch341a_advance(struct ch341a *chip, int64_t t)
{
	chip->answered = false;
	while (!chip->answered && next_work(chip) <= t)
		work(chip);
	return next_work(chip);
}

const uint8_t *ch341a_reply(const struct ch341a *chip, size_t *length)
{
	*length = chip->answered ? chip->reply_length : 0;
	return chip->reply;
}

void ch341a_reset(struct ch341a *chip, int64_t t)
{
	chip->busy = chip->answered = false;
	chip->queued = 0;
	chip->reply_length = 0;
	chip->t = t;
	set_pins(chip, 0, 0);
}
