/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_spi.h"

#include "fake_frontend.h"
#include "fake_spi.h"
#include "unit.h"

#define N_SLOTS 4
/* Status bytes behind 05 in so many packets. */
#define IN_PACKETS(packets) ((packets) * 31u - 1)
#define POLLS_AT_START IN_PACKETS(4)
#define POLLS_AT_MOST IN_PACKETS(16)
#define PAGES_MEASURED 16
/* Nearly as many busy polls as POLLS_AT_START has, so that it stays so. */
#define BUSY_FITS (POLLS_AT_START - 3)

static uint8_t page[256];

static int setup(void **state)
{
	fake_spi_setup(state);
	for (unsigned int i = 0; i < sizeof(page); i++)
		page[i] = (uint8_t)(i * 7 + 1);
	return 0;
}

static int teardown(void **state)
{
	assert_false(ch341a_nor_active(fake_spi));
	return fake_spi_teardown(state);
}

static void expect_whole(uint32_t address, size_t polls, size_t n_busy)
{
	expect_page(&(struct fake_page){ address, page, sizeof(page), polls, n_busy, 0, 0 });
}

static void expect_clean(uint32_t address)
{
	expect_whole(address, POLLS_AT_START, BUSY_FITS);
}

static int push(uint32_t address)
{
	return ch341a_nor_push(fake_spi, address, page, sizeof(page));
}

static int drain(void)
{
	return ch341a_nor_drain(fake_spi);
}

static void expect_read(uint32_t address, const uint8_t *data, size_t n)
{
	const uint8_t command[] = { 0x03, address >> 16 & 0xff, address >> 8 & 0xff, address & 0xff };

	expect_command(command, sizeof(command), data, n);
}

static void a_page_is_enabled_programmed_and_polled_in_one_job(void **state)
{
	(void)state;
	assert_false(ch341a_nor_active(fake_spi));
	expect_clean(0x123400);
	assert_int_equal(push(0x123400), BEKEN_OK);
	assert_true(ch341a_nor_active(fake_spi));
	assert_int_equal(drain(), BEKEN_OK);
}

static void a_piece_of_a_page_is_sent_as_it_is(void **state)
{
	(void)state;
	expect_page(&(struct fake_page){ 0x0000ff, page + 3, 1, POLLS_AT_START, 40, 0, 0 });
	expect_page(&(struct fake_page){ 0xffff10, page, 0xf0, POLLS_AT_START, 40, 0, 0 });
	assert_int_equal(ch341a_nor_push(fake_spi, 0x0000ff, page + 3, 1), BEKEN_OK);
	assert_int_equal(ch341a_nor_push(fake_spi, 0xffff10, page, 0xf0), BEKEN_OK);
	assert_int_equal(drain(), BEKEN_OK);
}

static void the_data_is_copied(void **state)
{
	(void)state;
	expect_whole(0, POLLS_AT_START, 0);
	expect_poll(0x00);
	expect_read(0, page, sizeof(page));	/* compared with the copy */
	assert_int_equal(push(0), BEKEN_OK);
	memset(page, 0x5a, sizeof(page));
	assert_int_equal(drain(), BEKEN_OK);
}

static void four_pages_are_under_way_before_one_is_waited_for(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 6; i++)
		expect_clean(i * 256);
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(push(i * 256), BEKEN_OK);
		assert_int_equal(fake_spi_jobs_in_flight(), i < N_SLOTS ? i + 1 : N_SLOTS);
	}
	assert_int_equal(drain(), BEKEN_OK);
	assert_int_equal(fake_spi_jobs_in_flight(), 0);
	fake_spi_assert_all_said();
}

static void draining_nothing_sends_nothing(void **state)
{
	(void)state;
	assert_int_equal(drain(), BEKEN_OK);
	ch341a_nor_drop(fake_spi);
}

/* ---- pages that were not clean ---- */

static void a_last_page_that_ended_busy_is_waited_for(void **state)
{
	(void)state;
	expect_whole(0, POLLS_AT_START, SIZE_MAX);
	expect_poll(0x01);
	expect_poll(0x00);
	assert_int_equal(push(0), BEKEN_OK);
	assert_int_equal(drain(), BEKEN_OK);
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
		assert_int_equal(push(i * 256), BEKEN_OK);
	assert_int_equal(drain(), BEKEN_OK);
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
		assert_int_equal(push(i * 256), BEKEN_OK);
	assert_int_equal(drain(), BEKEN_OK);
}

