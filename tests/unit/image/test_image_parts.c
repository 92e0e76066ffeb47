/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vectors, containers, areas, partitions: what image_find.c puts together. */
#include "image_areas.h"
#include "image_partitions.h"
#include "image_rbl.h"
#include "image_cipher.h"

#include "unit.h"

#define BLOCK 34

static uint8_t sectors[4 * IMAGE_SECTOR];
static struct image_area areas[IMAGE_MAX_AREAS];

static int setup(void **state)
{
	(void)state;
	memset(sectors, 0xff, sizeof(sectors));
	memset(areas, 0x5a, sizeof(areas));
	return 0;
}

static void put_word(uint8_t *out, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(word >> 8 * i);
}

/* ---- vectors ---- */

static void put_vectors(uint8_t *code, uint32_t target)
{
	memset(code, 0, 2 * BLOCK);
	put_word(code, 0xea000b48);
	for (size_t i = 0; i < 7; i++) {
		put_word(code + 4 + 4 * i, 0xe59ff014);
		put_word(code + BLOCK + 4 * i, target);
	}
}

static void plain_vectors_tell_bootloader_and_application(void **state)
{
	uint8_t code[2 * BLOCK];
	struct image_vectors vectors;

	(void)state;
	put_vectors(code, 0x3104);
	vectors = image_vectors_find(code, sizeof(code), BLOCK);
	assert_int_equal(vectors.cipher, IMAGE_CIPHER_NONE);
	assert_int_equal(vectors.place, IMAGE_PLACE_BOOTLOADER);
	put_vectors(code, 0x1a304);
	vectors = image_vectors_find(code, sizeof(code), BLOCK);
	assert_int_equal(vectors.place, IMAGE_PLACE_APPLICATION);
	put_vectors(code, 0xdeadbeef);
	vectors = image_vectors_find(code, sizeof(code), BLOCK);
	assert_int_equal(vectors.cipher, IMAGE_CIPHER_NONE);
	assert_int_equal(vectors.place, IMAGE_PLACE_UNKNOWN);
}

/* The first 32 bytes of dumps in openshwprojects/BK7231GUIFlashTool testDumps. */
static const uint8_t tuya_bootloader[2 * BLOCK] = {
	0x69, 0x0c, 0xb5, 0x96, 0x35, 0xff, 0x2a, 0x99, 0x35, 0xe7, 0x2a, 0x99, 0x35, 0xef, 0x2a, 0x99,
	0x35, 0xd7, 0x2a, 0x99, 0x35, 0xdf, 0x2a, 0x99, 0x35, 0xc7, 0x2a, 0x99, 0x35, 0xcf, 0x2a, 0x99,
};
static const uint8_t tuya_application[2 * BLOCK] = {
	0x2f, 0x07, 0xb5, 0x94, 0x35, 0xff, 0x2a, 0x9b, 0x35, 0xe7, 0x2a, 0x9b, 0x35, 0xef, 0x2a, 0x9b,
	0x35, 0xd7, 0x2a, 0x9b, 0x35, 0xdf, 0x2a, 0x9b, 0x35, 0xc7, 0x2a, 0x9b, 0x35, 0xcf, 0x2a, 0x9b,
};

static void encrypted_vectors_tell_bootloader_and_application(void **state)
{
	struct image_vectors vectors;

	(void)state;
	vectors = image_vectors_find(tuya_bootloader, sizeof(tuya_bootloader), BLOCK);
	assert_int_equal(vectors.cipher, IMAGE_CIPHER_TUYA);
	assert_int_equal(vectors.place, IMAGE_PLACE_BOOTLOADER);
	vectors = image_vectors_find(tuya_application, sizeof(tuya_application), BLOCK);
	assert_int_equal(vectors.cipher, IMAGE_CIPHER_TUYA);
	assert_int_equal(vectors.place, IMAGE_PLACE_APPLICATION);
}

