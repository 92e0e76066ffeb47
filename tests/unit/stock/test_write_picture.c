/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "write_picture.h"

#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

#define SIZE (16u * IMAGE_SECTOR)

static uint8_t flash[SIZE], file[SIZE], picture_bytes[SIZE + 1];
static struct placement placement;
static struct write_picture picture;
static struct image_range erased;
static uint32_t bytes_read, fails_at;

/* In place of the session. */
int session_read(struct session *session, uint32_t address, uint8_t *data, size_t n)
{
	assert_ptr_equal(session, (struct session *)&bytes_read);
	assert_true(address + n <= SIZE);
	if (address == fails_at)
		return BEKEN_ERR_USB;
	memcpy(data, flash + address, n);
	bytes_read += (uint32_t)n;
	return BEKEN_OK;
}

static int set_up(void **state)
{
	(void)state;
	memset(&placement, 0, sizeof(placement));
	memset(&erased, 0, sizeof(erased));
	picture = (struct write_picture){ .file = -1, .layout = -1 };
	memset(flash, 0xf1, sizeof(flash));
	for (size_t i = 0; i < sizeof(file); i++)
		file[i] = (uint8_t)(i >> 4);
	bytes_read = 0;
	fails_at = UINT32_MAX;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	write_picture_close(&picture);
	return 0;
}

static void put(uint32_t offset, uint32_t address, uint32_t length)
{
	placement.pieces[placement.n_pieces++] = (struct placement_piece){ offset, address, length };
	placement_add(&placement, &(struct image_range){ address, address + length });
}

static int make(void)
{
	return write_picture_make(&picture, (struct session *)&bytes_read, SIZE, &placement, file, &erased);
}

static size_t read_all(const char *path, void *to, size_t size)
{
	FILE *from = fopen(path, "rb");
	size_t n;

	assert_non_null(from);
	n = fread(to, 1, size, from);
	fclose(from);
	return n;
}

static void make_and_read(void)
{
	assert_int_equal(make(), BEKEN_OK);
	assert_int_equal(read_all(picture.file_path, picture_bytes, sizeof(picture_bytes)), SIZE);
}

static void assert_filled(uint32_t start, uint32_t end, uint8_t with)
{
	for (uint32_t i = start; i < end; i++)
		assert_int_equal(picture_bytes[i], with);
}

static void a_file_lies_at_its_place_in_a_picture_of_the_flash(void **state)
{
	(void)state;
	put(0, 2 * IMAGE_SECTOR, 3 * IMAGE_SECTOR);
	make_and_read();
	assert_memory_equal(picture_bytes + 2 * IMAGE_SECTOR, file, 3 * IMAGE_SECTOR);
	/* Outside of the regions nobody looks. */
	assert_filled(0, 2 * IMAGE_SECTOR, 0xff);
	assert_filled(5 * IMAGE_SECTOR, SIZE, 0xff);
	assert_int_equal(bytes_read, 0);
}

static void the_rest_of_a_sector_is_that_of_the_flash(void **state)
{
	(void)state;
	put(8, IMAGE_SECTOR + 100, 2 * IMAGE_SECTOR);
	make_and_read();
	assert_filled(IMAGE_SECTOR, IMAGE_SECTOR + 100, 0xf1);
	assert_memory_equal(picture_bytes + IMAGE_SECTOR + 100, file + 8, 2 * IMAGE_SECTOR);
	assert_filled(3 * IMAGE_SECTOR + 100, 4 * IMAGE_SECTOR, 0xf1);
	/* Not of the sector that is written in whole. */
	assert_int_equal(bytes_read, 2 * IMAGE_SECTOR);
}

