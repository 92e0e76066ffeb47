/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_partitions.h"

#include "unit.h"

#define MIB ((uint64_t)1 << 20)

static void it_begins_with_its_tag(void **state)
{
	(void)state;
	assert_true(image_is_rf((const uint8_t[]){ 0x54, 0x4c, 0x56, 0x00 }));
	assert_false(image_is_rf((const uint8_t[]){ 0x54, 0x4c, 0x56, 0x01 }));
	assert_false(image_is_rf((const uint8_t[]){ 0xff, 0xff, 0xff, 0xff }));
	assert_false(image_is_rf((const uint8_t[]){ 0x00, 0x4c, 0x56, 0x00 }));
}

static bool is_among(const uint32_t *places, size_t n, uint32_t address)
{
	unsigned int count = 0;

	for (size_t i = 0; i < n; i++)
		count += places[i] == address;
	assert_true(count <= 1);
	return count == 1;
}

/* BK7231N, BK7231T, BK7238; BK7252; BK7258 */
static void it_lies_where_some_chip_has_it_on_a_die_of_that_size(void **state)
{
	static const struct {
		uint32_t address;
		uint64_t least_size;
	} known[] = {
		{ 0x1d0000, 0x1d1000 }, { 0x1e0000, 0x1e1000 }, { 0x1e3000, 0x1e4000 },
		{ 0x3fe000, 0x3ff000 }, { 0x7fe000, 0x7ff000 },
	};
	const uint64_t sizes[] = { 0, MIB, 2 * MIB, 4 * MIB, 8 * MIB, 16 * MIB };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(known); i++) {
		uint32_t places[IMAGE_RF_PLACES];

		assert_true(is_among(places, image_rf_places(places, known[i].least_size), known[i].address));
		assert_false(is_among(places, image_rf_places(places, known[i].least_size - 1),
				      known[i].address));
		for (size_t k = 0; k < N_ELEMENTS(sizes); k++)
			assert_int_equal(is_among(places, image_rf_places(places, sizes[k]), known[i].address),
					 sizes[k] >= known[i].least_size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_begins_with_its_tag),
		cmocka_unit_test(it_lies_where_some_chip_has_it_on_a_die_of_that_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
