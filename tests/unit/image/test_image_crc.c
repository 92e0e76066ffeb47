/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_crc.h"

#include "unit.h"
#include "xorshift.h"

#define N_BLOCKS 200
#define SIZE (N_BLOCKS * IMAGE_BLOCK_SIZE)

static uint8_t data[SIZE];
static struct image_code code;

static void put_block(size_t n, uint64_t *random)
{
	uint8_t *block = data + n * IMAGE_BLOCK_SIZE;
	uint16_t crc;

	for (size_t i = 0; i < IMAGE_BLOCK_DATA; i++)
		block[i] = (uint8_t)xorshift(random);
	crc = image_crc16(block, IMAGE_BLOCK_DATA);
	block[32] = (uint8_t)(crc >> 8);
	block[33] = (uint8_t)crc;
}

/* Blocks 0 to used - 1 are code, the others are erased. */
static void put_code(size_t used)
{
	uint64_t random = 1;

	memset(data, 0xff, sizeof(data));
	for (size_t i = 0; i < used; i++)
		put_block(i, &random);
}

static void check(void)
{
	const struct image_code_range range = { .end = SIZE, .strict_end = SIZE };

	image_code_check(&code, data, &range);
}

static void the_crc_is_the_published_one(void **state)
{
	(void)state;
	assert_int_equal(image_crc16((const uint8_t *)"123456789", 9), 0xaee7);
	assert_int_equal(image_crc16(NULL, 0), 0xffff);
}

static void good_and_erased_blocks_are_counted(void **state)
{
	(void)state;
	put_code(150);
	check();
	assert_int_equal(code.good, 150);
	assert_int_equal(code.erased, 50);
	assert_int_equal(code.bad + code.other + code.cut_off, 0);
	assert_int_equal(code.used_end, 150 * IMAGE_BLOCK_SIZE);
}

