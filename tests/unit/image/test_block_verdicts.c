/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which blocks of a flash are read right, and which should be read again. */
#include "unit.h"

#include <stdlib.h>

#include "image_crc.h"
#include "xorshift.h"

#define MAX_BLOCKS 3000

/* A flash of blocks as a text draws it, one letter each. */
static uint8_t *data;
static uint8_t verdicts[MAX_BLOCKS];

static void fill_randomly(uint8_t *at, size_t n)
{
	static uint64_t state = 1;

	while (n--)
		*at++ = (uint8_t)xorshift(&state);
}

static void put_block(uint8_t *block, char kind)
{
	uint16_t crc;

	memset(block, 0xff, IMAGE_BLOCK_SIZE);
	if (kind == '.')
		return;
	fill_randomly(block, IMAGE_BLOCK_DATA);
	crc = image_crc16(block, IMAGE_BLOCK_DATA);
	if (kind == 'b')
		crc ^= 0x0100;
	block[IMAGE_BLOCK_DATA] = (uint8_t)(crc >> 8);
	block[IMAGE_BLOCK_DATA + 1] = (uint8_t)crc;
}

/* Of the exact size, so that a sanitizer sees one byte too many. */
static void judge(const char *blocks, size_t more)
{
	const size_t n = strlen(blocks) * IMAGE_BLOCK_SIZE + more;

	free(data);
	data = malloc(n + !n);
	assert_non_null(data);
	for (size_t i = 0; blocks[i]; i++)
		put_block(data + i * IMAGE_BLOCK_SIZE, blocks[i]);
	memset(data + n - more, 0x12, more);
	image_judge_blocks(data, n, verdicts);
}

/* Good blocks are g, bad ones b, erased ones a dot; proven is P, suspect S, and neither
 * of both a dash. */
static void assert_judged(const char *blocks, const char *expected)
{
	static const char letters[] = { [IMAGE_BLOCK_UNKNOWN] = '-',
					[IMAGE_BLOCK_PROVEN] = 'P',
					[IMAGE_BLOCK_SUSPECT] = 'S' };
	char found[64] = "";

	judge(blocks, 0);
	for (size_t i = 0; blocks[i]; i++)
		found[i] = letters[verdicts[i]];
	assert_string_equal(found, expected);
}

static int tear_down(void **state)
{
	(void)state;
	free(data);
	data = NULL;
	return 0;
}

static void code_that_was_read_right_is_proven(void **state)
{
	(void)state;
	assert_judged("", "");
	assert_judged("gg", "PP");
	assert_judged("gggggggg", "PPPPPPPP");
	assert_judged("....ggg...", "----PPP---");
}

static void nothing_is_said_about_what_has_no_crc(void **state)
{
	(void)state;
	assert_judged("..........", "----------");
	assert_judged("bbbbbbbbbb", "----------");
	assert_judged("gggg..bbbbbb..gggg", "PPPP----------PPPP");
}

static void a_good_block_alone_proves_nothing(void **state)
{
	(void)state;
	assert_judged("bbbgbbbbgb", "----------");
	assert_judged(".g........", "----------");
	assert_judged("g........g", "----------");
}

static void a_bad_block_amid_good_ones_is_suspect(void **state)
{
	(void)state;
	assert_judged("gggbggg", "PPPSPPP");
	assert_judged("ggbbbbbbbbbbbbgg", "PPSSSSSSSSSSSSPP");
	assert_judged("ggbgbgg", "PPSSSPP");
}

static void at_the_ends_of_code_a_few_bad_blocks_are_suspect(void **state)
{
	(void)state;
	assert_judged("bgggggggg...", "SPPPPPPPP---");
	assert_judged("...bggggggggb...", "---SPPPPPPPPS---");
	assert_judged("ggggggggbb", "PPPPPPPPSS");
	assert_judged("ggggggggbbb", "PPPPPPPP---");
	assert_judged("bbbgggggggg", "---PPPPPPPP");
	assert_judged("gggggggbb", "PPPPPPP--");
	assert_judged("bbggggggg", "--PPPPPPP");
}

