/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IMAGE_BYTES_H
#define IMAGE_BYTES_H

#include <stdint.h>

/* Low byte first, as the chips have it. Returns what follows. */
static inline uint8_t *put_le32(uint8_t *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		*out++ = (uint8_t)(value >> 8 * i);
	return out;
}

#endif
