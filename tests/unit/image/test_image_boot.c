/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_boot.h"
#include "image_crc.h"
#include "image_cipher.h"
#include "image_rbl.h"

#include "unit.h"
#include "xorshift.h"

#define BLOCKS 2000
#define SIZE (BLOCKS * (size_t)IMAGE_BLOCK_SIZE)

static uint8_t code[IMAGE_BOOT_SIZE + 100]; /* the bootloader, and more */
static struct image_boot boot;

static void put_crcs(void)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		uint8_t *block = code + i * IMAGE_BLOCK_SIZE;
		const uint16_t crc = image_crc16(block, IMAGE_BLOCK_DATA);

		block[32] = (uint8_t)(crc >> 8);
		block[33] = (uint8_t)crc;
	}
}

/* At a logical address; CRCs in between are left out. */
static void put(size_t at, const void *bytes, size_t n)
{
	const uint8_t *from = bytes;

	for (; n; n--, at++)
		code[at / IMAGE_BLOCK_DATA * IMAGE_BLOCK_SIZE + at % IMAGE_BLOCK_DATA] = *from++;
	put_crcs();
}

static void put_word(size_t at, uint32_t word)
{
	uint8_t bytes[4];

	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(word >> 8 * i);
	put(at, bytes, sizeof(bytes));
}

static void put_vectors(const uint32_t *words)
{
	for (size_t i = 0; i < IMAGE_VECTORS_WORDS; i++)
		put_word(4 * (i + 1), words[i]);
}

static const uint32_t plain_words[] = { 0xe59ff014, 0xe59ff014, 0xe59ff014, 0xe59ff014,
					0xe59ff014, 0xe59ff014, 0xe59ff014 };
static const uint32_t old_words[] = { 0xe59ff018, 0xe59ff018, 0xe59ff018, 0xe59ff018,
				      0xe59ff018, 0xe59ff018, 0xe59ff018 };
/* Of dumps in openshwprojects/BK7231GUIFlashTool testDumps; all but the first, and the
 * Uascent ones, were computed with tuya-cloudcutter/bk7231tools crypto/code.py. */
static const uint32_t tuya_words[] = { 0x992aff35, 0x992ae735, 0x992aef35, 0x992ad735,
				       0x992adf35, 0x992ac735, 0x992acf35 };
static const uint32_t tuya_application[] = { 0x9b2aff35, 0x9b2ae735, 0x9b2aef35, 0x9b2ad735,
					     0x9b2adf35, 0x9b2ac735, 0x9b2acf35 };
static const uint32_t uascent_words[] = { 0xcab6700c, 0xeba75335, 0xeab6522c, 0x8fa77155,
					  0x8eb6704c, 0xafa75375, 0xaeb6526c };
static const uint32_t uascent_application[] = { 0xc8b6702e, 0xe9a75317, 0xe8b6520e, 0x8da77177,
						0x8cb6706e, 0xada75357, 0xacb6524e };

static int setup(void **state)
{
	uint64_t random = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(code); i++)
		code[i] = (uint8_t)xorshift(&random);
	put_vectors(plain_words);
	return 0;
}

static struct image_key key_of(const uint32_t *words)
{
	struct image_key key;

	put_vectors(words);
	image_key_find(&key, code, SIZE);
	assert_true(key.known);
	return key;
}

/* ---- keys ---- */

static void the_key_is_that_of_words_1_to_7(void **state)
{
	const struct image_key key = key_of(tuya_words);

	(void)state;
	assert_memory_equal(key.words, tuya_words, sizeof(tuya_words));
}

static void known_keys_have_names(void **state)
{
	static const uint32_t strange[] = { 1, 2, 3, 4, 5, 6, 7 };
	static const struct {
		const uint32_t *words;
		bool is_boot;
		const char *name;
	} keys[] = {
		{ plain_words, true, "not encrypted" },
		{ plain_words, false, "not encrypted" },
		{ old_words, true, "not encrypted" },
		{ tuya_words, true, "Tuya's key" },
		{ tuya_application, false, "Tuya's key" },
		{ tuya_application, true, "an unknown key" },
		{ uascent_words, true, "Uascent's key" },
		{ uascent_application, false, "Uascent's key" },
		{ uascent_words, false, "an unknown key" },
		{ strange, true, "an unknown key" },
	};
	struct image_key none = { .known = false };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(keys); i++) {
		const struct image_key key = key_of(keys[i].words);

		assert_string_equal(image_key_name(&key, keys[i].is_boot), keys[i].name);
	}
	assert_string_equal(image_key_name(&none, true), "no code with right CRCs");
}

