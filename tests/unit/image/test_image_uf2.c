/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_uf2.h"

#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include "unit.h"
#include "xorshift.h"

#define BLOCK 512
#define MAX_BLOCKS 64
#define BK7231N 0x7b3ef230u
#define BOARD 0xca25c8u
#define FORMAT_2 0x6c8492u
#define TABLE 0x8288edu
#define TARGETS 0xc0ee0cu

static uint8_t file[MAX_BLOCKS * BLOCK];
static size_t n_blocks;
static size_t tags_at; /* in the last block */
static struct image_uf2 uf2;

/* ---- files ---- */

static void put_word(size_t at, uint32_t word)
{
	for (size_t i = 0; i < 4; i++)
		file[at + i] = (uint8_t)(word >> 8 * i);
}

static uint8_t *block_at(size_t i)
{
	return file + i * BLOCK;
}

/* The data are the number of the block. */
static void add_block(uint32_t address, uint32_t length)
{
	const size_t at = n_blocks * BLOCK;

	memset(file + at, 0, BLOCK);
	memcpy(file + at, "UF2\n\x57\x51\x5d\x9e", 8);
	put_word(at + 8, 0x2000);
	put_word(at + 12, address);
	put_word(at + 16, length);
	put_word(at + 20, (uint32_t)n_blocks);
	put_word(at + 28, BK7231N);
	memset(file + at + 32, (int)n_blocks, length);
	put_word(at + 508, 0x0ab16f30);
	tags_at = at + 32 + length;
	n_blocks++;
	for (size_t i = 0; i < n_blocks; i++)
		put_word(i * BLOCK + 24, (uint32_t)n_blocks);
}

static void add_tag(uint32_t type, const void *value, size_t n)
{
	block_at(n_blocks - 1)[9] |= 0x80;
	put_word(tags_at, type << 8 | (uint32_t)(n + 4));
	memcpy(file + tags_at + 4, value, n);
	tags_at += (n + 4 + 3) / 4 * 4;
}

#define TEXT_TAG(type, text) add_tag((type), (text), sizeof(text) - 1)

static void put_entry(uint8_t *entry, const char *name, uint32_t offset, uint32_t length)
{
	memset(entry, 0, 48);
	memcpy(entry, "01PE", 4);
	memcpy(entry + 4, name, strlen(name));
	memcpy(entry + 20, "flash0", 6);
	for (size_t i = 0; i < 4; i++) {
		entry[36 + i] = (uint8_t)(offset >> 8 * i);
		entry[40 + i] = (uint8_t)(length >> 8 * i);
	}
}

static void add_header(bool with_table)
{
	uint8_t table[96];

	n_blocks = 0;
	add_block(0, 0);
	file[8] |= 1;
	TEXT_TAG(BOARD, "cb2s");
	TEXT_TAG(0x00de43, "esphome");
	TEXT_TAG(0x9fc7bc, "2025.1");
	add_tag(FORMAT_2, "\2", 1);
	put_entry(table, "app", 0x11000, 0x119000);
	put_entry(table + 48, "download", 0x12a000, 0xa6000);
	if (with_table)
		add_tag(TABLE, table, sizeof(table));
}

static void add_targets(const char *nibbles, const char *names, size_t n)
{
	uint8_t value[64];

	memcpy(value, nibbles, 3);
	memcpy(value + 3, names, n);
	add_tag(TARGETS, value, n + 3);
}

#define FLASHER "\0\1\0"
#define DEVICE "\x10\0\0"

/* 3 blocks of application, its header, and 2 blocks of an update. */
static void put_file(bool with_table)
{
	add_header(with_table);
	add_block(0, 256);
	add_targets(FLASHER, "app", 4);
	add_block(256, 256);
	add_block(512, 100);
	add_block(0x118f0a, 102);
	add_targets(FLASHER, "app", 4);
	add_block(0, 256);
	add_targets(DEVICE, "download", 9);
	add_block(256, 256);
}

static int setup(void **state)
{
	(void)state;
	put_file(true);
	return 0;
}

