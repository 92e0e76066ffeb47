/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPI NOR commands: their opcodes, as in JESD216 and flashrom's spi.h, and what
 * each of them means. */
#ifndef CH341A_BEKEN_NOR_COMMAND_H
#define CH341A_BEKEN_NOR_COMMAND_H

#include "nor_spi.h"

#define NOR_WRDI 0x04
#define NOR_ERASE_4K 0x20
#define NOR_WRSR2 0x31
#define NOR_RDSR2 0x35
#define NOR_SFDP 0x5a
#define NOR_ENTER_4BA 0xb7
#define NOR_ERASE_64K 0xd8
#define NOR_EXIT_4BA 0xe9

/* Status register bits that all dies of Beken chips have in common. */
#define NOR_SR1_WEL 0x02
#define NOR_SR1_LOCK 0x80 /* SRP0, SRWD */
#define NOR_SR2_LOCK 0x01 /* SRP1, SRL */
#define NOR_SR2_CMP 0x40

/* In this order: nor_command.c compares. */
enum nor_kind {
	NOR_KIND_OTHER,
	NOR_KIND_READ, /* of content */
	NOR_KIND_READ_ID,
	NOR_KIND_READ_SFDP,
	NOR_KIND_READ_STATUS1,
	NOR_KIND_READ_STATUS2,
	NOR_KIND_READ_STATUS3,
	NOR_KIND_WRITE_ENABLE,
	NOR_KIND_WRITE_STATUS,
	NOR_KIND_PROGRAM,
	NOR_KIND_ERASE_SECTOR,
	NOR_KIND_ERASE_BLOCK,
	NOR_KIND_ERASE_CHIP,
	NOR_KIND_FOREIGN_WRITE, /* erases or programs a flash of another kind */
};

/* One command, decoded. */
struct nor_command {
	uint8_t opcode;
	enum nor_kind kind;
	bool changes_content;
	unsigned int address_bytes; /* 0: it has no address, or that is cut short */
	uint32_t address;
	const uint8_t *data; /* what is sent behind opcode and address */
	size_t data_length;
	int64_t limit_ms; /* any die is idle again after that; 0: at once, or not known */
	/* As it came. */
	const uint8_t *out;
	size_t out_length;
	uint8_t *in;
	size_t in_length;
};

/* Decodes the command that sends out_length > 0 bytes and then reads in_length. The buffers stay
 * the caller's. *four_bytes is whether the die is in the mode in which all addresses have four
 * bytes, and follows the commands that change that. */
struct nor_command nor_command_decode(const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length,
				      bool *four_bytes);

/* A page that a known die takes by 02 and a 24-bit address? */
bool nor_command_is_page(const struct nor_command *command);

#endif
