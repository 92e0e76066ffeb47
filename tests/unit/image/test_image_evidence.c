/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which chip, which place, and whether all of it is there. */
#include "image.h"
#include "image_chips.h"

#include <stdlib.h>

#include "unit.h"
#include "xorshift.h"

#define MIB ((size_t)1 << 20)
#define APPLICATION 0x11000
#define RF 0x1e0000
#define BOOT_BLOCKS 1900
#define BLOCKS 3000

static uint8_t *die;
static struct image_facts facts;

static const uint32_t plain_words[] = { 0xe59ff014, 0xe59ff014, 0xe59ff014, 0xe59ff014,
					0xe59ff014, 0xe59ff014, 0xe59ff014 };
static const uint32_t tuya_boot[] = { 0x992aff35, 0x992ae735, 0x992aef35, 0x992ad735,
				      0x992adf35, 0x992ac735, 0x992acf35 };
static const uint32_t tuya_words[] = { 0x9b2aff35, 0x9b2ae735, 0x9b2aef35, 0x9b2ad735,
				       0x9b2adf35, 0x9b2ac735, 0x9b2acf35 };
static const uint32_t uascent_boot[] = { 0xcab6700c, 0xeba75335, 0xeab6522c, 0x8fa77155,
					 0x8eb6704c, 0xafa75375, 0xaeb6526c };
static const uint32_t uascent_words[] = { 0xc8b6702e, 0xe9a75317, 0xe8b6520e, 0x8da77177,
					  0x8cb6706e, 0xada75357, 0xacb6524e };

static void put_word(uint8_t *out, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(word >> 8 * i);
}

static void put_crcs(uint8_t *code, size_t blocks)
{
	for (; blocks; blocks--, code += IMAGE_BLOCK_SIZE) {
		const uint16_t crc = image_crc16(code, IMAGE_BLOCK_DATA);

		code[32] = (uint8_t)(crc >> 8);
		code[33] = (uint8_t)crc;
	}
}

static void put_key(uint8_t *code, const uint32_t *words)
{
	for (size_t i = 0; i < 7; i++)
		put_word(code + 4 + 4 * i, words[i]);
	put_crcs(code, 1);
}

static void put_code(uint8_t *out, size_t blocks, uint32_t target)
{
	uint64_t random = target + 1;

	for (size_t i = 0; i < blocks * IMAGE_BLOCK_SIZE; i++)
		out[i] = (uint8_t)xorshift(&random);
	for (size_t i = 0; i < 7; i++)
		put_word(out + IMAGE_BLOCK_SIZE + 4 * i, target);
	put_key(out, plain_words);
	put_crcs(out, blocks);
}

/* Within one block. */
static void put_text(size_t code, size_t logical, const char *text, size_t n)
{
	uint8_t *block = die + code + logical / IMAGE_BLOCK_DATA * IMAGE_BLOCK_SIZE;

	memcpy(block + logical % IMAGE_BLOCK_DATA, text, n);
	put_crcs(block, 1);
}

static void put_rf(size_t address)
{
	memset(die + address, 0xff, IMAGE_SECTOR);
	memcpy(die + address, "TLV", 4);
}

static void setup_code(void)
{
	memset(die, 0xff, 8 * MIB);
	put_code(die, BOOT_BLOCKS, 0x1000);
	put_code(die + APPLICATION, BLOCKS, 0x12000);
}

static int setup(void **state)
{
	(void)state;
	die = malloc(8 * MIB);
	assert_non_null(die);
	setup_code();
	put_rf(RF);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(die);
	return 0;
}

static void look(size_t n)
{
	image_find(&facts, die, n, NULL);
}

