/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_sfdp.h"

#include "unit.h"

#define TABLE 0x10
#define SIZE (TABLE + 9 * 4)

static const struct nor_die die = { 0xc84015, "GD25Q16B", 2u << 20, 0x7c, NOR_SR2_WITH_CMP };

static uint32_t dword(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void the_header_points_to_one_table_of_nine_dwords(void **state)
{
	static const uint8_t header[] = {
		'S', 'F', 'D', 'P', 0x00, 0x01, 0x00, 0xff,
		/* JEDEC's table, revision 1.0, 9 DWORDs, at 0x10 */
		0x00, 0x00, 0x01, 0x09, TABLE, 0x00, 0x00, 0xff,
	};
	uint8_t sfdp[SIZE];

	(void)state;
	nor_sfdp_read(&die, 0, sfdp, sizeof(sfdp));
	assert_memory_equal(sfdp, header, sizeof(header));
}

static void the_density_is_the_last_bit(void **state)
{
	static const uint32_t sizes[] = { 64u << 10, 256u << 10, 512u << 10, 1u << 20, 2u << 20, 16u << 20 };
	uint8_t sfdp[SIZE];

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(sizes); i++) {
		const struct nor_die other = { 0, "", sizes[i], 0, NOR_SR2_NONE };

		nor_sfdp_read(&other, 0, sfdp, sizeof(sfdp));
		assert_int_equal(dword(sfdp + TABLE + 4), sizes[i] * 8 - 1);
	}
}

static void erases_are_4_kib_by_20h_and_64_kib_by_d8h(void **state)
{
	uint8_t sfdp[SIZE];
	uint32_t first;

	(void)state;
	nor_sfdp_read(&die, 0, sfdp, sizeof(sfdp));
	first = dword(sfdp + TABLE);
	assert_int_equal(first & 0x3, 1);		/* uniform 4 KiB */
	assert_int_equal(first >> 8 & 0xff, 0x20);
	assert_int_equal(dword(sfdp + TABLE + 4 * 7), 0xd810200c);
	assert_int_equal(dword(sfdp + TABLE + 4 * 8), 0);
}

static void pages_are_written_whole_after_06h_with_three_address_bytes(void **state)
{
	uint8_t sfdp[SIZE];
	uint32_t first;

	(void)state;
	nor_sfdp_read(&die, 0, sfdp, sizeof(sfdp));
	first = dword(sfdp + TABLE);
	assert_int_equal(first >> 2 & 1, 1);
	assert_int_equal(first >> 3 & 3, 3);
	assert_int_equal(first >> 17 & 3, 0);
	/* No fast read in more than one line, no DTR; unused bits are 1. */
	assert_int_equal(first & 0x00790000, 0);
	assert_int_equal(first & 0xff8000e0, 0xff8000e0);
	for (unsigned int i = 2; i < 7; i++)
		assert_int_equal(dword(sfdp + TABLE + 4 * i), 0);
}

static void any_piece_reads_like_the_whole(void **state)
{
	uint8_t sfdp[SIZE], piece[SIZE + 1];

	(void)state;
	nor_sfdp_read(&die, 0, sfdp, sizeof(sfdp));
	for (uint32_t address = 0; address < SIZE; address++) {
		for (size_t n = 0; address + n <= SIZE; n++) {
			memset(piece, 0x5a, sizeof(piece));
			nor_sfdp_read(&die, address, piece, n);
			assert_memory_equal(piece, sfdp + address, n);
			assert_int_equal(piece[n], 0x5a);
		}
	}
}

static void beyond_the_tables_everything_is_ff(void **state)
{
	uint8_t bytes[8];

	(void)state;
	nor_sfdp_read(&die, SIZE - 1, bytes, sizeof(bytes));
	assert_int_equal(bytes[0], 0x00);
	for (size_t i = 1; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], 0xff);
	memset(bytes, 0, sizeof(bytes));
	nor_sfdp_read(&die, 0xffffff, bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], 0xff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_points_to_one_table_of_nine_dwords),
		cmocka_unit_test(the_density_is_the_last_bit),
		cmocka_unit_test(erases_are_4_kib_by_20h_and_64_kib_by_d8h),
		cmocka_unit_test(pages_are_written_whole_after_06h_with_three_address_bytes),
		cmocka_unit_test(any_piece_reads_like_the_whole),
		cmocka_unit_test(beyond_the_tables_everything_is_ff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
