/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "die_content.h"

#include <string.h>

/* CRC16, polynomial 8005, not reflected: BK7231 code blocks are 32 + 2 bytes
 * (LibreTiny, docs/platform/beken-72xx). */
static uint16_t beken_crc(const uint8_t *data)
{
	uint16_t crc = 0xffff;

	for (unsigned int i = 0; i < 32; i++) {
		crc ^= (uint16_t)(data[i] << 8);
		for (unsigned int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x8005 : crc << 1);
	}
	return crc;
}

static void fill_code(uint8_t *array, size_t size, struct rng *rng, size_t start, size_t length)
{
	for (size_t at = start; at + 34 <= start + length && at + 34 <= size; at += 34) {
		uint16_t crc;

		for (unsigned int i = 0; i < 32; i++)
			array[at + i] = (uint8_t)rng_next(rng);
		crc = beken_crc(array + at);
		array[at + 32] = (uint8_t)(crc >> 8);
		array[at + 33] = (uint8_t)crc;
	}
}

/* Partitions of LibreTiny boards/_base for a 2 MiB BK7231T: bootloader, half of
 * the application, RF calibration ("TLV"). */
static void fill_firmware(uint8_t *array, size_t size, struct rng *rng)
{
	memset(array, 0xff, size);
	fill_code(array, size, rng, 0, 0x11000);
	fill_code(array, size, rng, 0x11000, 0x90000);
	if (size > 0x1e0000 + 64) {
		memcpy(array + 0x1e0000, "TLV", 4);
		for (unsigned int i = 4; i < 64; i++)
			array[0x1e0000 + i] = (uint8_t)rng_next(rng);
	}
}

void die_content_random(uint8_t *data, size_t size, struct rng *rng)
{
	for (size_t i = 0; i < size; i += 8) {
		uint64_t value = rng_next(rng);

		memcpy(data + i, &value, size - i < 8 ? size - i : 8);
	}
}

void die_content_fill(uint8_t *array, size_t size, enum fill fill, struct rng *rng)
{
	switch (fill) {
	case FILL_FF:
		memset(array, 0xff, size);
		break;
	case FILL_FIRMWARE:
		fill_firmware(array, size, rng);
		break;
	case FILL_RANDOM:
		die_content_random(array, size, rng);
		break;
	}
}