/* Memory of just that size, so that a sanitizer sees each byte too far. */
static const char *read_bytes(size_t n)
{
	uint8_t *exact = malloc(n ? n : 1);

	assert_non_null(exact);
	memcpy(exact, file, n);
	memset(&uf2, 0x5a, sizeof(uf2));
	image_uf2_read(&uf2, exact, n);
	free(exact);
	assert_true(strlen(uf2.problem) <= 200);
	return uf2.problem;
}

static const char *read_file(void)
{
	return read_bytes(n_blocks * BLOCK);
}

static void assert_range(size_t i, uint32_t address, uint32_t length)
{
	assert_true(i < uf2.n_ranges);
	assert_int_equal(uf2.ranges[i].address, address);
	assert_int_equal(uf2.ranges[i].length, length);
}

/* ---- good files ---- */

static void what_is_for_a_programmer_is_found(void **state)
{
	(void)state;
	assert_true(image_uf2_starts(file, 8));
	assert_false(image_uf2_starts(file, 7));
	assert_string_equal(read_file(), "");
	assert_string_equal(uf2.chip, "BK7231N");
	assert_int_equal(uf2.family, BK7231N);
	assert_string_equal(uf2.board, "cb2s");
	assert_string_equal(uf2.firmware, "esphome");
	assert_string_equal(uf2.version, "2025.1");
	assert_int_equal(uf2.n_ranges, 2);
	assert_range(0, 0x11000, 612);
	assert_range(1, 0x129f0a, 102);
}

static void without_a_table_the_application_is_where_all_boards_have_it(void **state)
{
	(void)state;
	put_file(false);
	assert_string_equal(read_file(), "");
	assert_range(0, 0x11000, 612);
	put_word(4 * BLOCK + 12, 0x120fff);
	assert_contains(read_file(), "Block 4 of the UF2 file ends behind its partition \"app\"");
}

static void bytes_are_put_to_their_places_and_no_others(void **state)
{
	static uint8_t picture[0x129f70];

	(void)state;
	memset(picture, 0xee, sizeof(picture));
	assert_int_equal(image_uf2_place(file, n_blocks * BLOCK, picture, sizeof(picture)), 0);
	for (size_t at = 0; at < sizeof(picture); at++) {
		const int expected = at < 0x11000    ? 0xee
				     : at < 0x11100  ? 1
				     : at < 0x11200  ? 2
				     : at < 0x11264  ? 3
				     : at < 0x129f0a ? 0xee
						     : 4;

		if (picture[at] != expected)
			fail_msg("%02x at %zx", picture[at], at);
	}
	assert_int_equal(image_uf2_place(file, n_blocks * BLOCK, picture, sizeof(picture) - 1), -1);
	file[508] ^= 1;
	assert_int_equal(image_uf2_place(file, n_blocks * BLOCK, picture, sizeof(picture)), -1);
}

static void the_target_is_the_fourth_number_of_a_tag(void **state)
{
	static const struct {
		const char *nibbles;
		uint32_t address; /* 0: not for a programmer */
	} targets[] = {
		{ "\x10\0\0", 0 },	{ "\1\0\0", 0 },   { "\0\x10\0", 0 }, { "\0\1\0", 0x11000 },
		{ "\0\2\0", 0x12a000 }, { "\0\0\x10", 0 }, { "\0\0\1", 0 },   { "\x22\x21\x22", 0x11000 },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(targets); i++) {
		add_header(true);
		add_block(0, 64);
		add_targets(targets[i].nibbles, "app\0download", 13);
		if (targets[i].address) {
			assert_string_equal(read_file(), "");
			assert_range(0, targets[i].address, 64);
		} else {
			assert_contains(read_file(), "has nothing for a programmer");
		}
	}
	add_header(true);
	add_block(0, 64);
	add_targets(FLASHER, "\0\0app", 6); /* names that are empty do not count */
	assert_string_equal(read_file(), "");
	assert_range(0, 0x11000, 64);
}

static void a_block_for_no_flash_is_passed_over(void **state)
{
	(void)state;
	block_at(2)[8] |= 1;
	assert_string_equal(read_file(), "");
	assert_int_equal(uf2.n_ranges, 3);
	assert_range(0, 0x11000, 256);
	assert_range(1, 0x11200, 100);
}

