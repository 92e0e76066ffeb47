/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor.h"

#include "fake_clock.h"
#include "fake_frontend.h"
#include "fake_spi.h"
#include "unit.h"

#define ID_CMP 0xc84015		/* GD25Q16B: 2 MiB, BP 7C, SR2 with CMP */
#define ID_ONE 0xc22315		/* MX25V1635F: 2 MiB, BP 3C, one register */
#define ID_UNKNOWN 0x123456
#define POLLS (4 * 31 - 1)

static const struct nor_options usual = { .unprotect = true, .sfdp = true };

static struct nor *nor;
static uint8_t data[256];
static uint8_t in[300];

static int setup(void **state)
{
	fake_spi_setup(state);
	for (unsigned int i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 5 + 3);
	memset(in, 0x5a, sizeof(in));
	nor = NULL;
	return 0;
}

static int teardown(void **state)
{
	nor_free(nor);
	return fake_spi_teardown(state);
}

static void start(uint32_t id, const struct nor_options *options)
{
	assert_int_equal(nor_new(&fake_frontend_as_frontend, fake_spi, options, id, &nor),
			 BEKEN_OK);
}

/* A die that is not protected. */
static void start_usual(void)
{
	expect_register(0x05, 0x00);
	expect_register(0x35, 0x02);
	start(ID_CMP, &usual);
}

/* The look at the protection before the first write. */
static void expect_unprotected(void)
{
	expect_register(0x05, 0x00);
	expect_register(0x35, 0x02);
}

static int command(const uint8_t *out, size_t n, size_t n_in)
{
	bool four_bytes = false;
	const struct nor_command command = nor_command_decode(out, n, n_in ? in : NULL, n_in, &four_bytes);

	return nor_execute(nor, &command);
}
/* A list of bytes as two arguments: where it is, and how long. */
#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })
#define COMMAND(n_in, ...) command(BYTES(__VA_ARGS__), n_in)
#define EXPECT(...) expect_command(BYTES(__VA_ARGS__), NULL, 0)
#define EXPECT_AFTER(first, ...) expect_after(first, BYTES(__VA_ARGS__))

static int program(uint32_t address, const uint8_t *bytes, size_t n)
{
	uint8_t out[4 + 300] = { 0x02, address >> 16 & 0xff, address >> 8 & 0xff, address & 0xff };

	memcpy(out + 4, bytes, n);
	return command(out, 4 + n, 0);
}

/* As flashrom does it: 06, 02. */
static int write_piece(uint32_t address, const uint8_t *bytes, size_t n)
{
	const int error = COMMAND(0, 0x06);

	return error ? error : program(address, bytes, n);
}

static void expect_piece(uint32_t address, const uint8_t *bytes, size_t n)
{
	expect_page(&(struct fake_page){ address, bytes, n, POLLS, 60, 0, 0 });
}

/* The status register as the caller sees it. */
static void assert_status(uint8_t shown)
{
	assert_int_equal(COMMAND(1, 0x05), BEKEN_OK);
	assert_int_equal(in[0], shown);
}

/* ---- the beginning ---- */

static void a_known_die_is_introduced_by_name_size_and_registers(void **state)
{
	(void)state;
	start_usual();
	assert_int_equal(fake_frontend.n_messages[MESSAGE_INFO], 1);
	assert_contains(fake_frontend.last[MESSAGE_INFO], "C84015");
	assert_contains(fake_frontend.last[MESSAGE_INFO], "GD25Q16B, 2 MiB");
	assert_contains(fake_frontend.last[MESSAGE_INFO], "SR1=00 SR2=02");
	assert_contains(fake_frontend.last[MESSAGE_INFO], "not write-protected");
}

static void protection_is_said_with_what_will_become_of_it(void **state)
{
	static const struct nor_options left = { .unprotect = false, .sfdp = true };

	(void)state;
	expect_register(0x05, 0x1c);
	start(ID_ONE, &usual);
	assert_contains(fake_frontend.last[MESSAGE_INFO], "cleared before");
	assert_lacks(fake_frontend.last[MESSAGE_INFO], "SR2");
	nor_free(nor);
	expect_register(0x05, 0x1c);
	start(ID_ONE, &left);
	assert_contains(fake_frontend.last[MESSAGE_INFO], "unprotect=no");
}

static void an_unknown_die_in_a_chip_is_taken_for_a_usual_one(void **state)
{
	(void)state;
	expect_register(0x05, 0x00);
	expect_register(0x35, 0xff);
	start(ID_UNKNOWN, &usual);
	assert_contains(fake_frontend.last[MESSAGE_INFO], "123456 (unknown, size unknown)");
}