static void one_wrong_bit_changes_nothing(void **state)
{
	uint8_t code[2 * BLOCK];
	struct image_vectors vectors;

	(void)state;
	for (size_t bit = 0; bit < 8 * 32; bit++) {
		memcpy(code, tuya_application, sizeof(code));
		code[bit / 8] ^= (uint8_t)(1 << bit % 8);
		vectors = image_vectors_find(code, sizeof(code), BLOCK);
		assert_int_equal(vectors.place, IMAGE_PLACE_APPLICATION);
		assert_int_equal(vectors.cipher, IMAGE_CIPHER_TUYA);
	}
}

static void other_bytes_have_no_vectors(void **state)
{
	struct image_vectors vectors;

	(void)state;
	vectors = image_vectors_find(sectors, sizeof(sectors), BLOCK);
	assert_int_equal(vectors.cipher, IMAGE_CIPHER_UNKNOWN);
	vectors = image_vectors_find(tuya_application, BLOCK + 31, BLOCK); /* too short to look */
	assert_int_equal(vectors.cipher, IMAGE_CIPHER_UNKNOWN);
	assert_int_equal(vectors.place, IMAGE_PLACE_UNKNOWN);
}

/* ---- containers ---- */

static void the_crc32_is_the_published_one(void **state)
{
	(void)state;
	assert_int_equal(image_crc32(0, (const uint8_t *)"123456789", 9), 0xcbf43926);
}

static void a_header_is_read(void **state)
{
	uint8_t header[IMAGE_RBL_SIZE] = "RBL";
	struct image_rbl rbl;

	(void)state;
	assert_true(image_rbl_starts(header, sizeof(header)));
	assert_false(image_rbl_starts(header, 3));
	put_word(header + 4, 0x102);
	memcpy(header + 12, "app\0garbage-in-it", 16);
	memcpy(header + 28, "1.0.\x1b[31m-no-end-of-text", 24);
	put_word(header + 76, 0x11223344);
	put_word(header + 84, 300);
	put_word(header + 88, 200);
	put_word(header + 92, image_crc32(0, header, 92));
	image_rbl_read(&rbl, header);
	assert_string_equal(rbl.name, "app");
	assert_string_equal(rbl.version, "1.0.?[31m-no-end-of-text");
	assert_string_equal(rbl.compression, "gzip");
	assert_string_equal(rbl.encryption, "aes256");
	assert_int_equal(rbl.stored_crc, 0x11223344);
	assert_int_equal(rbl.raw_size, 300);
	assert_int_equal(rbl.size, 200);
	assert_true(rbl.header_good);
	header[50] ^= 1;
	put_word(header + 4, 0xffffffff);
	image_rbl_read(&rbl, header);
	assert_false(rbl.header_good);
	assert_string_equal(rbl.compression, "unknown");
	assert_string_equal(rbl.encryption, "unknown");
}

static void a_header_in_blocks_names_its_partition(void **state)
{
	uint8_t blocks[IMAGE_RBL_CODED_SIZE] = "RBL";

	(void)state;
	memcpy(blocks + 12, "app", 4);
	assert_true(image_rbl_coded_for(blocks, "app"));
	assert_false(image_rbl_coded_for(blocks, "ap"));
	assert_false(image_rbl_coded_for(blocks, "bootloader"));
	blocks[0] = 'X';
	assert_false(image_rbl_coded_for(blocks, "app"));
}

/* ---- areas ---- */

static size_t find(void)
{
	return image_areas_find(sectors, sizeof(sectors), areas, IMAGE_MAX_AREAS);
}

static void put_rf(uint8_t *sector, uint8_t mac_byte)
{
	memcpy(sector, "TLV", 4);
	put_word(sector + 28, 0x11111102);
	put_word(sector + 32, 6);
	memset(sector + 36, mac_byte, 6);
}

static void nothing_is_found_in_erased_flash(void **state)
{
	(void)state;
	assert_int_equal(find(), 0);
	assert_null(image_area_first(areas, 0, IMAGE_AREA_RF));
}

static void rf_calibration_is_found_with_its_mac(void **state)
{
	(void)state;
	put_rf(sectors + IMAGE_SECTOR, 0xff);
	put_rf(sectors + 2 * IMAGE_SECTOR, 0xc8);
	assert_int_equal(find(), 2);
	assert_false(areas[0].has_mac);
	assert_true(areas[1].has_mac);
	assert_int_equal(areas[1].mac[5], 0xc8);
	assert_ptr_equal(image_area_first(areas, 2, IMAGE_AREA_RF), &areas[1]);
}