/* Places of blocks in any order, which touch at last. */
static void ranges_that_touch_are_one(void **state)
{
	static const uint32_t order[] = { 4, 0, 2, 3, 1, 7, 6 };

	(void)state;
	add_header(true);
	for (size_t i = 0; i < N_ELEMENTS(order); i++) {
		add_block(order[i] * 16, 16);
		if (!i)
			add_targets(FLASHER, "app", 3); /* no NUL behind the last */
	}
	assert_string_equal(read_file(), "");
	assert_int_equal(uf2.n_ranges, 2);
	assert_range(0, 0x11000, 80);
	assert_range(1, 0x11060, 32);
}

static void a_checksum_takes_the_place_of_tags(void **state)
{
	(void)state;
	add_header(true);
	add_block(0, 64);
	add_targets(FLASHER, "app", 4);
	add_block(64, 452);
	block_at(2)[9] |= 0xc0; /* MD5 and tags */
	memset(block_at(2) + 484, 0xff, 24);
	assert_string_equal(read_file(), "");
	assert_range(0, 0x11000, 516);
	put_word(2 * BLOCK + 16, 453);
	assert_contains(read_file(), "more bytes than fit");
}

static void texts_are_cut_and_printable(void **state)
{
	(void)state;
	add_header(false);
	TEXT_TAG(BOARD, "a board with a name\x1b[31m that goes on and on and on");
	add_block(0, 64);
	add_targets(FLASHER, "app", 4);
	assert_string_equal(read_file(), "");
	assert_string_equal(uf2.board, "a board with a name?[31m that go");
}

/* ---- other chips ---- */

static void families_are_named(void **state)
{
	static const struct {
		uint32_t id;
		const char *chip, *problem;
	} families[] = {
		{ 0x675a40b0, "BK7231T", "" },
		{ 0xafe81d49, "BK7231Q", "" },
		{ 0x159ac324, "BK7238", "" },
		{ 0x6a82cc42, "BK7251", "" },
		{ 0xe48bff56, NULL, "for the RP2040, which is no Beken chip" },
		{ 0x22e0d6fc, NULL, "for the RTL8710B, which is no Beken chip" },
		{ 0x1c5f21b0, NULL, "for the ESP32, which is no Beken chip" },
		{ 0x12345678, NULL, "family 0x12345678" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(families); i++) {
		for (size_t k = 0; k < n_blocks; k++)
			put_word(k * BLOCK + 28, families[i].id);
		if (*families[i].problem)
			assert_contains(read_file(), families[i].problem);
		else
			assert_string_equal(read_file(), "");
		assert_int_equal(uf2.family, families[i].id);
		if (families[i].chip)
			assert_string_equal(uf2.chip, families[i].chip);
		else
			assert_null(uf2.chip);
	}
}

static void a_file_is_for_one_chip(void **state)
{
	(void)state;
	put_word(3 * BLOCK + 28, 0x675a40b0);
	assert_contains(read_file(), "for several chips: take a file for one");
	put_file(true);
	block_at(3)[9] &= 0xdf;
	assert_contains(read_file(), "for several chips");
	put_file(true);
	for (size_t i = 0; i < n_blocks; i++)
		block_at(i)[9] &= 0xdf;
	assert_contains(read_file(), "does not say which chip");
	put_file(true);
	block_at(0)[9] |= 0x10; /* the family is a file's size */
	assert_contains(read_file(), "does not say which chip");
}

/* ---- damage ---- */

static void each_magic_number_counts(void **state)
{
	static const size_t places[] = { 0, 1, 2, 3, 4, 5, 6, 7, 508, 509, 510, 511 };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(places); i++) {
		put_file(true);
		block_at(2)[places[i]] ^= 1;
		assert_contains(read_file(), "Block 2 of the UF2 file, at 0x400, is damaged");
	}
}

static void a_file_that_is_cut_off_is_told(void **state)
{
	(void)state;
	for (size_t n = 8; n < n_blocks * BLOCK; n += 8)
		assert_true(*read_bytes(n));
	assert_contains(read_bytes(100), "in the middle of block 0");
	assert_contains(read_bytes(3 * BLOCK), "has 3 blocks where there should be 7");
	add_block(512, 3);
	for (size_t i = 0; i < n_blocks; i++)
		put_word(i * BLOCK + 24, 7);
	assert_string_equal(read_bytes(7 * BLOCK), "");
	assert_contains(read_bytes(7 * BLOCK + 1), "in the middle of block 7");
	assert_contains(read_file(), "has 8 blocks where there should be 7");
}

