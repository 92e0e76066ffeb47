/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>

#include "fake_clock.h"
#include "flash_progress.h"
#include "terminal.h"

#define KIB 1024
#define MIB (1024 * KIB)

/* ---- a screen that remembers ---- */

static struct {
	bool terminal, mid_line;
	int64_t written_us;
	char shown[128];
	unsigned int n_shown;
} screen;

bool terminal_can_overwrite(void)
{
	return screen.terminal;
}

bool terminal_is_at_line_start(void)
{
	return !screen.mid_line;
}

int64_t terminal_written_us(void)
{
	return screen.written_us;
}

void terminal_show(const char *text)
{
	snprintf(screen.shown, sizeof(screen.shown), "%s", text);
	screen.n_shown++;
}

void terminal_clear(void)
{
	screen.shown[0] = '\0';
}

static int setup(void **state)
{
	(void)state;
	fake_clock_reset();
	memset(&screen, 0, sizeof(screen));
	screen.terminal = screen.mid_line = true;
	return 0;
}

static void let_pass(int64_t ms)
{
	fake_clock.now_us += ms * 1000;
}

/* flashrom begins a step. */
static void print(void)
{
	screen.written_us = fake_clock.now_us;
	screen.shown[0] = '\0';
}

static struct flash_progress start(uint64_t size)
{
	struct flash_progress progress;

	flash_progress_start(&progress, "us: ", true);
	progress.size = size;
	print();
	let_pass(1000);
	return progress;
}

/* ---- commands, each a second after the one before ---- */

static void note(struct flash_progress *progress, const uint8_t *out, size_t n_out, size_t n_in)
{
	bool four_bytes = false;
	const struct nor_command command = nor_command_decode(out, n_out, NULL, n_in, &four_bytes);

	flash_progress_note(progress, &command);
}

static const char *command(struct flash_progress *progress, uint8_t opcode, uint32_t address, size_t data,
			   size_t in)
{
	static uint8_t out[4 + 256];

	out[0] = opcode;
	out[1] = (uint8_t)(address >> 16);
	out[2] = (uint8_t)(address >> 8);
	out[3] = (uint8_t)address;
	note(progress, out, 4 + data, in);
	let_pass(1000);
	return screen.shown;
}

static const char *command_4ba(struct flash_progress *progress, uint8_t opcode, uint32_t address, size_t in)
{
	const uint8_t out[] = { opcode, (uint8_t)(address >> 24), (uint8_t)(address >> 16),
				(uint8_t)(address >> 8), (uint8_t)address };

	note(progress, out, sizeof(out), in);
	let_pass(1000);
	return screen.shown;
}

static const char *read_at(struct flash_progress *progress, uint32_t address, size_t n)
{
	return command(progress, 0x03, address, 0, n);
}

/* ---- what is shown ---- */

static void a_read_shows_the_percent_that_were_read(void **state)
{
	struct flash_progress progress = start(2 * MIB);

	(void)state;
	assert_string_equal(read_at(&progress, 0, 64 * KIB), "3%");
	assert_string_equal(read_at(&progress, 64 * KIB, 64 * KIB), "6%");
	assert_string_equal(read_at(&progress, 2 * MIB - 64 * KIB, 64 * KIB - 1), "99%");
	assert_string_equal(read_at(&progress, 2 * MIB - 1, 1), "100%");
	/* More than there is. */
	assert_string_equal(read_at(&progress, 2 * MIB, 64 * KIB), "100%");
}

static void all_commands_with_an_address_count(void **state)
{
	static const uint8_t reads[] = { 0x03, 0x0b }, programs[] = { 0x02, 0x32 };
	static const uint8_t erases[] = { 0x20, 0x52, 0xd8 };
	static const uint8_t reads_4ba[] = { 0x13, 0x0c }, erases_4ba[] = { 0x21, 0x5c, 0xdc };

	(void)state;
	for (size_t i = 0; i < sizeof(reads); i++) {
		struct flash_progress progress = start(MIB);

		assert_string_equal(command(&progress, reads[i], 256 * KIB, reads[i] == 0x0b, 256 * KIB),
				    "50%");
	}
	for (size_t i = 0; i < sizeof(programs); i++) {
		struct flash_progress progress = start(25600);

		assert_string_equal(command(&progress, programs[i], 12800, 256, 0), "51%");
	}
	for (size_t i = 0; i < sizeof(erases); i++) {
		struct flash_progress progress = start(MIB);

		/* It has begun only. */
		assert_string_equal(command(&progress, erases[i], 512 * KIB, 0, 0), "50%");
	}
	for (size_t i = 0; i < sizeof(reads_4ba); i++) {
		struct flash_progress progress = start(64 * MIB);

		assert_string_equal(command_4ba(&progress, reads_4ba[i], 31 * MIB, MIB), "50%");
	}
	for (size_t i = 0; i < sizeof(erases_4ba); i++) {
		struct flash_progress progress = start(64 * MIB);

		assert_string_equal(command_4ba(&progress, erases_4ba[i], 48 * MIB, 0), "75%");
	}
}