static void every_single_wrong_bit_is_found(void **state)
{
	(void)state;
	put_code(150);
	for (size_t bit = 0; bit < 8 * SIZE; bit += bit < 8 * IMAGE_BLOCK_SIZE ? 1 : 37) {
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		check();
		if (code.bad != 1 || code.first_bad != bit / 8 / IMAGE_BLOCK_SIZE * IMAGE_BLOCK_SIZE)
			fail_msg("bit %zu: %zu blocks bad, the first at %zu", bit, code.bad, code.first_bad);
		assert_int_equal(code.first_bad_is_erased, bit / 8 / IMAGE_BLOCK_SIZE >= 150);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void the_crcs_of_the_first_bad_block_are_told(void **state)
{
	(void)state;
	put_code(3);
	data[IMAGE_BLOCK_SIZE + 33] ^= 1;
	check();
	assert_int_equal(code.stored ^ code.computed, 1);
	assert_int_equal(code.computed, image_crc16(data + IMAGE_BLOCK_SIZE, IMAGE_BLOCK_DATA));
}

static void data_behind_a_gap_is_not_damage(void **state)
{
	uint64_t random = 7;

	(void)state;
	put_code(100);
	for (size_t i = 150 * IMAGE_BLOCK_SIZE; i < SIZE; i++)
		data[i] = (uint8_t)xorshift(&random);
	check();
	assert_int_equal(code.bad, 0);
	assert_int_equal(code.other, 50);
	assert_int_equal(code.first_other, 150 * IMAGE_BLOCK_SIZE);
	assert_int_equal(code.used_end, 100 * IMAGE_BLOCK_SIZE);
}

static void code_behind_a_gap_is_checked(void **state)
{
	uint64_t random = 9;

	(void)state;
	put_code(100);
	for (size_t i = 197; i < 200; i++)
		put_block(i, &random);
	data[198 * IMAGE_BLOCK_SIZE] ^= 4;
	check();
	assert_int_equal(code.good, 102);
	assert_int_equal(code.bad, 1);
	assert_int_equal(code.first_bad, 198 * IMAGE_BLOCK_SIZE);
}

static void a_few_cleared_bits_behind_the_strict_end_are_data(void **state)
{
	const struct image_code_range range = { .end = SIZE, .strict_end = 120 * IMAGE_BLOCK_SIZE };

	(void)state;
	put_code(100);
	data[150 * IMAGE_BLOCK_SIZE] = 0xfe;
	image_code_check(&code, data, &range);
	assert_int_equal(code.bad, 0);
	assert_int_equal(code.other, 1);
}

/* Block 120 lies over 4096, block 119 before it. */
static void old_code_behind_an_erased_sector_is_not_damage(void **state)
{
	(void)state;
	put_code(200);
	memset(data + 100 * IMAGE_BLOCK_SIZE, 0xff, 4096 - 100 * IMAGE_BLOCK_SIZE);
	check();
	assert_int_equal(code.bad, 0);
	assert_int_equal(code.good, 100 + 79);
	assert_int_equal(code.other, 1);
	assert_int_equal(code.first_other, 120 * IMAGE_BLOCK_SIZE);
}

static void code_before_an_erased_sector_is_not_damage(void **state)
{
	(void)state;
	put_code(200);
	memset(data + 4096, 0xff, SIZE - 4096);
	check();
	assert_int_equal(code.bad, 0);
	assert_int_equal(code.good, 120);
	assert_int_equal(code.other, 1);
}

static void sectors_are_those_of_the_flash(void **state)
{
	const struct image_code_range range = { .end = SIZE, .strict_end = SIZE, .address = 17 };

	(void)state;
	put_code(200);
	memset(data + 4096, 0xff, SIZE - 4096);
	image_code_check(&code, data, &range);
	assert_int_equal(code.bad, 1);
}

static void a_block_cut_off_by_the_end_of_the_file_is_told(void **state)
{
	struct image_code_range range = { .end = SIZE - 5, .strict_end = SIZE, .ends_with_file = true };

	(void)state;
	put_code(N_BLOCKS);
	image_code_check(&code, data, &range);
	assert_int_equal(code.cut_off, IMAGE_BLOCK_SIZE - 5);
	assert_int_equal(code.bad, 0);
	range.ends_with_file = false;
	image_code_check(&code, data, &range);
	assert_int_equal(code.cut_off, 0);
}

static void bytes_that_came_in_are_told(void **state)
{
	(void)state;
	for (int n = 1; n <= 3; n++) {
		put_code(N_BLOCKS);
		memmove(data + 1000 + n, data + 1000, SIZE - 1000 - (size_t)n);
		check();
		assert_int_equal(code.slip, n);
		assert_in_range(code.slip_at, 1000 - IMAGE_BLOCK_SIZE, 1000);
	}
}

static void bytes_that_were_lost_are_told(void **state)
{
	(void)state;
	for (int n = 1; n <= 3; n++) {
		put_code(N_BLOCKS);
		memmove(data + 1000, data + 1000 + n, SIZE - 1000 - (size_t)n);
		check();
		assert_int_equal(code.slip, -n);
		assert_in_range(code.slip_at, 1000 - IMAGE_BLOCK_SIZE, 1000);
	}
}

static void a_slip_needs_enough_blocks_to_prove_it(void **state)
{
	const size_t at = SIZE - 9 * IMAGE_BLOCK_SIZE + 1;

	(void)state;
	put_code(N_BLOCKS);
	memmove(data + at + 1, data + at, SIZE - at - 1);
	check();
	assert_int_equal(code.bad, 9);
	assert_int_equal(code.slip, 0);
}

static void scattered_errors_are_no_slip(void **state)
{
	(void)state;
	put_code(N_BLOCKS);
	for (size_t i = 0; i < N_BLOCKS; i += 3)
		data[i * IMAGE_BLOCK_SIZE] ^= 0x10;
	check();
	assert_int_equal(code.slip, 0);
	assert_int_equal(code.bad, 67);
}

static void noise_is_not_the_start_of_code(void **state)
{
	uint64_t random = 3;

	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (uint8_t)xorshift(&random);
	assert_false(image_code_starts(data, 0, SIZE));
	memset(data, 0xff, SIZE);
	assert_false(image_code_starts(data, 0, SIZE));
	put_code(1);
	assert_false(image_code_starts(data, 0, SIZE));
	put_code(2);
	assert_true(image_code_starts(data, 0, SIZE));
	assert_false(image_code_starts(data, 0, 2 * IMAGE_BLOCK_SIZE - 1));
	assert_false(image_code_starts(data, SIZE, SIZE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_crc_is_the_published_one),
		cmocka_unit_test(good_and_erased_blocks_are_counted),
		cmocka_unit_test(every_single_wrong_bit_is_found),
		cmocka_unit_test(the_crcs_of_the_first_bad_block_are_told),
		cmocka_unit_test(data_behind_a_gap_is_not_damage),
		cmocka_unit_test(code_behind_a_gap_is_checked),
		cmocka_unit_test(a_few_cleared_bits_behind_the_strict_end_are_data),
		cmocka_unit_test(old_code_behind_an_erased_sector_is_not_damage),
		cmocka_unit_test(code_before_an_erased_sector_is_not_damage),
		cmocka_unit_test(sectors_are_those_of_the_flash),
		cmocka_unit_test(a_block_cut_off_by_the_end_of_the_file_is_told),
		cmocka_unit_test(bytes_that_came_in_are_told),
		cmocka_unit_test(bytes_that_were_lost_are_told),
		cmocka_unit_test(a_slip_needs_enough_blocks_to_prove_it),
		cmocka_unit_test(scattered_errors_are_no_slip),
		cmocka_unit_test(noise_is_not_the_start_of_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
