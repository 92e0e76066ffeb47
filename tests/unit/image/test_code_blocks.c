/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdbool.h>
#include <stdlib.h>

#include "image_crc.h"

#define N_BLOCKS 5

/* The CRC of 32 zeros and of the bytes 0 to 31, worked out by another program:
 * poly 0x8005, start 0xFFFF, not reflected ("CRC-16/CMS"). */
static const uint8_t crc_of_zeros[] = { 0x80, 0x29 }, crc_of_numbers[] = { 0x25, 0x9d };

static uint8_t data[N_BLOCKS * IMAGE_BLOCK_SIZE];

static void put_numbers(size_t block)
{
	uint8_t *at = data + block * IMAGE_BLOCK_SIZE;

	for (uint8_t i = 0; i < IMAGE_BLOCK_DATA; i++)
		at[i] = i;
	memcpy(at + IMAGE_BLOCK_DATA, crc_of_numbers, 2);
}

static void put_zeros(size_t block)
{
	uint8_t *at = data + block * IMAGE_BLOCK_SIZE;

	memset(at, 0, IMAGE_BLOCK_DATA);
	memcpy(at + IMAGE_BLOCK_DATA, crc_of_zeros, 2);
}

static int setup(void **state)
{
	(void)state;
	memset(data, 0xff, sizeof(data));
	put_numbers(0);
	put_zeros(1);
	put_numbers(3);
	return 0;
}

static void good_and_erased_blocks_are_counted(void **state)
{
	struct code_blocks found;

	(void)state;
	code_blocks(data, sizeof(data), &found);
	assert_int_equal(found.good, 3);
	assert_int_equal(found.bad, 0);
	assert_int_equal(found.erased, 2);
}

static void any_wrong_bit_is_found_where_it_is(void **state)
{
	(void)state;
	for (size_t bit = 0; bit < sizeof(data) * 8; bit++) {
		struct code_blocks found;

		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		code_blocks(data, sizeof(data), &found);
		assert_int_equal(found.bad, 1);
		assert_int_equal(found.first_bad, bit / 8 / IMAGE_BLOCK_SIZE * IMAGE_BLOCK_SIZE);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void the_first_of_several_bad_blocks_is_named(void **state)
{
	struct code_blocks found;

	(void)state;
	data[IMAGE_BLOCK_SIZE] ^= 1;
	data[3 * IMAGE_BLOCK_SIZE] ^= 1;
	code_blocks(data, sizeof(data), &found);
	assert_int_equal(found.bad, 2);
	assert_int_equal(found.first_bad, IMAGE_BLOCK_SIZE);
}

static void a_cut_off_block_is_not_looked_at(void **state)
{
	(void)state;
	for (size_t n = 0; n <= sizeof(data); n++) {
		/* Of its own size, so that a sanitizer sees one byte too many. */
		uint8_t *copy = malloc(n ? n : 1);
		struct code_blocks found;

		assert_non_null(copy);
		memcpy(copy, data, n);
		code_blocks(copy, n, &found);
		assert_int_equal(found.good + found.bad + found.erased, n / IMAGE_BLOCK_SIZE);
		free(copy);
	}
}

static void words_say_what_was_found(void **state)
{
	static const struct {
		struct code_blocks blocks;
		const char *words;
	} cases[] = {
		{ { 0, 0, 0, 0 }, "not read" },
		{ { 0, 0, 7, 0 }, "erased" },
		{ { 0, 7, 1, 0 }, "not code" },
		{ { 7, 0, 1, 0 }, "7 code blocks, all good" },
		{ { 7, 2, 1, 68 }, "damaged, 2 of 9 code blocks bad, the first at 0x44" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		char text[80];

		code_blocks_words(&cases[i].blocks, text, sizeof(text));
		assert_contains(text, cases[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(good_and_erased_blocks_are_counted, setup),
		cmocka_unit_test_setup(any_wrong_bit_is_found_where_it_is, setup),
		cmocka_unit_test_setup(the_first_of_several_bad_blocks_is_named, setup),
		cmocka_unit_test_setup(a_cut_off_block_is_not_looked_at, setup),
		cmocka_unit_test(words_say_what_was_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
