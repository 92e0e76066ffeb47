/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serprog.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

#define ACK 0x06
#define NAK 0x15

#define CMD_NOP 0x00
#define CMD_Q_IFACE 0x01
#define CMD_Q_CMDMAP 0x02
#define CMD_Q_PGMNAME 0x03
#define CMD_Q_SERBUF 0x04
#define CMD_Q_BUSTYPE 0x05
#define CMD_Q_WRNMAXLEN 0x08
#define CMD_O_DELAY 0x0e
#define CMD_O_EXEC 0x0f
#define CMD_SYNCNOP 0x10
#define CMD_Q_RDNMAXLEN 0x11
#define CMD_S_BUSTYPE 0x12
#define CMD_O_SPIOP 0x13
#define CMD_S_PIN_STATE 0x15

#define BUS_SPI 0x08
#define INTERFACE_VERSION 1
#define NAME_SIZE 16
#define CMDMAP_SIZE 32
/* Data bytes of a page; opcode and address are not counted by flashrom. */
#define MAX_WRITE 256
#define SPIOP_HEADER 6
/* A page with a 4-byte address, and room for other clients. */
#define MAX_SPIOP_OUT 4096
#define MAX_SPIOP_IN (1u << 20)

struct serprog {
	struct serprog_target target;
	serprog_send_fn *send;
	void *send_arg;
	bool enabled; /* between enable and disable */
	bool failed;
	uint8_t command;
	bool in_command;   /* command holds an opcode, arguments follow */
	size_t have, need; /* bytes of the arguments */
	uint8_t arguments[SPIOP_HEADER + MAX_SPIOP_OUT];
	uint8_t *answer; /* ACK and data, so that they go out as one piece */
	size_t answer_size;
};

struct serprog *serprog_new(const struct serprog_target *target, serprog_send_fn *send, void *send_arg)
{
	struct serprog *serprog = calloc(1, sizeof(*serprog));

	if (!serprog)
		return NULL;
	serprog->target = *target;
	serprog->send = send;
	serprog->send_arg = send_arg;
	return serprog;
}

static void disable(struct serprog *serprog)
{
	if (serprog->enabled && serprog->target.disable)
		serprog->target.disable(serprog->target.arg);
	serprog->enabled = false;
}

void serprog_free(struct serprog *serprog)
{
	if (!serprog)
		return;
	disable(serprog);
	free(serprog->answer);
	free(serprog);
}

static void send_bytes(struct serprog *serprog, const uint8_t *data, size_t n)
{
	serprog->send(serprog->send_arg, data, n);
}

static void send_byte(struct serprog *serprog, uint8_t byte)
{
	send_bytes(serprog, &byte, 1);
}

static void acknowledge(struct serprog *serprog, bool success)
{
	send_byte(serprog, success ? ACK : NAK);
}

/* ACK and a little-endian number of n bytes. */
static void answer_number(struct serprog *serprog, uint32_t number, size_t n)
{
	const uint8_t bytes[5] = { ACK, number & 0xff, number >> 8 & 0xff, number >> 16 & 0xff,
				   number >> 24 & 0xff };

	send_bytes(serprog, bytes, 1 + n);
}

static void answer_name(struct serprog *serprog)
{
	const char *name = serprog->target.name ? serprog->target.name : "ch341a_beken";
	uint8_t bytes[1 + NAME_SIZE] = { ACK };

	memcpy(bytes + 1, name, strnlen(name, NAME_SIZE));
	send_bytes(serprog, bytes, sizeof(bytes));
}

static void answer_command_map(struct serprog *serprog)
{
	static const uint8_t commands[] = {
		CMD_NOP,	 CMD_Q_IFACE,	  CMD_Q_CMDMAP, CMD_Q_PGMNAME,	 CMD_Q_SERBUF,
		CMD_Q_BUSTYPE,	 CMD_Q_WRNMAXLEN, CMD_O_DELAY,	CMD_O_EXEC,	 CMD_SYNCNOP,
		CMD_Q_RDNMAXLEN, CMD_S_BUSTYPE,	  CMD_O_SPIOP,	CMD_S_PIN_STATE,
	};
	uint8_t bytes[1 + CMDMAP_SIZE] = { ACK };

	for (size_t i = 0; i < sizeof(commands); i++)
		bytes[1 + commands[i] / 8] |= (uint8_t)(1 << commands[i] % 8);
	/* What a server does not delay, flashrom does. */
	if (serprog->target.delays)
		bytes[1 + CMD_O_DELAY / 8] &= (uint8_t) ~(1 << CMD_O_DELAY % 8);
	send_bytes(serprog, bytes, sizeof(bytes));
}

