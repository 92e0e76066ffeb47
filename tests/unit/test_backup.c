/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_host.h"
#include "unit.h"

#define PIECE 65536u
#define MAX_SIZE (3 * PIECE + 4096)
#define JEDEC_ID 0x1c7015

/* ---- a die that can be read ---- */

static struct nor {
	uint8_t content[MAX_SIZE];
	uint32_t size;
	unsigned int n_reads;
	/* At this read (counted from 1): an error, Ctrl-C, or one byte that is
	 * another one. */
	unsigned int fail_at, interrupt_at, change_at;
	uint32_t changed_address;
} die;

static const struct nor_facts facts = { .jedec_id = JEDEC_ID };

const struct nor_facts *nor_facts(const struct nor *nor)
{
	assert_ptr_equal(nor, &die);
	return &facts;
}

int nor_read(struct nor *nor, uint32_t address, uint8_t *data, size_t n)
{
	assert_ptr_equal(nor, &die);
	assert_true(fake_host.holds_signals);
	assert_in_range(n, 1, PIECE);
	assert_in_range(address + n, n, die.size);
	die.n_reads++;
	if (die.n_reads == die.fail_at)
		return ENGINE_ERR_GONE;
	if (die.n_reads == die.interrupt_at)
		fake_host.interrupts++;
	memcpy(data, die.content + address, n);
	if (die.n_reads == die.change_at)
		data[die.changed_address - address] ^= 0x10;
	return ENGINE_OK;
}

/* ---- help ---- */

static char folder[64];
static struct backup *backup;

static void set_size(uint32_t size)
{
	uint32_t random = 1;

	die.size = size;
	for (uint32_t i = 0; i < size; i++) {
		random = random * 1664525 + 1013904223;
		die.content[i] = random >> 24;
	}
}

