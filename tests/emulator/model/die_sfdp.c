/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "die_sfdp.h"

#include <string.h>

static void put_le32(uint8_t *at, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/*
 * JESD216 revision 1.0 with nine DWORDs, as W25Q16/32/64 and GD25Q16C data
 * sheets print it. It names the dual and quad reads although a CH341A can
 * never clock them and the model does not answer them.
 */
static const uint32_t basic_table[9] = {
	0xfff120e5,	/* 4 KiB erase 20, 64-byte writes, status writes need 50, 3-byte addresses */
	0,		/* density in bits, less one */
	0x6b08eb44,	/* 1-4-4 EB, 1-1-4 6B */
	0xbb423b08,	/* 1-1-2 3B, 1-2-2 BB */
	0xfffffffe,	/* no 2-2-2, no 4-4-4 */
	0x0000ffff,
	0x0000ffff,
	0x520f200c,	/* 4 KiB: 20; 32 KiB: 52 */
	0x0000d810,	/* 64 KiB: D8 */
};

void sfdp_make(uint8_t table[SFDP_SIZE], size_t die_size)
{
	static const uint8_t header[16] = {
		'S', 'F', 'D', 'P', 0x00, 0x01, 0x00, 0xff,
		0x00, 0x00, 0x01, 0x09, 0x30, 0x00, 0x00, 0xff,
	};

	memset(table, 0xff, SFDP_SIZE);
	memcpy(table, header, sizeof(header));
	for (unsigned int i = 0; i < 9; i++)
		put_le32(table + 0x30 + 4 * i, basic_table[i]);
	put_le32(table + 0x30 + 4, (uint32_t)(die_size * 8 - 1));
	/* Bits 18..17: addresses of three or four bytes. How to change over stands in a
	 * later revision. */
	if (die_size > (size_t)16 << 20)
		put_le32(table + 0x30, basic_table[0] | 0x20000);
}
