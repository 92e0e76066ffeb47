/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fuzz target on the same inputs in every run: noise, and images that were
 * cut, shifted, spliced and flipped, so that each stage of the parser sees
 * what the stage before it lets through.
 *
 * Usage: test_image_inputs [COUNT [SEED]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_crc.h"
#include "image_rbl.h"
#include "image_target.h"
#include "../unit/fakes/xorshift.h"

#define DEFAULT_COUNT 2000
#define MAX_SIZE ((uint32_t)0x28000)
#define APPLICATION 0x11000u
#define SECTOR 4096u

static void fill_noise(uint8_t *data, size_t n, uint64_t *random)
{
	for (size_t i = 0; i < n; i++)
		data[i] = (uint8_t)xorshift(random);
}

static void put_word(uint8_t *out, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(word >> 8 * i);
}

static void put_code(uint8_t *data, uint32_t start, uint32_t end, uint64_t *random)
{
	const uint32_t target = xorshift_below(random, 0x20000);

	for (uint32_t at = start; at + 2 * IMAGE_BLOCK_SIZE <= end; at += IMAGE_BLOCK_SIZE) {
		uint8_t *block = data + at;
		uint16_t crc;

		fill_noise(block, IMAGE_BLOCK_DATA, random);
		for (size_t i = 1; i < 8 && at == start; i++)
			put_word(block + 4 * i, 0xe59ff014);
		for (size_t i = 0; i < 7 && at == start + IMAGE_BLOCK_SIZE; i++)
			put_word(block + 4 * i, target);
		crc = image_crc16(block, IMAGE_BLOCK_DATA);
		block[32] = (uint8_t)(crc >> 8);
		block[33] = (uint8_t)crc;
	}
}

static void put_areas(uint8_t *data, uint32_t n, uint64_t *random)
{
	static const struct {
		uint32_t at, n;
		const char *bytes;
	} marks[] = {
		{ 0, 4, "TLV" },
		{ 28, 8, "\2\x11\x11\x11\6\0\0" },
		{ 0, 8, "CFG\0\5\0\0" },
		{ 4, 4, "EF40" },
		{ 4, 4, "FDB0" },
		{ 8, 8, "littlefs" },
		{ 0, 4, "RBL" },
		{ 32, 16, "\x46\xdc\xed\x0e\x67\x2f\x3b\x70\xae\x12\x76\xa3\xf8\x71\x2e\x03" },
	};

	for (uint32_t i = xorshift_below(random, 40); i && n >= SECTOR; i--) {
		const uint32_t mark = xorshift_below(random, sizeof(marks) / sizeof(marks[0]));
		const uint32_t at = xorshift_below(random, n / SECTOR) * SECTOR;

		memcpy(data + at + marks[mark].at, marks[mark].bytes, marks[mark].n);
	}
}

static void put_container(uint8_t *data, uint32_t n, uint64_t *random)
{
	const uint32_t body = n - IMAGE_RBL_SIZE + xorshift_below(random, 2);

	memcpy(data, "RBL", 4);
	put_word(data + 88, body);
	put_word(data + 92, image_crc32(0, data, 92));
}

static uint32_t make(uint8_t *data, uint64_t *random)
{
	const uint32_t n =
		xorshift_below(random, 4) ? xorshift_below(random, MAX_SIZE) : xorshift_below(random, 300);
	const uint32_t kind = xorshift_below(random, 8);

	memset(data, (int)(xorshift_below(random, 3) * 0xff), n);
	if (kind == 0)
		fill_noise(data, n, random);
	if (kind >= 2)
		put_code(data, 0, n < APPLICATION ? n : xorshift_below(random, APPLICATION), random);
	if (kind >= 3 && n > APPLICATION)
		put_code(data, APPLICATION, APPLICATION + xorshift_below(random, n - APPLICATION), random);
	if (kind == 1 || kind >= 5)
		put_areas(data, n, random);
	if (kind == 7 && n >= IMAGE_RBL_SIZE && xorshift_below(random, 2))
		put_container(data, n, random);
	return n;
}

static uint32_t mutate(uint8_t *data, uint32_t n, uint64_t *random)
{
	uint32_t a, b;

	if (n < 2)
		return n;
	a = xorshift_below(random, n);
	b = xorshift_below(random, n);
	switch (xorshift_below(random, 6)) {
	case 0: data[a] ^= (uint8_t)(1 << b % 8); return n;
	case 1: memmove(data + (a > b ? a : b), data + (a > b ? b : a), n - (a > b ? a : b)); return n;
	case 2: memset(data + a, (int)(b & 1) * 0xff, (n - a) / (1 + b % 64)); return n;
	case 3:
		a = 1 + a % 40; /* the first bytes get lost */
		if (n <= a)
			return n;
		memmove(data, data + a, n - a);
		return n - a;
	case 4: return a; /* cut off */
	}
	return n;
}

static void run(uint64_t seed)
{
	uint64_t random = seed * 0x9e3779b97f4a7c15u + 1;
	uint8_t *room = malloc(MAX_SIZE), *exact;
	uint32_t n;

	if (!room)
		abort();
	n = make(room, &random);
	for (uint32_t i = xorshift_below(&random, 6); i; i--)
		n = mutate(room, n, &random);
	/* Memory of just that size, so that a sanitizer sees each byte too far. */
	exact = malloc(n ? n : 1);
	if (!exact)
		abort();
	memcpy(exact, room, n);
	image_target(exact, n);
	free(exact);
	free(room);
}

int main(int argc, char **argv)
{
	const unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : DEFAULT_COUNT;
	const unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;

	for (unsigned long i = 0; i < count; i++) {
		/* If one of them ends the program, the last line tells where to look. */
		if (i % 100 == 0)
			fprintf(stderr, "Inputs from seed %lu on\n", seed + i);
		run(seed + i);
	}
	printf("%lu passed\n", count);
	return 0;
}