static void missing_and_repeated_blocks_are_told(void **state)
{
	(void)state;
	memmove(block_at(2), block_at(3), 4 * BLOCK);
	assert_contains(read_file(), "Block 3 is where block 2 belongs, so blocks are missing");
	put_file(true);
	memmove(block_at(3), block_at(2), 4 * BLOCK);
	assert_contains(read_file(), "Block 2 is where block 3 belongs, so blocks are repeated");
}

static void lengths_and_tags_stay_in_their_block(void **state)
{
	const uint32_t wrong[] = { 477, 512, 0x7fffffff, 0x80000000, 0xffffffff };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
		put_file(true);
		put_word(2 * BLOCK + 16, wrong[i]);
		assert_contains(read_file(), "more bytes than fit");
	}
	put_file(true);
	block_at(1)[32 + 256] = 3; /* of the tag: less than its head */
	assert_contains(read_file(), "The tags of block 1 are damaged");
	block_at(1)[32 + 256] = 255; /* behind the end */
	assert_contains(read_file(), "The tags of block 1 are damaged");
}

static void an_old_format_is_named(void **state)
{
	(void)state;
	n_blocks = 0;
	add_block(0, 0);
	TEXT_TAG(BOARD, "cb2s");
	add_block(0, 64);
	TEXT_TAG(0x805946, "app");
	assert_contains(read_file(), "build it again with a current release of ESPHome");
	n_blocks = 0;
	add_block(0, 0);
	add_tag(FORMAT_2, "\3", 1);
	add_block(0, 64);
	add_targets(FLASHER, "app", 4);
	assert_contains(read_file(), "of an old format");
}

static void partitions_must_be_told(void **state)
{
	(void)state;
	add_header(true);
	add_block(0, 64);
	add_targets(FLASHER, "userdata", 9);
	assert_contains(read_file(), "does not tell where its partition \"userdata\" is");
	put_file(true);
	add_header(false);
	add_block(0, 64);
	add_targets("\0\2\0", "app\0download", 13);
	assert_contains(read_file(), "does not tell where its partition \"download\" is");
	add_header(true);
	add_block(0, 64);
	add_targets("\0\3\0", "app\0download", 13);
	assert_contains(read_file(), "does not name the partition");
	add_header(true);
	add_block(0, 64);
	add_tag(TARGETS, "\0\0", 2);
	assert_contains(read_file(), "does not name the partition");
}

static void a_table_with_the_application_elsewhere_is_refused(void **state)
{
	uint8_t table[48];

	(void)state;
	add_header(false);
	put_entry(table, "app", 0, 0x119000);
	add_tag(TABLE, table, sizeof(table));
	add_block(0, 64);
	add_targets(FLASHER, "app", 4);
	assert_contains(read_file(), "puts the application at 0x0; Beken chips have it at 0x11000");
	put_entry(table, "app", 0x11000, 0x119000);
	memcpy(table, "01PF", 4);
	add_header(false);
	add_tag(TABLE, table, sizeof(table));
	add_block(0, 64);
	add_targets(FLASHER, "app", 4);
	assert_contains(read_file(), "does not tell where its partition \"app\" is");
}

static void nothing_belongs_behind_its_partition_or_the_flash(void **state)
{
	const uint32_t wrong[] = { 0x118fff, 0x119000, 0x7fffffff, 0xffffff9a, 0xffffffff };
	uint8_t table[48];

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
		put_word(4 * BLOCK + 12, wrong[i]);
		assert_contains(read_file(), "Block 4 of the UF2 file ends behind its partition \"app\"");
	}
	add_header(false);
	put_entry(table, "kvs", 0xfffffff0, 0xffffffff);
	add_tag(TABLE, table, sizeof(table));
	add_block(0xffff0000, 64);
	add_targets(FLASHER, "kvs", 4);
	assert_contains(read_file(), "Block 1 of the UF2 file belongs behind the end of any flash");
}

