/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image.h"

#include <stdlib.h>

#include "unit.h"
#include "xorshift.h"

#define SIZE 0x9000u

static uint8_t data[SIZE];

static const char *name_of(size_t n)
{
	/* Memory of just that size, so that a sanitizer sees each byte too far. */
	uint8_t *exact = malloc(n ? n : 1);
	const struct image_format *format;

	assert_non_null(exact);
	memcpy(exact, data, n);
	format = image_format_find(exact, n);
	free(exact);
	return format ? format->name : "";
}

static void put(size_t at, const char *bytes, size_t n)
{
	memcpy(data + at, bytes, n);
}

static void fill_noise(void)
{
	static uint64_t random = 7;

	for (size_t i = 0; i < SIZE; i++)
		data[i] = (uint8_t)xorshift(&random);
}

#define PUT(at, bytes) put((at), (bytes), sizeof(bytes) - 1)

/* What is at the start, with noise behind it. */
static const struct {
	const char *name;
	size_t n;
	const char *bytes;
} starts[] = {
#define START(name, bytes)                                                                                     \
	{                                                                                                      \
		(name), sizeof(bytes) - 1, (bytes)                                                             \
	}
	START("elf", "\177ELF\1\1\1"),
	START("hex", ":10010000214601360121470136007EFE09D2190140\r\n"),
	START("hex", ":00000001FF\n"),
	START("hex", ":020000040800f2\n"),
	START("srec", "S00F000068656C6C6F202020202000003C\n"),
	START("srec", "S1137AF00A0A0D0000000000000000000000000061\r\n"),
	START("zip", "PK\3\4\24\0\0\0\10\0"),
	START("gzip", "\x1f\x8b\x08\x08\1\2\3\4\0\3"),
	START("xz", "\3757zXZ\0\0\4"),
	START("7z", "7z\xbc\xaf\x27\x1c\0\4"),
	START("rar", "Rar!\x1a\7\1\0"),
	START("html", "<!DOCTYPE html>\n<html lang=\"en\">"),
	START("html", "<!doctype HTML PUBLIC"),
	START("html", "\r\n \t<html>"),
	START("html", "\xef\xbb\xbf\n<HTML><head>"),
	START("html", "<?xml version=\"1.0\"?><Error>"),
	START("git-lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:"),
	START("bkdl", "BKDLV10."),
	START("bkdl", "BL1DLV10"),
	START("bkdl-update", "BL2DLV10"),
	START("bkdl-update", "BK723658"),
	START("png", "\x89PNG\r\n\x1a\n"),
	START("jpeg", "\xff\xd8\xff\xe0\0\20JFIF\0"),
	START("pdf", "%PDF-1.7\n"),
};

static void formats_are_known_by_their_first_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(starts); i++) {
		fill_noise();
		put(0, starts[i].bytes, starts[i].n);
		assert_string_equal(name_of(SIZE), starts[i].name);
	}
}

/* No other byte may do for one that counts; blanks before a page are no part of it. */
static void a_start_with_one_other_byte_is_not_known(void **state)
{
	static const char *const strict[] = {
		"xz", "7z", "rar", "git-lfs", "bkdl", "bkdl-update", "png", "pdf"
	};
	static const size_t lengths[] = { 6, 6, 6, 23, 8, 8, 8, 5 };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(starts); i++) {
		for (size_t k = 0; k < N_ELEMENTS(strict); k++) {
			for (size_t at = 0; !strcmp(strict[k], starts[i].name) && at < lengths[k]; at++) {
				fill_noise();
				put(0, starts[i].bytes, starts[i].n);
				data[at] ^= 0x80;
				assert_string_equal(name_of(SIZE), "");
			}
		}
	}
}

static void a_start_that_is_cut_off_is_read_no_further(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(starts); i++) {
		for (size_t n = 0; n < starts[i].n; n++) {
			fill_noise();
			put(0, starts[i].bytes, starts[i].n);
			name_of(n);
		}
	}
}

static void lines_of_numbers_need_the_right_sum(void **state)
{
	static const char *const lines[] = {
		":10010000214601360121470136007EFE09D2190141\r\n", /* sum */
		":10010000214601360121470136007EFE09D21901400\n",  /* too long */
		":00000001F\n",					   /* too short */
		":000000G1FF\n",
		"S00F000068656C6C6F202020202000003D\n",
		"SX0F000068656C6C6F202020202000003C\n",
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(lines); i++) {
		fill_noise();
		put(0, lines[i], strlen(lines[i]));
		assert_string_equal(name_of(SIZE), "");
	}
}

static void marks_further_behind_are_found(void **state)
{
	(void)state;
	fill_noise();
	PUT(0, "\x55\xaa\x55\xaa");
	assert_string_equal(name_of(SIZE), "");
	PUT(0x1c, "\xaa\x55\xaa\x55");
	assert_string_equal(name_of(SIZE), "tuya-ug");
	assert_string_equal(name_of(0x1f), "");
	fill_noise();
	PUT(257, "ustar");
	assert_string_equal(name_of(SIZE), "tar");
	assert_string_equal(name_of(261), "");
}