static int set_up(void **state)
{
	(void)state;
	fake_host_reset();
	memset(&die, 0, sizeof(die));
	set_size(MAX_SIZE);
	backup = NULL;
	strcpy(folder, "/tmp/test_backup.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static void start(void)
{
	assert_int_equal(backup_new(&fake_host_as_host, folder, &backup), ENGINE_OK);
	assert_null(backup_path(backup));
}

static unsigned int count_files(void)
{
	DIR *dir = opendir(folder);
	unsigned int n = 0;

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

static int tear_down(void **state)
{
	(void)state;
	if (backup && backup_path(backup))
		unlink(backup_path(backup));
	backup_free(backup);
	return rmdir(folder);
}

static int make(void)
{
	const int error = backup_make(backup, &die, die.size);

	assert_false(fake_host.holds_signals);
	return error;
}

static void assert_fails(int expected)
{
	assert_int_equal(make(), expected);
	assert_null(backup_path(backup));
	assert_int_equal(count_files(), 0);
	assert_true(!fake_host.done || fake_host.done < fake_host.total);
}

static void assert_is_the_die(const char *path)
{
	static uint8_t content[MAX_SIZE + 1];
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	assert_int_equal(fread(content, 1, sizeof(content), file), die.size);
	fclose(file);
	assert_memory_equal(content, die.content, die.size);
}

/* ---- commands ---- */

static bool precedes(uint8_t opcode, size_t length)
{
	const uint8_t out[4 + 256] = { opcode };

	return backup_must_precede(out, length);
}

static void commands_that_change_the_content_are_known(void **state)
{
	static const uint8_t opcodes[] = {
		0x02, 0x12, 0x32, 0x20, 0x21, 0x52, 0x5c, 0xd8, 0xdc, 0xad, 0xd7, 0x81,
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(opcodes); i++)
		assert_true(precedes(opcodes[i], 4));
	assert_true(precedes(0x02, 4 + 256));
	assert_true(precedes(0x60, 1) && precedes(0xc7, 1) && precedes(0x62, 1));
}

static void other_commands_are_not(void **state)
{
	static const uint8_t opcodes[] = {
		0x00, 0x01, 0x03, 0x04, 0x05, 0x06, 0x0b, 0x11, 0x15, 0x31, 0x35, 0x50,
		0x5a, 0x66, 0x99, 0x9f, 0x90, 0xab, 0xb7, 0xb9, 0xc5, 0xe9, 0xff, 0x38,
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(opcodes); i++)
		assert_false(precedes(opcodes[i], 1));
	assert_false(precedes(0x01, 3));
	assert_false(precedes(0x05, 4) || precedes(0x06, 4));
}

/* ---- the folder ---- */

static void assert_folder_refused(const char *path, const char *words)
{
	struct backup *none = NULL;

	assert_int_equal(backup_new(&fake_host_as_host, path, &none), ENGINE_ERR_PARAMETER);
	assert_null(none);
	assert_contains(fake_host.last[MESSAGE_ERROR], path);
	assert_contains(fake_host.last[MESSAGE_ERROR], words);
}

static void a_folder_that_will_not_do_is_refused_with_the_reason(void **state)
{
	(void)state;
	assert_folder_refused("/nonexistent/folder", "No such file");
	assert_lacks(fake_host.last[MESSAGE_ERROR], "$HOME");
	assert_folder_refused("/dev/null", "Not a directory");
	assert_folder_refused("~/backups", "$HOME");
	start();
	assert_int_equal(count_files(), 0);
}

/* ---- good ---- */

static void a_backup_is_the_content_of_the_die(void **state)
{
	static const uint32_t sizes[] = { PIECE, 2 * PIECE, MAX_SIZE };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(sizes); i++) {
		fake_host_reset();
		set_size(sizes[i]);
		start();
		assert_int_equal(make(), ENGINE_OK);
		assert_is_the_die(backup_path(backup));
		assert_int_equal(count_files(), 1);
		assert_int_equal(fake_host.done, 2 * sizes[i]);
		assert_int_equal(fake_host.total, 2 * sizes[i]);
		unlink(backup_path(backup));
		backup_free(backup);
	}
	backup = NULL;
}

static void it_is_named_after_die_and_time_in_one_sentence(void **state)
{
	const char *name;

	(void)state;
	start();
	assert_int_equal(make(), ENGINE_OK);
	assert_int_equal(strncmp(backup_path(backup), folder, strlen(folder)), 0);
	name = backup_path(backup) + strlen(folder);
	assert_int_equal(strncmp(name, "/ch341a_beken-1C7015-20", 23), 0);
	assert_int_equal(strlen(name), strlen("/ch341a_beken-1C7015-20261122-223000.bin"));
	assert_string_equal(name + strlen(name) - 4, ".bin");
	assert_int_equal(fake_host.n_messages[MESSAGE_INFO], 2);
	assert_contains(fake_host.last[MESSAGE_INFO], backup_path(backup));
}

static void it_is_read_twice(void **state)
{
	(void)state;
	start();
	assert_int_equal(make(), ENGINE_OK);
	assert_int_equal(die.n_reads, 2 * 4);
}

/* ---- not good ---- */

static void a_byte_that_reads_differently_is_named(void **state)
{
	static const struct {
		unsigned int read;
		uint32_t address;
		const char *words;
	} changes[] = {
		{ 1, 0, "0x000000" }, { 5, 0, "0x000000" }, { 6, PIECE + 0x123, "0x010123" },
		{ 8, MAX_SIZE - 1, "0x030FFF" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(changes); i++) {
		fake_host_reset();
		die.n_reads = 0;
		die.change_at = changes[i].read;
		die.changed_address = changes[i].address;
		start();
		assert_fails(ENGINE_ERR_BACKUP);
		assert_contains(fake_host.last[MESSAGE_ERROR], changes[i].words);
		assert_contains(fake_host.last[MESSAGE_ERROR], "supply");
		assert_contains(fake_host.last[MESSAGE_ERROR], "wires");
		backup_free(backup);
	}
	backup = NULL;
}

static void an_error_of_the_die_comes_back_as_it_is(void **state)
{
	(void)state;
	for (unsigned int at = 1; at <= 8; at++) {
		die.n_reads = 0;
		die.fail_at = at;
		fake_host_reset();
		start();
		assert_fails(ENGINE_ERR_GONE);
		/* The session says it. */
		assert_int_equal(fake_host.n_messages[MESSAGE_ERROR], 0);
		backup_free(backup);
	}
	backup = NULL;
}

static void ctrl_c_ends_it_before_the_next_read(void **state)
{
	(void)state;
	for (unsigned int at = 1; at <= 8; at++) {
		fake_host_reset();
		die.n_reads = 0;
		die.interrupt_at = at;
		start();
		assert_fails(ENGINE_ERR_INTERRUPTED);
		assert_int_equal(die.n_reads, at);
		backup_free(backup);
	}
	backup = NULL;
}

static void after_ctrl_c_none_is_begun(void **state)
{
	(void)state;
	start();
	fake_host.interrupts = 1;
	assert_fails(ENGINE_ERR_INTERRUPTED);
	assert_int_equal(die.n_reads, 0);
}

static void a_folder_that_has_gone_is_an_error(void **state)
{
	(void)state;
	start();
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(make(), ENGINE_ERR_BACKUP);
	assert_contains(fake_host.last[MESSAGE_ERROR], "No such file");
	assert_contains(fake_host.last[MESSAGE_ERROR], "not changed");
	assert_int_equal(die.n_reads, 0);
	assert_int_equal(mkdir(folder, 0700), 0);
}

static void a_size_that_cannot_be_read_is_refused(void **state)
{
	(void)state;
	start();
	assert_int_equal(backup_make(backup, &die, 0), ENGINE_ERR_BACKUP);
	assert_contains(fake_host.last[MESSAGE_ERROR], "how large");
	assert_contains(fake_host.last[MESSAGE_ERROR], "-r");
	assert_int_equal(backup_make(backup, &die, 32 << 20), ENGINE_ERR_BACKUP);
	assert_contains(fake_host.last[MESSAGE_ERROR], "32 MiB");
	assert_contains(fake_host.last[MESSAGE_ERROR], "-r");
	assert_int_equal(die.n_reads, 0);
	assert_int_equal(count_files(), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(commands_that_change_the_content_are_known),
		TEST(other_commands_are_not),
		TEST(a_folder_that_will_not_do_is_refused_with_the_reason),
		TEST(a_backup_is_the_content_of_the_die),
		TEST(it_is_named_after_die_and_time_in_one_sentence),
		TEST(it_is_read_twice),
		TEST(a_byte_that_reads_differently_is_named),
		TEST(an_error_of_the_die_comes_back_as_it_is),
		TEST(ctrl_c_ends_it_before_the_next_read),
		TEST(after_ctrl_c_none_is_begun),
		TEST(a_folder_that_has_gone_is_an_error),
		TEST(a_size_that_cannot_be_read_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