static void other_commands_show_nothing(void **state)
{
	static const uint8_t others[] = { 0x01, 0x05, 0x06, 0x5a, 0x60, 0x9f, 0xab, 0xc7, 0x35 };
	struct flash_progress progress = start(MIB);

	(void)state;
	for (size_t i = 0; i < sizeof(others); i++)
		assert_string_equal(command(&progress, others[i], 512 * KIB, 0, 3), "");
	/* An address that is cut short. */
	note(&progress, (const uint8_t[]){ 0x03, 0x08, 0x00 }, 3, 1);
	assert_string_equal(screen.shown, "");
}

/* Erase a block, look whether it is empty, write it, next block. */
static void blocks_one_after_the_other_never_go_back(void **state)
{
	struct flash_progress progress = start(MIB);
	int last = 0;

	(void)state;
	for (uint32_t block = 0; block < MIB; block += 64 * KIB) {
		int percent;

		sscanf(command(&progress, 0xd8, block, 0, 0), "%d", &percent);
		assert_in_range(percent, last, 100);
		last = percent;
		sscanf(read_at(&progress, block, 64 * KIB), "%d", &percent);
		assert_in_range(percent, last, 100);
		last = percent;
		for (uint32_t page = block; page < block + 64 * KIB; page += 256) {
			sscanf(command(&progress, 0x02, page, 256, 0), "%d", &percent);
			assert_in_range(percent, last, 100);
			last = percent;
		}
	}
	assert_int_equal(last, 100);
}

static void a_second_pass_starts_anew(void **state)
{
	struct flash_progress progress = start(MIB);

	(void)state;
	assert_string_equal(command(&progress, 0x20, MIB - 4 * KIB, 0, 0), "99%");
	assert_string_equal(command(&progress, 0x02, 0, 256, 0), "0%");
	assert_string_equal(command(&progress, 0x02, 512 * KIB, 256, 0), "50%");
}

static void text_of_others_starts_anew(void **state)
{
	struct flash_progress progress = start(MIB);

	(void)state;
	assert_string_equal(read_at(&progress, 32 * KIB, 32 * KIB), "6%");
	print();
	let_pass(1000);
	assert_string_equal(read_at(&progress, 0, 32 * KIB), "3%");
}

static void without_a_size_it_counts_from_the_first_address(void **state)
{
	struct flash_progress progress = start(0);

	(void)state;
	assert_string_equal(read_at(&progress, MIB, 64 * KIB), "64 KiB");
	assert_string_equal(read_at(&progress, MIB + 64 * KIB, 1500), "65 KiB");
	assert_string_equal(read_at(&progress, 0, 64 * KIB), "64 KiB");
}

/* ---- when ---- */

static void nothing_in_the_first_second_of_a_step(void **state)
{
	struct flash_progress progress = start(MIB);

	(void)state;
	read_at(&progress, 0, KIB);
	assert_int_equal(screen.n_shown, 1);
	print();
	let_pass(999);
	note(&progress, (const uint8_t[]){ 0x03, 0, 0, 0 }, 4, 1);
	assert_int_equal(screen.n_shown, 1);
	let_pass(1);
	note(&progress, (const uint8_t[]){ 0x03, 0, 0, 0 }, 4, 1);
	assert_int_equal(screen.n_shown, 2);
}

static void at_most_five_times_a_second(void **state)
{
	struct flash_progress progress = start(MIB);

	(void)state;
	for (int i = 0; i < 1000; i++) {
		note(&progress, (const uint8_t[]){ 0x03, 0, 0, 0 }, 4, 1);
		let_pass(1);
	}
	assert_int_equal(screen.n_shown, 5);
}

static void in_an_empty_line_it_says_who_speaks(void **state)
{
	struct flash_progress progress = start(MIB);

	(void)state;
	screen.mid_line = false;
	assert_string_equal(read_at(&progress, 0, MIB / 2), "us: 50%");
}

static void nothing_where_it_could_not_be_taken_away(void **state)
{
	struct flash_progress progress;

	(void)state;
	screen.terminal = false;
	progress = start(MIB);
	assert_string_equal(read_at(&progress, 0, KIB), "");
	screen.terminal = true;
	flash_progress_start(&progress, "us: ", false);
	let_pass(5000);
	assert_string_equal(read_at(&progress, 0, KIB), "");
	assert_int_equal(screen.n_shown, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_read_shows_the_percent_that_were_read, setup),
		cmocka_unit_test_setup(all_commands_with_an_address_count, setup),
		cmocka_unit_test_setup(other_commands_show_nothing, setup),
		cmocka_unit_test_setup(blocks_one_after_the_other_never_go_back, setup),
		cmocka_unit_test_setup(a_second_pass_starts_anew, setup),
		cmocka_unit_test_setup(text_of_others_starts_anew, setup),
		cmocka_unit_test_setup(without_a_size_it_counts_from_the_first_address, setup),
		cmocka_unit_test_setup(nothing_in_the_first_second_of_a_step, setup),
		cmocka_unit_test_setup(at_most_five_times_a_second, setup),
		cmocka_unit_test_setup(in_an_empty_line_it_says_who_speaks, setup),
		cmocka_unit_test_setup(nothing_where_it_could_not_be_taken_away, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