static void an_esp_image_needs_more_than_its_first_byte(void **state)
{
	(void)state;
	fill_noise();
	data[0] = 0xe9;
	assert_string_equal(name_of(SIZE), "");
	PUT(0x20, "\x32\x54\xcd\xab");
	assert_string_equal(name_of(SIZE), "esp");
	assert_string_equal(name_of(0x23), "");
	memset(data, 0xff, SIZE);
	data[0x1000] = 0xe9;
	PUT(0x8000, "\xaa\x50\1\2");
	assert_string_equal(name_of(SIZE), "");
	PUT(0x8020, "\xaa\x50\1\1");
	assert_string_equal(name_of(SIZE), "esp");
	data[0x1000] = 0xff;
	assert_string_equal(name_of(SIZE), "");
}

static void a_file_of_nothing_but_characters_is_text(void **state)
{
	static const char message[] = "404: Not Found";

	(void)state;
	PUT(0, message);
	assert_string_equal(name_of(sizeof(message) - 1), "text");
	assert_string_equal(name_of(7), "");
	data[5] = 0x80;
	assert_string_equal(name_of(sizeof(message) - 1), "");
	data[5] = 0;
	assert_string_equal(name_of(sizeof(message) - 1), "");
	memset(data, 'A', SIZE);
	data[9] = '\n';
	assert_string_equal(name_of(SIZE), "text");
	data[SIZE - 1] = 1;
	assert_string_equal(name_of(SIZE), "");
}

/* As large as a flash is what somebody wants to have in it. */
static void a_large_file_of_characters_is_somebodys_data(void **state)
{
	const size_t n = (size_t)512 << 10;
	uint8_t *large = malloc(n);

	(void)state;
	assert_non_null(large);
	memset(large, 'A', n);
	assert_null(image_format_find(large, n));
	free(large);
}

static void gzip_and_jpeg_need_all_their_signs(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
	} wrong[] = { { 0, 0x1e }, { 1, 0x8a }, { 2, 7 }, { 3, 0x20 }, { 8, 3 }, { 9, 14 } };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
		fill_noise();
		PUT(0, "\x1f\x8b\x08\x08\1\2\3\4\2\xff");
		assert_string_equal(name_of(SIZE), "gzip");
		data[wrong[i].at] = wrong[i].byte;
		assert_string_equal(name_of(SIZE), "");
	}
	fill_noise();
	PUT(0, "\xff\xd8\xff\xe1\0\20Exif\0");
	assert_string_equal(name_of(SIZE), "jpeg");
	data[6] = 'e';
	assert_string_equal(name_of(SIZE), "");
}

static void noise_and_code_are_no_format(void **state)
{
	uint64_t random = 11;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		for (size_t at = 0; at < 320; at++)
			data[at] = (uint8_t)xorshift(&random);
		assert_null(image_format_find(data, 320));
	}
	memset(data, 0xff, SIZE);
	assert_string_equal(name_of(SIZE), "");
	PUT(0, "\x48\x0b\0\xea\x14\xf0\x9f\xe5"); /* a bootloader */
	assert_string_equal(name_of(SIZE), "");
	PUT(0, "RBL\0\2\1\0\0");
	assert_string_equal(name_of(SIZE), "");
	PUT(0, "UF2\n\x57\x51\x5d\x9e");
	assert_string_equal(name_of(SIZE), "");
	PUT(0, "\xe9\6\2\x20"); /* may be anything */
	assert_string_equal(name_of(SIZE), "");
}

static void each_is_named_with_an_advice(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(starts); i++) {
		const struct image_format *format;

		fill_noise();
		put(0, starts[i].bytes, starts[i].n);
		format = image_format_find(data, SIZE);
		assert_non_null(format);
		assert_true(strlen(format->words) > 8 && strlen(format->words) < 60);
		assert_true(strlen(format->advice) > 20 && strlen(format->advice) < 120);
		assert_true(!strncmp(format->words, "a ", 2) || !strncmp(format->words, "an ", 3));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_known_by_their_first_bytes),
		cmocka_unit_test(a_start_with_one_other_byte_is_not_known),
		cmocka_unit_test(a_start_that_is_cut_off_is_read_no_further),
		cmocka_unit_test(lines_of_numbers_need_the_right_sum),
		cmocka_unit_test(marks_further_behind_are_found),
		cmocka_unit_test(an_esp_image_needs_more_than_its_first_byte),
		cmocka_unit_test(a_file_of_nothing_but_characters_is_text),
		cmocka_unit_test(a_large_file_of_characters_is_somebodys_data),
		cmocka_unit_test(gzip_and_jpeg_need_all_their_signs),
		cmocka_unit_test(noise_and_code_are_no_format),
		cmocka_unit_test(each_is_named_with_an_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