static void two_pieces_can_share_a_sector(void **state)
{
	(void)state;
	put(0, 0, 10);
	put(20, 20, 10);
	make_and_read();
	assert_memory_equal(picture_bytes, file, 10);
	assert_filled(10, 20, 0xf1);
	assert_memory_equal(picture_bytes + 20, file + 20, 10);
	assert_filled(30, IMAGE_SECTOR, 0xf1);
	/* Sectors of a second piece are not read, either. */
	bytes_read = 0;
	write_picture_close(&picture);
	put(0, 4 * IMAGE_SECTOR, IMAGE_SECTOR);
	make_and_read();
	assert_int_equal(bytes_read, IMAGE_SECTOR);
}

static void what_is_to_be_erased_is_erased_and_the_rest_of_its_sector_stays(void **state)
{
	(void)state;
	put(0, 0, IMAGE_SECTOR);
	erased = (struct image_range){ 4 * IMAGE_SECTOR, 5 * IMAGE_SECTOR + 96 };
	placement_add(&placement, &erased);
	make_and_read();
	assert_filled(erased.start, erased.end, 0xff);
	assert_filled(erased.end, 6 * IMAGE_SECTOR, 0xf1);
}

static void the_file_wins_where_something_is_to_be_erased(void **state)
{
	(void)state;
	put(0, 0, 2 * IMAGE_SECTOR);
	erased = (struct image_range){ IMAGE_SECTOR, 3 * IMAGE_SECTOR };
	placement_add(&placement, &erased);
	make_and_read();
	assert_memory_equal(picture_bytes, file, 2 * IMAGE_SECTOR);
	assert_filled(2 * IMAGE_SECTOR, 3 * IMAGE_SECTOR, 0xff);
}

static void the_layout_names_each_region(void **state)
{
	char text[128] = "";

	(void)state;
	put(0, 0, IMAGE_SECTOR);
	put(0, 0xf000, 0x800);
	assert_int_equal(make(), BEKEN_OK);
	assert_true(read_all(picture.layout_path, text, sizeof(text) - 1) < sizeof(text) - 1);
	assert_string_equal(text, "00000000:00000fff image0\n0000f000:0000ffff image1\n");
	assert_string_equal(picture.names[1], "image1");
}

/* With numbers as long as they can be. */
static void as_many_regions_as_can_be_find_room_in_the_layout(void **state)
{
	static char text[4096];
	size_t n, lines = 0;

	(void)state;
	for (size_t i = 0; i < PLACEMENT_REGIONS; i++)
		placement.regions[i] = (struct image_range){ 0xffffffff, 0xffffffff };
	placement.n_regions = PLACEMENT_REGIONS;
	assert_int_equal(make(), BEKEN_OK);
	n = read_all(picture.layout_path, text, sizeof(text) - 1);
	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	assert_int_equal(lines, PLACEMENT_REGIONS);
}

static void a_flash_that_cannot_be_read_gives_no_picture(void **state)
{
	(void)state;
	put(0, IMAGE_SECTOR, 10);
	fails_at = IMAGE_SECTOR;
	assert_int_equal(make(), BEKEN_ERR_USB);
	assert_int_equal(picture.file, -1);
	assert_int_equal(picture.layout, -1);
}

static void closing_removes_both_files(void **state)
{
	(void)state;
	put(0, 0, 10);
	assert_int_equal(make(), BEKEN_OK);
	write_picture_close(&picture);
	assert_int_equal(access(picture.file_path, F_OK), -1);
	assert_int_equal(access(picture.layout_path, F_OK), -1);
	assert_int_equal(picture.file, -1);
	assert_int_equal(picture.layout, -1);
	/* Once more is fine. */
	write_picture_close(&picture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_lies_at_its_place_in_a_picture_of_the_flash),
		TEST(the_rest_of_a_sector_is_that_of_the_flash),
		TEST(two_pieces_can_share_a_sector),
		TEST(what_is_to_be_erased_is_erased_and_the_rest_of_its_sector_stays),
		TEST(the_file_wins_where_something_is_to_be_erased),
		TEST(the_layout_names_each_region),
		TEST(as_many_regions_as_can_be_find_room_in_the_layout),
		TEST(a_flash_that_cannot_be_read_gives_no_picture),
		TEST(closing_removes_both_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