static void a_die_that_never_was_busy_but_has_the_page_is_fine(void **state)
{
	(void)state;
	expect_page(&(struct fake_page){ 0x010203, page, 5, POLLS_AT_START, 0, 0, 0 });
	expect_poll(0x00);
	expect_read(0x010203, page, 5);
	assert_int_equal(ch341a_nor_push(fake_spi, 0x010203, page, 5), BEKEN_OK);
	assert_int_equal(drain(), BEKEN_OK);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 0);
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
		assert_int_equal(push(i * 256), BEKEN_OK);
	assert_int_equal(drain(), BEKEN_OK);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 0);
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
	assert_int_equal(push(0x0abc00), BEKEN_OK);
	assert_int_equal(push(0x0abd00), BEKEN_OK);
	assert_int_equal(drain(), BEKEN_ERR_REFUSED);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 1);
	assert_contains(fake_frontend.last[MESSAGE_ERROR], "0x0ABC00");
	assert_false(ch341a_nor_active(fake_spi));
}

/* ---- how many polls ---- */

/* Pages alone, each done before the next is sent. */
static void expect_pages(unsigned int pages, size_t polls, size_t n_busy)
{
	for (unsigned int i = 0; i < pages; i++) {
		expect_whole(i * 256, polls, n_busy);
		if (n_busy >= polls)
			expect_poll(0x00);
		assert_int_equal(push(i * 256), BEKEN_OK);
		assert_int_equal(drain(), BEKEN_OK);
	}
}

/* Enough for n busy polls: two more, and 1.5 %, and one for each eight bytes
 * that the last packet is short of, for it is on the cable so much earlier. */
static void a_late_page_gives_the_next_one_a_packet_more_up_to_16(void **state)
{
	/* Enough for 123 + 31 are 154 + 2 + 2, which makes 159 with the opcode:
	 * five packets and 4 bytes, so 27 are missing: 4 polls. */
	static const size_t polls[] = { POLLS_AT_START, 162, 201, 239, 277, 318, 358, 398, 441, 483,
					POLLS_AT_MOST, POLLS_AT_MOST };

	(void)state;
	for (unsigned int i = 0; i < sizeof(polls) / sizeof(polls[0]); i++)
		expect_pages(1, polls[i], SIZE_MAX);
}

static void sixteen_pages_are_measured_before_there_are_fewer_polls(void **state)
{
	(void)state;
	expect_pages(PAGES_MEASURED, POLLS_AT_START, 92);
	expect_pages(PAGES_MEASURED, 99, 95);	/* that is still enough */
	expect_pages(PAGES_MEASURED, 99, 59);
	expect_pages(1, 61, 40);		/* two packets just full */
}

static void the_slowest_of_the_pages_measured_counts(void **state)
{
	(void)state;
	expect_pages(PAGES_MEASURED - 2, POLLS_AT_START, 40);
	expect_pages(1, POLLS_AT_START, 92);
	expect_pages(1, POLLS_AT_START, 40);
	expect_pages(1, 99, 40);
}

static void a_page_that_was_nearly_late_gives_the_next_one_more(void **state)
{
	(void)state;
	expect_pages(1, POLLS_AT_START, POLLS_AT_START - 2);
	expect_pages(1, POLLS_AT_START, POLLS_AT_START - 1);
	expect_pages(1, 129, 100);
}

static void after_each_late_page_twice_as_many_are_measured(void **state)
{
	(void)state;
	expect_pages(1, POLLS_AT_START, SIZE_MAX);
	expect_pages(2 * PAGES_MEASURED, 162, 92);
	expect_pages(3, 99, 92);
	expect_pages(1, 99, SIZE_MAX);
	expect_pages(4 * PAGES_MEASURED, 137, 92);
	expect_pages(1, 99, 92);
}

static void a_page_that_is_sent_again_is_measured(void **state)
{
	(void)state;
	expect_whole(0x000, POLLS_AT_START, SIZE_MAX);
	expect_whole(0x100, POLLS_AT_START, 5);
	expect_poll(0x00);
	expect_whole(0x100, POLLS_AT_MOST, 370);
	expect_poll(0x00);
	assert_int_equal(push(0x000), BEKEN_OK);
	assert_int_equal(push(0x100), BEKEN_OK);
	assert_int_equal(drain(), BEKEN_OK);
	expect_pages(1, 381, 370);
}

