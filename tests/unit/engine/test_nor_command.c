/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_command.h"

#include "unit.h"

static uint8_t out[4 + 256] = { 0, 0x12, 0x34, 0x56, 0x78, 0x9a };
static uint8_t in[256];
static bool four_bytes;

static int setup(void **state)
{
	(void)state;
	four_bytes = false;
	return 0;
}

static struct nor_command decode(uint8_t opcode, size_t n_out, size_t n_in)
{
	out[0] = opcode;
	return nor_command_decode(out, n_out, in, n_in, &four_bytes);
}

static enum nor_kind kind(uint8_t opcode, size_t n_out, size_t n_in)
{
	return decode(opcode, n_out, n_in).kind;
}

static bool changes(uint8_t opcode, size_t length)
{
	return decode(opcode, length, 0).changes_content;
}

/* ---- what a command is ---- */

static void each_kind_is_known_by_its_opcode(void **state)
{
	(void)state;
	assert_int_equal(kind(0x03, 4, 1), NOR_KIND_READ);
	assert_int_equal(kind(0x0b, 5, 1), NOR_KIND_READ);
	assert_int_equal(kind(0x13, 5, 1), NOR_KIND_READ);
	assert_int_equal(kind(0x0c, 6, 1), NOR_KIND_READ);
	assert_int_equal(kind(0x9f, 1, 3), NOR_KIND_READ_ID);
	assert_int_equal(kind(0x5a, 5, 8), NOR_KIND_READ_SFDP);
	assert_int_equal(kind(0x05, 1, 1), NOR_KIND_READ_STATUS1);
	assert_int_equal(kind(0x35, 1, 1), NOR_KIND_READ_STATUS2);
	assert_int_equal(kind(0x15, 1, 1), NOR_KIND_READ_STATUS3);
	assert_int_equal(kind(0x06, 1, 0), NOR_KIND_WRITE_ENABLE);
	assert_int_equal(kind(0x50, 1, 0), NOR_KIND_WRITE_ENABLE);
	assert_int_equal(kind(0x01, 2, 0), NOR_KIND_WRITE_STATUS);
	assert_int_equal(kind(0x31, 2, 0), NOR_KIND_WRITE_STATUS);
	assert_int_equal(kind(0x11, 2, 0), NOR_KIND_WRITE_STATUS);
	assert_int_equal(kind(0x02, 260, 0), NOR_KIND_PROGRAM);
	assert_int_equal(kind(0x20, 4, 0), NOR_KIND_ERASE_SECTOR);
	assert_int_equal(kind(0x52, 4, 0), NOR_KIND_ERASE_BLOCK);
	assert_int_equal(kind(0xd8, 4, 0), NOR_KIND_ERASE_BLOCK);
	assert_int_equal(kind(0x60, 1, 0), NOR_KIND_ERASE_CHIP);
	assert_int_equal(kind(0xc7, 1, 0), NOR_KIND_ERASE_CHIP);
	assert_int_equal(kind(0x81, 4, 0), NOR_KIND_FOREIGN_WRITE);
	assert_int_equal(kind(0x90, 4, 2), NOR_KIND_OTHER);
}

static void the_lengths_must_fit(void **state)
{
	static const uint8_t reads[] = { 0x03, 0x9f, 0x5a, 0x05, 0x35, 0x15 };
	static const uint8_t writes[] = { 0x06, 0x50, 0x01, 0x02, 0x20, 0xd8, 0xc7, 0x81 };

	(void)state;
	for (size_t i = 0; i < sizeof(reads); i++)
		assert_int_equal(kind(reads[i], 4, 0), NOR_KIND_OTHER);
	for (size_t i = 0; i < sizeof(writes); i++) {
		assert_int_equal(kind(writes[i], 4, 1), NOR_KIND_OTHER);
		assert_false(decode(writes[i], 4, 1).changes_content);
	}
	assert_int_equal(kind(0x06, 2, 0), NOR_KIND_OTHER);
	assert_int_equal(kind(0x50, 4, 0), NOR_KIND_FOREIGN_WRITE);
}

static void commands_that_change_the_content_are_known(void **state)
{
	static const uint8_t opcodes[] = {
		0x02, 0x12, 0x32, 0x20, 0x21, 0x52, 0x5c, 0xd8, 0xdc, 0xad, 0xd7, 0x81,
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(opcodes); i++)
		assert_true(changes(opcodes[i], 4));
	assert_true(changes(0x02, 4 + 256));
	assert_true(changes(0x60, 1) && changes(0xc7, 1) && changes(0x62, 1));
}

