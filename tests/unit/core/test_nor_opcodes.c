/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_opcodes.h"

#include "unit.h"

static bool changes(uint8_t opcode, size_t length)
{
	const uint8_t out[4 + 256] = { opcode };

	return nor_changes_content(out, length);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_that_change_the_content_are_known),
		cmocka_unit_test(other_commands_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
