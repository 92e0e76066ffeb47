/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibration.h"

#include "unit.h"

#define MIB (1u << 20)
#define RF_T 0x1e0000u	/* BK7231T */
#define RF_N 0x1d0000u	/* BK7231N */
#define RF_38 0x1e3000u	/* BK7238 */
#define RF_52 0x3fe000u	/* BK7252 with 4 MiB */
#define ERROR (-77)

static uint8_t flash[4 * MIB];
static uint64_t size;
static unsigned int n_reads;
static size_t bytes_read;
static unsigned int fail_at;
static struct calibration first, second;

static int set_up(void **state)
{
	(void)state;
	memset(flash, 0x11, sizeof(flash));
	memset(&first, 0x5a, sizeof(first));
	size = 2 * MIB;
	n_reads = fail_at = 0;
	bytes_read = 0;
	return 0;
}

static int read_flash(void *arg, uint32_t address, uint8_t *data, size_t n)
{
	assert_ptr_equal(arg, flash);
	assert_in_range(address + n, n, size);
	bytes_read += n;
	if (++n_reads == fail_at)
		return ERROR;
	memcpy(data, flash + address, n);
	return 0;
}

static void find(struct calibration *calibration)
{
	assert_int_equal(calibration_find(calibration, size, read_flash, flash), 0);
}

static void put(uint32_t address, const char *text)
{
	memset(flash + address, 0xff, CALIBRATION_SECTOR);
	memcpy(flash + address, "TLV", 4);
	strcpy((char *)flash + address + 4, text);
}

static void it_is_found_at_each_place_that_some_chip_has(void **state)
{
	static const uint32_t places[] = { RF_T, RF_N, RF_38, RF_52 };

	size = 4 * MIB;
	for (size_t i = 0; i < N_ELEMENTS(places); i++) {
		set_up(state);
		size = 4 * MIB;
		put(places[i], "x");
		find(&first);
		assert_int_equal(first.n, 1);
		assert_int_equal(first.found[0].address, places[i]);
		assert_memory_equal(first.found[0].sector, flash + places[i], CALIBRATION_SECTOR);
		assert_false(first.is_blank);
	}
}

static void nothing_is_read_behind_the_end(void **state)
{
	static const uint64_t sizes[] = {
		64 << 10, 1 * MIB, RF_T + CALIBRATION_SECTOR, 2 * MIB, 4 * MIB, 100, 0,
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(sizes); i++) {
		size = sizes[i];
		find(&first);
		assert_int_equal(first.n, 0);
	}
}

static void little_is_read_of_a_flash_without_one(void **state)
{
	(void)state;
	find(&first);
	assert_int_equal(first.n, 0);
	assert_true(bytes_read <= CALIBRATION_SECTOR + IMAGE_RF_PLACES * IMAGE_RF_HEAD);
}

static void the_same_content_at_the_same_places_is_equal(void **state)
{
	(void)state;
	put(RF_T, "a");
	put(RF_N, "b");
	find(&first);
	find(&second);
	assert_int_equal(first.n, 2);
	assert_true(calibration_equal(&first, &second));
}

static void any_other_byte_is_another_chip(void **state)
{
	static const uint32_t offsets[] = { 4, 100, CALIBRATION_SECTOR - 1 };

	(void)state;
	put(RF_T, "a");
	find(&first);
	for (size_t i = 0; i < N_ELEMENTS(offsets); i++) {
		flash[RF_T + offsets[i]] ^= 0x01;
		find(&second);
		assert_false(calibration_equal(&first, &second));
		flash[RF_T + offsets[i]] ^= 0x01;
	}
	flash[RF_T + CALIBRATION_SECTOR] ^= 0x01;
	find(&second);
	assert_true(calibration_equal(&first, &second));
}

static void other_places_are_another_chip(void **state)
{
	(void)state;
	put(RF_T, "a");
	find(&first);
	put(RF_N, "a");
	find(&second);
	assert_false(calibration_equal(&first, &second));
	assert_false(calibration_equal(&second, &first));
	memset(flash + RF_T, 0xff, CALIBRATION_SECTOR);
	find(&second);
	assert_int_equal(second.n, 1);
	assert_false(calibration_equal(&first, &second));
	memset(flash + RF_N, 0xff, CALIBRATION_SECTOR);
	find(&second);
	assert_false(calibration_equal(&first, &second));
}

static void a_head_must_be_whole(void **state)
{
	(void)state;
	put(RF_T, "a");
	flash[RF_T + 3] = 'x';
	find(&first);
	assert_int_equal(first.n, 0);
}

static void blank_is_without_calibration_and_bootloader(void **state)
{
	(void)state;
	memset(flash, 0xff, CALIBRATION_SECTOR);
	find(&first);
	assert_true(first.is_blank);
	flash[CALIBRATION_SECTOR - 1] = 0xfe;
	find(&first);
	assert_false(first.is_blank);
	flash[CALIBRATION_SECTOR - 1] = 0xff;
	put(RF_N, "a");
	find(&first);
	assert_false(first.is_blank);
}

static void an_error_of_any_read_is_returned(void **state)
{
	unsigned int last;

	(void)state;
	find(&first);
	last = n_reads;
	for (fail_at = 1; fail_at <= last; fail_at++) {
		n_reads = 0;
		assert_int_equal(calibration_find(&first, size, read_flash, flash), ERROR);
		assert_int_equal(n_reads, fail_at);
	}
	put(RF_T, "a");
	n_reads = 0;
	fail_at = 2;	/* the whole sector */
	assert_int_equal(calibration_find(&first, size, read_flash, flash), ERROR);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
	const struct CMUnitTest tests[] = {
		TEST(it_is_found_at_each_place_that_some_chip_has),
		TEST(nothing_is_read_behind_the_end),
		TEST(little_is_read_of_a_flash_without_one),
		TEST(the_same_content_at_the_same_places_is_equal),
		TEST(any_other_byte_is_another_chip),
		TEST(other_places_are_another_chip),
		TEST(a_head_must_be_whole),
		TEST(blank_is_without_calibration_and_bootloader),
		TEST(an_error_of_any_read_is_returned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