static void keys_are_compared(void **state)
{
	const struct image_key plain = key_of(plain_words), old = key_of(old_words), tuya = key_of(tuya_words);
	struct image_key other = plain;

	(void)state;
	assert_false(image_key_differs(&plain, &plain));
	assert_true(image_key_differs(&plain, &tuya));
	assert_false(image_key_differs(&plain, &old));
	assert_false(image_key_differs(&old, &plain));
	other.words[6] ^= 0x18 ^ 0x14; /* in one word alone it is another key */
	assert_true(image_key_differs(&plain, &other));
	other.known = false;
	assert_false(image_key_differs(&plain, &other));
	assert_false(image_key_differs(&other, &plain));
}

static void a_key_needs_right_crcs(void **state)
{
	struct image_key key;

	(void)state;
	image_key_find(&key, code, IMAGE_BLOCK_SIZE - 1);
	assert_false(key.known);
	image_key_find(&key, code, IMAGE_BLOCK_SIZE);
	assert_true(key.known);
	code[5] ^= 1;
	image_key_find(&key, code, SIZE);
	assert_false(key.known);
	code[5] ^= 1;
	memset(code + IMAGE_BLOCK_SIZE, 0x5a, SIZE - IMAGE_BLOCK_SIZE); /* right by chance, the first one */
	image_key_find(&key, code, SIZE);
	assert_false(key.known);
	memset(code, 0xff, SIZE);
	image_key_find(&key, code, SIZE);
	assert_false(key.known);
}

static void vectors_of_a_cortex_m_are_no_key(void **state)
{
	struct image_key key;

	(void)state;
	put_word(0, 0x2808fff0);
	put_word(4, 0x02000255);
	image_key_find(&key, code, SIZE);
	assert_false(key.known);
	put_word(4, 0x02000254); /* no address of Thumb code */
	image_key_find(&key, code, SIZE);
	assert_true(key.known);
}

/* ---- plain code ---- */

static void plain_code_has_no_crcs(void **state)
{
	const struct image_plain plain = { .blocks = code, .n = SIZE };
	uint8_t bytes[70];

	(void)state;
	put(30, "across two blocks", 17);
	image_plain_read(&plain, 30, bytes, 17);
	assert_memory_equal(bytes, "across two blocks", 17);
	assert_int_equal(image_plain_find(&plain, 0, "across two"), 30);
	assert_int_equal(image_plain_find(&plain, 31, "across two"), IMAGE_PLAIN_NOWHERE);
	image_plain_read(&plain, BLOCKS * IMAGE_BLOCK_DATA - 1, bytes, 3);
	assert_int_equal(bytes[1] | bytes[2], 0);
}

static void text_may_be_the_last_of_it(void **state)
{
	const struct image_plain plain = { .blocks = code, .n = 3 * IMAGE_BLOCK_SIZE + 5 };

	(void)state;
	put(92, "last", 4);
	assert_int_equal(image_plain_find(&plain, 0, "last"), 92);
	put(93, "last", 4); /* partly in a block that is not there in whole */
	assert_int_equal(image_plain_find(&plain, 0, "last"), IMAGE_PLAIN_NOWHERE);
}

/* ---- what a bootloader says ---- */

static void find(size_t n)
{
	memset(&boot, 0x55, sizeof(boot));
	image_boot_find(&boot, code, n);
}

