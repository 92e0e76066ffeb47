/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "placement.h"

#include "unit.h"

#define MIB ((uint64_t)1 << 20)
#define SIZE (8 * MIB)

static uint8_t data[SIZE];
static struct image_facts facts;
static struct placement plan;

/* Facts of a file of n bytes that no two halves of are equal. */
static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (uint8_t)(i ^ i >> 8 ^ i >> 16);
	memset(&facts, 0, sizeof(facts));
	return 0;
}

static void make(size_t n, uint64_t address, uint64_t flash)
{
	const struct placement_room room = { flash, address, flash };

	facts.size = n;
	facts.address = (uint32_t)address;
	placement_make(&plan, data, &facts, &room);
}

static void make_in_region(size_t n, uint64_t start, uint64_t end)
{
	const struct placement_room room = { 2 * MIB, start, end };

	facts.size = n;
	placement_make(&plan, data, &facts, &room);
}

static void add_rf(size_t offset)
{
	facts.areas[facts.n_areas++] = (struct image_area){ .type = IMAGE_AREA_RF, .offset = offset };
}

static void assert_piece(size_t i, uint64_t offset, uint64_t address, uint64_t length)
{
	assert_true(i < plan.n_pieces);
	assert_int_equal(plan.pieces[i].offset, offset);
	assert_int_equal(plan.pieces[i].address, address);
	assert_int_equal(plan.pieces[i].length, length);
}

static void assert_region(size_t i, uint64_t start, uint64_t end, bool rf)
{
	assert_true(i < plan.n_regions);
	assert_int_equal(plan.regions[i].start, start);
	assert_int_equal(plan.regions[i].end, end);
	assert_int_equal(plan.regions[i].rf, rf);
}

static void a_small_file_is_one_region_with_an_exact_end(void **state)
{
	(void)state;
	make(0x12345, 0x11000, 2 * MIB);
	assert_int_equal(plan.tail, PLACEMENT_ALL_FITS);
	assert_int_equal(plan.n_pieces, 1);
	assert_piece(0, 0, 0x11000, 0x12345);
	assert_int_equal(plan.n_regions, 1);
	assert_region(0, 0x11000, 0x23345, false);
	assert_int_equal(plan.n_rf, 0);
}

static void the_rf_of_a_known_family_is_left_out(void **state)
{
	(void)state;
	facts.family = image_family_named("bk7231n");
	make(0x1f0000, 0, 2 * MIB);
	assert_int_equal(plan.n_regions, 3);
	assert_region(0, 0, 0x1d0000, false);
	assert_region(1, 0x1d0000, 0x1d1000, true);
	assert_region(2, 0x1d1000, 0x1f0000, false);
	assert_int_equal(plan.n_rf, 1);
}

static void every_rf_that_may_be_is_left_out_of_an_unknown_file(void **state)
{
	(void)state;
	make(2 * MIB - 1, 0, 2 * MIB);
	assert_int_equal(plan.n_rf, 3);
	assert_region(1, 0x1d0000, 0x1d1000, true);
	assert_region(3, 0x1e0000, 0x1e1000, true);
	assert_region(5, 0x1e3000, 0x1e4000, true);
	assert_region(6, 0x1e4000, 2 * MIB - 1, false);
}

static void the_rf_of_file_and_of_flash_are_left_out(void **state)
{
	(void)state;
	facts.family = image_family_named("bk7231t");
	add_rf(0x1e0000 - 0x11000);
	add_rf(0x100000);
	make(0x3ff000 - 0x11000, 0x11000, 4 * MIB);
	assert_int_equal(plan.n_rf, 3);
	assert_region(1, 0x111000, 0x112000, true);
	assert_region(3, 0x1e0000, 0x1e1000, true);
	assert_region(5, 0x3fe000, 0x3ff000, true);
	assert_int_equal(plan.n_regions, 6);
}

static void a_file_that_ends_in_the_rf_stops_before_it(void **state)
{
	(void)state;
	facts.family = image_family_named("bk7231t");
	make(0x1e0010, 0, 2 * MIB);
	assert_int_equal(plan.n_regions, 2);
	assert_region(0, 0, 0x1e0000, false);
	assert_region(1, 0x1e0000, 0x1e0010, true);
}

static void an_erased_tail_is_cut_off(void **state)
{
	(void)state;
	memset(data + 2 * MIB - 0x11000, 0xff, SIZE - 2 * MIB + 0x11000);
	facts.family = image_family_named("bk7231t");
	make(4 * MIB, 0, 2 * MIB);
	assert_int_equal(plan.tail, PLACEMENT_ERASED_TAIL);
	assert_piece(0, 0, 0, 2 * MIB);
	/* Smaller than the flash, but not at its place. */
	make(2 * MIB - 1, 0x11000, 2 * MIB);
	assert_int_equal(plan.tail, PLACEMENT_ERASED_TAIL);
	assert_piece(0, 0, 0x11000, 2 * MIB - 0x11000);
	data[2 * MIB - 2] = 0xfe;
	make(2 * MIB - 1, 0x11000, 2 * MIB);
	assert_int_equal(plan.tail, PLACEMENT_TOO_LARGE);
}

