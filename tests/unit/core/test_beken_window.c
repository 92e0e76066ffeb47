/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "beken.h"

#include "unit.h"

static struct beken_window seen;

static int setup(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	return 0;
}

static void look(uint8_t byte, size_t n)
{
	while (n--)
		beken_window_look(&seen, &byte, 1);
}

static void nothing_is_seen_on_a_line_that_stays_high(void **state)
{
	(void)state;
	look(0xff, 100);
	assert_false(seen.echo);
	assert_false(seen.accepted);
	assert_int_equal(seen.n_bytes, 100);
	assert_int_equal(seen.n_high, 100);
	assert_int_equal(seen.n_low, 0);
	assert_int_equal(seen.zeros, 0);
}

static void zeros_before_an_echo_are_not_acceptance(void **state)
{
	(void)state;
	look(0x00, 100);
	assert_false(seen.echo);
	assert_false(seen.accepted);
	assert_int_equal(seen.n_low, 100);
	assert_int_equal(seen.n_high, 0);
	assert_int_equal(seen.zeros, 100);
	look(BEKEN_SYNC, 1);
	assert_false(seen.accepted);
	assert_int_equal(seen.zeros, 0);
}

static void four_of_the_same_byte_are_an_echo_and_three_are_none(void **state)
{
	(void)state;
	look(BEKEN_SYNC, 3);
	assert_false(seen.echo);
	look(BEKEN_SYNC, 1);
	assert_true(seen.echo);
	assert_false(seen.accepted);
}

static void a_run_that_is_broken_or_turns_is_no_echo(void **state)
{
	(void)state;
	look(BEKEN_SYNC, 3);
	look(0xff, 1);
	look(BEKEN_SYNC, 3);
	look(0xa5, 3);	/* another rotation */
	look(BEKEN_SYNC, 3);
	assert_false(seen.echo);
	look(BEKEN_SYNC, 1);
	assert_true(seen.echo);
}

static void an_echo_stays(void **state)
{
	(void)state;
	look(BEKEN_SYNC, 4);
	look(0xff, 100);
	assert_true(seen.echo);
	assert_false(seen.accepted);
	assert_int_equal(seen.since_echo, 100);
}

static void eight_zeros_after_a_single_echo_are_acceptance(void **state)
{
	(void)state;
	look(0xff, 20);
	look(BEKEN_SYNC, 1);
	assert_int_equal(seen.since_echo, 0);
	look(0x00, 7);
	assert_false(seen.accepted);
	assert_false(seen.echo);
	assert_int_equal(seen.zeros, 7);
	assert_int_equal(seen.since_echo, 7);
	look(0x00, 1);
	assert_true(seen.accepted);
	assert_true(seen.echo);
	assert_int_equal(seen.n_bytes, 29);
}

static void zeros_with_anything_between_them_are_not_acceptance(void **state)
{
	(void)state;
	look(BEKEN_SYNC, 4);
	look(0x00, 7);
	look(0x01, 1);
	assert_int_equal(seen.zeros, 0);
	look(0x00, 100);
	assert_false(seen.accepted);
	look(BEKEN_SYNC, 1);
	look(0x00, 7);
	look(BEKEN_SYNC, 1);
	look(0x00, 7);
	assert_false(seen.accepted);
}

static void acceptance_stays(void **state)
{
	(void)state;
	look(BEKEN_SYNC, 1);
	look(0x00, 8);
	look(0xff, 10);
	assert_true(seen.accepted);
	assert_true(seen.echo);
}

static void an_echo_is_known_in_every_rotation_and_no_other_byte(void **state)
{
	(void)state;
	for (unsigned int byte = 0; byte < 256; byte++) {
		bool rotation = false;

		for (unsigned int shift = 0; shift < 8; shift++)
			rotation |= (0xd2d2u >> shift & 0xff) == byte;
		memset(&seen, 0, sizeof(seen));
		look((uint8_t)byte, 4);
		assert_int_equal(seen.echo, rotation);
		assert_int_equal(seen.since_echo, rotation ? 0 : 4);
		if (byte)
			look(0x00, 8);
		assert_int_equal(seen.accepted, rotation);
	}
}

static void silence_is_counted_from_the_last_echo(void **state)
{
	(void)state;
	look(BEKEN_SYNC, 4);
	look(0xff, 31);
	assert_int_equal(seen.since_echo, 31);
	look(BEKEN_SYNC >> 1, 1);	/* rotated */
	assert_int_equal(seen.since_echo, 0);
	look(0xff, 1);
	assert_int_equal(seen.since_echo, 1);
}

static void one_look_at_many_bytes_is_many_looks_at_one(void **state)
{
	static const uint8_t miso[] = {
		0xff, 0x00, 0xd2, 0xa5, 0x00, 0x00, 0x00, 0xff, 0xd2, 0, 0, 0, 0, 0, 0, 0, 0, 0x12
	};
	struct beken_window at_once = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(miso); i++)
		look(miso[i], 1);
	beken_window_look(&at_once, miso, sizeof(miso));
	assert_true(at_once.echo && seen.echo);
	assert_true(at_once.accepted && seen.accepted);
	assert_int_equal(at_once.n_bytes, sizeof(miso));
	assert_int_equal(seen.n_bytes, sizeof(miso));
	assert_int_equal(at_once.n_high, 2);
	assert_int_equal(seen.n_high, 2);
	assert_int_equal(at_once.n_low, 12);
	assert_int_equal(seen.n_low, 12);
	assert_int_equal(at_once.since_echo, 9);
	assert_int_equal(seen.since_echo, 9);
	assert_int_equal(at_once.zeros, 0);
	beken_window_look(&at_once, miso, 0);
	assert_int_equal(at_once.n_bytes, sizeof(miso));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_is_seen_on_a_line_that_stays_high, setup),
		cmocka_unit_test_setup(zeros_before_an_echo_are_not_acceptance, setup),
		cmocka_unit_test_setup(four_of_the_same_byte_are_an_echo_and_three_are_none, setup),
		cmocka_unit_test_setup(a_run_that_is_broken_or_turns_is_no_echo, setup),
		cmocka_unit_test_setup(an_echo_stays, setup),
		cmocka_unit_test_setup(eight_zeros_after_a_single_echo_are_acceptance, setup),
		cmocka_unit_test_setup(zeros_with_anything_between_them_are_not_acceptance, setup),
		cmocka_unit_test_setup(acceptance_stays, setup),
		cmocka_unit_test_setup(an_echo_is_known_in_every_rotation_and_no_other_byte, setup),
		cmocka_unit_test_setup(silence_is_counted_from_the_last_echo, setup),
		cmocka_unit_test_setup(one_look_at_many_bytes_is_many_looks_at_one, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
