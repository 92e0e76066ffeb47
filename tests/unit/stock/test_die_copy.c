/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "die_copy.h"

#include <stdlib.h>

#include "fake_frontend.h"
#include "image_crc.h"
#include "unit.h"
#include "xorshift.h"

#define PIECE 65518u
#define CODE_BLOCKS 3000u
#define CODE (CODE_BLOCKS * IMAGE_BLOCK_SIZE)
/* Behind the code, and two erased blocks, comes data, which ends within a block. */
#define SIZE (CODE + 20000u)

/* ---- a die that can be read ---- */

#define MAX_READS 32

static struct session {
	uint8_t content[SIZE];
	/* Bytes that read as something else, until this read (counted from 1). */
	struct {
		uint32_t address;
		uint8_t flip;
		unsigned int until;
	} faults[2];
	unsigned int fail_at, interrupt_at;
	unsigned int n_reads;
	struct {
		uint32_t address;
		size_t n;
	} reads[MAX_READS];
} die;

int session_read(struct session *session, uint32_t address, uint8_t *data, size_t n)
{
	assert_ptr_equal(session, &die);
	assert_in_range(n, 1, PIECE);
	assert_in_range(address + n, n, SIZE);
	assert_true(die.n_reads < MAX_READS);
	die.reads[die.n_reads].address = address;
	die.reads[die.n_reads++].n = n;
	if (die.n_reads == die.fail_at)
		return BEKEN_ERR_GONE;
	if (die.n_reads == die.interrupt_at)
		fake_frontend.interrupts++;
	memcpy(data, die.content + address, n);
	for (size_t i = 0; i < N_ELEMENTS(die.faults); i++) {
		const uint32_t at = die.faults[i].address;

		if (die.n_reads < die.faults[i].until && at >= address && at < address + n)
			data[at - address] ^= die.faults[i].flip;
	}
	return BEKEN_OK;
}

static void make_content(void)
{
	uint64_t random = 1;

	for (size_t i = 0; i < SIZE; i++)
		die.content[i] = (uint8_t)xorshift(&random);
	for (size_t at = 0; at < CODE; at += IMAGE_BLOCK_SIZE) {
		const uint16_t crc = image_crc16(die.content + at, IMAGE_BLOCK_DATA);

		die.content[at + IMAGE_BLOCK_DATA] = (uint8_t)(crc >> 8);
		die.content[at + IMAGE_BLOCK_DATA + 1] = (uint8_t)crc;
	}
	memset(die.content + CODE, 0xff, 2 * IMAGE_BLOCK_SIZE);
}

/* ---- help ---- */

static struct die_copy *copy;

static int set_up(void **state)
{
	(void)state;
	fake_frontend_reset();
	memset(&die, 0, sizeof(die));
	make_content();
	copy = die_copy_new(&fake_frontend_as_frontend, &die, SIZE);
	return copy ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	die_copy_free(copy);
	return 0;
}

/* A program reads: what it got goes into the copy. */
static void note(enum nor_kind kind, unsigned int address_bytes, uint32_t address, uint8_t *in, size_t n)
{
	const struct nor_command command = {
		.kind = kind,
		.address_bytes = address_bytes,
		.address = address,
		.in = in,
		.in_length = n,
	};

	die_copy_note(copy, &command);
}

static void note_read(uint32_t address, size_t n)
{
	note(NOR_KIND_READ, 3, address, die.content + address, n);
}

/* All of it, with some bytes wrong. */
static void note_all_but(uint32_t first, uint32_t second)
{
	static uint8_t content[SIZE];

	memcpy(content, die.content, SIZE);
	content[first] ^= 1;
	if (second)
		content[second] ^= 1;
	note(NOR_KIND_READ, 3, 0, content, SIZE);
	assert_int_equal(die_copy_judge(copy), BEKEN_OK);
}

