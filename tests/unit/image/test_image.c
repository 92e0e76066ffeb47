/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image.h"
#include "image_compare.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"
#include "xorshift.h"

#define LAYOUT_SIZE (IMAGE_MAX_PARTITIONS * 40)
#define MIB ((size_t)1 << 20)
#define APPLICATION 0x11000
#define APPLICATION_BLOCKS 3000
#define APPLICATION_SIZE ((size_t)APPLICATION_BLOCKS * IMAGE_BLOCK_SIZE)
#define QIO_SIZE (APPLICATION + APPLICATION_SIZE)

static uint8_t *die; /* 2 MiB, and room for what a test puts before it */
static struct image_facts facts;

static void put_word(uint8_t *out, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(word >> 8 * i);
}

static void put_crc(uint8_t *block)
{
	const uint16_t crc = image_crc16(block, IMAGE_BLOCK_DATA);

	block[32] = (uint8_t)(crc >> 8);
	block[33] = (uint8_t)crc;
}

static void put_code(uint8_t *out, size_t blocks, uint32_t target)
{
	uint64_t random = target + 1;

	for (size_t i = 0; i < blocks * IMAGE_BLOCK_SIZE; i++)
		out[i] = (uint8_t)xorshift(&random);
	for (size_t i = 0; i < 7; i++) {
		put_word(out + 4 + 4 * i, 0xe59ff014);
		put_word(out + IMAGE_BLOCK_SIZE + 4 * i, target);
	}
	for (size_t i = 0; i < blocks; i++)
		put_crc(out + i * IMAGE_BLOCK_SIZE);
}

static void put_rf(size_t address)
{
	memcpy(die + address, "TLV", 4);
	put_word(die + address + 28, 0x11111102);
	put_word(die + address + 32, 6);
	memcpy(die + address + 36, "\xc8\x47\x8c\x01\x02\x03", 6);
}

/* A BK7231T, or N with rf at 0x1d0000. */
static void put_die(size_t rf)
{
	memset(die, 0xff, 2 * MIB);
	put_code(die, 1900, 0x1000);
	put_code(die + APPLICATION, APPLICATION_BLOCKS, 0x12000);
	put_rf(rf);
}

