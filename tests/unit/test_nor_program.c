/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_program.h"

#include "fake_host.h"
#include "fake_spi.h"
#include "unit.h"

#define N_SLOTS 4
#define POLLS_AT_START 4
#define POLLS_AT_MOST 16
#define PAGES_BEFORE_LESS 16
/* Status bytes behind 05 in so many packets. */
#define STATUS_BYTES(packets) ((packets) * 31u - 1)
/* Busy for so long that no packet is to spare: the last one is seen idle. */
#define BUSY_FITS(packets) (STATUS_BYTES(packets) - 1)

static struct nor_program *program;
static uint8_t page[256];

static int setup(void **state)
{
	fake_spi_setup(state);
	for (unsigned int i = 0; i < sizeof(page); i++)
		page[i] = (uint8_t)(i * 7 + 1);
	program = nor_program_new(&fake_host_as_host, fake_spi);
	return !program;
}

static int teardown(void **state)
{
	assert_false(nor_program_active(program));
	nor_program_free(program);
	return fake_spi_teardown(state);
}

static void expect_whole(uint32_t address, unsigned int polls, size_t n_busy)
{
	expect_page(&(struct fake_page){ address, page, sizeof(page), polls, n_busy, 0, 0 });
}

static void expect_clean(uint32_t address)
{
	expect_whole(address, POLLS_AT_START, BUSY_FITS(POLLS_AT_START));
}

static int push(uint32_t address)
{
	return nor_program_push(program, address, page, sizeof(page));
}

static int drain(void)
{
	return nor_program_drain(program);
}

static void expect_read(uint32_t address, const uint8_t *data, size_t n)
{
	const uint8_t command[] = { 0x03, address >> 16 & 0xff, address >> 8 & 0xff, address & 0xff };

	expect_command(command, sizeof(command), data, n);
}

static void a_page_is_enabled_programmed_and_polled_in_one_job(void **state)
{
	(void)state;
	assert_false(nor_program_active(program));
	expect_clean(0x123400);
	assert_int_equal(push(0x123400), ENGINE_OK);
	assert_true(nor_program_active(program));
	assert_int_equal(drain(), ENGINE_OK);
}

static void a_piece_of_a_page_is_sent_as_it_is(void **state)
{
	(void)state;
	expect_page(&(struct fake_page){ 0x0000ff, page + 3, 1, POLLS_AT_START, 40, 0, 0 });
	expect_page(&(struct fake_page){ 0xffff10, page, 0xf0, POLLS_AT_START, 40, 0, 0 });
	assert_int_equal(nor_program_push(program, 0x0000ff, page + 3, 1), ENGINE_OK);
	assert_int_equal(nor_program_push(program, 0xffff10, page, 0xf0), ENGINE_OK);
	assert_int_equal(drain(), ENGINE_OK);
}

static void the_data_is_copied(void **state)
{
	(void)state;
	expect_whole(0, POLLS_AT_START, 0);
	expect_poll(0x00);
	expect_read(0, page, sizeof(page));	/* compared with the copy */
	assert_int_equal(push(0), ENGINE_OK);
	memset(page, 0x5a, sizeof(page));
	assert_int_equal(drain(), ENGINE_OK);
}

static void four_pages_are_under_way_before_one_is_waited_for(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 6; i++)
		expect_clean(i * 256);
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(push(i * 256), ENGINE_OK);
		assert_int_equal(fake_spi_jobs_in_flight(), i < N_SLOTS ? i + 1 : N_SLOTS);
	}
	assert_int_equal(drain(), ENGINE_OK);
	assert_int_equal(fake_spi_jobs_in_flight(), 0);
	fake_spi_assert_all_said();
}

static void draining_nothing_sends_nothing(void **state)
{
	(void)state;
	assert_int_equal(drain(), ENGINE_OK);
	nor_program_drop(program);
}

/* ---- pages that were not clean ---- */

static void a_last_page_that_ended_busy_is_waited_for(void **state)
{
	(void)state;
	expect_whole(0, POLLS_AT_START, SIZE_MAX);
	expect_poll(0x01);
	expect_poll(0x00);
	assert_int_equal(push(0), ENGINE_OK);
	assert_int_equal(drain(), ENGINE_OK);
}

static void the_page_behind_one_that_ended_busy_is_sent_again_alone(void **state)
{
	(void)state;
	expect_clean(0x000);
	expect_whole(0x100, POLLS_AT_START, SIZE_MAX);
	expect_whole(0x200, POLLS_AT_START, 5);	/* busy with the page before */
	expect_clean(0x300);
	expect_poll(0x00);
	expect_whole(0x200, POLLS_AT_MOST, 100);
	expect_poll(0x00);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(push(i * 256), ENGINE_OK);
	assert_int_equal(drain(), ENGINE_OK);
}