static void an_error_of_the_first_look_is_returned_and_nothing_is_kept(void **state)
{
	struct nor *none = NULL;

	(void)state;
	expect_error_next(BEKEN_ERR_TIMEOUT);
	expect_register(0x05, 0x00);
	assert_int_equal(nor_new(&fake_frontend_as_frontend, fake_spi, &usual, ID_CMP, &none),
			 BEKEN_ERR_TIMEOUT);
	assert_null(none);
}

/* ---- a die of any kind ---- */

static const struct nor_options plain = { .unprotect = true, .sfdp = true, .plain = true };

static void a_plain_unknown_die_is_not_asked_anything(void **state)
{
	(void)state;
	start(ID_UNKNOWN, &plain);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_INFO], 0);
}

static void a_plain_die_that_is_known_is_treated_as_known(void **state)
{
	(void)state;
	expect_register(0x05, 0x7c);
	expect_register(0x35, 0x40);
	start(ID_CMP, &plain);
	expect_register(0x05, 0x7c);
	assert_status(0x00);
}

static void status_of_a_plain_unknown_die_is_shown_as_it_is(void **state)
{
	(void)state;
	start(ID_UNKNOWN, &plain);
	expect_register(0x05, 0xfc);
	assert_status(0xfc);
	expect_register(0x35, 0x41);
	assert_int_equal(COMMAND(1, 0x35), BEKEN_OK);
	assert_int_equal(in[0], 0x41);
}

static void pages_of_a_plain_unknown_die_are_neither_joined_nor_polled(void **state)
{
	const uint8_t bytes[] = { 0x02, 0, 0, 0, 0xaa };

	(void)state;
	start(ID_UNKNOWN, &plain);
	expect_after(0x06, bytes, sizeof(bytes));
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	assert_int_equal(command(bytes, sizeof(bytes), 0), BEKEN_OK);
}

/* AT45 DataFlash: 05 is no command of it, and C7 94 80 9A erases all. */
static void a_plain_unknown_die_gets_no_command_but_the_callers(void **state)
{
	const uint8_t status = 0xd7, busy = 0x2c;

	(void)state;
	start(ID_UNKNOWN, &plain);
	EXPECT(0xc7, 0x94, 0x80, 0x9a);
	expect_command(&status, 1, &busy, 1);
	assert_int_equal(COMMAND(0, 0xc7, 0x94, 0x80, 0x9a), BEKEN_OK);
	assert_int_equal(COMMAND(1, 0xd7), BEKEN_OK);
	assert_int_equal(in[0], busy);
}

static void a_plain_unknown_die_is_asked_for_sfdp_as_the_caller_asks(void **state)
{
	const uint8_t out[] = { 0x5a, 0, 0, 0x10, 0 };

	(void)state;
	start(ID_UNKNOWN, &plain);
	expect_command(out, sizeof(out), data, 20);
	assert_int_equal(command(out, sizeof(out), 20), BEKEN_OK);
	assert_memory_equal(in, data, 20);
}

/* ---- status registers ---- */

static void protection_is_hidden_and_all_else_is_shown(void **state)
{
	(void)state;
	start_usual();
	expect_register(0x05, 0xfc);
	assert_status(0x00);
	expect_register(0x05, 0x02);
	assert_status(0x02);
	expect_register(0x35, 0x43);
	assert_int_equal(COMMAND(1, 0x35), BEKEN_OK);
	assert_int_equal(in[0], 0x02);
	expect_register(0x15, 0xff);
	assert_int_equal(COMMAND(1, 0x15), BEKEN_OK);
	assert_int_equal(in[0], 0xff);
}

static void bits_that_protect_nothing_on_this_die_are_shown(void **state)
{
	(void)state;
	expect_register(0x05, 0x00);
	start(ID_ONE, &usual);
	expect_register(0x05, 0xfc);
	assert_status(0x40);
	expect_register(0x35, 0x43);
	assert_int_equal(COMMAND(1, 0x35), BEKEN_OK);
	assert_int_equal(in[0], 0x43);
}

static void a_second_register_of_ff_is_shown_as_none(void **state)
{
	(void)state;
	start_usual();
	expect_register(0x35, 0xff);
	assert_int_equal(COMMAND(1, 0x35), BEKEN_OK);
	assert_int_equal(in[0], 0xff);
}