static int setup(void **state)
{
	(void)state;
	die = malloc(4 * MIB);
	assert_non_null(die);
	/* Tests look beyond the 2 MiB of most dies. */
	memset(die, 0xff, 4 * MIB);
	put_die(0x1e0000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(die);
	return 0;
}

static void look_at(const uint8_t *data, size_t n)
{
	image_find(&facts, data, n, NULL);
}

static void look(size_t n)
{
	look_at(die, n);
}

static const char *problem(size_t i)
{
	static char text[512];

	if (i >= facts.n_problems)
		fail_msg("there are only %zu problems", facts.n_problems);
	image_problem_text(&facts, &facts.problems[i], text, sizeof(text));
	return text;
}

static void assert_only_problem(enum image_problem_type type, const char *part_of_text)
{
	assert_int_equal(facts.n_problems, 1);
	assert_int_equal(facts.problems[0].type, type);
	assert_contains(problem(0), part_of_text);
}

static void a_whole_die_is_good(void **state)
{
	(void)state;
	look(2 * MIB);
	assert_int_equal(facts.kind, IMAGE_FULL);
	assert_int_equal(facts.n_problems, 0);
	assert_string_equal(facts.family->name, "bk7231t");
	assert_int_equal(facts.family_source, IMAGE_FAMILY_RF);
	assert_int_equal(facts.n_parts, 2);
	assert_int_equal(facts.parts[0].code.good, 1900);
	assert_int_equal(facts.parts[1].code.good, APPLICATION_BLOCKS);
	assert_int_equal(facts.parts[1].code.end, 0x132000);
	assert_int_equal(facts.n_areas, 1);
	assert_false(facts.halves_equal);
}

static void the_place_of_the_rf_calibration_tells_the_chips(void **state)
{
	static const struct {
		size_t rf;
		const char *name;
	} places[] = {
		{ 0x1d0000, "bk7231n" },
		{ 0x1e0000, "bk7231t" },
		{ 0x1e3000, "bk7238" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(places); i++) {
		put_die(places[i].rf);
		look(2 * MIB);
		assert_string_equal(facts.family->name, places[i].name);
		assert_int_equal(facts.parts[1].code.end, facts.family->application_end);
	}
	put_die(0x1c0000);
	look(2 * MIB);
	assert_null(facts.family);
	assert_int_equal(facts.n_problems, 0);
}

static void openbeken_tells_the_chips_where_rf_is_lost(void **state)
{
	(void)state;
	memset(die + 0x1e0000, 0xff, IMAGE_SECTOR);
	memcpy(die + 0x1d1000, "CFG\0\5\0\0", 8);
	look(2 * MIB);
	assert_string_equal(facts.family->name, "bk7231n");
	assert_int_equal(facts.family_source, IMAGE_FAMILY_OPENBEKEN);
}

static void the_bootloader_tells_the_chips_where_nothing_else_does(void **state)
{
	(void)state;
	memcpy(die + 0x110, "BK7231\0", 8);
	put_crc(die + 8 * IMAGE_BLOCK_SIZE);
	look(QIO_SIZE);
	assert_string_equal(facts.family->name, "bk7231n");
	assert_int_equal(facts.family_source, IMAGE_FAMILY_BOOTLOADER);
	assert_int_equal(facts.n_problems, 0);
}

static void the_user_knows_best(void **state)
{
	const struct image_family *family = image_family_named("bk7252-2m");

	(void)state;
	image_find(&facts, die, 2 * MIB, family);
	assert_ptr_equal(facts.family, family);
	assert_int_equal(facts.family_source, IMAGE_FAMILY_GIVEN);
}

static void kinds_are_told_apart(void **state)
{
	(void)state;
	look(QIO_SIZE);
	assert_int_equal(facts.kind, IMAGE_QIO);
	assert_int_equal(facts.n_problems, 0);
	look(1900 * IMAGE_BLOCK_SIZE);
	assert_int_equal(facts.kind, IMAGE_BOOTLOADER);
	assert_int_equal(facts.n_problems, 0);
	look(0x1f0000);
	assert_int_equal(facts.kind, IMAGE_PARTIAL);
	assert_int_equal(facts.n_problems, 0);
	look_at(die + APPLICATION, APPLICATION_SIZE);
	assert_int_equal(facts.kind, IMAGE_UA);
	assert_int_equal(facts.address, APPLICATION);
	assert_int_equal(facts.n_problems, 0);
	look_at(die + APPLICATION, 2 * MIB - APPLICATION);
	assert_int_equal(facts.kind, IMAGE_FROM_APPLICATION);
	assert_string_equal(facts.family->name, "bk7231t");
	assert_int_equal(facts.n_problems, 0);
	look_at(die + 0x1e0000, 0x20000);
	assert_int_equal(facts.kind, IMAGE_AREAS);
	assert_int_equal(facts.n_problems, 0);
}

/* With another key than Tuya's: no vectors, but all the CRCs. */
static void encrypt(uint8_t *code, size_t blocks)
{
	for (size_t i = 0; i < blocks; i++) {
		uint8_t *block = code + i * IMAGE_BLOCK_SIZE;

		for (size_t j = 0; j < IMAGE_BLOCK_DATA; j++)
			block[j] ^= (uint8_t)(0x35 + 7 * j + i);
		put_crc(block);
	}
}

static void kinds_are_told_apart_when_encrypted(void **state)
{
	(void)state;
	encrypt(die, 1900);
	encrypt(die + APPLICATION, APPLICATION_BLOCKS);
	look(2 * MIB);
	assert_int_equal(facts.kind, IMAGE_FULL);
	assert_int_equal(facts.parts[0].vectors.cipher, IMAGE_CIPHER_UNKNOWN);
	look(QIO_SIZE);
	assert_int_equal(facts.kind, IMAGE_QIO);
	assert_true(facts.place_certain);
	look_at(die + APPLICATION, 2 * MIB - APPLICATION);
	assert_int_equal(facts.kind, IMAGE_FROM_APPLICATION);
	assert_true(facts.place_certain);
	assert_int_equal(facts.n_problems, 0);
}

static void code_that_says_nothing_has_no_place(void **state)
{
	(void)state;
	encrypt(die, 1900);
	encrypt(die + APPLICATION, APPLICATION_BLOCKS);
	look(1900 * IMAGE_BLOCK_SIZE);
	assert_int_equal(facts.kind, IMAGE_OTHER_CODE);
	assert_only_problem(IMAGE_PROBLEM_OTHER_CODE, "where it belongs cannot be said");
	assert_false(facts.place_certain);
	look_at(die + APPLICATION, APPLICATION_SIZE);
	assert_int_equal(facts.kind, IMAGE_OTHER_CODE);
	assert_int_equal(facts.parts[0].code.good, APPLICATION_BLOCKS);
	assert_int_equal(facts.n_problems, 1);
	/* Bytes in front of it make no "late" of it. */
	look_at(die + APPLICATION + 3, APPLICATION_SIZE - 3);
	assert_only_problem(IMAGE_PROBLEM_OTHER_CODE, "code");
}

static void rf_tells_the_place_of_code_that_does_not(void **state)
{
	(void)state;
	put_code(die, APPLICATION / IMAGE_BLOCK_SIZE, 0x1000); /* no gap behind it */
	encrypt(die, APPLICATION / IMAGE_BLOCK_SIZE);
	encrypt(die + APPLICATION, APPLICATION_BLOCKS);
	look(0x1f0000);
	assert_int_equal(facts.kind, IMAGE_PARTIAL);
	assert_int_equal(facts.address, 0);
	look_at(die + APPLICATION, 2 * MIB); /* the size of a die, but not from its start */
	assert_int_equal(facts.kind, IMAGE_FROM_APPLICATION);
	assert_int_equal(facts.address, APPLICATION);
}

static void the_bootloader_behind_the_end_is_found(void **state)
{
	(void)state;
	memcpy(die + 2 * MIB, die, APPLICATION);
	look_at(die + APPLICATION, 2 * MIB);
	assert_int_equal(facts.kind, IMAGE_FROM_APPLICATION);
	assert_int_equal(facts.wraps_at, 2 * MIB - APPLICATION);
	assert_int_equal(facts.n_problems, 0);
	look_at(die + APPLICATION, 2 * MIB - APPLICATION);
	assert_int_equal(facts.wraps_at, 0);
}

static void an_application_does_not_tell_what_only_a_bootloader_can(void **state)
{
	(void)state;
	memcpy(die + APPLICATION + 0x110, "BK7231\0", 8);
	put_crc(die + APPLICATION + 8 * IMAGE_BLOCK_SIZE);
	look_at(die + APPLICATION, APPLICATION_SIZE);
	assert_int_equal(facts.kind, IMAGE_UA);
	assert_null(facts.family);
}

static void each_byte_all_over_has_its_reason(void **state)
{
	static const struct {
		uint8_t fill;
		const char *why;
	} fills[] = {
		{ 0xff, "erased" },
		{ 0x00, "stays low" },
		{ 0xd2, "SPI mode" },
		{ 0x55, "no dump" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(fills); i++) {
		memset(die, fills[i].fill, MIB);
		look(MIB);
		assert_int_equal(facts.kind, IMAGE_FILLED);
		assert_int_equal(facts.fill, fills[i].fill);
		assert_only_problem(IMAGE_PROBLEM_FILLED, fills[i].why);
		look(1);
		assert_int_equal(facts.kind, IMAGE_FILLED);
	}
}

static void no_bytes_are_nothing(void **state)
{
	(void)state;
	look(0);
	assert_int_equal(facts.kind, IMAGE_NOTHING);
	assert_only_problem(IMAGE_PROBLEM_NOTHING, "empty");
}

static void noise_is_unknown(void **state)
{
	uint64_t random = 5;

	(void)state;
	for (size_t i = 0; i < 2 * MIB; i++)
		die[i] = (uint8_t)xorshift(&random);
	look(2 * MIB);
	assert_int_equal(facts.kind, IMAGE_UNKNOWN);
	assert_int_equal(facts.n_parts, 0);
	assert_only_problem(IMAGE_PROBLEM_NOT_BEKEN, "right file");
}

static void code_without_crcs_is_told(void **state)
{
	uint8_t raw[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(raw) / 32; i++)
		memcpy(raw + 32 * i, die + IMAGE_BLOCK_SIZE * i, 32);
	look_at(raw, sizeof(raw));
	assert_int_equal(facts.kind, IMAGE_RAW);
	assert_only_problem(IMAGE_PROBLEM_RAW, "no CRCs");
}

static void damage_is_told_with_its_place(void **state)
{
	(void)state;
	die[APPLICATION + 34] ^= 0x20;
	look(2 * MIB);
	assert_int_equal(facts.kind, IMAGE_FULL);
	assert_only_problem(IMAGE_PROBLEM_CRC, "CRC wrong in the block at 0x011022 of the application");
	assert_contains(problem(0), "1 of 3000 blocks are wrong");
	assert_contains(problem(0), "Read again and compare");
}

static void a_bit_in_the_erased_part_is_damage(void **state)
{
	(void)state;
	die[0x120000] = 0xfe;
	look(2 * MIB);
	assert_only_problem(IMAGE_PROBLEM_CRC, "should be erased");
}

/* Of the code that starts at `code`, body bytes without CRCs. */
static void put_header(size_t at, const char *name, size_t code, size_t body)
{
	uint8_t header[96] = "RBL", *plain = malloc(body);

	assert_non_null(plain);
	for (size_t i = 0; i < body; i++)
		plain[i] = die[code + i / 32 * 34 + i % 32];
	memcpy(header + 12, name, strlen(name));
	put_word(header + 76, image_crc32(0, plain, body));
	put_word(header + 84, (uint32_t)body);
	put_word(header + 88, (uint32_t)body);
	put_word(header + 92, image_crc32(0, header, 92));
	for (size_t i = 0; i < 3; i++) {
		memcpy(die + at + 34 * i, header + 32 * i, 32);
		put_crc(die + at + 34 * i);
	}
	free(plain);
}

static void a_header_of_tuya_ends_the_application(void **state)
{
	(void)state;
	put_header(0x129f70 - IMAGE_RBL_CODED_SIZE, "app", APPLICATION, APPLICATION_BLOCKS * 32);
	memset(die + 0x12a000, 0xfe, 0x6000); /* one bit in each byte: no code */
	look(2 * MIB);
	assert_int_equal(facts.parts[1].code.end, 0x129f70);
	assert_int_equal(facts.parts[1].code.good, APPLICATION_BLOCKS + 3);
	assert_int_equal(facts.parts[1].code.other, 0);
	assert_int_equal(facts.n_problems, 0);
}

static void lost_and_added_bytes_are_told(void **state)
{
	(void)state;
	memmove(die + 0x20000, die + 0x20001, QIO_SIZE - 0x20001);
	look(QIO_SIZE);
	assert_only_problem(IMAGE_PROBLEM_SLIP, "1 byte too early: bytes were lost");
	put_die(0x1e0000);
	memmove(die + 0x20002, die + 0x20000, QIO_SIZE);
	look(QIO_SIZE);
	assert_int_equal(facts.problems[0].type, IMAGE_PROBLEM_SLIP);
	assert_contains(problem(0), "2 bytes too late: bytes came in");
}

static void a_file_that_starts_late_is_told(void **state)
{
	(void)state;
	memmove(die + 1, die, QIO_SIZE);
	die[0] = 0xff;
	look(QIO_SIZE);
	assert_int_equal(facts.kind, IMAGE_UNKNOWN);
	assert_only_problem(IMAGE_PROBLEM_LATE, "1 byte too late");
	put_die(0x1e0000);
	look_at(die + 3, QIO_SIZE - 3);
	assert_only_problem(IMAGE_PROBLEM_LATE, "3 bytes too early");
}

static void a_cut_off_file_is_told(void **state)
{
	(void)state;
	look(QIO_SIZE - 1);
	assert_only_problem(IMAGE_PROBLEM_CUT_OFF, "ends in the middle of a block of the application");
	look(33);
	assert_int_equal(facts.kind, IMAGE_UNKNOWN);
}

static void missing_parts_are_told(void **state)
{
	(void)state;
	memset(die, 0xff, APPLICATION);
	look(2 * MIB);
	assert_int_equal(facts.kind, IMAGE_FULL);
	assert_only_problem(IMAGE_PROBLEM_NO_BOOTLOADER, "no bootloader");
	put_die(0x1e0000);
	memset(die + APPLICATION, 0xff, APPLICATION_SIZE);
	look(2 * MIB);
	assert_only_problem(IMAGE_PROBLEM_NO_APPLICATION, "no application");
}

/* Returns how many partitions there are. */
static size_t layout_text(char *text, size_t size)
{
	struct image_partition partitions[IMAGE_MAX_PARTITIONS];
	const size_t n = image_layout(&facts, partitions);
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%08x:%08x %s\n", partitions[i].start,
					 partitions[i].end - 1, partitions[i].name);
	return n;
}

static void a_die_read_twice_over_is_noticed(void **state)
{
	char text[LAYOUT_SIZE];

	(void)state;
	memcpy(die + 2 * MIB, die, 2 * MIB);
	look(4 * MIB);
	assert_true(facts.halves_equal);
	assert_int_not_equal(layout_text(text, sizeof(text)), 0);
	assert_contains(text, "001e3000:001fffff user\n");
}

static void put_rbl(size_t body)
{
	memset(die, 0, IMAGE_RBL_SIZE);
	memcpy(die, "RBL\0\2\1", 6);
	memcpy(die + 12, "app", 4);
	put_word(die + 76, image_crc32(0, die + IMAGE_RBL_SIZE, body));
	put_word(die + 88, (uint32_t)body);
	put_word(die + 92, image_crc32(0, die, 92));
}

static void containers_are_checked(void **state)
{
	(void)state;
	put_rbl(1000);
	look(IMAGE_RBL_SIZE + 1000);
	assert_int_equal(facts.kind, IMAGE_RBL);
	assert_int_equal(facts.n_problems, 0);
	look(IMAGE_RBL_SIZE + 999);
	assert_only_problem(IMAGE_PROBLEM_RBL_SIZE, "ends before");
	die[IMAGE_RBL_SIZE + 10] ^= 1;
	look(IMAGE_RBL_SIZE + 1000);
	assert_only_problem(IMAGE_PROBLEM_RBL_BODY, "contents");
	die[20] ^= 1;
	look(IMAGE_RBL_SIZE + 1000);
	assert_only_problem(IMAGE_PROBLEM_RBL_HEADER, "header");
	look(IMAGE_RBL_SIZE - 1);
	assert_int_equal(facts.kind, IMAGE_UNKNOWN);
}

/* ---- layout ---- */

static void the_layout_is_that_of_the_whole_die(void **state)
{
	char whole[LAYOUT_SIZE], text[LAYOUT_SIZE];

	(void)state;
	look(2 * MIB);
	assert_int_not_equal(layout_text(whole, sizeof(whole)), 0);
	assert_string_equal(whole, "00000000:00010fff bootloader\n"
				   "00011000:00131fff application\n"
				   "00132000:001d7fff download\n"
				   "001d8000:001dffff kvs\n"
				   "001e0000:001e0fff rf\n"
				   "001e1000:001e2fff net\n"
				   "001e3000:001fffff user\n");
	look_at(die + APPLICATION, 2 * MIB - APPLICATION);
	assert_int_not_equal(layout_text(text, sizeof(text)), 0);
	assert_string_equal(text, whole);
}

static void no_layout_without_a_family(void **state)
{
	char text[LAYOUT_SIZE];

	(void)state;
	look(QIO_SIZE);
	assert_int_equal(layout_text(text, sizeof(text)), 0);
	assert_string_equal(text, "");
}

/* ---- comparison ---- */

static struct image_comparison comparison;
static struct image_facts other_facts;

static void compare(const uint8_t *first, size_t first_n, const uint8_t *second, size_t second_n)
{
	const struct image_file a = { "a", first, &facts }, b = { "b", second, &other_facts };

	image_find(&facts, first, first_n, NULL);
	image_find(&other_facts, second, second_n, NULL);
	image_compare(&comparison, &a, &b);
}

static const struct image_difference *part(const char *name)
{
	for (size_t i = 0; i < comparison.n; i++) {
		if (!strcmp(comparison.parts[i].name, name))
			return &comparison.parts[i];
	}
	fail_msg("no partition %s", name);
	return NULL;
}

static void an_image_is_the_same_as_itself(void **state)
{
	(void)state;
	compare(die, 2 * MIB, die, 2 * MIB);
	assert_true(comparison.same);
	assert_int_equal(comparison.n, 7);
	compare(die, 0, die, 0);
	assert_true(comparison.same);
	assert_int_equal(comparison.n, 0);
}

static void differences_are_counted_by_partition(void **state)
{
	uint8_t *other = malloc(2 * MIB);

	(void)state;
	assert_non_null(other);
	memcpy(other, die, 2 * MIB);
	other[0x10fff] ^= 1;
	other[0x1e0024] ^= 1;
	other[0x1e0fff] ^= 1;
	compare(die, 2 * MIB, other, 2 * MIB);
	assert_false(comparison.same);
	assert_int_equal(part("bootloader")->different, 1);
	assert_int_equal(part("bootloader")->first, 0x10fff);
	assert_int_equal(part("application")->different, 0);
	assert_int_equal(part("application")->compared, 0x132000 - APPLICATION);
	assert_int_equal(part("rf")->different, 2);
	assert_int_equal(part("rf")->first, 0x1e0024);
	free(other);
}

static void an_application_is_compared_where_it_belongs(void **state)
{
	(void)state;
	compare(die, 2 * MIB, die + APPLICATION, APPLICATION_SIZE);
	assert_false(comparison.same);
	assert_int_equal(part("application")->compared, APPLICATION_SIZE);
	assert_int_equal(part("application")->different, 0);
	assert_int_equal(part("application")->only_first, 0x132000 - QIO_SIZE);
	assert_int_equal(part("bootloader")->only_first, APPLICATION);
	compare(die + APPLICATION, APPLICATION_SIZE, die, 2 * MIB);
	assert_int_equal(part("bootloader")->only_second, APPLICATION);
	assert_int_equal(part("bootloader")->only_first, 0);
}

static void bytes_behind_the_last_partition_count(void **state)
{
	(void)state;
	memset(die + 2 * MIB, 0x11, 100);
	compare(die, 2 * MIB, die, 2 * MIB + 100);
	assert_false(comparison.same);
	assert_int_equal(part("rest")->only_second, 100);
	assert_int_equal(part("rest")->start, 2 * MIB);
}

static void unknown_files_are_one_part(void **state)
{
	(void)state;
	compare((const uint8_t *)"abcdef", 6, (const uint8_t *)"abXdef", 6);
	assert_false(comparison.same);
	assert_int_equal(comparison.n, 1);
	assert_int_equal(part("all")->different, 1);
	assert_int_equal(part("all")->first, 2);
}

#define image_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		image_test(a_whole_die_is_good),
		image_test(the_place_of_the_rf_calibration_tells_the_chips),
		image_test(openbeken_tells_the_chips_where_rf_is_lost),
		image_test(the_bootloader_tells_the_chips_where_nothing_else_does),
		image_test(the_user_knows_best),
		image_test(kinds_are_told_apart),
		image_test(kinds_are_told_apart_when_encrypted),
		image_test(code_that_says_nothing_has_no_place),
		image_test(rf_tells_the_place_of_code_that_does_not),
		image_test(the_bootloader_behind_the_end_is_found),
		image_test(an_application_does_not_tell_what_only_a_bootloader_can),
		image_test(each_byte_all_over_has_its_reason),
		image_test(no_bytes_are_nothing),
		image_test(noise_is_unknown),
		image_test(code_without_crcs_is_told),
		image_test(damage_is_told_with_its_place),
		image_test(a_bit_in_the_erased_part_is_damage),
		image_test(a_header_of_tuya_ends_the_application),
		image_test(lost_and_added_bytes_are_told),
		image_test(a_file_that_starts_late_is_told),
		image_test(a_cut_off_file_is_told),
		image_test(missing_parts_are_told),
		image_test(a_die_read_twice_over_is_noticed),
		image_test(containers_are_checked),
		image_test(the_layout_is_that_of_the_whole_die),
		image_test(no_layout_without_a_family),
		image_test(an_image_is_the_same_as_itself),
		image_test(differences_are_counted_by_partition),
		image_test(an_application_is_compared_where_it_belongs),
		image_test(bytes_behind_the_last_partition_count),
		image_test(unknown_files_are_one_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