static void put_entry(size_t at, const char *name, const char *flash, uint32_t offset, uint32_t length,
		      bool with_crc)
{
	uint8_t entry[64] = "01PE";

	memcpy(entry + 4, name, strlen(name));
	memcpy(entry + 28, flash, strlen(flash));
	for (int i = 0; i < 4; i++) {
		entry[52 + i] = (uint8_t)(offset >> 8 * i);
		entry[56 + i] = (uint8_t)(length >> 8 * i);
	}
	for (int i = 0; with_crc && i < 4; i++)
		entry[60 + i] = (uint8_t)(image_crc32(0, entry, 60) >> 8 * i);
	put(at, entry, sizeof(entry));
}

static void a_bootloader_may_say_nothing(void **state)
{
	(void)state;
	find(SIZE);
	assert_true(boot.present);
	assert_false(boot.blank);
	assert_true(boot.key.known);
	assert_string_equal(boot.mark, "");
	assert_string_equal(boot.chip, "");
	assert_string_equal(boot.version, "");
	assert_int_equal(boot.n_partitions, 0);
}

static void a_blank_flash_has_no_bootloader(void **state)
{
	(void)state;
	memset(code, 0xff, sizeof(code));
	find(SIZE);
	assert_true(boot.blank);
	assert_false(boot.present);
	memset(code, 0, sizeof(code));
	find(SIZE);
	assert_true(boot.blank);
	code[IMAGE_BOOT_SIZE] = 1; /* not looked at */
	find(sizeof(code));
	assert_true(boot.blank);
	code[IMAGE_BOOT_SIZE - 1] = 1;
	find(sizeof(code));
	assert_false(boot.blank);
	assert_false(boot.present);
	memset(code, 0xd2, SIZE);
	find(SIZE);
	assert_false(boot.blank);
	find(0);
	assert_false(boot.blank);
}

/* In Tuya's bootloader for the BK7231N the name is at 0x94; these are the bytes of dumps, with
 * those in front that say which place and key it is. */
static void tuya_s_names_are_read(void **state)
{
	static const struct {
		const char *bytes, *chip, *version;
	} names[] = {
		{ "\x63\x64\x83\x4e\x12\x06\xfa\x23\x10\x11\x84\x52\x10\x47\xb4\x7c", "BK7231N", "1.0.1" },
		{ "\x63\x64\x83\x4e\x12\x06\xe7\x23\x10\x11\x84\x52\x17\x47\xb4\x7c", "BK7231S", "1.0.6" },
	};

	(void)state;
	put_vectors(tuya_words);
	for (size_t i = 0; i < N_ELEMENTS(names); i++) {
		put(0x94, names[i].bytes, 16);
		find(SIZE);
		assert_string_equal(boot.chip, names[i].chip);
		assert_string_equal(boot.version, names[i].version);
	}
	put_vectors(plain_words); /* so it is not encrypted, and that is no name */
	find(SIZE);
	assert_string_equal(boot.chip, "");
}