static void every_byte_of_a_status_answer_is_masked(void **state)
{
	static const uint8_t opcode = 0x05, status[] = { 0xfc, 0x7e, 0x1c };

	(void)state;
	start_usual();
	expect_command(&opcode, 1, status, 3);
	assert_int_equal(COMMAND(3, 0x05), BEKEN_OK);
	assert_int_equal(in[0], 0x00);
	assert_int_equal(in[1], 0x02);
	assert_int_equal(in[2], 0x00);
	assert_int_equal(in[3], 0x5a);
}

static void nothing_is_hidden_or_cleared_with_unprotect_off(void **state)
{
	static const struct nor_options left = { .unprotect = false, .sfdp = true };

	(void)state;
	expect_register(0x05, 0x1c);
	start(ID_ONE, &left);
	expect_register(0x05, 0x9c);
	assert_status(0x9c);
	EXPECT_AFTER(0x06, 0x20, 1, 2, 3);
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	assert_int_equal(COMMAND(0, 0x20, 1, 2, 3), BEKEN_OK);
}

static void after_a_status_write_the_truth_is_shown_and_nothing_cleared(void **state)
{
	(void)state;
	start_usual();
	EXPECT_AFTER(0x06, 0x01, 0x1c);
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	assert_int_equal(COMMAND(0, 0x01, 0x1c), BEKEN_OK);
	expect_poll(0x03);
	expect_poll(0x1c);
	expect_register(0x05, 0x1c);
	assert_status(0x1c);
	EXPECT_AFTER(0x06, 0x20, 0, 0, 0);
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	assert_int_equal(COMMAND(0, 0x20, 0, 0, 0), BEKEN_OK);
}

static void a_volatile_status_write_keeps_its_own_enable(void **state)
{
	static const uint8_t opcodes[] = { 0x01, 0x31, 0x11 };

	(void)state;
	start_usual();
	for (size_t i = 0; i < sizeof(opcodes); i++) {
		EXPECT_AFTER(0x50, opcodes[i], 0x02);
		assert_int_equal(COMMAND(0, 0x50), BEKEN_OK);
		assert_int_equal(COMMAND(0, opcodes[i], 0x02), BEKEN_OK);
		expect_poll(0x00);
		assert_int_equal(nor_queue_flush(nor_queue_of(nor)), BEKEN_OK);
	}
}

static void a_status_write_without_enable_is_sent_without(void **state)
{
	(void)state;
	start_usual();
	EXPECT(0x01, 0x00);
	assert_int_equal(COMMAND(0, 0x01, 0x00), BEKEN_OK);
}

/* ---- write enable ---- */

static void write_enable_is_held_until_its_command(void **state)
{
	(void)state;
	start_usual();
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	fake_spi_assert_all_said();
	expect_unprotected();
	EXPECT_AFTER(0x06, 0x20, 0x01, 0x20, 0x00);
	assert_int_equal(COMMAND(0, 0x20, 0x01, 0x20, 0x00), BEKEN_OK);
}

static void a_look_at_the_status_sends_the_held_enable(void **state)
{
	(void)state;
	start_usual();
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	EXPECT(0x06);
	expect_register(0x05, 0x02);
	assert_status(0x02);
	/* The die is enabled; the program is still a page. */
	expect_unprotected();
	expect_piece(0x100, data, 256);
	assert_int_equal(program(0x100, data, 256), BEKEN_OK);
	assert_int_equal(nor_queue_flush(nor_queue_of(nor)), BEKEN_OK);
}

static void a_look_at_the_enable_comes_behind_the_pages(void **state)
{
	(void)state;
	start_usual();
	assert_int_equal(write_piece(0, data, 16), BEKEN_OK);
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	expect_unprotected();
	expect_piece(0, data, 16);
	EXPECT(0x06);
	expect_register(0x05, 0x02);
	assert_status(0x02);
}

static void any_other_command_and_a_flush_send_the_held_enable(void **state)
{
	(void)state;
	start_usual();
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	EXPECT(0x06);
	EXPECT(0x42, 0, 0x10, 0, 1);
	assert_int_equal(COMMAND(0, 0x42, 0, 0x10, 0, 1), BEKEN_OK);
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	EXPECT(0x06);
	assert_int_equal(nor_queue_flush(nor_queue_of(nor)), BEKEN_OK);
	assert_int_equal(nor_queue_flush(nor_queue_of(nor)), BEKEN_OK);
}

/* A backup is read between an enable and its erase. */
static void a_long_read_leaves_the_held_enable_to_its_command(void **state)
{
	(void)state;
	start_usual();
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	expect_command(BYTES(0x03, 0x12, 0x34, 0x56), data, 200);
	assert_int_equal(nor_queue_read(nor_queue_of(nor), 0x123456, in, 200), BEKEN_OK);
	assert_memory_equal(in, data, 200);
	expect_unprotected();
	EXPECT_AFTER(0x06, 0x20, 0x00, 0x10, 0x00);
	assert_int_equal(COMMAND(0, 0x20, 0x00, 0x10, 0x00), BEKEN_OK);
	expect_poll(0x00);
	assert_int_equal(nor_queue_flush(nor_queue_of(nor)), BEKEN_OK);
}