static void assert_read(unsigned int i, uint32_t address, size_t n)
{
	assert_true(i < die.n_reads);
	assert_int_equal(die.reads[i].address, address);
	assert_int_equal(die.reads[i].n, n);
}

static void assert_counts(size_t repaired, size_t same, size_t differ)
{
	assert_int_equal(copy->repaired.n, repaired);
	assert_int_equal(copy->same.n, same);
	assert_int_equal(copy->differ.n, differ);
}

/* ---- what was read ---- */

static void at_first_all_is_missing(void **state)
{
	size_t n;

	(void)state;
	assert_int_equal(die_copy_count(copy, DIE_COPY_MISSING), SIZE);
	assert_int_equal(die_copy_find(copy, DIE_COPY_MISSING, 0, &n), 0);
	assert_int_equal(n, SIZE);
	assert_int_equal(die_copy_find(copy, DIE_COPY_READ, 0, &n), SIZE);
	assert_int_equal(n, 0);
}

static void what_a_program_reads_is_kept(void **state)
{
	size_t n;

	(void)state;
	note_read(100, 50);
	note_read(SIZE - 10, 10);
	assert_int_equal(die_copy_count(copy, DIE_COPY_READ), 60);
	assert_int_equal(die_copy_find(copy, DIE_COPY_READ, 0, &n), 100);
	assert_int_equal(n, 50);
	assert_int_equal(die_copy_find(copy, DIE_COPY_READ, 150, &n), SIZE - 10);
	assert_int_equal(n, 10);
	assert_memory_equal(copy->data + 100, die.content + 100, 50);
	note_read(0, SIZE);
	assert_int_equal(die_copy_count(copy, DIE_COPY_MISSING), 0);
	assert_memory_equal(copy->data, die.content, SIZE);
}

static void what_a_die_gives_behind_its_end_is_not(void **state)
{
	static uint8_t in[64];

	(void)state;
	memcpy(in, die.content + SIZE - 32, 32);
	note(NOR_KIND_READ, 3, SIZE - 32, in, 64);
	note(NOR_KIND_READ, 3, SIZE, in, 64);
	note(NOR_KIND_READ, 3, UINT32_MAX, in, 64);
	assert_int_equal(die_copy_count(copy, DIE_COPY_READ), 32);
	assert_memory_equal(copy->data + SIZE - 32, in, 32);
}

static void other_commands_are_no_content(void **state)
{
	(void)state;
	note(NOR_KIND_READ_ID, 0, 0, die.content, 3);
	note(NOR_KIND_READ_SFDP, 3, 0, die.content, 64);
	/* Cut short. */
	note(NOR_KIND_READ, 0, 0, die.content, 64);
	assert_int_equal(die_copy_count(copy, DIE_COPY_READ), 0);
	die_copy_note(NULL, &(struct nor_command){ .kind = NOR_KIND_READ });
}

static void only_what_is_missing_is_read(void **state)
{
	(void)state;
	note_read(0, 1000);
	note_read(3000, PIECE);
	assert_int_equal(die_copy_read(copy, DIE_COPY_MISSING), BEKEN_OK);
	assert_memory_equal(copy->data, die.content, SIZE);
	assert_int_equal(die_copy_count(copy, DIE_COPY_READ), SIZE);
	assert_int_equal(die.n_reads, 2);
	assert_read(0, 1000, 2000);
	assert_read(1, 3000 + PIECE, SIZE - PIECE - 3000);
	assert_counts(0, 0, 0);
}

/* ---- a second time ---- */

static void code_needs_no_second_read(void **state)
{
	(void)state;
	note_all_but(CODE + 500, 0);
	assert_int_equal(die_copy_count(copy, DIE_COPY_PROVEN), CODE);
	assert_int_equal(die_copy_count(copy, DIE_COPY_READ), SIZE - CODE);
	assert_int_equal(die_copy_read(copy, DIE_COPY_SUSPECT), BEKEN_OK);
	assert_int_equal(die.n_reads, 0);
}

