/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "placement.h"

#include "unit.h"
#include "xorshift.h"

#define MIB ((uint32_t)1 << 20)
#define SIZE (8 * MIB)

static uint8_t data[SIZE];
static struct image_facts facts;
static struct placement plan;

/* Facts of a file of which no two halves are equal. */
static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (uint8_t)(i ^ i >> 8 ^ i >> 16);
	memset(&facts, 0, sizeof(facts));
	memset(&plan, 0x55, sizeof(plan));
	return 0;
}

static void make(size_t n, uint32_t address, uint32_t flash)
{
	facts.size = n;
	placement_make(&plan, data, n, &facts, address, flash);
}

static void assert_piece(size_t i, uint32_t offset, uint32_t address, uint32_t length)
{
	assert_true(i < plan.n_pieces);
	assert_int_equal(plan.pieces[i].offset, offset);
	assert_int_equal(plan.pieces[i].address, address);
	assert_int_equal(plan.pieces[i].length, length);
}

/* In place of assert_regions(): start, end, start, end, ... */
#define ASSERT_REGIONS(...) \
	assert_regions((const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / 8)

static void assert_regions(const uint32_t *ends, size_t n)
{
	assert_int_equal(plan.n_regions, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(plan.regions[i].start, ends[2 * i]);
		assert_int_equal(plan.regions[i].end, ends[2 * i + 1]);
	}
}

static void assert_does_not_fit(void)
{
	assert_int_equal(plan.n_pieces, 0);
	assert_int_equal(plan.n_regions, 0);
}

static void add(uint32_t start, uint32_t end)
{
	placement_add(&plan, &(struct image_range){ start, end });
}

static bool keep(uint32_t start, uint32_t end)
{
	return placement_keep(&plan, &(struct image_range){ start, end });
}

/* ---- pieces ---- */

static void a_small_file_is_one_piece_in_whole_sectors(void **state)
{
	(void)state;
	make(0x12345, 0x11000, 2 * MIB);
	assert_int_equal(plan.n_pieces, 1);
	assert_piece(0, 0, 0x11000, 0x12345);
	ASSERT_REGIONS(0x11000, 0x24000);
	/* At an address amid a sector. */
	make(2, 0x11fff, 2 * MIB);
	assert_piece(0, 0, 0x11fff, 2);
	ASSERT_REGIONS(0x11000, 0x13000);
}

static void a_file_as_large_as_the_flash_is_one_piece(void **state)
{
	(void)state;
	make(2 * MIB, 0, 2 * MIB);
	assert_int_equal(plan.n_pieces, 1);
	assert_piece(0, 0, 0, 2 * MIB);
	ASSERT_REGIONS(0, 2 * MIB);
	make(0x2000, 2 * MIB - 0x2000, 2 * MIB);
	assert_piece(0, 0, 2 * MIB - 0x2000, 0x2000);
	ASSERT_REGIONS(2 * MIB - 0x2000, 2 * MIB);
}

static void an_empty_file_has_no_piece(void **state)
{
	(void)state;
	make(0, 0, 2 * MIB);
	assert_does_not_fit();
}

static void an_erased_tail_is_left_out(void **state)
{
	(void)state;
	memset(data + 2 * MIB, 0xff, SIZE - 2 * MIB);
	make(4 * MIB, 0, 2 * MIB);
	assert_piece(0, 0, 0, 2 * MIB);
	data[4 * MIB - 1] = 0;
	make(4 * MIB, 0, 2 * MIB);
	assert_does_not_fit();
	/* Smaller than the flash, but not at its place. */
	memset(data + 2 * MIB - 0x11000, 0xff, 0x11000);
	make(2 * MIB - 1, 0x11000, 2 * MIB);
	assert_piece(0, 0, 0x11000, 2 * MIB - 0x11000);
	data[2 * MIB - 2] = 0xfe;
	make(2 * MIB - 1, 0x11000, 2 * MIB);
	assert_does_not_fit();
}

static void a_repeated_start_is_left_out(void **state)
{
	(void)state;
	for (size_t i = 1; i < 4; i++)
		memcpy(data + i * 2 * MIB, data, 2 * MIB);
	make(8 * MIB, 0, 2 * MIB);
	assert_int_equal(plan.n_pieces, 1);
	assert_piece(0, 0, 0, 2 * MIB);
	/* Only of a file that starts with the flash. */
	make(8 * MIB, 0x11000, 2 * MIB);
	assert_does_not_fit();
	data[8 * MIB - 1] ^= 1;
	make(8 * MIB, 0, 2 * MIB);
	assert_does_not_fit();
}

static void what_is_for_a_larger_flash_does_not_fit(void **state)
{
	(void)state;
	make(2 * MIB + 1, 0, 2 * MIB);
	assert_does_not_fit();
	make(0x2001, 2 * MIB - 0x2000, 2 * MIB);
	assert_does_not_fit();
	/* Its place is behind the end, even if nothing is in it. */
	memset(data, 0xff, 16);
	make(16, 0x11000, 0x10000);
	assert_does_not_fit();
	make(16, 0x11000, 0x11000);
	assert_does_not_fit();
}

static void a_rotated_dump_is_turned_back(void **state)
{
	(void)state;
	facts.wraps_at = 2 * MIB - 0x11000;
	make(2 * MIB, 0, 2 * MIB);
	assert_int_equal(plan.n_pieces, 2);
	assert_piece(0, 2 * MIB - 0x11000, 0, 0x11000);
	assert_piece(1, 0, 0x11000, 2 * MIB - 0x11000);
	ASSERT_REGIONS(0, 2 * MIB);
	/* Not on a flash of another size. */
	make(2 * MIB, 0, 4 * MIB);
	assert_int_equal(plan.n_pieces, 1);
	assert_piece(0, 0, 0, 2 * MIB);
}

static void swapped_halves_are_swapped_back(void **state)
{
	(void)state;
	facts.n_problems = 2;
	facts.problems[0].type = IMAGE_PROBLEM_CRC;
	facts.problems[1].type = IMAGE_PROBLEM_HALF_SWAPPED;
	make(2 * MIB, 0, 2 * MIB);
	assert_int_equal(plan.n_pieces, 2);
	assert_piece(0, MIB, 0, MIB);
	assert_piece(1, 0, MIB, MIB);
	ASSERT_REGIONS(0, 2 * MIB);
	make(2 * MIB, 0, 4 * MIB);
	assert_int_equal(plan.n_pieces, 1);
	facts.problems[1].type = IMAGE_PROBLEM_HOLE;
	make(2 * MIB, 0, 2 * MIB);
	assert_int_equal(plan.n_pieces, 1);
}

static void ranges_of_uf2_are_counted_from_the_first_address(void **state)
{
	static const struct image_uf2 uf2 = {
		.n_ranges = 2,
		.ranges = { { 0x11000, 0x2200 }, { 0x1d0000, 0x100 } },
	};

	(void)state;
	placement_of_uf2(&plan, &uf2, 0x11000);
	assert_int_equal(plan.n_pieces, 2);
	assert_piece(0, 0, 0x11000, 0x2200);
	assert_piece(1, 0x1d0000 - 0x11000, 0x1d0000, 0x100);
	ASSERT_REGIONS(0x11000, 0x14000, 0x1d0000, 0x1d1000);
}

static void as_many_ranges_as_a_uf2_has_find_room(void **state)
{
	struct image_uf2 uf2 = { .n_ranges = IMAGE_UF2_RANGES };

	(void)state;
	for (uint32_t i = 0; i < IMAGE_UF2_RANGES; i++)
		uf2.ranges[i] = (struct image_uf2_range){ 0x11000 + i * 0x4000, 0x1000 };
	placement_of_uf2(&plan, &uf2, 0x11000);
	assert_int_equal(plan.n_pieces, IMAGE_UF2_RANGES);
	assert_int_equal(plan.n_regions, IMAGE_UF2_RANGES);
}

/* ---- regions ---- */

static void regions_that_touch_become_one(void **state)
{
	(void)state;
	make(0x1000, 0x10000, 2 * MIB);
	add(0x20000, 0x21000);
	add(0x5000, 0x6000);
	ASSERT_REGIONS(0x5000, 0x6000, 0x10000, 0x11000, 0x20000, 0x21000);
	add(0x11000, 0x11001);
	ASSERT_REGIONS(0x5000, 0x6000, 0x10000, 0x12000, 0x20000, 0x21000);
	add(0xf123, 0x10000);
	ASSERT_REGIONS(0x5000, 0x6000, 0xf000, 0x12000, 0x20000, 0x21000);
	add(0x10000, 0x11000);
	ASSERT_REGIONS(0x5000, 0x6000, 0xf000, 0x12000, 0x20000, 0x21000);
	add(0x5800, 0x1ffff);
	ASSERT_REGIONS(0x5000, 0x21000);
}

static void nothing_adds_nothing(void **state)
{
	(void)state;
	make(0x1000, 0x10000, 2 * MIB);
	add(0x30000, 0x30000);
	ASSERT_REGIONS(0x10000, 0x11000);
}

static void what_is_kept_is_cut_out(void **state)
{
	(void)state;
	make(0x10000, 0x10000, 2 * MIB);
	assert_false(keep(0xf000, 0x10000));
	assert_false(keep(0x20000, 0x21000));
	ASSERT_REGIONS(0x10000, 0x20000);
	assert_true(keep(0x18000, 0x18001));
	ASSERT_REGIONS(0x10000, 0x18000, 0x19000, 0x20000);
	assert_false(keep(0x18000, 0x19000));
	assert_true(keep(0xf000, 0x11000));
	ASSERT_REGIONS(0x11000, 0x18000, 0x19000, 0x20000);
	assert_true(keep(0x1ffff, 0x30000));
	ASSERT_REGIONS(0x11000, 0x18000, 0x19000, 0x1f000);
	assert_true(keep(0x17000, 0x1a000));
	ASSERT_REGIONS(0x11000, 0x17000, 0x1a000, 0x1f000);
	assert_true(keep(0x1a000, 0x1f000));
	ASSERT_REGIONS(0x11000, 0x17000);
	assert_true(keep(0, 2 * MIB));
	assert_int_equal(plan.n_regions, 0);
	assert_int_equal(plan.n_pieces, 1);
}

static void what_has_been_kept_can_be_added_again(void **state)
{
	(void)state;
	make(0x3000, 0, 2 * MIB);
	assert_true(keep(0x1000, 0x2000));
	add(0x1000, 0x2000);
	ASSERT_REGIONS(0, 0x3000);
}

static void there_is_room_for_all_that_may_be_kept(void **state)
{
	(void)state;
	make(2 * MIB, 0, 2 * MIB);
	for (uint32_t i = 0; i < IMAGE_MAX_AREAS; i++)
		assert_true(keep((2 * i + 1) * IMAGE_SECTOR, (2 * i + 2) * IMAGE_SECTOR));
	assert_int_equal(plan.n_regions, IMAGE_MAX_AREAS + 1);
	assert_int_equal(plan.regions[IMAGE_MAX_AREAS].end, 2 * MIB);
}

/* By a map of sectors, whatever the order. */
static void regions_are_the_sectors_that_were_added_and_not_kept(void **state)
{
	uint64_t rng = 0x91ace;

	(void)state;
	for (unsigned int round = 0; round < 2000; round++) {
		bool map[64] = { false };

		memset(&plan, 0, sizeof(plan));
		for (unsigned int step = 0; step < 12; step++) {
			const uint32_t start = xorshift_below(&rng, 60), n = 1 + xorshift_below(&rng, 4);
			const bool adds = xorshift_below(&rng, 3) > 0;

			if (adds)
				add(start * IMAGE_SECTOR + 5, (start + n) * IMAGE_SECTOR - 5);
			else
				keep(start * IMAGE_SECTOR + 5, (start + n) * IMAGE_SECTOR - 5);
			for (uint32_t i = start; i < start + n; i++)
				map[i] = adds;
		}
		for (size_t i = 0, sector = 0; sector < N_ELEMENTS(map); sector++) {
			while (i < plan.n_regions && plan.regions[i].end <= sector * IMAGE_SECTOR)
				i++;
			assert_int_equal(map[sector],
					 i < plan.n_regions && plan.regions[i].start <= sector * IMAGE_SECTOR);
		}
		for (size_t i = 1; i < plan.n_regions; i++)
			assert_true(plan.regions[i - 1].end < plan.regions[i].start);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_small_file_is_one_piece_in_whole_sectors),
		TEST(a_file_as_large_as_the_flash_is_one_piece),
		TEST(an_empty_file_has_no_piece),
		TEST(an_erased_tail_is_left_out),
		TEST(a_repeated_start_is_left_out),
		TEST(what_is_for_a_larger_flash_does_not_fit),
		TEST(a_rotated_dump_is_turned_back),
		TEST(swapped_halves_are_swapped_back),
		TEST(ranges_of_uf2_are_counted_from_the_first_address),
		TEST(as_many_ranges_as_a_uf2_has_find_room),
		TEST(regions_that_touch_become_one),
		TEST(nothing_adds_nothing),
		TEST(what_is_kept_is_cut_out),
		TEST(what_has_been_kept_can_be_added_again),
		TEST(there_is_room_for_all_that_may_be_kept),
		TEST(regions_are_the_sectors_that_were_added_and_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