static void write_disable_undoes_the_enable(void **state)
{
	(void)state;
	start_usual();
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	EXPECT(0x06);
	EXPECT(0x04);
	assert_int_equal(COMMAND(0, 0x04), BEKEN_OK);
	/* So this is what the die will ignore. */
	EXPECT(0x20, 0, 0, 0);
	assert_int_equal(COMMAND(0, 0x20, 0, 0, 0), BEKEN_OK);
}

static void two_enables_are_both_sent(void **state)
{
	(void)state;
	start_usual();
	assert_int_equal(COMMAND(0, 0x50), BEKEN_OK);
	EXPECT(0x50);
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	EXPECT_AFTER(0x06, 0x01, 0x00);
	assert_int_equal(COMMAND(0, 0x01, 0x00), BEKEN_OK);
}

/* ---- erasing ---- */

static void each_erase_is_sent_after_its_enable_and_waited_for(void **state)
{
	static const struct {
		uint8_t out[5];
		size_t n;
	} erases[] = {
		{ { 0x20, 1, 2, 3 }, 4 }, { { 0x52, 1, 2, 3 }, 4 }, { { 0xd8, 1, 2, 3 }, 4 },
		{ { 0x21, 0, 1, 2, 3 }, 5 }, { { 0x5c, 0, 1, 2, 3 }, 5 }, { { 0xdc, 0, 1, 2, 3 }, 5 },
		{ { 0x60 }, 1 }, { { 0xc7 }, 1 },
	};

	(void)state;
	start_usual();
	expect_unprotected();	/* once only */
	for (size_t i = 0; i < N_ELEMENTS(erases); i++) {
		expect_after(0x06, erases[i].out, erases[i].n);
		assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
		assert_int_equal(command(erases[i].out, erases[i].n, 0), BEKEN_OK);
		expect_polls_busy_until(fake_clock.now_us + 500000);
		expect_poll(0x00);
		expect_register(0x05, 0x00);
		assert_status(0x00);
	}
}

static void a_protected_die_is_unprotected_before_the_first_erase(void **state)
{
	(void)state;
	expect_register(0x05, 0x7c);
	expect_register(0x35, 0x42);
	start(ID_CMP, &usual);
	expect_register(0x05, 0x7c);
	expect_register(0x35, 0x42);
	EXPECT_AFTER(0x06, 0x31, 0x02);
	expect_poll(0x00);
	expect_register(0x05, 0x7c);
	expect_register(0x35, 0x02);
	EXPECT_AFTER(0x06, 0x01, 0x00);
	expect_poll(0x00);
	expect_register(0x05, 0x00);
	expect_register(0x35, 0x02);
	EXPECT_AFTER(0x06, 0x20, 0, 0, 0);
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	assert_int_equal(COMMAND(0, 0x20, 0, 0, 0), BEKEN_OK);
}

static void a_die_that_stays_protected_is_not_erased_or_programmed(void **state)
{
	(void)state;
	expect_register(0x05, 0x9c);
	start(ID_ONE, &usual);
	for (unsigned int i = 0; i < 2; i++) {
		expect_register(0x05, 0x9c);
		EXPECT_AFTER(0x06, 0x01, 0x80);
		expect_poll(0x80);
		expect_register(0x05, 0x9c);
		assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
		if (i)
			assert_int_equal(program(0, data, 256), BEKEN_ERR_PROTECTED);
		else
			assert_int_equal(COMMAND(0, 0x20, 0, 0, 0), BEKEN_ERR_PROTECTED);
		nor_queue_drop(nor_queue_of(nor));
	}
}

static void an_erase_without_enable_is_sent_as_it_is(void **state)
{
	(void)state;
	start_usual();
	EXPECT(0xd8, 0, 0, 0);
	assert_int_equal(COMMAND(0, 0xd8, 0, 0, 0), BEKEN_OK);
	expect_poll(0x00);
	assert_int_equal(nor_queue_flush(nor_queue_of(nor)), BEKEN_OK);
}