/* As bootloaders in protectivedad/beken_freertos_sdk tools/beken_packager have it. */
static void beken_s_names_are_read(void **state)
{
	static const struct {
		size_t at;
		const char *mark, *name;
		const char *expected_mark, *chip, *version;
	} names[] = {
		{ 0xdb4, "BK7231\0\0", "BK7231n\0_1.0.8\0", "BK7231", "BK7231N", "1.0.8" },
		{ 0x1028, "BK7238\0\0_1.0.15\0", "BK7252N\0\x08\1\0\0\0\0", "BK7238", "BK7252N", "1.0.15" },
		{ 0x1028, "BK7238\0\0_1.0.15\0", "BK7238\0\0\x08\1\0\0\0\0", "BK7238", "BK7238", "1.0.15" },
		{ 0xf6c, "BK7231\0\0\1\x30\x90\xe1!\0\0J", "BK7236\0\0_1.0.11", "BK7231", "BK7236", "1.0.11" },
		{ 0x16dc, "\xa0\2q\xe0\x81\2@ ", "BK7231\0\0_1.0.11", "", "", "1.0.11" },
		{ 0x1714, "A\x1e\0\x91\xfb\xd2\x08\xbd", "BK7231u\0\x08\1\0\0\0\0", "", "BK7231U", "" },
		{ 0x171c, "A\x1e\0\x91\xfb\xd2\x08\xbd", "BK7251\0\0\x08\1\0\0\0\0", "", "BK7251", "" },
		{ 0x2000, "BK7236\x10\0", "BK7231nn\0\0\0\0\0\0", "BK7236", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(names); i++) {
		setup(NULL);
		put(0x100, names[i].mark, 8);
		if (!memcmp(names[i].mark + 6, "\0\0_", 3))
			put(0x108, names[i].mark + 8, 8);
		put(names[i].at, names[i].name, 15);
		find(SIZE);
		assert_string_equal(boot.mark, names[i].expected_mark);
		assert_string_equal(boot.chip, names[i].chip);
		assert_string_equal(boot.version, names[i].version);
	}
}

static void the_mark_is_read_whatever_the_key(void **state)
{
	(void)state;
	put_vectors(uascent_words);
	put(0x100, "BK7231\0", 8);
	find(SIZE);
	assert_string_equal(boot.mark, "BK7231");
	find(0x110 + 7); /* not all of it */
	assert_string_equal(boot.mark, "");
}

static void the_table_of_partitions_is_read(void **state)
{
	(void)state;
	put_vectors(tuya_words); /* the table is never encrypted */
	put_entry(0xe95c, "bootloader", "beken_onchip_crc", 0, 0x10000, false);
	put_entry(0xe99c, "app", "beken_onchip_crc", 0x10000, 0x108700, false);
	put_entry(0xe9dc, "download", "beken_onchip", 0x12a000, 0xa6000, true);
	find(SIZE);
	assert_int_equal(boot.n_partitions, 3);
	assert_string_equal(boot.partitions[0].name, "bootloader");
	assert_string_equal(boot.partitions[0].flash, "beken_onchip_crc");
	assert_int_equal(boot.partitions[0].length, 0x11000);
	assert_int_equal(boot.partitions[1].offset, 0x11000);
	assert_int_equal(boot.partitions[1].length, 0x129f70 - 0x11000);
	assert_int_equal(boot.partitions[2].offset, 0x12a000);
	assert_int_equal(boot.partitions[2].length, 0xa6000);
}

static void what_only_looks_like_an_entry_is_none(void **state)
{
	(void)state;
	put(0x7000, "01PEInitialize failed! Flash device (%s) read error!", 52);
	put_entry(0x8000, "", "beken_onchip", 0x12a000, 0xa6000, false);
	put_entry(0x8100, "app", "", 0x12a000, 0xa6000, false);
	put_entry(0x8200, "app", "beken_onchip", 0x12a000, 0, false);
	put_entry(0x8300, "app", "beken_onchip", 0xfffff000, 0x1000, false);
	put_entry(0x8400, "app", "beken_onchip", 0, 0xfffff000, false);
	put_entry(0x8500, "app", "beken_onchip", 0, 0x1000, true);
	put(0x8500 + 5, "Q", 1); /* so its CRC is wrong */
	find(SIZE);
	assert_int_equal(boot.n_partitions, 0);
	for (size_t i = 0; i < IMAGE_BOOT_PARTITIONS + 1; i++)
		put_entry(0x9000 + 64 * i, "a", "b", 0x1000, 0x1000, false);
	find(SIZE);
	assert_int_equal(boot.n_partitions, IMAGE_BOOT_PARTITIONS);
}

#define boot_test(function) cmocka_unit_test_setup(function, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		boot_test(the_key_is_that_of_words_1_to_7),
		boot_test(known_keys_have_names),
		boot_test(keys_are_compared),
		boot_test(a_key_needs_right_crcs),
		boot_test(vectors_of_a_cortex_m_are_no_key),
		boot_test(plain_code_has_no_crcs),
		boot_test(text_may_be_the_last_of_it),
		boot_test(a_bootloader_may_say_nothing),
		boot_test(a_blank_flash_has_no_bootloader),
		boot_test(tuya_s_names_are_read),
		boot_test(beken_s_names_are_read),
		boot_test(the_mark_is_read_whatever_the_key),
		boot_test(the_table_of_partitions_is_read),
		boot_test(what_only_looks_like_an_entry_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