static void assert_chips(const char *expected)
{
	char text[IMAGE_CHIPS_TEXT];

	image_chips_text(facts.candidates, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void assert_only_problem(enum image_problem_type type)
{
	assert_int_equal(facts.n_problems, 1);
	assert_int_equal(facts.problems[0].type, type);
}

/* ---- which chip ---- */

static void every_chip_fits_into_the_text(void **state)
{
	char text[IMAGE_CHIPS_TEXT];

	(void)state;
	image_chips_text(UINT32_MAX, text, sizeof(text));
	assert_contains(text, "BK7231T, BK7231S");
	assert_contains(text, "BK7258, BK7271");
	assert_null(image_chip_name(IMAGE_MAX_CHIPS));
}

static void the_mark_excludes_other_chips(void **state)
{
	(void)state;
	look(2 * MIB);
	assert_chips("BK7231T, BK7231S, BK7231U, BK7231Q, BK7252");
	put_text(0, 0x100, "BK7231\0", 8);
	look(2 * MIB);
	assert_chips("BK7231N, BK7231M, BL2028N");
	assert_string_equal(facts.family->name, "bk7231t"); /* its partitions, by the RF's place */
	assert_false(image_chips_are_of_family(&facts));
	put_text(0, 0x100, "BK7238\0", 8);
	look(2 * MIB);
	assert_chips("BK7238, BK7252N");
}

static void the_name_says_more_than_the_mark(void **state)
{
	(void)state;
	put_text(0, 0x100, "BK7238\0", 8);
	put_text(0, 0x1028, "BK7252N\0", 8);
	look(2 * MIB);
	assert_chips("BK7252N");
	put_text(0, 0x1028, "BK7231u\0", 8); /* contradicts it */
	look(2 * MIB);
	assert_chips("BK7238, BK7252N");
	assert_false(facts.evidence[0].contradicts);
	assert_true(facts.evidence[1].contradicts);
	assert_string_equal(facts.evidence[1].text, "the bootloader calls itself BK7231U");
}

static void the_key_excludes_chips(void **state)
{
	(void)state;
	put_text(0, 0x100, "BK7231\0", 8);
	put_key(die, tuya_boot);
	put_key(die + APPLICATION, tuya_words);
	look(2 * MIB);
	assert_chips("BK7231N");
	put_key(die, uascent_boot);
	put_key(die + APPLICATION, uascent_words);
	look(2 * MIB);
	assert_chips("BL2028N");
	assert_int_equal(facts.n_problems, 0);
}

static void the_place_of_rf_never_overrules(void **state)
{
	(void)state;
	memset(die + RF, 0xff, IMAGE_SECTOR);
	put_rf(0x1d0000);
	look(2 * MIB);
	assert_chips("BK7231T, BK7231S, BK7231U, BK7231Q, BK7252");
	assert_true(facts.evidence[1].contradicts);
	assert_string_equal(facts.evidence[1].text, "the RF calibration is at 0x1d0000");
}

static void the_size_of_the_die_is_evidence(void **state)
{
	(void)state;
	look(4 * MIB);
	assert_chips("BK7252");
	assert_string_equal(facts.family->name, "bk7252-2m");
	memcpy(die + 4 * MIB, die, 4 * MIB); /* read twice over */
	look(8 * MIB);
	assert_true(facts.halves_equal);
	assert_chips("BK7252");
}

static void an_application_names_its_chip_unless_it_names_several(void **state)
{
	(void)state;
	memset(die, 0xff, APPLICATION);
	put_text(APPLICATION, 0x800, "bk7231n_x", 9);
	look(2 * MIB);
	assert_chips("BK7231N, BK7231M, BL2028N");
	put_text(APPLICATION, 0x800, "bk7238_x", 8);
	look(2 * MIB);
	assert_chips("BK7238");
	put_text(APPLICATION, 0x900, "BK7231S_2M", 10);
	look(2 * MIB);
	assert_int_equal(facts.n_evidence, 1); /* the RF alone */
}

/* ---- which place ---- */

static void a_strange_key_gives_itself_away_by_two_places(void **state)
{
	uint32_t boot[7], application[7];

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		boot[i] = (uint32_t)(0x12345678 * (i + 3));
		application[i] = boot[i] ^ 0x00a50020;
	}
	put_key(die, boot);
	put_key(die + APPLICATION, application);
	look(APPLICATION + BLOCKS * IMAGE_BLOCK_SIZE);
	assert_int_equal(facts.kind, IMAGE_QIO);
	assert_true(facts.place_certain);
	assert_int_equal(facts.n_problems, 0);
	application[6] ^= 1;
	put_key(die + APPLICATION, application);
	look(APPLICATION + BLOCKS * IMAGE_BLOCK_SIZE);
	assert_int_equal(facts.kind, IMAGE_OTHER_CODE);
	assert_false(facts.place_certain);
	look(2 * MIB); /* but here its place is known */
	assert_int_equal(facts.kind, IMAGE_FULL);
	assert_only_problem(IMAGE_PROBLEM_MIXED_KEYS);
}

/* By FNV-1a as the bootloader leaves it, or by CRC-32. */
static void put_header(size_t at, const char *name, size_t code, size_t body, bool with_hash)
{
	uint8_t header[96] = "RBL";
	uint32_t hash = 0x811c9dc5, crc = 0;

	for (size_t i = 0; i < body; i++) {
		const uint8_t *byte = die + code + i / 32 * 34 + i % 32;

		hash = (hash ^ *byte) * 0x01000193;
		crc = image_crc32(crc, byte, 1);
	}
	memcpy(header + 12, name, strlen(name));
	put_word(header + 76, with_hash ? 0 : crc);
	put_word(header + 80, with_hash ? hash : 0);
	put_word(header + 84, (uint32_t)body);
	put_word(header + 92, image_crc32(0, header, 92));
	for (size_t i = 0; i < 3; i++)
		memcpy(die + at + 34 * i, header + 32 * i, 32);
	put_crcs(die + at, 3);
}

/* A key that is not known. */
static void put_strange_key(size_t code)
{
	put_key(die + code, (const uint32_t[]){ 1, 20, 300, 4000, 50000, 600000, 7000000 });
}

static void headers_tell_the_place_of_code_that_does_not(void **state)
{
	const size_t header = 0x129f70 - IMAGE_RBL_CODED_SIZE;

	(void)state;
	put_strange_key(APPLICATION);
	put_header(header, "app", APPLICATION, 96000, false);
	image_find(&facts, die + APPLICATION, 0x129f70 - APPLICATION, NULL);
	assert_int_equal(facts.kind, IMAGE_UA);
	assert_true(facts.place_certain);
	assert_int_equal(facts.n_problems, 0);
	/* Those of bootloader and application differ by more than their place. */
	put_key(die, (const uint32_t[]){ 9, 8, 7, 6, 5, 4, 3 });
	put_header(0x11000 - IMAGE_RBL_CODED_SIZE, "bootloader", 0, 0xa000, false);
	look(APPLICATION + BLOCKS * IMAGE_BLOCK_SIZE);
	assert_int_equal(facts.kind, IMAGE_QIO);
	assert_true(facts.place_certain);
}

static void a_mark_tells_the_place_of_a_bootloader(void **state)
{
	(void)state;
	put_strange_key(0);
	look(BOOT_BLOCKS * IMAGE_BLOCK_SIZE);
	assert_int_equal(facts.kind, IMAGE_OTHER_CODE);
	put_text(0, 0x100, "BK7231\0", 8);
	look(BOOT_BLOCKS * IMAGE_BLOCK_SIZE);
	assert_int_equal(facts.kind, IMAGE_BOOTLOADER);
	assert_true(facts.place_certain);
}

static void an_erased_start_tells_the_place_of_what_follows(void **state)
{
	(void)state;
	put_strange_key(APPLICATION);
	memset(die, 0xff, APPLICATION);
	look(APPLICATION + BLOCKS * IMAGE_BLOCK_SIZE);
	assert_true(facts.place_certain);
	assert_only_problem(IMAGE_PROBLEM_NO_BOOTLOADER);
	die[5] = 0x55;
	look(APPLICATION + BLOCKS * IMAGE_BLOCK_SIZE);
	assert_false(facts.place_certain);
}

/* Old BK7252 SDK: its vectors hand on to those of the application. */
static void a_bootloader_may_hand_on_to_the_application(void **state)
{
	static const uint32_t old[] = { 0xe59ff018, 0xe59ff018, 0xe59ff018, 0xe59ff018,
					0xe59ff018, 0xe59ff018, 0xe59ff018 };

	(void)state;
	put_code(die, BOOT_BLOCKS, 0x10004);
	put_key(die, old);
	look(BOOT_BLOCKS * IMAGE_BLOCK_SIZE);
	assert_int_equal(facts.kind, IMAGE_BOOTLOADER);
	assert_int_equal(facts.parts[0].vectors.cipher, IMAGE_CIPHER_NONE);
	look(2 * MIB);
	assert_int_equal(facts.n_problems, 0);
}

static void firmware_padded_to_a_round_size_is_no_dump(void **state)
{
	(void)state;
	memset(die + RF, 0xff, IMAGE_SECTOR);
	for (size_t size = MIB; size <= 2 * MIB; size *= 2) {
		look(size);
		assert_int_equal(facts.kind, IMAGE_QIO);
		assert_int_equal(image_die_size(&facts), 0);
	}
	put_code(die + APPLICATION, (MIB - APPLICATION) / IMAGE_BLOCK_SIZE + 1, 0x12000);
	look(MIB); /* cut off in a block, which makes no dump of it */
	assert_int_equal(facts.kind, IMAGE_QIO);
	assert_only_problem(IMAGE_PROBLEM_CUT_OFF);
	setup_code();
	die[0x180000] = 0;
	look(2 * MIB);
	assert_int_equal(facts.kind, IMAGE_FULL);
}

static void swapped_halves_are_told(void **state)
{
	(void)state;
	memcpy(die + 2 * MIB, die, 2 * MIB);
	memset(die, 0xff, 2 * MIB);
	look(4 * MIB);
	assert_int_equal(facts.kind, IMAGE_FULL);
	assert_only_problem(IMAGE_PROBLEM_HALF_SWAPPED);
	/* Not of code whose place nothing tells. */
	put_key(die + 2 * MIB, tuya_words);
	look(4 * MIB);
	assert_true(facts.n_problems == 0 || facts.problems[0].type != IMAGE_PROBLEM_HALF_SWAPPED);
}

/* ---- health ---- */

static void different_keys_are_told(void **state)
{
	static const struct {
		const uint32_t *boot, *application;
		bool mixed;
	} keys[] = {
		{ plain_words, plain_words, false },   { tuya_boot, tuya_words, false },
		{ uascent_boot, uascent_words, false }, { tuya_boot, plain_words, true },
		{ plain_words, tuya_words, true },	{ tuya_boot, uascent_words, true },
		{ plain_words, uascent_words, true },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(keys); i++) {
		put_key(die, keys[i].boot);
		put_key(die + APPLICATION, keys[i].application);
		look(2 * MIB);
		assert_int_equal(facts.n_problems, keys[i].mixed);
		if (keys[i].mixed)
			assert_only_problem(IMAGE_PROBLEM_MIXED_KEYS);
	}
	memset(die, 0xff, APPLICATION); /* nothing to compare */
	look(2 * MIB);
	assert_only_problem(IMAGE_PROBLEM_NO_BOOTLOADER);
}

static void a_hole_has_a_whole_sector(void **state)
{
	(void)state;
	memset(die + 0x20000, 0xff, IMAGE_SECTOR - 1);
	look(2 * MIB);
	assert_int_equal(facts.n_problems, 1); /* blocks at its ends */
	assert_int_not_equal(facts.problems[0].type, IMAGE_PROBLEM_HOLE);
	teardown(state);
	setup(state);
	memset(die + 0x20000, 0xff, IMAGE_SECTOR);
	look(2 * MIB);
	assert_only_problem(IMAGE_PROBLEM_HOLE);
	assert_int_equal(facts.problems[0].offset, 0x20000);
	assert_int_equal(facts.problems[0].bytes, IMAGE_SECTOR);
	assert_string_equal(facts.problems[0].part->name, "application");
}

static void a_header_proves_that_code_is_whole(void **state)
{
	const size_t end = APPLICATION + BLOCKS * IMAGE_BLOCK_SIZE;

	(void)state;
	for (int with_hash = 0; with_hash <= 1; with_hash++) {
		put_header(0x132000 - IMAGE_RBL_CODED_SIZE, "app", APPLICATION, BLOCKS * 32, with_hash);
		/* Older code behind a gap of a sector; no damage then. */
		put_code(die + end + 200 * IMAGE_BLOCK_SIZE, 50, 0x15000);
		memset(die + end + 200 * IMAGE_BLOCK_SIZE, 0x5a, IMAGE_BLOCK_SIZE); /* no vectors */
		put_crcs(die + end + 200 * IMAGE_BLOCK_SIZE, 1);
		look(2 * MIB);
		assert_true(facts.parts[1].has_header && facts.parts[1].header_matches);
		assert_int_equal(facts.n_problems, 0);
		die[APPLICATION + 40 * IMAGE_BLOCK_SIZE] ^= 1;
		put_crcs(die + APPLICATION + 40 * IMAGE_BLOCK_SIZE, 1);
		look(2 * MIB);
		assert_true(facts.parts[1].has_header && !facts.parts[1].header_matches);
		assert_only_problem(IMAGE_PROBLEM_HOLE);
	}
}

static void the_header_of_this_code_counts_not_an_older_one(void **state)
{
	(void)state;
	put_header(0x10000 / 34 * 34 - 3 * 34, "bootloader", 0, 1000 * 32, false);
	memset(die + 1000 * 34, 0xff, 900 * 34);
	put_header(0x11000 - IMAGE_RBL_CODED_SIZE, "bootloader", 0, 1500 * 32, true);
	die[0] ^= 1; /* the second one is of other code */
	put_crcs(die, 1);
	put_header(0x10000 / 34 * 34 - 3 * 34, "bootloader", 0, 1000 * 32, false);
	look(2 * MIB);
	assert_true(facts.parts[0].header_matches);
	assert_int_equal(facts.n_problems, 0);
}

static void another_application_behind_a_gap_is_no_hole(void **state)
{
	(void)state;
	memset(die + RF, 0xff, IMAGE_SECTOR);
	put_rf(0x3fe000);
	put_code(die + 0x1ba000, 300, 0x12000); /* Tuya's BK7252 have two */
	look(4 * MIB);
	assert_int_equal(facts.n_problems, 0);
}

static void a_dump_ends_behind_its_rf(void **state)
{
	(void)state;
	look(RF);
	assert_only_problem(IMAGE_PROBLEM_INCOMPLETE);
	look(RF + IMAGE_SECTOR);
	assert_int_equal(facts.n_problems, 0);
	look(0x132000); /* as long as firmware can be */
	assert_int_equal(facts.n_problems, 0);
	memset(die + RF, 0xff, IMAGE_SECTOR);
	die[0x1f0000] = 0;
	look(2 * MIB); /* a whole die that has lost it */
	assert_int_equal(facts.n_problems, 0);
}

static void put_update(size_t at, size_t body)
{
	memset(die + at, 0, IMAGE_RBL_SIZE + body);
	memcpy(die + at, "RBL", 4);
	put_word(die + at + 76, image_crc32(0, die + at + IMAGE_RBL_SIZE, body));
	put_word(die + at + 88, (uint32_t)body);
	put_word(die + at + 92, image_crc32(0, die + at, 92));
}

static void only_a_valid_update_waits(void **state)
{
	(void)state;
	look(2 * MIB);
	assert_false(facts.has_update);
	put_update(0x132000, 5000);
	look(2 * MIB);
	assert_true(facts.has_update);
	assert_int_equal(facts.update_address, 0x132000);
	assert_int_equal(facts.update_size, 5096);
	image_find(&facts, die + APPLICATION, 2 * MIB - APPLICATION, NULL);
	assert_int_equal(facts.update_address, 0x132000);
	look(0x132000 + 5095);
	assert_false(facts.has_update);
	die[0x132000 + 3000] ^= 1;
	look(2 * MIB);
	assert_false(facts.has_update);
	put_update(0x132000, 5000);
	die[0x132000 + 40] ^= 1;
	look(2 * MIB);
	assert_false(facts.has_update);
}

#define image_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		image_test(every_chip_fits_into_the_text),
		image_test(the_mark_excludes_other_chips),
		image_test(the_name_says_more_than_the_mark),
		image_test(the_key_excludes_chips),
		image_test(the_place_of_rf_never_overrules),
		image_test(the_size_of_the_die_is_evidence),
		image_test(an_application_names_its_chip_unless_it_names_several),
		image_test(a_strange_key_gives_itself_away_by_two_places),
		image_test(headers_tell_the_place_of_code_that_does_not),
		image_test(a_mark_tells_the_place_of_a_bootloader),
		image_test(an_erased_start_tells_the_place_of_what_follows),
		image_test(a_bootloader_may_hand_on_to_the_application),
		image_test(firmware_padded_to_a_round_size_is_no_dump),
		image_test(swapped_halves_are_told),
		image_test(different_keys_are_told),
		image_test(a_hole_has_a_whole_sector),
		image_test(a_header_proves_that_code_is_whole),
		image_test(the_header_of_this_code_counts_not_an_older_one),
		image_test(another_application_behind_a_gap_is_no_hole),
		image_test(a_dump_ends_behind_its_rf),
		image_test(only_a_valid_update_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