static void a_suspect_block_is_replaced_by_a_good_one(void **state)
{
	size_t n;

	(void)state;
	note_all_but(1000 * IMAGE_BLOCK_SIZE + 5, 2000 * IMAGE_BLOCK_SIZE);
	assert_int_equal(die_copy_read(copy, DIE_COPY_SUSPECT), BEKEN_OK);
	assert_int_equal(die.n_reads, 2);
	assert_read(0, 1000 * IMAGE_BLOCK_SIZE, IMAGE_BLOCK_SIZE);
	assert_read(1, 2000 * IMAGE_BLOCK_SIZE, IMAGE_BLOCK_SIZE);
	assert_counts(2, 0, 0);
	assert_int_equal(copy->repaired.first, 1000 * IMAGE_BLOCK_SIZE);
	assert_int_equal(die_copy_find(copy, DIE_COPY_REPAIRED, 0, &n), 1000 * IMAGE_BLOCK_SIZE);
	assert_int_equal(n, IMAGE_BLOCK_SIZE);
	assert_memory_equal(copy->data, die.content, SIZE);
}

static void a_suspect_block_that_reads_so_again_is_of_the_die(void **state)
{
	(void)state;
	die.content[1000 * IMAGE_BLOCK_SIZE + 5] ^= 1;
	note_all_but(CODE + 500, 0);
	assert_int_equal(die_copy_read(copy, DIE_COPY_SUSPECT), BEKEN_OK);
	assert_int_equal(die.n_reads, 1);
	assert_counts(0, 1, 0);
	assert_int_equal(copy->same.first, 1000 * IMAGE_BLOCK_SIZE);
	assert_int_equal(die_copy_count(copy, DIE_COPY_REPAIRED), 0);
}

static void a_suspect_block_that_reads_wrong_in_another_way_is_named(void **state)
{
	(void)state;
	note_all_but(1000 * IMAGE_BLOCK_SIZE + 5, 0);
	die.faults[0].address = 1000 * IMAGE_BLOCK_SIZE + 9;
	die.faults[0].flip = 4;
	die.faults[0].until = 99;
	assert_int_equal(die_copy_read(copy, DIE_COPY_SUSPECT), BEKEN_OK);
	assert_counts(0, 0, 1);
	assert_int_equal(copy->differ.first, 1000 * IMAGE_BLOCK_SIZE + 5);
}

static void a_hole_is_filled_and_what_is_erased_is_not_told_of(void **state)
{
	static uint8_t hole[10 * IMAGE_BLOCK_SIZE];
	const uint32_t at = 1000 * IMAGE_BLOCK_SIZE + 10;

	(void)state;
	memset(hole, 0xff, sizeof(hole));
	memset(die.content + 1005 * IMAGE_BLOCK_SIZE, 0xff, 2 * IMAGE_BLOCK_SIZE);
	note_read(0, SIZE);
	note(NOR_KIND_READ, 3, at, hole, sizeof(hole));
	assert_int_equal(die_copy_judge(copy), BEKEN_OK);
	assert_int_equal(die_copy_read(copy, DIE_COPY_SUSPECT), BEKEN_OK);
	assert_counts(9, 0, 0);
	assert_memory_equal(copy->data, die.content, SIZE);
}

static void data_that_differs_is_named(void **state)
{
	(void)state;
	note_all_but(CODE + 500, SIZE - 1);
	assert_int_equal(die_copy_read(copy, DIE_COPY_READ), BEKEN_OK);
	assert_int_equal(die.n_reads, 1);
	assert_read(0, CODE, SIZE - CODE);
	assert_counts(0, 0, 2);
	assert_int_equal(copy->differ.first, CODE + 500);
}

/* At the end of the die only a part of a block is left. */
static void the_last_byte_is_compared_too(void **state)
{
	(void)state;
	note_all_but(SIZE - 1, 0);
	assert_int_equal(die_copy_read(copy, DIE_COPY_READ), BEKEN_OK);
	assert_counts(0, 0, 1);
	assert_int_equal(copy->differ.first, SIZE - 1);
}

