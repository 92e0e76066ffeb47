/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_plain.h"

#include <string.h>

#include "image_crc.h"

#define WORD 4

static uint32_t rotate_right(uint32_t word, unsigned int bits)
{
	return word >> bits | word << (32 - bits);
}

/*
 * What the cipher XORs the word at this logical address with, under the key of Tuya's
 * modules, 510fb093 a3cbeadc 5993a17e c7adeb03: its last word switches off two of the
 * cipher's three generators (tuya-cloudcutter/bk7231tools crypto/code.py).
 */
static uint32_t tuya_word(uint32_t address)
{
	const uint32_t in = rotate_right(address, 8) ^ 0x510fb093;

	return rotate_right(in, 15) ^ ((in >> 2 & 0xf) * 0x11111111u & 0xe519a4f1) ^ 0x5993a17e;
}

static uint8_t byte_at(const struct image_plain *plain, size_t at)
{
	const size_t block = at / IMAGE_BLOCK_DATA;
	uint8_t byte;

	if ((block + 1) * IMAGE_BLOCK_SIZE > plain->n)
		return 0;
	byte = plain->blocks[block * IMAGE_BLOCK_SIZE + at % IMAGE_BLOCK_DATA];
	if (plain->tuya)
		byte ^= (uint8_t)(tuya_word(plain->address + (uint32_t)(at / WORD * WORD)) >> 8 * (at % WORD));
	return byte;
}

void image_plain_read(const struct image_plain *plain, size_t at, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = byte_at(plain, at + i);
}

static bool is_at(const struct image_plain *plain, size_t at, const char *text)
{
	for (; *text; text++) {
		if (byte_at(plain, at++) != (uint8_t)*text)
			return false;
	}
	return true;
}

size_t image_plain_find(const struct image_plain *plain, size_t at, const char *text)
{
	const size_t end = plain->n / IMAGE_BLOCK_SIZE * IMAGE_BLOCK_DATA, length = strlen(text);

	for (; at + length <= end; at++) {
		if (is_at(plain, at, text))
			return at;
	}
	return IMAGE_PLAIN_NOWHERE;
}
