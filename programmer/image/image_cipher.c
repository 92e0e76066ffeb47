/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_cipher.h"

#include <string.h>

#include "image_crc.h"

#define APPLICATION 0x10000u
#define HIGHEST 0x400000u /* no code is linked behind it */
/* Of the 224 bits of seven instructions. */
#define MAX_WRONG_BITS 8

/*
 * Behind a branch to the start, all Beken code has seven times "ldr pc, [pc, #20]" (tiancj/hid_download_py
 * test, Apache02/bk7252-cam bootloaders). The cipher of the chips XORs each word with a number that depends
 * on its address and the key. For the key of Tuya's modules, 510fb093 a3cbeadc 5993a17e c7adeb03
 * (tuya-cloudcutter/bk7231tools crypto/code.py), they look like this at logical 4 to 28; as in the dumps in
 * openshwprojects/BK7231GUIFlashTool testDumps. For that of Uascent's, 4862379a 8612784b 85c5e258 75754528
 * (OpenBK7231N build.sh), they were computed in the same way. Bootloaders of old SDKs of the BK7252 have
 * "#24", and hand on to the vectors of the application.
 */
static const struct {
	enum image_cipher cipher;
	enum image_place place;
	uint32_t words[IMAGE_VECTORS_WORDS];
} known[] = {
	{ IMAGE_CIPHER_NONE,
	  IMAGE_PLACE_UNKNOWN,
	  { 0xe59ff014, 0xe59ff014, 0xe59ff014, 0xe59ff014, 0xe59ff014, 0xe59ff014, 0xe59ff014 } },
	{ IMAGE_CIPHER_NONE,
	  IMAGE_PLACE_BOOTLOADER,
	  { 0xe59ff018, 0xe59ff018, 0xe59ff018, 0xe59ff018, 0xe59ff018, 0xe59ff018, 0xe59ff018 } },
	{ IMAGE_CIPHER_TUYA,
	  IMAGE_PLACE_BOOTLOADER,
	  { 0x992aff35, 0x992ae735, 0x992aef35, 0x992ad735, 0x992adf35, 0x992ac735, 0x992acf35 } },
	{ IMAGE_CIPHER_TUYA,
	  IMAGE_PLACE_APPLICATION,
	  { 0x9b2aff35, 0x9b2ae735, 0x9b2aef35, 0x9b2ad735, 0x9b2adf35, 0x9b2ac735, 0x9b2acf35 } },
	{ IMAGE_CIPHER_UASCENT,
	  IMAGE_PLACE_BOOTLOADER,
	  { 0xcab6700c, 0xeba75335, 0xeab6522c, 0x8fa77155, 0x8eb6704c, 0xafa75375, 0xaeb6526c } },
	{ IMAGE_CIPHER_UASCENT,
	  IMAGE_PLACE_APPLICATION,
	  { 0xc8b6702e, 0xe9a75317, 0xe8b6520e, 0x8da77177, 0x8cb6706e, 0xada75357, 0xacb6524e } },
};

#define N_KNOWN (sizeof(known) / sizeof(known[0]))

static unsigned int wrong_bits(const uint8_t *code, const uint32_t *words)
{
	unsigned int bits = 0;

	for (size_t i = 0; i < IMAGE_VECTORS_WORDS; i++)
		bits += (unsigned int)__builtin_popcount(image_word(code + 4 * (i + 1)) ^ words[i]);
	return bits;
}

/* The instructions load the words of the next block, addresses in the code. */
static enum image_place place_of_plain(const uint8_t *next)
{
	unsigned int low = 0, high = 0;

	for (size_t i = 0; i < IMAGE_VECTORS_WORDS; i++) {
		const uint32_t target = image_word(next + 4 * i);

		if (target && target < APPLICATION)
			low++;
		else if (target >= APPLICATION && target < HIGHEST)
			high++;
	}
	if (low == high)
		return IMAGE_PLACE_UNKNOWN;
	return low > high ? IMAGE_PLACE_BOOTLOADER : IMAGE_PLACE_APPLICATION;
}

struct image_vectors image_vectors_find(const uint8_t *code, size_t n, size_t block_size)
{
	struct image_vectors vectors = { IMAGE_CIPHER_UNKNOWN, IMAGE_PLACE_UNKNOWN };
	unsigned int fewest = MAX_WRONG_BITS + 1;

	if (n < block_size + IMAGE_BLOCK_DATA)
		return vectors;
	for (size_t i = 0; i < N_KNOWN; i++) {
		const unsigned int bits = wrong_bits(code, known[i].words);

		if (bits >= fewest)
			continue;
		fewest = bits;
		vectors = (struct image_vectors){ known[i].cipher, known[i].place };
	}
	if (vectors.cipher == IMAGE_CIPHER_NONE && vectors.place == IMAGE_PLACE_UNKNOWN)
		vectors.place = place_of_plain(code + block_size);
	return vectors;
}

enum image_cipher image_vectors_cipher(const uint32_t words[IMAGE_VECTORS_WORDS], enum image_place place)
{
	for (size_t i = 0; i < N_KNOWN; i++) {
		if (!memcmp(words, known[i].words, sizeof(known[i].words)) &&
		    (known[i].place == place || known[i].place == IMAGE_PLACE_UNKNOWN))
			return known[i].cipher;
	}
	return IMAGE_CIPHER_UNKNOWN;
}

/* ---- plain code ---- */

#define WORD 4

static uint32_t rotate_right(uint32_t word, unsigned int bits)
{
	return word >> bits | word << (32 - bits);
}

/* What the cipher XORs the word at this logical address with, under the key of Tuya's modules: its last
 * word switches off two of the three generators (bk7231tools crypto/code.py). */
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
