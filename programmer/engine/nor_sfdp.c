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
