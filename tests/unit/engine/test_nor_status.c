/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_status.h"

#include "fake_clock.h"
#include "fake_frontend.h"
#include "fake_spi.h"
#include "unit.h"

#define HOST (&fake_frontend_as_frontend)

static const struct nor_die one_register = { 0xc22315, "one", 2u << 20, 0x3c, NOR_SR2_NONE };
static const struct nor_die plain_sr2 = { 0xc86018, "plain", 16u << 20, 0x3c, NOR_SR2_PLAIN };
static const struct nor_die with_cmp = { 0xc84015, "cmp", 2u << 20, 0x7c, NOR_SR2_WITH_CMP };
static const struct nor_die by_31h = { 0x854215, "31h", 2u << 20, 0x7c, NOR_SR2_WITH_CMP_31H };

static void expect_both(uint8_t sr1, uint8_t sr2)
{
	expect_register(0x05, sr1);
	expect_register(0x35, sr2);
}

/* A register write that the die finishes. */
static void expect_write(const uint8_t *command, size_t n)
{
	expect_after(0x06, command, n);
	expect_poll(0x03);
	expect_poll(0x00);
}
#define EXPECT_WRITE(...) \
	expect_write((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static int unprotect(const struct nor_die *die)
{
	return nor_status_unprotect(HOST, fake_spi, die);
}

static void assert_silent(void)
{
	for (unsigned int level = 0; level < FAKE_FRONTEND_LEVELS; level++)
		assert_int_equal(fake_frontend.n_messages[level], 0);
}

/* ---- reading ---- */

static void a_die_with_one_register_is_asked_for_one(void **state)
{
	struct nor_status status = { 0x5a, 0x5a, true };

	(void)state;
	expect_register(0x05, 0x9c);
	assert_int_equal(nor_status_read(fake_spi, &one_register, &status), BEKEN_OK);
	assert_int_equal(status.sr1, 0x9c);
	assert_int_equal(status.sr2, 0);
	assert_false(status.has_sr2);
}

static void a_die_with_two_registers_is_asked_for_both(void **state)
{
	struct nor_status status;

	(void)state;
	expect_both(0x02, 0x42);
	assert_int_equal(nor_status_read(fake_spi, &with_cmp, &status), BEKEN_OK);
	assert_int_equal(status.sr1, 0x02);
	assert_int_equal(status.sr2, 0x42);
	assert_true(status.has_sr2);
}

static void a_second_register_of_ff_is_none(void **state)
{
	struct nor_status status;

	(void)state;
	expect_both(0x00, 0xff);
	assert_int_equal(nor_status_read(fake_spi, &with_cmp, &status), BEKEN_OK);
	assert_int_equal(status.sr2, 0);
	assert_false(status.has_sr2);
}

static void an_error_of_either_read_is_returned(void **state)
{
	struct nor_status status;

	(void)state;
	expect_register(0x05, 0x00);
	expect_error_next(BEKEN_ERR_TIMEOUT);
	expect_register(0x35, 0x00);
	assert_int_equal(nor_status_read(fake_spi, &with_cmp, &status), BEKEN_ERR_TIMEOUT);
	fake_spi_teardown(state);
	fake_spi_setup(state);
	expect_error_next(BEKEN_ERR_USB);
	expect_register(0x05, 0x00);
	assert_int_equal(nor_status_read(fake_spi, &with_cmp, &status), BEKEN_ERR_USB);
}

static uint8_t mask(const struct nor_die *die, enum nor_kind kind)
{
	const struct nor_protection protection = { .die = die, .managed = true };

	return nor_protection_mask(&protection, kind);
}

static void bp_and_cmp_are_protection_where_the_die_has_them(void **state)
{
	(void)state;
	/* The bits that lock the registers are hidden with them. */
	assert_int_equal(mask(&one_register, NOR_KIND_READ_STATUS1), 0xff & ~(0x3c | 0x80));
	assert_int_equal(mask(&with_cmp, NOR_KIND_READ_STATUS1), 0xff & ~(0x7c | 0x80));
	assert_int_equal(mask(&one_register, NOR_KIND_READ_STATUS2), 0xff);
	assert_int_equal(mask(&plain_sr2, NOR_KIND_READ_STATUS2), 0xff & ~0x01);
	assert_int_equal(mask(&with_cmp, NOR_KIND_READ_STATUS2), 0xff & ~(0x40 | 0x01));
	assert_int_equal(mask(&by_31h, NOR_KIND_READ_STATUS2), 0xff & ~(0x40 | 0x01));
	assert_int_equal(mask(&with_cmp, NOR_KIND_READ_STATUS3), 0xff);
	assert_true(nor_status_is_protected(&with_cmp, &(struct nor_status){ 0x04, 0, true }));
	assert_true(nor_status_is_protected(&with_cmp, &(struct nor_status){ 0x00, 0x40, true }));
	assert_false(nor_status_is_protected(&with_cmp, &(struct nor_status){ 0x83, 0xbf, true }));
	assert_false(nor_status_is_protected(&plain_sr2, &(struct nor_status){ 0xc3, 0xff, true }));
}

/* ---- unprotecting ---- */

static void a_die_that_is_not_protected_gets_no_write(void **state)
{
	(void)state;
	expect_both(0x80, 0x02);
	assert_int_equal(unprotect(&with_cmp), BEKEN_OK);
	expect_register(0x05, 0x40);
	assert_int_equal(unprotect(&one_register), BEKEN_OK);
	assert_silent();
}

static void one_register_is_cleared_by_one_byte_and_keeps_its_other_bits(void **state)
{
	(void)state;
	expect_register(0x05, 0xc0 | 0x3c);
	EXPECT_WRITE(0x01, 0xc0);
	expect_register(0x05, 0xc0);
	assert_int_equal(unprotect(&one_register), BEKEN_OK);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_INFO], 1);
	assert_contains(fake_frontend.last[MESSAGE_INFO], "FC to C0");
	assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 0);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_WARNING], 0);
}