static void a_read_waits_for_the_erase(void **state)
{
	static const uint8_t read[] = { 0x03, 0, 0, 0 };

	(void)state;
	start_usual();
	expect_unprotected();
	EXPECT_AFTER(0x06, 0x20, 0, 0, 0);
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	assert_int_equal(COMMAND(0, 0x20, 0, 0, 0), BEKEN_OK);
	expect_poll(0x01);
	expect_poll(0x00);
	expect_command(read, sizeof(read), data, 100);
	assert_int_equal(command(read, sizeof(read), 100), BEKEN_OK);
	assert_memory_equal(in, data, 100);
}

static void assert_limit(int64_t limit_us)
{
	const int64_t begin = fake_clock.now_us;

	expect_polls_busy_until(INT64_MAX);
	assert_int_equal(nor_queue_flush(nor_queue_of(nor)), BEKEN_ERR_BUSY);
	assert_in_range(fake_clock.now_us - begin, limit_us, limit_us + 21000);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 1);
	assert_contains(fake_frontend.last[MESSAGE_ERROR], "still busy");
}

static void a_sector_that_is_never_erased_is_given_up(void **state)
{
	(void)state;
	start_usual();
	EXPECT(0x20, 0, 0, 0);
	assert_int_equal(COMMAND(0, 0x20, 0, 0, 0), BEKEN_OK);
	assert_limit(1500000);
}

static void a_chip_erase_gets_time_by_the_size_of_the_die(void **state)
{
	(void)state;
	start_usual();
	EXPECT(0xc7);
	assert_int_equal(COMMAND(0, 0xc7), BEKEN_OK);
	assert_limit(2 * 40000000);
}

static void a_chip_erase_of_an_unknown_die_gets_ten_minutes(void **state)
{
	(void)state;
	expect_register(0x05, 0x00);
	expect_register(0x35, 0x00);
	start(ID_UNKNOWN, &usual);
	EXPECT(0x60);
	assert_int_equal(COMMAND(0, 0x60), BEKEN_OK);
	assert_limit(600000000);
}

static void an_interrupted_erase_can_be_waited_for(void **state)
{
	int64_t end;

	(void)state;
	fake_frontend.interrupts = 1;	/* long before */
	start_usual();
	EXPECT(0xd8, 0, 0, 0);
	assert_int_equal(COMMAND(0, 0xd8, 0, 0, 0), BEKEN_OK);
	end = fake_clock.now_us + 2000000;
	fake_frontend.interrupt_at_us = fake_clock.now_us + 100000;
	expect_polls_busy_until(end);
	expect_poll(0x00);
	assert_int_equal(COMMAND(1, 0x05), BEKEN_ERR_INTERRUPTED);
	assert_true(fake_clock.now_us < end);
	assert_int_equal(nor_queue_abandon(nor_queue_of(nor)), BEKEN_OK);
	assert_true(fake_clock.now_us >= end);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 0);
}

static void a_second_interrupt_ends_the_last_wait(void **state)
{
	(void)state;
	start_usual();
	EXPECT(0xd8, 0, 0, 0);
	assert_int_equal(COMMAND(0, 0xd8, 0, 0, 0), BEKEN_OK);
	fake_frontend.interrupt_at_us = fake_clock.now_us + 1500000;
	expect_polls_busy_until(INT64_MAX);
	assert_int_equal(nor_queue_abandon(nor_queue_of(nor)), BEKEN_ERR_INTERRUPTED);
}

/* ---- programming ---- */

static void a_whole_page_goes_at_once_and_its_status_is_answered_here(void **state)
{
	(void)state;
	start_usual();
	expect_unprotected();
	expect_piece(0x000100, data, 256);
	assert_int_equal(write_piece(0x000100, data, 256), BEKEN_OK);
	assert_int_equal(fake_spi_jobs_in_flight(), 1);
	assert_status(0x00);
	assert_int_equal(fake_spi_jobs_in_flight(), 1);
	assert_int_equal(nor_queue_flush(nor_queue_of(nor)), BEKEN_OK);
	assert_int_equal(fake_spi_jobs_in_flight(), 0);
	expect_register(0x05, 0x00);
	assert_status(0x00);
}

static void status_of_pages_under_way_is_the_last_one_without_wip_and_wel(void **state)
{
	(void)state;
	expect_register(0x05, 0x40);
	start(ID_ONE, &usual);
	expect_register(0x05, 0x42);
	assert_status(0x42);
	expect_register(0x05, 0x40);	/* the look at the protection */
	expect_piece(0, data, 256);
	assert_int_equal(write_piece(0, data, 256), BEKEN_OK);
	assert_status(0x40);
	assert_int_equal(nor_queue_flush(nor_queue_of(nor)), BEKEN_OK);
}