static void a_file_that_repeats_itself_is_cut_off(void **state)
{
	(void)state;
	for (size_t i = 1; i < 4; i++)
		memcpy(data + i * 2 * MIB, data, 2 * MIB);
	make(8 * MIB, 0, 2 * MIB);
	assert_int_equal(plan.tail, PLACEMENT_REPEATED_TAIL);
	assert_int_equal(plan.n_pieces, 1);
	assert_piece(0, 0, 0, 2 * MIB);
	make(3 * MIB, 0x11000, 2 * MIB);
	assert_int_equal(plan.n_pieces, 2);
	assert_piece(0, 0, 0x11000, 2 * MIB - 0x11000);
	assert_piece(1, 2 * MIB - 0x11000, 0, 0x11000);
	data[8 * MIB - 1] ^= 1;
	make(8 * MIB, 0, 2 * MIB);
	assert_int_equal(plan.tail, PLACEMENT_TOO_LARGE);
}

static void a_file_that_wraps_on_a_smaller_flash_comes_in_two_pieces(void **state)
{
	(void)state;
	facts.family = image_family_named("bk7252");
	facts.wraps_at = 2 * MIB - 0x11000;
	make(2 * MIB, 0x11000, 4 * MIB);
	assert_int_equal(plan.tail, PLACEMENT_ALL_FITS);
	assert_piece(0, 0, 0x11000, 2 * MIB - 0x11000);
	assert_piece(1, 2 * MIB - 0x11000, 0, 0x11000);
	assert_region(0, 0x11000, 2 * MIB, false);
	assert_region(1, 0, 0x11000, false);
}

static void other_content_behind_the_end_is_for_a_larger_flash(void **state)
{
	(void)state;
	make(4 * MIB, 0, 2 * MIB);
	assert_int_equal(plan.tail, PLACEMENT_TOO_LARGE);
	assert_int_equal(plan.n_pieces, 0);
	assert_int_equal(plan.n_regions, 0);
	/* Its place is behind the end. */
	make(16, 0x11000, 0x10000);
	assert_int_equal(plan.tail, PLACEMENT_TOO_LARGE);
}

static void a_region_ends_what_fits(void **state)
{
	(void)state;
	make_in_region(0x2000, 0x11000, 0x13000);
	assert_region(0, 0x11000, 0x13000, false);
	make_in_region(0x2001, 0x11000, 0x13000);
	assert_int_equal(plan.tail, PLACEMENT_TOO_LARGE);
	data[0x2000] = 0xff;
	make_in_region(0x2001, 0x11000, 0x13000);
	assert_int_equal(plan.tail, PLACEMENT_ERASED_TAIL);
}

static void the_region_of_the_rf_itself_can_be_written(void **state)
{
	(void)state;
	make_in_region(0x800, 0x1e0000, 0x1e1000);
	assert_int_equal(plan.n_rf, 0);
	assert_region(0, 0x1e0000, 0x1e0800, false);
	/* Not by a region that merely has it inside. */
	make_in_region(0x4000, 0x1df000, 0x1e3000);
	assert_int_equal(plan.n_rf, 1);
	assert_region(1, 0x1e0000, 0x1e1000, true);
}

static void there_is_room_for_as_many_areas_as_can_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGE_MAX_AREAS; i++)
		add_rf((2 * i + 1) * IMAGE_SECTOR);
	make(2 * MIB - 1, 0, 2 * MIB);
	assert_int_equal(plan.n_rf, IMAGE_MAX_AREAS + 3);
	assert_region(plan.n_regions - 1, 0x1e4000, 2 * MIB - 1, false);
}

static void regions_can_be_made_of_whole_sectors(void **state)
{
	(void)state;
	facts.family = image_family_named("bk7231t");
	make(0x1e1001, 0, 2 * MIB);
	assert_true(placement_align(&plan, 2 * MIB));
	assert_region(0, 0, 0x1e0000, false);
	assert_region(1, 0x1e0000, 0x1e1000, true);
	assert_region(2, 0x1e1000, 0x1e2000, false);
	assert_false(placement_align(&plan, 2 * MIB));
	/* What is left of an RF calibration does not grow. */
	make(0x1e0001, 0, 2 * MIB);
	assert_false(placement_align(&plan, 2 * MIB));
	make_in_region(0x10, 0x11008, 0x12000);
	assert_true(placement_align(&plan, 2 * MIB));
	assert_region(0, 0x11000, 0x12000, false);
	make(0x100, 0, 0x200);
	assert_true(placement_align(&plan, 0x200));
	assert_region(0, 0, 0x200, false);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_small_file_is_one_region_with_an_exact_end),
		TEST(the_rf_of_a_known_family_is_left_out),
		TEST(every_rf_that_may_be_is_left_out_of_an_unknown_file),
		TEST(the_rf_of_file_and_of_flash_are_left_out),
		TEST(a_file_that_ends_in_the_rf_stops_before_it),
		TEST(an_erased_tail_is_cut_off),
		TEST(a_file_that_repeats_itself_is_cut_off),
		TEST(a_file_that_wraps_on_a_smaller_flash_comes_in_two_pieces),
		TEST(other_content_behind_the_end_is_for_a_larger_flash),
		TEST(a_region_ends_what_fits),
		TEST(the_region_of_the_rf_itself_can_be_written),
		TEST(regions_can_be_made_of_whole_sectors),
		TEST(there_is_room_for_as_many_areas_as_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
