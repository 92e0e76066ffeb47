/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_size.h"

#include <string.h>

#include "nor_command.h"

/* JESD216, 6.2 to 6.4: the header, the first parameter header behind it, which
 * is that of the basic table, and the density in the second DWORD of that. */
#define HEADER_BYTES 16
#define TABLE_DWORDS 11
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

	return nor_spi_command(spi, command, sizeof(command), data, n);
}

static bool has_table(const uint8_t *header)
{
	return !memcmp(header, "SFDP", 4) && header[TABLE_DWORDS] * 4u >= TABLE_BYTES;
}

/* In bytes; 0 if it is no number that a die can have. */
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
	if (error || !has_table(header))
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