static void pieces_of_a_page_are_joined(void **state)
{
	(void)state;
	start_usual();
	for (unsigned int i = 0; i < 256; i += 64) {
		if (i == 192) {
			fake_spi_assert_all_said();
			expect_unprotected();
			expect_piece(0x7f00, data, 256);
		}
		assert_int_equal(write_piece(0x7f00 + i, data + i, 64), BEKEN_OK);
		assert_status(0x00);
	}
	assert_int_equal(nor_queue_flush(nor_queue_of(nor)), BEKEN_OK);
}

static void pieces_that_do_not_touch_are_not_joined(void **state)
{
	(void)state;
	start_usual();
	assert_int_equal(write_piece(0x00, data, 16), BEKEN_OK);
	expect_unprotected();
	expect_piece(0x00, data, 16);
	assert_int_equal(write_piece(0x11, data + 17, 16), BEKEN_OK);
	expect_piece(0x11, data + 17, 16);
	assert_int_equal(nor_queue_flush(nor_queue_of(nor)), BEKEN_OK);
}

static void pieces_of_two_pages_are_not_joined(void **state)
{
	(void)state;
	start_usual();
	expect_unprotected();
	expect_piece(0xf0, data, 16);
	assert_int_equal(write_piece(0xf0, data, 16), BEKEN_OK);
	assert_int_equal(fake_spi_jobs_in_flight(), 1);
	assert_int_equal(write_piece(0x100, data, 16), BEKEN_OK);
	expect_piece(0x100, data, 16);
	assert_int_equal(nor_queue_flush(nor_queue_of(nor)), BEKEN_OK);
}

static void a_read_comes_behind_the_pages(void **state)
{
	static const uint8_t read[] = { 0x03, 0, 0, 0 };

	(void)state;
	start_usual();
	assert_int_equal(write_piece(0, data, 16), BEKEN_OK);
	expect_unprotected();
	expect_piece(0, data, 16);
	expect_command(read, sizeof(read), data, 16);
	assert_int_equal(command(read, sizeof(read), 16), BEKEN_OK);
	assert_memory_equal(in, data, 16);
}

static void an_erase_comes_behind_the_pages(void **state)
{
	(void)state;
	start_usual();
	assert_int_equal(write_piece(0, data, 16), BEKEN_OK);
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	expect_unprotected();
	expect_piece(0, data, 16);
	EXPECT_AFTER(0x06, 0x20, 0, 0, 0);
	assert_int_equal(COMMAND(0, 0x20, 0, 0, 0), BEKEN_OK);
}

static void a_page_comes_behind_the_erase(void **state)
{
	(void)state;
	start_usual();
	expect_unprotected();
	EXPECT_AFTER(0x06, 0x20, 0, 0, 0);
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	assert_int_equal(COMMAND(0, 0x20, 0, 0, 0), BEKEN_OK);
	expect_poll(0x01);
	expect_poll(0x00);
	expect_piece(0, data, 256);
	assert_int_equal(write_piece(0, data, 256), BEKEN_OK);
	assert_int_equal(nor_queue_flush(nor_queue_of(nor)), BEKEN_OK);
}

static void a_program_without_enable_is_sent_as_it_is(void **state)
{
	(void)state;
	start_usual();
	EXPECT(0x02, 0, 0, 0, 1, 2);
	assert_int_equal(COMMAND(0, 0x02, 0, 0, 0, 1, 2), BEKEN_OK);
	expect_poll(0x00);
	assert_int_equal(nor_queue_flush(nor_queue_of(nor)), BEKEN_OK);
}

static void a_second_program_needs_its_own_enable(void **state)
{
	(void)state;
	start_usual();
	assert_int_equal(write_piece(0, data, 4), BEKEN_OK);
	expect_unprotected();
	expect_piece(0, data, 4);
	EXPECT(0x02, 0, 0, 4, 1);
	assert_int_equal(COMMAND(0, 0x02, 0, 0, 4, 1), BEKEN_OK);
}

static void a_program_across_the_end_of_a_page_is_sent_as_it_is(void **state)
{
	(void)state;
	start_usual();
	expect_unprotected();
	EXPECT_AFTER(0x06, 0x02, 0, 0, 0xff, 1, 2);
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	assert_int_equal(COMMAND(0, 0x02, 0, 0, 0xff, 1, 2), BEKEN_OK);
}

static void an_error_of_a_page_comes_with_a_later_command(void **state)
{
	(void)state;
	start_usual();
	expect_unprotected();
	expect_page(&(struct fake_page){ 0, data, 256, POLLS, 60, BEKEN_ERR_TIMEOUT, 0 });
	assert_int_equal(write_piece(0, data, 256), BEKEN_OK);
	assert_int_equal(COMMAND(3, 0x9f), BEKEN_ERR_TIMEOUT);
}

