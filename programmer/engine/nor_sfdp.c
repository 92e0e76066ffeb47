/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_sfdp.h"

#include <string.h>

#include "nor_command.h"

#define TABLE_ADDRESS 0x10
#define TABLE_DWORDS 9
#define SFDP_SIZE (TABLE_ADDRESS + 4 * TABLE_DWORDS)

/* DWORD 1: 4 KiB erase (01b) by opcode 20h; page of at least 64 bytes (bit 2);
 * status register volatile and enabled by 06h (bits 3, 4), or else flashrom
 * would use 50h; 3-byte addresses only; unused bits are 1. */
#define DWORD1 (0xff800000u | NOR_ERASE_4K << 8 | 0xe0u | 0x18u | 0x04u | 0x01u)
/* Erase types as pairs of log2(size), opcode. All these dies have 4 KiB and
 * 64 KiB; some lack 32 KiB, so it is not offered. */
#define ERASE_TYPES_1_2 (12u | NOR_ERASE_4K << 8 | 16u << 16 | (uint32_t)NOR_ERASE_64K << 24)

static void put_dword(uint8_t *to, uint32_t value)
{
	to[0] = value & 0xff;
	to[1] = value >> 8 & 0xff;
	to[2] = value >> 16 & 0xff;
	to[3] = value >> 24 & 0xff;
}

static void build(const struct nor_die *die, uint8_t sfdp[SFDP_SIZE])
{
	uint8_t *const table = sfdp + TABLE_ADDRESS;

	memset(sfdp, 0, SFDP_SIZE);
	memcpy(sfdp, "SFDP", 4);
	put_dword(sfdp + 4, 0xff000100); /* revision 1.0, one parameter header */
	put_dword(sfdp + 8, (uint32_t)TABLE_DWORDS << 24 | 0x000100u << 8);
	put_dword(sfdp + 12, 0xff000000 | TABLE_ADDRESS);
	put_dword(table, DWORD1);
	put_dword(table + 4, die->size * 8 - 1);
	put_dword(table + 4 * 7, ERASE_TYPES_1_2);
}

void nor_sfdp_read(const struct nor_die *die, uint32_t address, uint8_t *data, size_t n)
{
	uint8_t sfdp[SFDP_SIZE];

	build(die, sfdp);
	for (size_t i = 0; i < n; i++)
		data[i] = address + i < SFDP_SIZE ? sfdp[address + i] : 0xff;
}

/* ---- sizes ---- */

/* JESD216, 6.2 to 6.4: the header, the first parameter header behind it, which
 * is that of the basic table, and the density in the second DWORD of that. */
#define HEADER_BYTES 16
#define HEADER_DWORDS 11
#define TABLE_POINTER 12
#define TABLE_BYTES 8
#define DENSITY 4
/* The density is an exponent. */
#define DENSITY_POWER 0x80000000u
/* 2^40 bits are 128 GiB. */
#define DENSITY_POWER_MAX 40

#define SECTOR 4096u
#define ID_POWER_MIN 0x10
#define ID_POWER_MAX 0x18

static uint32_t little_endian(const uint8_t *bytes, unsigned int n)
{
	uint32_t value = 0;

	for (unsigned int i = 0; i < n; i++)
		value |= (uint32_t)bytes[i] << 8 * i;
	return value;
}

static int read_sfdp(struct nor_spi *spi, uint32_t address, uint8_t *data, size_t n)
{
	/* One dummy byte follows the address. */
	const uint8_t command[] = { NOR_SFDP, address >> 16 & 0xff, address >> 8 & 0xff, address & 0xff, 0xff };

	return ch341a_nor_command(spi, command, sizeof(command), data, n);
}

/* In bytes; 0 if no die has that many. */
static uint64_t decode_density(uint32_t density)
{
	uint64_t bits = (uint64_t)density + 1;

	if (density & DENSITY_POWER) {
		const uint32_t power = density & ~DENSITY_POWER;

		bits = power <= DENSITY_POWER_MAX ? (uint64_t)1 << power : 0;
	}
	return bits % (8 * SECTOR) ? 0 : bits / 8;
}

static int ask_die(struct nor_spi *spi, uint64_t *size)
{
	uint8_t header[HEADER_BYTES], table[TABLE_BYTES];
	int error = read_sfdp(spi, 0, header, sizeof(header));

	*size = 0;
	if (error || memcmp(header, "SFDP", 4) || header[HEADER_DWORDS] * 4u < TABLE_BYTES)
		return error;
	error = read_sfdp(spi, little_endian(header + TABLE_POINTER, 3), table, sizeof(table));
	if (!error)
		*size = decode_density(little_endian(table + DENSITY, 4));
	return error;
}

uint64_t nor_size_of_id(uint32_t jedec_id)
{
	const uint32_t power = jedec_id & 0xff;

	return power >= ID_POWER_MIN && power <= ID_POWER_MAX ? (uint64_t)1 << power : 0;
}

int nor_size_find(struct nor_spi *spi, const struct nor_die *die, uint32_t jedec_id, bool in_beken_chip,
		  uint64_t *size)
{
	int error;

	*size = die->size;
	if (*size)
		return BEKEN_OK;
	error = ask_die(spi, size);
	if (!error && !*size && in_beken_chip)
		*size = nor_size_of_id(jedec_id);
	return error;
}