static void a_mac_of_zeros_or_without_its_tag_is_none(void **state)
{
	(void)state;
	put_rf(sectors, 0);
	put_rf(sectors + IMAGE_SECTOR, 0xc8);
	sectors[IMAGE_SECTOR + 28] ^= 1;
	assert_int_equal(find(), 2);
	assert_false(areas[0].has_mac);
	assert_false(areas[1].has_mac);
}

static void areas_start_with_a_sector(void **state)
{
	(void)state;
	put_rf(sectors + 1, 0xc8);
	put_rf(sectors + IMAGE_SECTOR + 2048, 0xc8);
	assert_int_equal(find(), 0);
}

static uint8_t crc8_bitwise(const uint8_t *data, size_t n)
{
	unsigned int crc = 0;

	for (size_t i = 0; i < 8 * n; i++) {
		const unsigned int bit = (data[i / 8] >> i % 8 ^ crc) & 1;

		crc = crc >> 1 ^ (bit ? 0x8c : 0);
	}
	return (uint8_t)crc;
}

static void openbeken_is_found_with_its_checksum(void **state)
{
	static const struct {
		uint32_t version;
		size_t size;
	} layouts[] = { { 3, 2016 }, { 5, 3584 } };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(layouts); i++) {
		memcpy(sectors, "CFG", 3);
		put_word(sectors + 4, layouts[i].version);
		sectors[3] = crc8_bitwise(sectors + 4, layouts[i].size - 4);
		assert_int_equal(find(), 1);
		assert_int_equal(areas[0].type, IMAGE_AREA_OPENBEKEN);
		assert_int_equal(areas[0].version, layouts[i].version);
		assert_true(areas[0].checksum_good);
		sectors[layouts[i].size - 1] ^= 1;
		find();
		assert_false(areas[0].checksum_good);
	}
	put_word(sectors + 4, 101);
	assert_int_equal(find(), 0);
}

static void tuya_is_found_by_its_encrypted_blanks(void **state)
{
	static const uint8_t blank[16] = { 0x46, 0xdc, 0xed, 0x0e, 0x67, 0x2f, 0x3b, 0x70,
					   0xae, 0x12, 0x76, 0xa3, 0xf8, 0x71, 0x2e, 0x03 };

	(void)state;
	memcpy(sectors + 3 * IMAGE_SECTOR + 32, blank, sizeof(blank));
	assert_int_equal(find(), 1);
	assert_int_equal(areas[0].type, IMAGE_AREA_TUYA);
	assert_int_equal(areas[0].offset, 3 * IMAGE_SECTOR);
	memset(sectors, 0xff, sizeof(sectors));
	memcpy(sectors + 64, blank, sizeof(blank));
	assert_int_equal(find(), 0);
}

static void sectors_of_one_store_are_one_area(void **state)
{
	(void)state;
	memcpy(sectors + 4, "FDB0", 4);
	memcpy(sectors + IMAGE_SECTOR + 4, "FDB0", 4);
	memcpy(sectors + 2 * IMAGE_SECTOR + 4, "EF40", 4);
	memcpy(sectors + 3 * IMAGE_SECTOR + 8, "littlefs", 8);
	assert_int_equal(find(), 3);
	assert_string_equal(image_area_name(areas[0].type), "flashdb");
	assert_int_equal(areas[0].size, 2 * IMAGE_SECTOR);
	assert_string_equal(image_area_name(areas[1].type), "easyflash");
	assert_string_equal(image_area_name(areas[2].type), "littlefs");
}

static void stores_apart_are_two_areas(void **state)
{
	(void)state;
	memcpy(sectors + 4, "FDB0", 4);
	memcpy(sectors + 2 * IMAGE_SECTOR + 4, "FDB0", 4);
	assert_int_equal(find(), 2);
	assert_int_equal(areas[0].size, IMAGE_SECTOR);
}

