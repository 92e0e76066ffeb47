/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cipher.h"

#include <stdbool.h>
#include <string.h>

/* 510fb093 ...: all modules of Tuya; 4862379a ...: Uascent's (OpenBK7231N build.sh). */
static const struct cipher_key keys[] = {
	{ "none", { 0, 0, 0, 0 } },
	{ "tuya", { 0x510fb093, 0xa3cbeadc, 0x5993a17e, 0xc7adeb03 } },
	{ "uascent", { 0x4862379a, 0x8612784b, 0x85c5e258, 0x75754528 } },
};

const struct cipher_key *cipher_key_named(const char *name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	}
	return NULL;
}

static uint32_t rotate_right(uint32_t word, unsigned int bits)
{
	return bits ? word >> bits | word << (32 - bits) : word;
}

static uint32_t bit(uint32_t word, unsigned int n)
{
	return word >> n & 1;
}

/* Three generators, of 16, 17 and 32 bits: each turns its input round, and XORs some of its
 * bits with a few of them. */
static uint32_t generate_16(uint32_t in)
{
	const uint32_t turned = (in >> 7 | in << 9) & 0xffff, few = in >> 5 & 0xf;

	return turned ^ ((few * 0x1111) & 0x6371);
}

static uint32_t generate_17(uint32_t in)
{
	const uint32_t turned = (in >> 10 | in << 7) & 0x1ffff;
	const uint32_t few = bit(in, 13) | bit(in, 9) << 1 | bit(in, 5) << 2 | bit(in, 1) << 3;

	return turned ^ ((bit(in, 4) << 16 | few * 0x1111) & 0x13659);
}

static uint32_t generate_32(uint32_t in)
{
	return rotate_right(in, 15) ^ ((in >> 2 & 0xf) * 0x11111111u & 0xe519a4f1);
}

/* The last word of the key says which generators run, and what they get of the address. */
static uint32_t mask(uint32_t address, const uint32_t *key)
{
	static const unsigned int turns[] = { 0, 8, 16, 24 };
	const uint32_t low = address & 0xffff, high = address >> 16, choice = key[3];
	const bool off = choice >> 24 == 0 || choice >> 24 == 0xff;
	uint32_t in_16 = choice >> 6 & 1 ? (high >> 8 | high << 8) & 0xffff : high, in_17, result = 0;

	in_16 ^= choice >> 5 & 1 ? (low >> 8 | low << 8) & 0xffff : low;
	in_17 = (key[1] & 0xff) | (key[1] >> 8 & 0xff) << 9 | bit(choice, 4) << 8;
	in_17 ^= address >> (choice >> 8 & 3) & 0x1ffff;
	if (!off && !bit(choice, 0))
		result ^= generate_16(in_16 ^ key[1] >> 16) << 16;
	if (!off && !bit(choice, 1))
		result ^= generate_17(in_17);
	if (!off && !bit(choice, 2))
		result ^= generate_32(rotate_right(address, turns[choice >> 11 & 3]) ^ key[0]);
	if (!off && !bit(choice, 3))
		result ^= key[2];
	return result;
}

void cipher_apply(uint8_t *code, size_t n, uint32_t address, const struct cipher_key *key)
{
	for (size_t i = 0; i < n; i++)
		code[i] ^= (uint8_t)(mask((address + (uint32_t)i) & ~3u, key->words) >> 8 * (i & 3));
}