static void dropping_forgets_what_was_not_sent(void **state)
{
	(void)state;
	start_usual();
	assert_int_equal(write_piece(0, data, 16), BEKEN_OK);
	assert_int_equal(COMMAND(0, 0x06), BEKEN_OK);
	nor_queue_drop(nor_queue_of(nor));
	assert_int_equal(nor_queue_flush(nor_queue_of(nor)), BEKEN_OK);
}

static void abandoning_waits_for_a_page_that_may_be_under_way(void **state)
{
	(void)state;
	start_usual();
	expect_unprotected();
	expect_piece(0, data, 256);
	assert_int_equal(write_piece(0, data, 256), BEKEN_OK);
	expect_poll(0x01);
	expect_poll(0x00);
	assert_int_equal(nor_queue_abandon(nor_queue_of(nor)), BEKEN_OK);
	assert_int_equal(fake_spi_jobs_in_flight(), 0);
}

/* ---- SFDP ---- */

static const uint8_t sfdp_question[] = { 0x5a, 0, 0, 0, 0 };

static void a_known_die_without_sfdp_is_answered_for(void **state)
{
	static const uint8_t nothing[4] = { 0xff, 0xff, 0xff, 0xff };

	(void)state;
	start_usual();
	expect_command(sfdp_question, sizeof(sfdp_question), nothing, 4);
	assert_int_equal(COMMAND(8, 0x5a, 0, 0, 0, 0), BEKEN_OK);
	assert_memory_equal(in, "SFDP\x00\x01\x00\xff", 8);
	assert_int_equal(in[8], 0x5a);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_DEBUG], 1);
	/* The die is not asked again. The dummy byte may be clocked in. */
	assert_int_equal(COMMAND(5, 0x5a, 0, 0, 0), BEKEN_OK);
	assert_memory_equal(in, "\xffSFDP", 5);
	assert_int_equal(COMMAND(4, 0x5a, 0, 0, 0x14, 0), BEKEN_OK);
	assert_memory_equal(in, "\xff\xff\xff\x00", 4);	/* 16 Mibit */
	assert_int_equal(COMMAND(1, 0x5a, 0, 0, 0), BEKEN_OK);
	assert_int_equal(in[0], 0xff);
}

static void a_die_with_sfdp_answers_itself(void **state)
{
	(void)state;
	start_usual();
	expect_command(sfdp_question, sizeof(sfdp_question), (const uint8_t *)"SFDP", 4);
	expect_command(sfdp_question, sizeof(sfdp_question), data, 8);
	assert_int_equal(COMMAND(8, 0x5a, 0, 0, 0, 0), BEKEN_OK);
	assert_memory_equal(in, data, 8);
	expect_command((const uint8_t[]){ 0x5a, 0, 0, 0x30 }, 4, data + 8, 9);
	assert_int_equal(COMMAND(9, 0x5a, 0, 0, 0x30), BEKEN_OK);
	assert_memory_equal(in, data + 8, 9);
}

static void with_sfdp_off_every_die_answers_itself(void **state)
{
	static const struct nor_options off = { .unprotect = true, .sfdp = false };
	static const uint8_t nothing[4] = { 0xff, 0xff, 0xff, 0xff };

	(void)state;
	expect_register(0x05, 0x00);
	start(ID_ONE, &off);
	expect_command(sfdp_question, sizeof(sfdp_question), nothing, 4);
	expect_command(sfdp_question, sizeof(sfdp_question), nothing, 4);
	assert_int_equal(COMMAND(4, 0x5a, 0, 0, 0, 0), BEKEN_OK);
	assert_memory_equal(in, nothing, 4);
}

/* ---- the rest ---- */

static void other_commands_pass_through(void **state)
{
	static const uint8_t id = 0x9f, answer[] = { 0xc8, 0x40, 0x15 };

	(void)state;
	start_usual();
	expect_command(&id, 1, answer, 3);
	assert_int_equal(COMMAND(3, 0x9f), BEKEN_OK);
	assert_memory_equal(in, answer, 3);
	EXPECT(0xab);
	assert_int_equal(COMMAND(0, 0xab), BEKEN_OK);
}

static void polling_after_an_unknown_command_ends_after_ten_minutes(void **state)
{
	(void)state;
	start_usual();
	EXPECT(0x44, 0, 0x10, 0);
	assert_int_equal(COMMAND(0, 0x44, 0, 0x10, 0), BEKEN_OK);
	expect_register(0x05, 0x01);
	assert_status(0x01);
	fake_clock.now_us += 599 * 1000000ll;
	expect_register(0x05, 0x01);
	assert_status(0x01);
	fake_clock.now_us += 2 * 1000000ll;
	expect_register(0x05, 0x01);
	assert_int_equal(COMMAND(1, 0x05), BEKEN_ERR_BUSY);
}

