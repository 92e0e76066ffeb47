/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crc.h"

uint16_t crc16_cms(const uint8_t *data, size_t n)
{
	uint16_t crc = 0xffff;

	while (n--) {
		crc ^= (uint16_t)(*data++ << 8);
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc << 1 ^ (crc & 0x8000 ? 0x8005 : 0));
	}
	return crc;
}

uint32_t crc32_zip(const uint8_t *data, size_t n)
{
	uint32_t crc = 0xffffffff;

	while (n--) {
		crc ^= *data++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}
