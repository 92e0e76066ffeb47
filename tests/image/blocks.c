/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "blocks.h"

#include <stdbool.h>
#include <string.h>

#include "crc.h"

void blocks_encode(uint8_t *out, const uint8_t *data, size_t n_blocks)
{
	for (; n_blocks; n_blocks--, out += BLOCK_SIZE, data += BLOCK_DATA) {
		const uint16_t crc = crc16_cms(data, BLOCK_DATA);

		memcpy(out, data, BLOCK_DATA);
		out[BLOCK_DATA] = (uint8_t)(crc >> 8);
		out[BLOCK_DATA + 1] = (uint8_t)crc;
	}
}

static bool is_erased(const uint8_t *data, size_t n)
{
	while (n && *data == 0xff) {
		data++;
		n--;
	}
	return !n;
}

void blocks_check(const uint8_t *data, size_t n, struct blocks_result *result)
{
	size_t offset = 0;

	memset(result, 0, sizeof(*result));
	for (; n - offset >= BLOCK_SIZE; offset += BLOCK_SIZE) {
		const uint8_t *block = data + offset;

		if (is_erased(block, BLOCK_SIZE)) {
			result->erased++;
			continue;
		}
		result->stored = (uint16_t)(block[BLOCK_DATA] << 8 | block[BLOCK_DATA + 1]);
		result->computed = crc16_cms(block, BLOCK_DATA);
		if (result->stored != result->computed) {
			result->fault = BLOCKS_BAD_CRC;
			result->offset = offset;
			return;
		}
		result->good++;
	}
	if (!is_erased(data + offset, n - offset)) {
		result->fault = BLOCKS_CUT_OFF;
		result->offset = offset;
	}
}