static void each_page_behind_a_late_one_is_sent_again(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		expect_whole(i * 256, POLLS_AT_START, SIZE_MAX);
	expect_poll(0x00);
	expect_whole(0x100, POLLS_AT_MOST, 100);
	expect_poll(0x00);
	expect_whole(0x200, POLLS_AT_MOST, SIZE_MAX);
	expect_poll(0x01);
	expect_poll(0x00);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(push(i * 256), ENGINE_OK);
	assert_int_equal(drain(), ENGINE_OK);
}

static void a_die_that_never_was_busy_but_has_the_page_is_fine(void **state)
{
	(void)state;
	expect_page(&(struct fake_page){ 0x010203, page, 5, POLLS_AT_START, 0, 0, 0 });
	expect_poll(0x00);
	expect_read(0x010203, page, 5);
	assert_int_equal(nor_program_push(program, 0x010203, page, 5), ENGINE_OK);
	assert_int_equal(drain(), ENGINE_OK);
	assert_int_equal(fake_host.n_messages[MESSAGE_ERROR], 0);
}

static void a_page_that_the_die_does_not_have_is_sent_again(void **state)
{
	uint8_t empty[256];

	(void)state;
	memset(empty, 0xff, sizeof(empty));
	expect_clean(0x000);
	expect_whole(0x100, POLLS_AT_START, 0);
	expect_clean(0x200);
	expect_poll(0x00);
	expect_read(0x100, empty, sizeof(empty));
	expect_whole(0x100, POLLS_AT_MOST, 100);
	expect_poll(0x00);
	expect_read(0x100, page, sizeof(page));
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(push(i * 256), ENGINE_OK);
	assert_int_equal(drain(), ENGINE_OK);
	assert_int_equal(fake_host.n_messages[MESSAGE_ERROR], 0);
}

static void a_page_that_is_refused_twice_is_an_error_with_its_address(void **state)
{
	uint8_t nearly[256];

	(void)state;
	memcpy(nearly, page, sizeof(nearly));
	nearly[255] ^= 0x01;
	expect_whole(0x0abc00, POLLS_AT_START, 0);
	expect_clean(0x0abd00);
	expect_poll(0x00);
	expect_read(0x0abc00, nearly, sizeof(nearly));
	expect_whole(0x0abc00, POLLS_AT_MOST, 0);
	expect_poll(0x00);
	expect_read(0x0abc00, nearly, sizeof(nearly));
	assert_int_equal(push(0x0abc00), ENGINE_OK);
	assert_int_equal(push(0x0abd00), ENGINE_OK);
	assert_int_equal(drain(), ENGINE_ERR_REFUSED);
	assert_int_equal(fake_host.n_messages[MESSAGE_ERROR], 1);
	assert_contains(fake_host.last[MESSAGE_ERROR], "0x0ABC00");
	assert_false(nor_program_active(program));
}

/* ---- how many polls ---- */

static void a_late_page_gives_the_next_one_more_poll_up_to_16(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 20; i++) {
		const unsigned int wanted = POLLS_AT_START + i;
		const unsigned int polls = wanted < POLLS_AT_MOST ? wanted : POLLS_AT_MOST;

		expect_whole(i * 256, polls, SIZE_MAX);
		expect_poll(0x00);
		assert_int_equal(push(i * 256), ENGINE_OK);
		assert_int_equal(drain(), ENGINE_OK);
	}
}

static void sixteen_pages_with_polls_to_spare_save_one_down_to_two(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4 * PAGES_BEFORE_LESS; i++) {
		const unsigned int saved = i / PAGES_BEFORE_LESS;
		const unsigned int polls = saved < 2 ? POLLS_AT_START - saved : 2;

		expect_whole(i * 256, polls, 1);
		assert_int_equal(push(i * 256), ENGINE_OK);
		assert_int_equal(drain(), ENGINE_OK);
	}
}

static void a_page_without_polls_to_spare_starts_the_count_again(void **state)
{
	/* With two packets less a byte to spare it is one too few. */
	const size_t spare = STATUS_BYTES(POLLS_AT_START) - 2 * 31;

	(void)state;
	for (unsigned int i = 0; i < 2 * PAGES_BEFORE_LESS; i++) {
		expect_whole(i * 256, POLLS_AT_START, i == PAGES_BEFORE_LESS - 1 ? spare + 1 : spare);
		assert_int_equal(push(i * 256), ENGINE_OK);
		assert_int_equal(drain(), ENGINE_OK);
	}
	expect_whole(0, POLLS_AT_START - 1, 1);
	assert_int_equal(push(0), ENGINE_OK);
	assert_int_equal(drain(), ENGINE_OK);
}

/* ---- errors ---- */