static void an_idle_die_starts_the_ten_minutes_again(void **state)
{
	(void)state;
	start_usual();
	expect_register(0x05, 0x01);
	assert_status(0x01);
	expect_register(0x05, 0x00);
	assert_status(0x00);
	fake_clock.now_us += 700 * 1000000ll;
	expect_register(0x05, 0x01);
	assert_status(0x01);
}

static void freeing_nothing_is_fine(void **state)
{
	(void)state;
	nor_free(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_known_die_is_introduced_by_name_size_and_registers),
		TEST(protection_is_said_with_what_will_become_of_it),
		TEST(an_unknown_die_in_a_chip_is_taken_for_a_usual_one),
		TEST(an_error_of_the_first_look_is_returned_and_nothing_is_kept),
		TEST(a_plain_unknown_die_is_not_asked_anything),
		TEST(a_plain_die_that_is_known_is_treated_as_known),
		TEST(status_of_a_plain_unknown_die_is_shown_as_it_is),
		TEST(pages_of_a_plain_unknown_die_are_neither_joined_nor_polled),
		TEST(a_plain_unknown_die_gets_no_command_but_the_callers),
		TEST(a_plain_unknown_die_is_asked_for_sfdp_as_the_caller_asks),
		TEST(protection_is_hidden_and_all_else_is_shown),
		TEST(bits_that_protect_nothing_on_this_die_are_shown),
		TEST(a_second_register_of_ff_is_shown_as_none),
		TEST(every_byte_of_a_status_answer_is_masked),
		TEST(nothing_is_hidden_or_cleared_with_unprotect_off),
		TEST(after_a_status_write_the_truth_is_shown_and_nothing_cleared),
		TEST(a_volatile_status_write_keeps_its_own_enable),
		TEST(a_status_write_without_enable_is_sent_without),
		TEST(write_enable_is_held_until_its_command),
		TEST(a_look_at_the_status_sends_the_held_enable),
		TEST(a_look_at_the_enable_comes_behind_the_pages),
		TEST(any_other_command_and_a_flush_send_the_held_enable),
		TEST(a_long_read_leaves_the_held_enable_to_its_command),
		TEST(write_disable_undoes_the_enable),
		TEST(two_enables_are_both_sent),
		TEST(each_erase_is_sent_after_its_enable_and_waited_for),
		TEST(a_protected_die_is_unprotected_before_the_first_erase),
		TEST(a_die_that_stays_protected_is_not_erased_or_programmed),
		TEST(an_erase_without_enable_is_sent_as_it_is),
		TEST(a_read_waits_for_the_erase),
		TEST(a_sector_that_is_never_erased_is_given_up),
		TEST(a_chip_erase_gets_time_by_the_size_of_the_die),
		TEST(a_chip_erase_of_an_unknown_die_gets_ten_minutes),
		TEST(an_interrupted_erase_can_be_waited_for),
		TEST(a_second_interrupt_ends_the_last_wait),
		TEST(a_whole_page_goes_at_once_and_its_status_is_answered_here),
		TEST(status_of_pages_under_way_is_the_last_one_without_wip_and_wel),
		TEST(pieces_of_a_page_are_joined),
		TEST(pieces_that_do_not_touch_are_not_joined),
		TEST(pieces_of_two_pages_are_not_joined),
		TEST(a_read_comes_behind_the_pages),
		TEST(an_erase_comes_behind_the_pages),
		TEST(a_page_comes_behind_the_erase),
		TEST(a_program_without_enable_is_sent_as_it_is),
		TEST(a_second_program_needs_its_own_enable),
		TEST(a_program_across_the_end_of_a_page_is_sent_as_it_is),
		TEST(an_error_of_a_page_comes_with_a_later_command),
		TEST(dropping_forgets_what_was_not_sent),
		TEST(abandoning_waits_for_a_page_that_may_be_under_way),
		TEST(a_known_die_without_sfdp_is_answered_for),
		TEST(a_die_with_sfdp_answers_itself),
		TEST(with_sfdp_off_every_die_answers_itself),
		TEST(other_commands_pass_through),
		TEST(polling_after_an_unknown_command_ends_after_ten_minutes),
		TEST(an_idle_die_starts_the_ten_minutes_again),
		TEST(freeing_nothing_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