static void pages_that_never_were_busy_do_not_count(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2 * PAGES_MEASURED; i++) {
		expect_whole(0, POLLS_AT_START, 0);
		expect_poll(0x00);
		expect_read(0, page, sizeof(page));
		assert_int_equal(push(0), BEKEN_OK);
		assert_int_equal(drain(), BEKEN_OK);
	}
}

/* ---- errors ---- */

static void an_error_of_a_page_comes_with_a_later_push_and_ends_all(void **state)
{
	(void)state;
	expect_clean(0x000);
	expect_page(&(struct fake_page){ 0x100, page, 256, POLLS_AT_START, 50, BEKEN_ERR_TIMEOUT, 0 });
	for (uint32_t i = 2; i < 5; i++)
		expect_clean(i * 256);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(push(i * 256), BEKEN_OK);
	assert_int_equal(push(0x500), BEKEN_ERR_TIMEOUT);
	assert_false(ch341a_nor_active(fake_spi));
	assert_int_equal(fake_spi_jobs_in_flight(), 0);
}

static void an_error_of_a_page_comes_with_the_drain(void **state)
{
	(void)state;
	expect_clean(0x000);
	expect_page(&(struct fake_page){ 0x100, page, 256, POLLS_AT_START, 50, BEKEN_ERR_GONE, 0 });
	assert_int_equal(push(0x000), BEKEN_OK);
	assert_int_equal(push(0x100), BEKEN_OK);
	assert_int_equal(drain(), BEKEN_ERR_GONE);
	assert_false(ch341a_nor_active(fake_spi));
}

static void a_page_that_cannot_be_sent_ends_all(void **state)
{
	(void)state;
	expect_clean(0x000);
	expect_page(&(struct fake_page){ 0x100, page, 256, POLLS_AT_START, 50, 0, BEKEN_ERR_USB });
	assert_int_equal(push(0x000), BEKEN_OK);
	assert_int_equal(push(0x100), BEKEN_ERR_USB);
	assert_false(ch341a_nor_active(fake_spi));
}

static void an_error_while_settling_is_returned(void **state)
{
	(void)state;
	expect_whole(0x000, POLLS_AT_START, SIZE_MAX);
	expect_clean(0x100);
	expect_error_next(BEKEN_ERR_PROTOCOL);
	expect_poll(0x00);
	assert_int_equal(push(0x000), BEKEN_OK);
	assert_int_equal(push(0x100), BEKEN_OK);
	assert_int_equal(drain(), BEKEN_ERR_PROTOCOL);
	assert_false(ch341a_nor_active(fake_spi));
}

static void a_die_that_stays_busy_is_given_up(void **state)
{
	(void)state;
	expect_whole(0x000, POLLS_AT_START, SIZE_MAX);
	expect_polls_busy_until(INT64_MAX);
	assert_int_equal(push(0x000), BEKEN_OK);
	assert_int_equal(drain(), BEKEN_ERR_BUSY);
	assert_false(ch341a_nor_active(fake_spi));
}

static void dropping_waits_for_what_was_sent(void **state)
{
	(void)state;
	expect_clean(0x000);
	expect_whole(0x100, POLLS_AT_START, 0);
	assert_int_equal(push(0x000), BEKEN_OK);
	assert_int_equal(push(0x100), BEKEN_OK);
	ch341a_nor_drop(fake_spi);
	assert_int_equal(fake_spi_jobs_in_flight(), 0);
	assert_false(ch341a_nor_active(fake_spi));
}

static void dropping_after_an_error_is_quiet(void **state)
{
	(void)state;
	expect_page(&(struct fake_page){ 0, page, 256, POLLS_AT_START, 50, BEKEN_ERR_GONE, 0 });
	expect_clean(0x100);
	assert_int_equal(push(0x000), BEKEN_OK);
	assert_int_equal(push(0x100), BEKEN_OK);
	ch341a_nor_drop(fake_spi);
	assert_int_equal(fake_spi_jobs_in_flight(), 0);
	assert_false(ch341a_nor_active(fake_spi));
}

static void freeing_nothing_is_fine(void **state)
{
	(void)state;
	ch341a_nor_free(NULL);
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
		TEST(a_late_page_gives_the_next_one_a_packet_more_up_to_16),
		TEST(sixteen_pages_are_measured_before_there_are_fewer_polls),
		TEST(the_slowest_of_the_pages_measured_counts),
		TEST(a_page_that_was_nearly_late_gives_the_next_one_more),
		TEST(after_each_late_page_twice_as_many_are_measured),
		TEST(a_page_that_is_sent_again_is_measured),
		TEST(pages_that_never_were_busy_do_not_count),
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
