/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_opcodes.h"

#include <string.h>

bool nor_changes_content(const uint8_t *out, size_t out_length)
{
	/* Opcodes of flashrom's and flashprog's spi25.c, spi25_statusreg.c, at45db.c
	 * and flashchips.c. All but those of the whole chip have an address; without
	 * one, 50 is a write enable and 38 switches to four lines. */
	static const uint8_t whole_chip[] = { NOR_ERASE_CHIP_60, NOR_ERASE_CHIP_C7, 0x62 };
	static const uint8_t with_address[] = {
		NOR_PROGRAM,
		NOR_PROGRAM_4BA,
		NOR_QUAD_PROGRAM,
		0x34,
		0x38,
		0x3e,
		0xa2,
		0xad,
		0xaf,
		NOR_ERASE_4K,
		NOR_ERASE_4K_4BA,
		NOR_ERASE_32K,
		NOR_ERASE_32K_4BA,
		NOR_ERASE_64K,
		NOR_ERASE_64K_4BA,
		0x50,
		0x53,
		0x7c,
		0x81,
		0x82,
		0x83,
		0x85,
		0x86,
		0x88,
		0x89,
		0xc4,
		0xd7,
		0xdb,
	};

	if (memchr(whole_chip, out[0], sizeof(whole_chip)))
		return true;
	return out_length > 3 && memchr(with_address, out[0], sizeof(with_address));
}