static void other_commands_are_not(void **state)
{
	static const uint8_t opcodes[] = {
		0x00, 0x01, 0x03, 0x04, 0x05, 0x06, 0x0b, 0x11, 0x15, 0x31, 0x35, 0x50,
		0x5a, 0x66, 0x99, 0x9f, 0x90, 0xab, 0xb7, 0xb9, 0xc5, 0xe9, 0xff, 0x38,
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(opcodes); i++)
		assert_false(changes(opcodes[i], 1));
	assert_false(changes(0x01, 3));
	assert_false(changes(0x05, 4) || changes(0x06, 4));
}

/* ---- its parts ---- */

static void address_and_data_are_taken_apart(void **state)
{
	const struct nor_command page = decode(0x02, 4 + 7, 0), four = decode(0x12, 6, 0);

	(void)state;
	assert_int_equal(page.address_bytes, 3);
	assert_int_equal(page.address, 0x123456);
	assert_ptr_equal(page.data, out + 4);
	assert_int_equal(page.data_length, 7);
	assert_int_equal(four.address_bytes, 4);
	assert_int_equal(four.address, 0x12345678);
	assert_int_equal(four.data_length, 1);
	assert_int_equal(decode(0x01, 3, 0).data_length, 2);
	assert_int_equal(decode(0x01, 3, 0).address_bytes, 0);
}

static void an_address_that_is_cut_short_is_none(void **state)
{
	const struct nor_command command = decode(0x03, 3, 1);

	(void)state;
	assert_int_equal(command.kind, NOR_KIND_READ);
	assert_int_equal(command.address_bytes, 0);
	assert_int_equal(command.data_length, 2);
}

static void the_four_byte_mode_is_followed(void **state)
{
	(void)state;
	decode(0xb7, 1, 0);
	assert_true(four_bytes);
	assert_int_equal(decode(0x03, 5, 1).address, 0x12345678);
	assert_int_equal(decode(0x5a, 5, 1).address, 0x123456);
	assert_int_equal(decode(0x13, 5, 1).address, 0x12345678);
	decode(0xe9, 1, 0);
	assert_int_equal(decode(0x03, 5, 1).address, 0x123456);
}

static void every_die_is_done_within_the_limit(void **state)
{
	(void)state;
	assert_int_equal(decode(0x02, 5, 0).limit_ms, 100);
	assert_int_equal(decode(0x20, 4, 0).limit_ms, 1500);
	assert_int_equal(decode(0x21, 5, 0).limit_ms, 1500);
	assert_int_equal(decode(0x52, 4, 0).limit_ms, 10000);
	assert_int_equal(decode(0xdc, 5, 0).limit_ms, 10000);
	assert_int_equal(decode(0xc7, 1, 0).limit_ms, 600000);
	assert_int_equal(decode(0x01, 2, 0).limit_ms, 200);
	assert_int_equal(decode(0x81, 4, 0).limit_ms, 0);
	assert_int_equal(decode(0x03, 4, 1).limit_ms, 0);
}

static bool is_page(uint8_t opcode, uint8_t low_address, size_t n)
{
	struct nor_command command;

	out[3] = low_address;
	command = decode(opcode, 4 + n, 0);
	out[3] = 0x56;
	return nor_command_is_page(&command);
}

static void a_page_lies_within_256_bytes(void **state)
{
	(void)state;
	assert_true(is_page(0x02, 0x00, 256));
	assert_true(is_page(0x02, 0xff, 1));
	assert_false(is_page(0x02, 0xff, 2));
	assert_false(is_page(0x02, 0x00, 0));
	assert_false(is_page(0x32, 0x00, 256));
	four_bytes = true;
	assert_false(is_page(0x02, 0x00, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_kind_is_known_by_its_opcode, setup),
		cmocka_unit_test_setup(the_lengths_must_fit, setup),
		cmocka_unit_test_setup(commands_that_change_the_content_are_known, setup),
		cmocka_unit_test_setup(other_commands_are_not, setup),
		cmocka_unit_test_setup(address_and_data_are_taken_apart, setup),
		cmocka_unit_test_setup(an_address_that_is_cut_short_is_none, setup),
		cmocka_unit_test_setup(the_four_byte_mode_is_followed, setup),
		cmocka_unit_test_setup(every_die_is_done_within_the_limit, setup),
		cmocka_unit_test_setup(a_page_lies_within_256_bytes, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