static void no_more_areas_than_there_is_room_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		put_rf(sectors + i * IMAGE_SECTOR, 0xc8);
	assert_int_equal(image_areas_find(sectors, sizeof(sectors), areas, 3), 3);
	assert_int_equal(areas[3].offset & 0xff, 0x5a);
}

/* ---- partitions ---- */

static void partitions_of_all_families_leave_no_gap(void **state)
{
	const struct image_family *family;
	struct image_partition partitions[IMAGE_MAX_PARTITIONS];

	(void)state;
	for (size_t i = 0; (family = image_family_number(i)); i++) {
		const size_t n = image_family_partitions(family, 0, partitions);
		bool has_rf = false;

		assert_int_equal(partitions[0].start, 0);
		assert_int_equal(partitions[1].start, IMAGE_APPLICATION);
		assert_int_equal(partitions[1].end, family->application_end);
		assert_int_equal(partitions[n - 1].end, family->die_size);
		for (size_t j = 0; j < n; j++) {
			assert_int_equal(partitions[j].start % IMAGE_SECTOR, 0);
			assert_true(partitions[j].start < partitions[j].end);
			if (j)
				assert_int_equal(partitions[j].start, partitions[j - 1].end);
			if (!strcmp(partitions[j].name, "rf"))
				has_rf = partitions[j].start == family->rf;
		}
		assert_true(has_rf);
		assert_ptr_equal(image_family_named(family->name), family);
	}
	assert_int_equal(image_family_number(0)->die_size, 0x200000);
}

static void partitions_end_with_the_die(void **state)
{
	const struct image_family *family = image_family_named("BK7231T");
	struct image_partition partitions[IMAGE_MAX_PARTITIONS];

	(void)state;
	assert_int_equal(image_family_partitions(family, 0x100000, partitions), 2);
	assert_int_equal(partitions[1].end, 0x100000);
	assert_int_equal(image_family_partitions(family, 0x400000, partitions), 7);
	assert_int_equal(partitions[6].end, 0x400000);
}

static void families_go_by_other_names_of_their_chips(void **state)
{
	(void)state;
	assert_string_equal(image_family_named("bk7231U")->name, "bk7231t");
	assert_string_equal(image_family_named("bk7231m")->name, "bk7231n");
	assert_null(image_family_named("bk7231"));
	assert_null(image_family_named(""));
	assert_string_equal(image_family_with_rf_at(0x1d0000)->name, "bk7231n");
	assert_string_equal(image_family_with_rf_at(0x1e0000)->name, "bk7231t");
	assert_null(image_family_with_rf_at(0x1d1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_vectors_tell_bootloader_and_application),
		cmocka_unit_test(encrypted_vectors_tell_bootloader_and_application),
		cmocka_unit_test(one_wrong_bit_changes_nothing),
		cmocka_unit_test_setup(other_bytes_have_no_vectors, setup),
		cmocka_unit_test(the_crc32_is_the_published_one),
		cmocka_unit_test(a_header_is_read),
		cmocka_unit_test(a_header_in_blocks_names_its_partition),
		cmocka_unit_test_setup(nothing_is_found_in_erased_flash, setup),
		cmocka_unit_test_setup(rf_calibration_is_found_with_its_mac, setup),
		cmocka_unit_test_setup(a_mac_of_zeros_or_without_its_tag_is_none, setup),
		cmocka_unit_test_setup(areas_start_with_a_sector, setup),
		cmocka_unit_test_setup(openbeken_is_found_with_its_checksum, setup),
		cmocka_unit_test_setup(tuya_is_found_by_its_encrypted_blanks, setup),
		cmocka_unit_test_setup(sectors_of_one_store_are_one_area, setup),
		cmocka_unit_test_setup(stores_apart_are_two_areas, setup),
		cmocka_unit_test_setup(no_more_areas_than_there_is_room_for, setup),
		cmocka_unit_test(partitions_of_all_families_leave_no_gap),
		cmocka_unit_test(partitions_end_with_the_die),
		cmocka_unit_test(families_go_by_other_names_of_their_chips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