static void a_good_block_stays_where_the_second_read_is_wrong(void **state)
{
	(void)state;
	/* One that has no good neighbour. */
	memcpy(die.content + CODE + 10 * IMAGE_BLOCK_SIZE, die.content, IMAGE_BLOCK_SIZE);
	note_read(0, SIZE);
	assert_int_equal(die_copy_judge(copy), BEKEN_OK);
	die.faults[0].address = CODE + 10 * IMAGE_BLOCK_SIZE + 7;
	die.faults[0].flip = 0x80;
	die.faults[0].until = 99;
	assert_int_equal(die_copy_read(copy, DIE_COPY_READ), BEKEN_OK);
	assert_counts(0, 0, 0);
	assert_memory_equal(copy->data, die.content, SIZE);
}

/* As where an address was wrong. */
static void of_two_good_blocks_none_is_right(void **state)
{
	const uint32_t at = CODE + 10 * IMAGE_BLOCK_SIZE;

	(void)state;
	memcpy(die.content + at, die.content, IMAGE_BLOCK_SIZE);
	note_read(0, SIZE);
	assert_int_equal(die_copy_judge(copy), BEKEN_OK);
	memcpy(die.content + at, die.content + IMAGE_BLOCK_SIZE, IMAGE_BLOCK_SIZE);
	assert_int_equal(die_copy_read(copy, DIE_COPY_READ), BEKEN_OK);
	assert_counts(0, 0, 1);
	assert_int_equal(copy->differ.first, at);
}

/* ---- errors, progress ---- */

static void an_error_ends_it(void **state)
{
	(void)state;
	die.fail_at = 2;
	assert_int_equal(die_copy_read(copy, DIE_COPY_MISSING), BEKEN_ERR_GONE);
	assert_int_equal(die.n_reads, 2);
	assert_int_equal(die_copy_count(copy, DIE_COPY_READ), PIECE);
}

static void ctrl_c_ends_it_before_the_next_read(void **state)
{
	(void)state;
	die.interrupt_at = 1;
	assert_int_equal(die_copy_read(copy, DIE_COPY_MISSING), BEKEN_ERR_INTERRUPTED);
	assert_int_equal(die.n_reads, 1);
}

static void progress_is_told_only_if_asked_for(void **state)
{
	(void)state;
	assert_int_equal(die_copy_read(copy, DIE_COPY_MISSING), BEKEN_OK);
	assert_int_equal(copy->done, SIZE);
	assert_int_equal(fake_frontend.total, 0);
	copy->total = 2 * SIZE;
	assert_int_equal(die_copy_read(copy, DIE_COPY_READ), BEKEN_OK);
	assert_int_equal(fake_frontend.total, 2 * SIZE);
	/* Before the last piece. */
	assert_int_equal(fake_frontend.done, SIZE + PIECE);
	assert_int_equal(copy->done, 2 * SIZE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(at_first_all_is_missing),
		TEST(what_a_program_reads_is_kept),
		TEST(what_a_die_gives_behind_its_end_is_not),
		TEST(other_commands_are_no_content),
		TEST(only_what_is_missing_is_read),
		TEST(code_needs_no_second_read),
		TEST(a_suspect_block_is_replaced_by_a_good_one),
		TEST(a_suspect_block_that_reads_so_again_is_of_the_die),
		TEST(a_suspect_block_that_reads_wrong_in_another_way_is_named),
		TEST(a_hole_is_filled_and_what_is_erased_is_not_told_of),
		TEST(data_that_differs_is_named),
		TEST(the_last_byte_is_compared_too),
		TEST(a_good_block_stays_where_the_second_read_is_wrong),
		TEST(of_two_good_blocks_none_is_right),
		TEST(an_error_ends_it),
		TEST(ctrl_c_ends_it_before_the_next_read),
		TEST(progress_is_told_only_if_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