static void set_pin_state(struct serprog *serprog, bool on)
{
	if (on && !serprog->enabled) {
		serprog->failed = serprog->target.enable(serprog->target.arg);
		serprog->enabled = !serprog->failed;
		acknowledge(serprog, serprog->enabled);
		return;
	}
	if (!on)
		disable(serprog);
	/* In any case: nothing that flashrom could do about a failure is left. It shows
	 * in the exit status. */
	acknowledge(serprog, true);
}

static bool make_room(struct serprog *serprog, size_t n)
{
	uint8_t *larger;

	if (serprog->answer_size >= n)
		return true;
	larger = realloc(serprog->answer, n);
	if (!larger)
		return false;
	serprog->answer = larger;
	serprog->answer_size = n;
	return true;
}

static uint32_t number24(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
}

static void spi_operation(struct serprog *serprog)
{
	const uint32_t out_length = number24(serprog->arguments), in_length = number24(serprog->arguments + 3);
	const uint8_t *out = serprog->arguments + SPIOP_HEADER;

	if (!serprog->enabled || serprog->failed || !out_length || out_length > MAX_SPIOP_OUT ||
	    in_length > MAX_SPIOP_IN || !make_room(serprog, 1 + in_length)) {
		acknowledge(serprog, false);
		return;
	}
	if (serprog->target.command(serprog->target.arg, out, out_length, serprog->answer + 1, in_length)) {
		serprog->failed = true;
		acknowledge(serprog, false);
		return;
	}
	serprog->answer[0] = ACK;
	send_bytes(serprog, serprog->answer, 1 + in_length);
}

static void execute(struct serprog *serprog)
{
	static const uint8_t nak_ack[] = { NAK, ACK };

	switch (serprog->command) {
	case CMD_SYNCNOP: send_bytes(serprog, nak_ack, sizeof(nak_ack)); return;
	case CMD_Q_IFACE: answer_number(serprog, INTERFACE_VERSION, 2); return;
	case CMD_Q_CMDMAP: answer_command_map(serprog); return;
	case CMD_Q_PGMNAME: answer_name(serprog); return;
	case CMD_Q_SERBUF: answer_number(serprog, 0xffff, 2); return;
	case CMD_Q_BUSTYPE: answer_number(serprog, BUS_SPI, 1); return;
	case CMD_Q_WRNMAXLEN: answer_number(serprog, MAX_WRITE, 3); return;
	case CMD_Q_RDNMAXLEN:
		answer_number(serprog, serprog->target.max_read ? serprog->target.max_read : SESSION_MAX_READ,
			      3);
		return;
	case CMD_S_BUSTYPE: acknowledge(serprog, serprog->arguments[0] & BUS_SPI); return;
	case CMD_O_SPIOP: spi_operation(serprog); return;
	case CMD_S_PIN_STATE: set_pin_state(serprog, serprog->arguments[0]); return;
	case CMD_NOP:
	case CMD_O_DELAY:
	case CMD_O_EXEC: acknowledge(serprog, true); return;
	default: acknowledge(serprog, false);
	}
}

/* Bytes of arguments that follow an opcode. */
static size_t argument_bytes(uint8_t command)
{
	switch (command) {
	case CMD_S_BUSTYPE:
	case CMD_S_PIN_STATE: return 1;
	case CMD_O_DELAY: return 4;
	case CMD_O_SPIOP: return SPIOP_HEADER;
	}
	return 0;
}

static void finish_command(struct serprog *serprog)
{
	serprog->in_command = false;
	execute(serprog);
}

static void start_command(struct serprog *serprog, uint8_t opcode)
{
	serprog->command = opcode;
	serprog->in_command = true;
	serprog->have = 0;
	serprog->need = argument_bytes(opcode);
	if (!serprog->need)
		finish_command(serprog);
}

/* Returns how many bytes it took. */
static size_t take_arguments(struct serprog *serprog, const uint8_t *data, size_t n)
{
	const size_t missing = serprog->need - serprog->have;
	const size_t now = n < missing ? n : missing;

	/* What is too long is refused, and not kept. */
	if (serprog->have + now <= sizeof(serprog->arguments))
		memcpy(serprog->arguments + serprog->have, data, now);
	serprog->have += now;
	if (serprog->have < serprog->need)
		return now;
	/* The header of an SPIOP tells how many bytes follow. */
	if (serprog->command == CMD_O_SPIOP && serprog->need == SPIOP_HEADER)
		serprog->need += number24(serprog->arguments);
	if (serprog->have == serprog->need)
		finish_command(serprog);
	return now;
}

void serprog_feed(struct serprog *serprog, const uint8_t *data, size_t n)
{
	while (n) {
		size_t taken = 1;

		if (serprog->in_command)
			taken = take_arguments(serprog, data, n);
		else
			start_command(serprog, *data);
		data += taken;
		n -= taken;
	}
}