static void volatile_bits_are_not_written(void **state)
{
	(void)state;
	expect_register(0x05, 0x1e);
	EXPECT_WRITE(0x01, 0x00);
	expect_register(0x05, 0x02);
	assert_int_equal(unprotect(&one_register), BEKEN_OK);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_WARNING], 0);
}

static void cmp_is_cleared_before_bp(void **state)
{
	(void)state;
	expect_both(0x1c, 0x42);
	EXPECT_WRITE(0x31, 0x02);
	expect_both(0x1c, 0x02);
	EXPECT_WRITE(0x01, 0x00);
	expect_both(0x00, 0x02);
	assert_int_equal(unprotect(&with_cmp), BEKEN_OK);
	assert_contains(fake_frontend.last[MESSAGE_INFO], "1C to 00");
	assert_contains(fake_frontend.last[MESSAGE_INFO], "42 to 02");
}

static void cmp_alone_is_cleared_alone(void **state)
{
	(void)state;
	expect_both(0x00, 0x40);
	EXPECT_WRITE(0x31, 0x00);
	expect_both(0x00, 0x00);
	assert_int_equal(unprotect(&with_cmp), BEKEN_OK);
}

static void bp_alone_leaves_the_second_register_alone(void **state)
{
	(void)state;
	expect_both(0x7c, 0x02);
	EXPECT_WRITE(0x01, 0x00);
	expect_both(0x00, 0x02);
	assert_int_equal(unprotect(&with_cmp), BEKEN_OK);
}

static void a_second_register_that_was_lost_is_written_back(void **state)
{
	(void)state;
	expect_both(0x3c, 0x02);
	EXPECT_WRITE(0x01, 0x00);
	expect_both(0x00, 0x00);
	EXPECT_WRITE(0x31, 0x02);
	expect_both(0x00, 0x02);
	assert_int_equal(unprotect(&plain_sr2), BEKEN_OK);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_WARNING], 0);
}

