/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check_content.h"

#include <stdio.h>
#include <string.h>

#define CRC_POLYNOMIAL 0x8005

static uint16_t crc16(const uint8_t *data, size_t n)
{
	uint16_t crc = 0xffff;

	for (size_t i = 0; i < n; i++) {
		crc = (uint16_t)(crc ^ data[i] << 8);
		for (unsigned int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ CRC_POLYNOMIAL : crc << 1);
	}
	return crc;
}

static bool is_erased(const uint8_t *block)
{
	for (size_t i = 0; i < CHECK_BLOCK_SIZE; i++) {
		if (block[i] != 0xff)
			return false;
	}
	return true;
}

void check_blocks(const uint8_t *data, size_t n, struct check_blocks *result)
{
	memset(result, 0, sizeof(*result));
	for (size_t at = 0; at + CHECK_BLOCK_SIZE <= n; at += CHECK_BLOCK_SIZE) {
		const uint8_t *block = data + at;
		const uint16_t stored = (uint16_t)(block[CHECK_BLOCK_DATA] << 8 | block[CHECK_BLOCK_DATA + 1]);

		if (is_erased(block)) {
			result->erased++;
		} else if (stored == crc16(block, CHECK_BLOCK_DATA)) {
			result->good++;
		} else {
			if (!result->bad)
				result->first_bad = at;
			result->bad++;
		}
	}
}

void check_blocks_words(const struct check_blocks *blocks, char *text, size_t size)
{
	if (!blocks->good && !blocks->bad)
		snprintf(text, size, "%s", blocks->erased ? "erased" : "not read");
	else if (!blocks->good)
		snprintf(text, size, "not code of a Beken chip (no block has a good CRC)");
	else if (blocks->bad)
		snprintf(text, size, "damaged, %zu of %zu code blocks bad, the first at 0x%zx", blocks->bad,
			 blocks->good + blocks->bad, blocks->first_bad);
	else
		snprintf(text, size, "%zu code blocks, all good", blocks->good);
}

/* openshwprojects/BK7231GUIFlashTool, BK7231Flasher/Utils/RFPartitionUtil.cs */
bool check_is_rf(const uint8_t head[CHECK_RF_HEAD])
{
	return !memcmp(head, "TLV", CHECK_RF_HEAD);
}
