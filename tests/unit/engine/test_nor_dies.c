/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_dies.h"

#include "nor_command.h"
#include "unit.h"

/* The capacity code is the last byte; no other is in use for 64 KiB to 2 GiB. */
#define FIRST_CAPACITY 0x10
#define LAST_CAPACITY 0x1f
#define MAX_DIES 1000

static const struct nor_die *dies[MAX_DIES];
static uint32_t ids[MAX_DIES];
static size_t n_dies;

/* The table from outside: all that can be found. */
static int find_all(void **state)
{
	(void)state;
	for (uint32_t type = 0; type <= 0xffff; type++) {
		for (uint32_t capacity = FIRST_CAPACITY; capacity <= LAST_CAPACITY; capacity++) {
			const struct nor_die *die = nor_die_find(type << 8 | capacity);

			if (!die)
				continue;
			ids[n_dies] = type << 8 | capacity;
			dies[n_dies++] = die;
			assert_true(n_dies < MAX_DIES);
		}
	}
	assert_true(n_dies > 50);
	return 0;
}

static void each_die_is_found_by_its_own_id(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_dies; i++)
		assert_int_equal(dies[i]->jedec_id, ids[i]);
}

static void the_last_byte_of_an_id_agrees_with_the_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_dies; i++) {
		if (dies[i]->size != 1u << (ids[i] & 0xff))
			fail_msg("%06X (%s) has a size of %u", (unsigned int)ids[i], dies[i]->part,
				 (unsigned int)dies[i]->size);
	}
}

static void every_die_can_be_shown_and_unprotected(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_dies; i++) {
		const struct nor_die *die = dies[i];

		assert_non_null(die->part);
		assert_true(strlen(die->part) > 3);
		assert_true(die->size >= 65536 && die->size <= 16u << 20);
		assert_true(die->bp_mask == 0x1c || die->bp_mask == 0x3c || die->bp_mask == 0x7c);
		assert_int_equal(die->bp_mask & (NOR_SR1_WIP | NOR_SR1_WEL | NOR_SR1_LOCK), 0);
		assert_in_range(die->sr2, NOR_SR2_NONE, NOR_SR2_WITH_CMP_31H);
	}
}

static void bit_6_is_kept_where_it_enables_quad_lines(void **state)
{
	static const uint32_t with_qe[] = { 0xc22314, 0xc22315, 0x1c7015, 0x1c7016 };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(with_qe); i++) {
		assert_non_null(nor_die_find(with_qe[i]));
		assert_int_equal(nor_die_find(with_qe[i])->bp_mask & 0x40, 0);
		assert_int_equal(nor_die_find(with_qe[i])->sr2, NOR_SR2_NONE);
	}
}

static void well_known_dies_are_in_the_table(void **state)
{
	(void)state;
	assert_string_equal(nor_die_find(0xc84015)->part, "GD25Q16B");
	assert_int_equal(nor_die_find(0xc84015)->size, 2u << 20);
	assert_int_equal(nor_die_find(0xc84015)->sr2, NOR_SR2_WITH_CMP);
	assert_int_equal(nor_die_find(0xef4016)->size, 4u << 20);
	assert_int_equal(nor_die_find(0x854215)->sr2, NOR_SR2_WITH_CMP_31H);
	assert_int_equal(nor_die_find(0x0b4015)->bp_mask, 0x7c);
}

static void what_empty_wires_give_is_no_die(void **state)
{
	(void)state;
	assert_null(nor_die_find(0x000000));
	assert_null(nor_die_find(0xffffff));
	assert_null(nor_die_find(0x01c84015));
	assert_null(nor_die_find(0xc84019));
}

static void the_unknown_die_has_no_size_and_is_not_in_the_table(void **state)
{
	const struct nor_die *unknown = nor_die_unknown();

	(void)state;
	assert_int_equal(unknown->size, 0);
	assert_int_equal(unknown->bp_mask, 0x7c);
	assert_int_equal(unknown->sr2, NOR_SR2_WITH_CMP);
	assert_string_equal(unknown->part, "unknown");
	assert_null(nor_die_find(unknown->jedec_id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_die_is_found_by_its_own_id),
		cmocka_unit_test(the_last_byte_of_an_id_agrees_with_the_size),
		cmocka_unit_test(every_die_can_be_shown_and_unprotected),
		cmocka_unit_test(bit_6_is_kept_where_it_enables_quad_lines),
		cmocka_unit_test(well_known_dies_are_in_the_table),
		cmocka_unit_test(what_empty_wires_give_is_no_die),
		cmocka_unit_test(the_unknown_die_has_no_size_and_is_not_in_the_table),
	};

	return cmocka_run_group_tests(tests, find_all, NULL);
}