static void a_die_that_does_not_know_31h_gets_both_together(void **state)
{
	(void)state;
	expect_both(0x1c, 0x42);
	EXPECT_WRITE(0x31, 0x02);
	expect_both(0x1c, 0x42);
	EXPECT_WRITE(0x01, 0x00);
	expect_both(0x00, 0x42);
	EXPECT_WRITE(0x31, 0x02);
	expect_both(0x00, 0x42);
	EXPECT_WRITE(0x01, 0x00, 0x02);
	expect_both(0x00, 0x02);
	assert_int_equal(unprotect(&with_cmp), BEKEN_OK);
}

static void a_die_of_31h_never_gets_both_together(void **state)
{
	(void)state;
	expect_both(0x1c, 0x42);
	EXPECT_WRITE(0x31, 0x02);
	expect_both(0x1c, 0x42);
	EXPECT_WRITE(0x01, 0x00);
	expect_both(0x00, 0x42);
	EXPECT_WRITE(0x31, 0x02);
	expect_both(0x00, 0x42);
	assert_int_equal(unprotect(&by_31h), BEKEN_ERR_PROTECTED);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 1);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_INFO], 0);
}

static void without_a_second_register_only_the_first_is_written(void **state)
{
	(void)state;
	expect_both(0x7c, 0xff);
	EXPECT_WRITE(0x01, 0x00);
	expect_both(0x00, 0xff);
	assert_int_equal(unprotect(&with_cmp), BEKEN_OK);
}

static void a_locked_die_is_said_to_be_locked(void **state)
{
	(void)state;
	expect_register(0x05, 0x9c);
	EXPECT_WRITE(0x01, 0x80);
	expect_register(0x05, 0x9c);
	assert_int_equal(unprotect(&one_register), BEKEN_ERR_PROTECTED);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 1);
	assert_contains(fake_frontend.last[MESSAGE_ERROR], "SR1=9C");
	assert_contains(fake_frontend.last[MESSAGE_ERROR], "SRP");
	assert_int_equal(fake_frontend.n_messages[MESSAGE_INFO], 0);
}

static void a_die_that_stays_protected_without_a_lock_is_said_to_be_protected_only(void **state)
{
	(void)state;
	expect_register(0x05, 0x1c);
	EXPECT_WRITE(0x01, 0x00);
	expect_register(0x05, 0x04);
	assert_int_equal(unprotect(&one_register), BEKEN_ERR_PROTECTED);
	assert_contains(fake_frontend.last[MESSAGE_ERROR], "SR1=04");
	assert_lacks(fake_frontend.last[MESSAGE_ERROR], "SRP");
}

static void a_die_that_stays_busy_after_the_write_is_protected(void **state)
{
	const int64_t start = fake_clock.now_us;

	(void)state;
	expect_register(0x05, 0x1c);
	expect_after(0x06, (const uint8_t[]){ 0x01, 0x00 }, 2);
	expect_polls_busy_until(start + 10000000);
	assert_int_equal(unprotect(&one_register), BEKEN_ERR_PROTECTED);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 1);
	assert_in_range(fake_clock.now_us - start, 200000, 230000);
}

static void an_interrupt_does_not_end_a_register_write(void **state)
{
	(void)state;
	fake_frontend.interrupts = 2;
	expect_register(0x05, 0x1c);
	EXPECT_WRITE(0x01, 0x00);
	expect_register(0x05, 0x00);
	assert_int_equal(unprotect(&one_register), BEKEN_OK);
}

static void more_bits_than_asked_are_a_warning(void **state)
{
	(void)state;
	expect_register(0x05, 0x5c);
	EXPECT_WRITE(0x01, 0x40);
	expect_register(0x05, 0x00);
	assert_int_equal(unprotect(&one_register), BEKEN_OK);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_WARNING], 1);
	assert_contains(fake_frontend.last[MESSAGE_WARNING], "SR1=00");
	assert_contains(fake_frontend.last[MESSAGE_WARNING], "instead of SR1=40");
	assert_int_equal(fake_frontend.n_messages[MESSAGE_INFO], 1);
}

/* ---- a second register that is the first one again ---- */

