/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "code_blocks.h"

#include <stdio.h>
#include <string.h>

#include "image_crc.h"

void code_blocks(const uint8_t *data, size_t n, struct code_blocks *result)
{
	memset(result, 0, sizeof(*result));
	for (size_t at = 0; at + IMAGE_BLOCK_SIZE <= n; at += IMAGE_BLOCK_SIZE) {
		const uint8_t *block = data + at;

		if (image_is_erased(block, IMAGE_BLOCK_SIZE)) {
			result->erased++;
		} else if (image_block_good(block)) {
			result->good++;
		} else {
			if (!result->bad)
				result->first_bad = at;
			result->bad++;
		}
	}
}

void code_blocks_words(const struct code_blocks *blocks, char *text, size_t size)
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
