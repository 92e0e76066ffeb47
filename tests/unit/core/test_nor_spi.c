/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_spi.h"

#include "fake_clock.h"
#include "fake_frontend.h"
#include "fake_spi.h"
#include "unit.h"

#define NO_INTERRUPT (~0u)

static void an_idle_die_is_asked_once(void **state)
{
	(void)state;
	expect_poll(0x00);
	assert_int_equal(ch341a_nor_wait_idle(fake_spi, 100, NO_INTERRUPT), BEKEN_OK);
	assert_int_equal(fake_clock.n_sleeps, 0);
}

static void only_wip_is_waited_for(void **state)
{
	(void)state;
	expect_poll(0xfe);
	assert_int_equal(ch341a_nor_wait_idle(fake_spi, 100, NO_INTERRUPT), BEKEN_OK);
}

/* The die repeats its status in one frame: what counts is how it ends. */
static void a_die_that_gets_idle_within_a_frame_is_idle(void **state)
{
	const uint8_t opcode = 0x05;
	uint8_t status[30];

	(void)state;
	memset(status, 0x01, sizeof(status));
	status[29] = 0x00;
	expect_command(&opcode, 1, status, sizeof(status));
	assert_int_equal(ch341a_nor_wait_idle(fake_spi, 100, NO_INTERRUPT), BEKEN_OK);
	memset(status, 0x00, sizeof(status));
	status[29] = 0x03;
	expect_command(&opcode, 1, status, sizeof(status));
	expect_poll(0x00);
	assert_int_equal(ch341a_nor_wait_idle(fake_spi, 100, NO_INTERRUPT), BEKEN_OK);
}

static void a_busy_die_is_asked_until_it_is_idle(void **state)
{
	const int64_t start = fake_clock.now_us, end = start + 900000;

	(void)state;
	expect_polls_busy_until(end);
	expect_poll(0x00);
	assert_int_equal(ch341a_nor_wait_idle(fake_spi, 1000, NO_INTERRUPT), BEKEN_OK);
	/* Late by a pause and two frames at most. */
	assert_in_range(fake_clock.now_us - end, 0, 20000 + 2 * FAKE_SPI_FRAME_US);
	assert_in_range(fake_clock.longest_sleep_us, 1, 20000);
}

static void a_page_is_polled_without_a_pause(void **state)
{
	(void)state;
	expect_polls_busy_until(fake_clock.now_us + 1900);
	expect_poll(0x00);
	assert_int_equal(ch341a_nor_wait_idle(fake_spi, 100, NO_INTERRUPT), BEKEN_OK);
	assert_int_equal(fake_clock.n_sleeps, 0);
	expect_polls_busy_until(fake_clock.now_us + 4000);
	expect_poll(0x00);
	assert_int_equal(ch341a_nor_wait_idle(fake_spi, 100, NO_INTERRUPT), BEKEN_OK);
	assert_in_range(fake_clock.n_sleeps, 1, 4);
	assert_int_equal(fake_clock.longest_sleep_us, 500);
}

static void a_die_that_stays_busy_is_given_up_after_the_limit(void **state)
{
	const int64_t start = fake_clock.now_us;

	(void)state;
	expect_polls_busy_until(start + 10000000);
	assert_int_equal(ch341a_nor_wait_idle(fake_spi, 1500, NO_INTERRUPT), BEKEN_ERR_BUSY);
	assert_in_range(fake_clock.now_us - start, 1500000, 1500000 + 20000 + 2 * FAKE_SPI_FRAME_US);
}

static void a_line_that_stays_high_is_busy(void **state)
{
	const uint8_t opcode = 0x05;
	uint8_t high[30];

	(void)state;
	memset(high, 0xff, sizeof(high));
	for (unsigned int i = 0; i < 2; i++)
		expect_command(&opcode, 1, high, sizeof(high));
	assert_int_equal(ch341a_nor_wait_idle(fake_spi, 0, NO_INTERRUPT), BEKEN_ERR_BUSY);
}

static void a_host_that_was_asleep_looks_once_more(void **state)
{
	(void)state;
	fake_frontend.asleep_us = 60000000;
	expect_poll(0x01);
	expect_poll(0x00);
	assert_int_equal(ch341a_nor_wait_idle(fake_spi, 100, NO_INTERRUPT), BEKEN_OK);
	fake_spi_assert_all_said();
	fake_frontend.asleep_us = 60000000;
	expect_poll(0x01);
	expect_poll(0x01);
	assert_int_equal(ch341a_nor_wait_idle(fake_spi, 100, NO_INTERRUPT), BEKEN_ERR_BUSY);
}

static void an_interrupt_ends_the_wait_for_a_busy_die(void **state)
{
	(void)state;
	fake_frontend.interrupts = 3;
	fake_frontend.interrupt_at_us = fake_clock.now_us + 50000;
	expect_polls_busy_until(fake_clock.now_us + 1000000);
	assert_int_equal(ch341a_nor_wait_idle(fake_spi, 1000, 3), BEKEN_ERR_INTERRUPTED);
	assert_in_range(fake_clock.now_us, fake_frontend.interrupt_at_us, 1000000 + 53000);
}

static void an_interrupt_before_the_wait_does_not_count(void **state)
{
	(void)state;
	fake_frontend.interrupts = 3;
	expect_poll(0x01);
	expect_poll(0x00);
	assert_int_equal(ch341a_nor_wait_idle(fake_spi, 1000, 3), BEKEN_OK);
}

static void an_idle_die_is_idle_interrupt_or_not(void **state)
{
	(void)state;
	fake_frontend.interrupts = 1;
	expect_poll(0x00);
	assert_int_equal(ch341a_nor_wait_idle(fake_spi, 1000, 0), BEKEN_OK);
}

static void an_error_of_the_transport_ends_the_wait(void **state)
{
	(void)state;
	expect_poll(0x01);
	expect_error_next(BEKEN_ERR_GONE);
	expect_poll(0x01);
	assert_int_equal(ch341a_nor_wait_idle(fake_spi, 1000, NO_INTERRUPT), BEKEN_ERR_GONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_spi_setup, fake_spi_teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_idle_die_is_asked_once),
		TEST(only_wip_is_waited_for),
		TEST(a_die_that_gets_idle_within_a_frame_is_idle),
		TEST(a_busy_die_is_asked_until_it_is_idle),
		TEST(a_page_is_polled_without_a_pause),
		TEST(a_die_that_stays_busy_is_given_up_after_the_limit),
		TEST(a_line_that_stays_high_is_busy),
		TEST(a_host_that_was_asleep_looks_once_more),
		TEST(an_interrupt_ends_the_wait_for_a_busy_die),
		TEST(an_interrupt_before_the_wait_does_not_count),
		TEST(an_idle_die_is_idle_interrupt_or_not),
		TEST(an_error_of_the_transport_ends_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
