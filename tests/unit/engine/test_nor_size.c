/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_sfdp.h"

#include "fake_frontend.h"
#include "fake_spi.h"
#include "unit.h"

#define MIB (1u << 20)
#define ID 0x123415	/* its last byte tells 2 MiB */

static const struct nor_die unknown = { 0, "unknown", 0, 0x7c, NOR_SR2_WITH_CMP };
static const uint8_t no_sfdp[16] = { 0xff, 0xff, 0xff, 0xff };

/* W25Q64JV data sheet, 9.3: revision 1.5, a table of 16 DWORDs at 0x80. */
static uint8_t header[16];
static uint8_t table[8];

static int setup(void **state)
{
	static const uint8_t good_header[16] = { 'S', 'F', 'D', 'P', 0x05, 0x01, 0x00, 0xff,
						 0x00, 0x05, 0x01, 0x10, 0x80, 0x00, 0x00, 0xff };
	static const uint8_t good_table[8] = { 0xe5, 0x20, 0xf9, 0xff, 0xff, 0xff, 0xff, 0x03 };

	memcpy(header, good_header, sizeof(header));
	memcpy(table, good_table, sizeof(table));
	return fake_spi_setup(state);
}

static void expect_sfdp(uint32_t address, const uint8_t *answer, size_t n)
{
	const uint8_t command[] = { 0x5a, address >> 16 & 0xff, address >> 8 & 0xff, address & 0xff, 0xff };

	expect_command(command, sizeof(command), answer, n);
}

static void expect_both(void)
{
	expect_sfdp(0, header, sizeof(header));
	expect_sfdp(0x80, table, sizeof(table));
}

static void set_density(uint32_t density)
{
	for (unsigned int i = 0; i < 4; i++)
		table[4 + i] = density >> 8 * i & 0xff;
}

static uint64_t size_of(uint32_t id, bool in_beken_chip)
{
	uint64_t size = 0x5a5a5a5a;

	assert_int_equal(nor_size_find(fake_spi, &unknown, id, in_beken_chip, &size), BEKEN_OK);
	fake_spi_assert_all_said();
	return size;
}

static void a_die_of_the_table_is_not_asked(void **state)
{
	static const struct nor_die known = { 0xef4017, "W25Q64", 8 * MIB, 0x7c, NOR_SR2_WITH_CMP };
	uint64_t size = 0;

	(void)state;
	assert_int_equal(nor_size_find(fake_spi, &known, 0xef4017, true, &size), BEKEN_OK);
	assert_int_equal(size, 8 * MIB);
}

static void an_unknown_die_tells_by_its_sfdp(void **state)
{
	(void)state;
	expect_both();
	assert_int_equal(size_of(ID, true), 8 * MIB);
	expect_both();
	assert_int_equal(size_of(ID, false), 8 * MIB);
}

static void the_table_is_read_where_the_header_says(void **state)
{
	(void)state;
	header[12] = 0x30;
	header[13] = 0x02;
	header[14] = 0x01;
	expect_sfdp(0, header, sizeof(header));
	expect_sfdp(0x010230, table, sizeof(table));
	assert_int_equal(size_of(ID, true), 8 * MIB);
}

static void a_large_density_is_a_power_of_two(void **state)
{
	(void)state;
	set_density(0x80000000 | 33);
	expect_both();
	assert_int_equal(size_of(ID, false), (uint64_t)1024 * MIB);
}

static void a_density_that_no_die_can_have_tells_nothing(void **state)
{
	static const uint32_t densities[] = {
		0, 0xffffffff, 0x80000000 | 41, 0x80000000 | 3, 0x00fffffe, 1000,
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(densities); i++) {
		set_density(densities[i]);
		expect_both();
		assert_int_equal(size_of(ID, false), 0);
	}
}

static void a_table_that_is_too_short_is_not_read(void **state)
{
	(void)state;
	header[11] = 1;
	expect_sfdp(0, header, sizeof(header));
	assert_int_equal(size_of(ID, false), 0);
}

static void without_sfdp_the_id_tells_in_a_beken_chip_only(void **state)
{
	(void)state;
	expect_sfdp(0, no_sfdp, sizeof(no_sfdp));
	assert_int_equal(size_of(ID, true), 2 * MIB);
	expect_sfdp(0, no_sfdp, sizeof(no_sfdp));
	assert_int_equal(size_of(ID, false), 0);
}

static void an_id_tells_64_kib_to_16_mib(void **state)
{
	(void)state;
	assert_int_equal(nor_size_of_id(0x12340f), 0);
	assert_int_equal(nor_size_of_id(0x123410), 64 * 1024);
	assert_int_equal(nor_size_of_id(0x123418), 16 * MIB);
	assert_int_equal(nor_size_of_id(0x123419), 0);
	assert_int_equal(nor_size_of_id(0x1234ff), 0);
}

static void an_error_is_returned(void **state)
{
	uint64_t size;

	(void)state;
	expect_error_next(BEKEN_ERR_GONE);
	expect_sfdp(0, header, sizeof(header));
	assert_int_equal(nor_size_find(fake_spi, &unknown, ID, true, &size), BEKEN_ERR_GONE);
	assert_int_equal(size, 0);
}

static void an_error_behind_the_header_is_returned(void **state)
{
	uint64_t size;

	(void)state;
	expect_sfdp(0, header, sizeof(header));
	expect_error_next(BEKEN_ERR_TIMEOUT);
	expect_sfdp(0x80, table, sizeof(table));
	assert_int_equal(nor_size_find(fake_spi, &unknown, ID, true, &size), BEKEN_ERR_TIMEOUT);
	assert_int_equal(size, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fake_spi_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_die_of_the_table_is_not_asked),
		TEST(an_unknown_die_tells_by_its_sfdp),
		TEST(the_table_is_read_where_the_header_says),
		TEST(a_large_density_is_a_power_of_two),
		TEST(a_density_that_no_die_can_have_tells_nothing),
		TEST(a_table_that_is_too_short_is_not_read),
		TEST(without_sfdp_the_id_tells_in_a_beken_chip_only),
		TEST(an_id_tells_64_kib_to_16_mib),
		TEST(an_error_is_returned),
		TEST(an_error_behind_the_header_is_returned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