static void expect_enabled(uint8_t sr1, uint8_t sr2)
{
	static const uint8_t enable = 0x06, disable = 0x04;

	expect_command(&enable, 1, NULL, 0);
	expect_both(sr1, sr2);
	expect_command(&disable, 1, NULL, 0);
}

static void a_second_register_with_wel_in_it_is_the_first(void **state)
{
	(void)state;
	expect_both(0x5c, 0x5c);
	expect_enabled(0x5e, 0x5e);
	EXPECT_WRITE(0x01, 0x00);
	expect_register(0x05, 0x00);
	assert_int_equal(unprotect(&with_cmp), BEKEN_OK);
}

static void a_second_register_that_is_equal_by_chance_is_written(void **state)
{
	(void)state;
	expect_both(0x44, 0x44);
	expect_enabled(0x46, 0x44);
	EXPECT_WRITE(0x31, 0x04);
	expect_both(0x44, 0x04);
	EXPECT_WRITE(0x01, 0x00);
	expect_both(0x00, 0x04);
	assert_int_equal(unprotect(&with_cmp), BEKEN_OK);
}

static void a_die_that_ignores_write_enable_is_taken_at_its_word(void **state)
{
	(void)state;
	expect_both(0x44, 0x44);
	expect_enabled(0x44, 0x44);
	EXPECT_WRITE(0x31, 0x04);
	expect_both(0x44, 0x04);
	EXPECT_WRITE(0x01, 0x00);
	expect_both(0x00, 0x04);
	assert_int_equal(unprotect(&with_cmp), BEKEN_OK);
}

/* ---- errors ---- */

static void every_error_of_the_transport_is_returned(void **state)
{
	const unsigned int n_steps = 4;

	for (unsigned int failing = 0; failing < n_steps; failing++) {
		for (unsigned int step = 0; step <= failing; step++) {
			if (step == failing)
				expect_error_next(BEKEN_ERR_PROTOCOL);
			switch (step) {
			case 0:
			case 3:
				expect_register(0x05, step ? 0x00 : 0x1c);
				break;
			case 1:
				expect_after(0x06, (const uint8_t[]){ 0x01, 0x00 }, 2);
				break;
			case 2:
				expect_poll(0x00);
				break;
			}
		}
		assert_int_equal(unprotect(&one_register), BEKEN_ERR_PROTOCOL);
		assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 0);
		fake_spi_teardown(state);
		fake_spi_setup(state);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_spi_setup, fake_spi_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_die_with_one_register_is_asked_for_one),
		TEST(a_die_with_two_registers_is_asked_for_both),
		TEST(a_second_register_of_ff_is_none),
		TEST(an_error_of_either_read_is_returned),
		TEST(bp_and_cmp_are_protection_where_the_die_has_them),
		TEST(a_die_that_is_not_protected_gets_no_write),
		TEST(one_register_is_cleared_by_one_byte_and_keeps_its_other_bits),
		TEST(volatile_bits_are_not_written),
		TEST(cmp_is_cleared_before_bp),
		TEST(cmp_alone_is_cleared_alone),
		TEST(bp_alone_leaves_the_second_register_alone),
		TEST(a_second_register_that_was_lost_is_written_back),
		TEST(a_die_that_does_not_know_31h_gets_both_together),
		TEST(a_die_of_31h_never_gets_both_together),
		TEST(without_a_second_register_only_the_first_is_written),
		TEST(a_locked_die_is_said_to_be_locked),
		TEST(a_die_that_stays_protected_without_a_lock_is_said_to_be_protected_only),
		TEST(a_die_that_stays_busy_after_the_write_is_protected),
		TEST(an_interrupt_does_not_end_a_register_write),
		TEST(more_bits_than_asked_are_a_warning),
		TEST(a_second_register_with_wel_in_it_is_the_first),
		TEST(a_second_register_that_is_equal_by_chance_is_written),
		TEST(a_die_that_ignores_write_enable_is_taken_at_its_word),
		TEST(every_error_of_the_transport_is_returned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