static void two_sets_of_bytes_for_one_place_are_refused(void **state)
{
	static const uint32_t addresses[] = { 0, 1, 99, 101, 163 };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(addresses); i++) {
		add_header(true);
		add_block(100, 64);
		add_targets(FLASHER, "app", 4);
		add_block(addresses[i], addresses[i] < 100 ? 101 - addresses[i] : 1);
		assert_contains(read_file(), "two sets of bytes for 0x011");
	}
}

static void more_places_than_there_is_room_for_are_refused(void **state)
{
	(void)state;
	add_header(true);
	for (uint32_t i = 0; i < IMAGE_UF2_RANGES; i++) {
		add_block(2 * i, 1);
		if (!i)
			add_targets(FLASHER, "app", 4);
	}
	assert_string_equal(read_file(), "");
	assert_int_equal(uf2.n_ranges, IMAGE_UF2_RANGES);
	add_block(2 * IMAGE_UF2_RANGES, 1);
	assert_contains(read_file(), "more than 16 places");
}

static void no_input_does_harm(void **state)
{
	static uint8_t picture[0x20000];
	uint64_t random = 3;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		put_file(true);
		for (uint32_t i = 1 + xorshift_below(&random, 4); i; i--) {
			const uint32_t at = xorshift_below(&random, 2) ? 32 + xorshift_below(&random, 200)
								       : xorshift_below(&random, 512);

			file[xorshift_below(&random, 7) * BLOCK + at] = (uint8_t)xorshift(&random);
		}
		read_bytes(xorshift_below(&random, 8) ? n_blocks * BLOCK
						      : xorshift_below(&random, 7 * BLOCK + 1));
		for (size_t i = 1; i < uf2.n_ranges; i++)
			assert_true(uf2.ranges[i].address >
				    uf2.ranges[i - 1].address + uf2.ranges[i - 1].length);
		image_uf2_place(file, n_blocks * BLOCK, picture, sizeof(picture));
	}
}

/* As many blocks as the largest file has, each with the most tags. */
static void the_largest_file_is_read_in_no_time(void **state)
{
	const size_t n = (size_t)64 << 20;
	uint8_t *large = malloc(n);
	const clock_t started = clock();

	(void)state;
	assert_non_null(large);
	add_header(true);
	add_block(0, 1);
	while (tags_at < 2 * BLOCK - 20)
		add_targets(FLASHER, "app", 4);
	memcpy(large, file, BLOCK);
	for (size_t i = 0; i < n / BLOCK; i++) {
		put_word(BLOCK + 12, (uint32_t)i);
		put_word(BLOCK + 20, (uint32_t)i);
		put_word(BLOCK + 24, (uint32_t)(n / BLOCK));
		memcpy(large + i * BLOCK, i ? block_at(1) : block_at(0), BLOCK);
	}
	for (size_t i = 0; i < 4; i++)
		large[24 + i] = (uint8_t)(n / BLOCK >> 8 * i);
	image_uf2_read(&uf2, large, n);
	assert_string_equal(uf2.problem, "");
	assert_range(0, 0x11001, (uint32_t)(n / BLOCK - 1));
	assert_true(clock() - started < 10 * CLOCKS_PER_SEC);
	free(large);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		TEST(what_is_for_a_programmer_is_found),
		TEST(without_a_table_the_application_is_where_all_boards_have_it),
		TEST(bytes_are_put_to_their_places_and_no_others),
		TEST(the_target_is_the_fourth_number_of_a_tag),
		TEST(a_block_for_no_flash_is_passed_over),
		TEST(ranges_that_touch_are_one),
		TEST(a_checksum_takes_the_place_of_tags),
		TEST(texts_are_cut_and_printable),
		TEST(families_are_named),
		TEST(a_file_is_for_one_chip),
		TEST(each_magic_number_counts),
		TEST(a_file_that_is_cut_off_is_told),
		TEST(missing_and_repeated_blocks_are_told),
		TEST(lengths_and_tags_stay_in_their_block),
		TEST(an_old_format_is_named),
		TEST(partitions_must_be_told),
		TEST(a_table_with_the_application_elsewhere_is_refused),
		TEST(nothing_belongs_behind_its_partition_or_the_flash),
		TEST(two_sets_of_bytes_for_one_place_are_refused),
		TEST(more_places_than_there_is_room_for_are_refused),
		TEST(no_input_does_harm),
		TEST(the_largest_file_is_read_in_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
