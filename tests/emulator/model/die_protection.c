/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "die_protection.h"

#define KIB 1024u

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* BP = 1 locks 1/64 of a die, but at least 64 KiB (W25Q16JV, W25Q32JV, W25Q64JV
 * and GD25Q16C data sheets, tables of block protection). */
static size_t block_length(unsigned int bp, size_t size)
{
	size_t unit = size / 64 > 64 * KIB ? size / 64 : 64 * KIB;

	return min_size(unit << (bp - 1), size);
}

static struct protect_range place(size_t length, bool from_bottom, size_t size)
{
	struct protect_range range = { from_bottom ? 0 : size - length, length };

	return range;
}

static struct protect_range complement(struct protect_range range, size_t size)
{
	if (range.length == 0 || range.length == size)
		return place(size - range.length, true, size);
	if (range.start == 0)
		return place(size - range.length, false, size);
	return place(range.start, true, size);
}

/* Winbond names the bits SEC TB BP2..0 (SR1.6..2), GigaDevice BP4..0; the
 * tables agree: 111 is everything, with SEC the unit is 4 KiB up to 32 KiB. */
static struct protect_range decode_five_bits(const uint8_t sr[3], size_t size)
{
	unsigned int bp = sr[0] >> 2 & 7;
	bool sector = sr[0] & 0x40, bottom = sr[0] & 0x20;
	struct protect_range range;

	if (bp == 0)
		range = place(0, true, size);
	else if (bp == 7)
		range = place(size, true, size);
	else if (sector)
		range = place(min_size(4 * KIB << (bp - 1), 32 * KIB), bottom, size);
	else
		range = place(block_length(bp, size), bottom, size);
	return sr[1] & 0x40 ? complement(range, size) : range;
}

/* EN25QH16 data sheet: BP3 counts from the bottom, 110 and 111 are everything. */
static struct protect_range decode_eon(const uint8_t sr[3], size_t size)
{
	unsigned int bp = sr[0] >> 2 & 7;

	if (bp == 0)
		return place(0, true, size);
	return place(bp >= 6 ? size : block_length(bp, size), sr[0] & 0x20, size);
}

/* EN25QH16B as Apache02/bk7252-cam docs/hardware/flash.md reads it: bit 6 is
 * 4KBL, so that 7C locks the lower 32 KiB only. */
static struct protect_range decode_eon_4kbl(const uint8_t sr[3], size_t size)
{
	unsigned int bp = sr[0] >> 2 & 7;

	if (!(sr[0] & 0x40) || bp == 0)
		return decode_eon(sr, size);
	return place(min_size(4 * KIB << (bp - 1), 32 * KIB), sr[0] & 0x20, size);
}

/* MX25V1635F: BP3..0; the TB bit is bit 3 of the configuration register. */
static struct protect_range decode_mx(const uint8_t sr[3], size_t size)
{
	unsigned int bp = sr[0] >> 2 & 15;

	if (bp == 0)
		return place(0, true, size);
	return place(bp >= 8 ? size : block_length(bp, size), sr[1] & 0x08, size);
}

/* W25Q256JV data sheet: TB is bit 6, BP3..0 count in 64 KiB, from 1010 on everything. */
static struct protect_range decode_winbond_4bp(const uint8_t sr[3], size_t size)
{
	unsigned int bp = sr[0] >> 2 & 15;
	size_t length = bp ? (size_t)(64 * KIB) << (bp - 1) : 0;
	struct protect_range range = place(0, true, size);

	if (bp)
		range = place(bp >= 10 ? size : min_size(length, size), sr[0] & 0x40, size);
	return sr[1] & 0x40 ? complement(range, size) : range;
}

struct protect_range protect_decode(enum bp_decode decode, const uint8_t sr[3], size_t size)
{
	switch (decode) {
	case BP_EON:
		return decode_eon(sr, size);
	case BP_EON_4KBL:
		return decode_eon_4kbl(sr, size);
	case BP_MX:
		return decode_mx(sr, size);
	case BP_WINBOND_4BP:
		return decode_winbond_4bp(sr, size);
	case BP_WINBOND:
	case BP_GD:
		break;
	}
	return decode_five_bits(sr, size);
}

bool protect_any_bp(enum bp_decode decode, uint8_t sr1)
{
	return sr1 & (decode == BP_WINBOND || decode == BP_GD ? 0x1c : 0x3c);
}