static void a_header_before_data_does_not_make_it_code(void **state)
{
	(void)state;
	assert_judged("ggg..gggbbbbbbbbbb..", "PPP--PPP------------");
}

static void a_hole_between_bad_blocks_is_suspect_too(void **state)
{
	(void)state;
	assert_judged("ggggb....bgggg", "PPPPSSSSSSPPPP");
	/* What ends where a block does may be so in the flash. */
	assert_judged("gggg....gggg", "PPPP----PPPP");
}

static void a_long_way_between_bad_blocks_is_left_alone(void **state)
{
	static char blocks[MAX_BLOCKS + 1];

	(void)state;
	for (size_t gap = 2046; gap <= 2050; gap++) {
		memset(blocks, '.', gap + 20);
		memcpy(blocks, "ggggggggb", 9);
		memcpy(blocks + 9 + gap, "bgggggggg", 10);
		judge(blocks, 0);
		assert_int_equal(verdicts[8], IMAGE_BLOCK_SUSPECT);
		assert_int_equal(verdicts[9 + gap], IMAGE_BLOCK_SUSPECT);
		assert_int_equal(verdicts[9 + gap / 2], gap < 2048 ? IMAGE_BLOCK_SUSPECT : IMAGE_BLOCK_UNKNOWN);
	}
}

/* Block 120 lies over the border of the first two sectors. */
static void where_a_sector_was_erased_nothing_is_suspect(void **state)
{
	const size_t border = 4096 - 120 * IMAGE_BLOCK_SIZE;
	char blocks[201] = "";

	(void)state;
	memset(blocks, 'g', 200);
	memset(blocks, '.', 120);
	judge(blocks, 0);
	memset(data + 120 * IMAGE_BLOCK_SIZE, 0xff, border);
	image_judge_blocks(data, 200 * IMAGE_BLOCK_SIZE, verdicts);
	assert_int_equal(verdicts[120], IMAGE_BLOCK_UNKNOWN);
	assert_int_equal(verdicts[121], IMAGE_BLOCK_PROVEN);
	data[120 * IMAGE_BLOCK_SIZE + border / 2] = 0xfe;
	image_judge_blocks(data, 200 * IMAGE_BLOCK_SIZE, verdicts);
	assert_int_equal(verdicts[120], IMAGE_BLOCK_SUSPECT);
}

static void a_part_of_a_block_at_the_end_is_not_looked_at(void **state)
{
	(void)state;
	for (size_t more = 0; more < IMAGE_BLOCK_SIZE; more++) {
		verdicts[4] = 99;
		judge("gggg", more);
		assert_int_equal(verdicts[3], IMAGE_BLOCK_PROVEN);
		assert_int_equal(verdicts[4], 99);
	}
}

/* As where the address that a die got was wrong by one bit. */
static void code_from_a_wrong_place_is_not_proven(void **state)
{
	char blocks[2001] = "";

	(void)state;
	memset(blocks, 'g', 2000);
	judge(blocks, 0);
	for (size_t shift = 1; shift <= 32768; shift *= 2) {
		const size_t n = 2000 * IMAGE_BLOCK_SIZE - shift;

		image_judge_blocks(data + shift, n, verdicts);
		for (size_t i = 0; i < n / IMAGE_BLOCK_SIZE; i++)
			assert_int_not_equal(verdicts[i], IMAGE_BLOCK_PROVEN);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(code_that_was_read_right_is_proven),
		TEST(nothing_is_said_about_what_has_no_crc),
		TEST(a_good_block_alone_proves_nothing),
		TEST(a_bad_block_amid_good_ones_is_suspect),
		TEST(at_the_ends_of_code_a_few_bad_blocks_are_suspect),
		TEST(a_header_before_data_does_not_make_it_code),
		TEST(a_hole_between_bad_blocks_is_suspect_too),
		TEST(a_long_way_between_bad_blocks_is_left_alone),
		TEST(where_a_sector_was_erased_nothing_is_suspect),
		TEST(a_part_of_a_block_at_the_end_is_not_looked_at),
		TEST(code_from_a_wrong_place_is_not_proven),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