static void an_error_of_a_page_comes_with_a_later_push_and_ends_all(void **state)
{
	(void)state;
	expect_clean(0x000);
	expect_page(&(struct fake_page){ 0x100, page, 256, POLLS_AT_START, 50, ENGINE_ERR_TIMEOUT, 0 });
	for (uint32_t i = 2; i < 5; i++)
		expect_clean(i * 256);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(push(i * 256), ENGINE_OK);
	assert_int_equal(push(0x500), ENGINE_ERR_TIMEOUT);
	assert_false(nor_program_active(program));
	assert_int_equal(fake_spi_jobs_in_flight(), 0);
}

static void an_error_of_a_page_comes_with_the_drain(void **state)
{
	(void)state;
	expect_clean(0x000);
	expect_page(&(struct fake_page){ 0x100, page, 256, POLLS_AT_START, 50, ENGINE_ERR_GONE, 0 });
	assert_int_equal(push(0x000), ENGINE_OK);
	assert_int_equal(push(0x100), ENGINE_OK);
	assert_int_equal(drain(), ENGINE_ERR_GONE);
	assert_false(nor_program_active(program));
}

static void a_page_that_cannot_be_sent_ends_all(void **state)
{
	(void)state;
	expect_clean(0x000);
	expect_page(&(struct fake_page){ 0x100, page, 256, POLLS_AT_START, 50, 0, ENGINE_ERR_USB });
	assert_int_equal(push(0x000), ENGINE_OK);
	assert_int_equal(push(0x100), ENGINE_ERR_USB);
	assert_false(nor_program_active(program));
}

static void an_error_while_settling_is_returned(void **state)
{
	(void)state;
	expect_whole(0x000, POLLS_AT_START, SIZE_MAX);
	expect_clean(0x100);
	expect_error_next(ENGINE_ERR_PROTOCOL);
	expect_poll(0x00);
	assert_int_equal(push(0x000), ENGINE_OK);
	assert_int_equal(push(0x100), ENGINE_OK);
	assert_int_equal(drain(), ENGINE_ERR_PROTOCOL);
	assert_false(nor_program_active(program));
}

static void a_die_that_stays_busy_is_given_up(void **state)
{
	(void)state;
	expect_whole(0x000, POLLS_AT_START, SIZE_MAX);
	expect_polls_busy_until(INT64_MAX);
	assert_int_equal(push(0x000), ENGINE_OK);
	assert_int_equal(drain(), ENGINE_ERR_BUSY);
	assert_false(nor_program_active(program));
}

static void dropping_waits_for_what_was_sent(void **state)
{
	(void)state;
	expect_clean(0x000);
	expect_whole(0x100, POLLS_AT_START, 0);
	assert_int_equal(push(0x000), ENGINE_OK);
	assert_int_equal(push(0x100), ENGINE_OK);
	nor_program_drop(program);
	assert_int_equal(fake_spi_jobs_in_flight(), 0);
	assert_false(nor_program_active(program));
}

static void dropping_after_an_error_is_quiet(void **state)
{
	(void)state;
	expect_page(&(struct fake_page){ 0, page, 256, POLLS_AT_START, 50, ENGINE_ERR_GONE, 0 });
	expect_clean(0x100);
	assert_int_equal(push(0x000), ENGINE_OK);
	assert_int_equal(push(0x100), ENGINE_OK);
	nor_program_drop(program);
	assert_int_equal(fake_spi_jobs_in_flight(), 0);
	assert_false(nor_program_active(program));
}

static void freeing_nothing_is_fine(void **state)
{
	(void)state;
	nor_program_free(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_page_is_enabled_programmed_and_polled_in_one_job),
		TEST(a_piece_of_a_page_is_sent_as_it_is),
		TEST(the_data_is_copied),
		TEST(four_pages_are_under_way_before_one_is_waited_for),
		TEST(draining_nothing_sends_nothing),
		TEST(a_last_page_that_ended_busy_is_waited_for),
		TEST(the_page_behind_one_that_ended_busy_is_sent_again_alone),
		TEST(each_page_behind_a_late_one_is_sent_again),
		TEST(a_die_that_never_was_busy_but_has_the_page_is_fine),
		TEST(a_page_that_the_die_does_not_have_is_sent_again),
		TEST(a_page_that_is_refused_twice_is_an_error_with_its_address),
		TEST(a_late_page_gives_the_next_one_more_poll_up_to_16),
		TEST(sixteen_pages_with_polls_to_spare_save_one_down_to_two),
		TEST(a_page_without_polls_to_spare_starts_the_count_again),
		TEST(an_error_of_a_page_comes_with_a_later_push_and_ends_all),
		TEST(an_error_of_a_page_comes_with_the_drain),
		TEST(a_page_that_cannot_be_sent_ends_all),
		TEST(an_error_while_settling_is_returned),
		TEST(a_die_that_stays_busy_is_given_up),
		TEST(dropping_waits_for_what_was_sent),
		TEST(dropping_after_an_error_is_quiet),
		TEST(freeing_nothing_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
