/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup.h"
#include "backup_record.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_frontend.h"
#include "image_crc.h"
#include "unit.h"

#define PIECE 65518u
#define MAX_SIZE (3 * PIECE + 4150)
#define JEDEC_ID 0x1c7015

/* ---- a die that can be read ---- */

static struct session {
	uint8_t content[MAX_SIZE];
	uint32_t size;
	unsigned int n_reads;
	/* At this read (counted from 1): an error, Ctrl-C, or one byte that is
	 * another one. */
	unsigned int fail_at, interrupt_at, change_at;
	uint32_t changed_address;
	uint64_t told_size;
	int size_error, open_error;
	unsigned int n_open;
	uint64_t done; /* as was told before the last read */
	session_first_change_fn *first_change;
	void *first_change_arg;
} die;
static struct params parameters;

static const struct nor_facts facts = { .jedec_id = JEDEC_ID };

const struct nor_facts *session_flash(const struct session *session)
{
	assert_ptr_equal(session, &die);
	return &facts;
}

int session_size(struct session *session, uint64_t *size)
{
	assert_ptr_equal(session, &die);
	*size = session->told_size;
	return session->size_error;
}

static bool on_record; /* the die as it is */

bool backup_record_has(const uint8_t *data, size_t n, char *path, size_t path_size)
{
	if (!on_record || n != die.size || memcmp(data, die.content, n) != 0)
		return false;
	snprintf(path, path_size, "/old/backup.bin");
	return true;
}

int session_open(const struct frontend *frontend, const struct params *params, struct session **session)
{
	assert_ptr_equal(frontend, &fake_frontend_as_frontend);
	assert_ptr_equal(params, &parameters);
	if (die.open_error)
		return die.open_error;
	die.n_open++;
	*session = &die;
	return BEKEN_OK;
}

int session_close(struct session *session)
{
	assert_ptr_equal(session, &die);
	die.n_open--;
	return BEKEN_OK;
}

void session_on_first_change(struct session *session, session_first_change_fn *call, void *arg)
{
	assert_ptr_equal(session, &die);
	die.first_change = call;
	die.first_change_arg = arg;
}

int session_read(struct session *session, uint32_t address, uint8_t *data, size_t n)
{
	assert_ptr_equal(session, &die);
	assert_true(fake_frontend.holds_signals);
	assert_in_range(n, 1, PIECE);
	assert_in_range(address + n, n, die.size);
	die.n_reads++;
	die.done = fake_frontend.done;
	if (die.n_reads == die.fail_at)
		return BEKEN_ERR_GONE;
	if (die.n_reads == die.interrupt_at)
		fake_frontend.interrupts++;
	memcpy(data, die.content + address, n);
	if (die.n_reads == die.change_at)
		data[die.changed_address - address] ^= 0x10;
	return BEKEN_OK;
}

/* ---- help ---- */

static char folder[64];
static struct backup *backup;

static void set_size(uint32_t size)
{
	uint32_t random = 1;

	die.size = size;
	die.told_size = size;
	for (uint32_t i = 0; i < size; i++) {
		random = random * 1664525 + 1013904223;
		die.content[i] = random >> 24;
	}
}

static int set_up(void **state)
{
	(void)state;
	fake_frontend_reset();
	memset(&die, 0, sizeof(die));
	set_size(MAX_SIZE);
	on_record = false;
	backup = NULL;
	strcpy(folder, "/tmp/test_backup.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static void start(void)
{
	const unsigned int n_reads = die.n_reads;
	struct session *session;

	strcpy(parameters.backup, folder);
	assert_int_equal(backup_open_session(&fake_frontend_as_frontend, &parameters, &session, &backup),
			 BEKEN_OK);
	assert_ptr_equal(session, &die);
	assert_null(backup_path(backup));
	assert_non_null(die.first_change);
	assert_int_equal(die.n_reads, n_reads);
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
	const int error = die.first_change(die.first_change_arg);

	assert_false(fake_frontend.holds_signals);
	return error;
}

static void assert_fails(int expected)
{
	assert_int_equal(make(), expected);
	assert_null(backup_path(backup));
	assert_int_equal(count_files(), 0);
	assert_true(!fake_frontend.done || fake_frontend.done < fake_frontend.total);
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

/* ---- the folder ---- */

static void assert_folder_refused(const char *path, const char *words)
{
	struct backup *none = NULL;
	struct session *session;

	strcpy(parameters.backup, path);
	assert_int_equal(backup_open_session(&fake_frontend_as_frontend, &parameters, &session, &none),
			 BEKEN_ERR_PARAMETER);
	assert_null(none);
	assert_int_equal(die.n_open, 0);
	assert_contains(fake_frontend.last[MESSAGE_ERROR], path);
	assert_contains(fake_frontend.last[MESSAGE_ERROR], words);
}

static void a_folder_that_will_not_do_is_refused_with_the_reason(void **state)
{
	(void)state;
	assert_folder_refused("/nonexistent/folder", "No such file");
	assert_lacks(fake_frontend.last[MESSAGE_ERROR], "$HOME");
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
		fake_frontend_reset();
		set_size(sizes[i]);
		start();
		assert_int_equal(make(), BEKEN_OK);
		assert_is_the_die(backup_path(backup));
		assert_int_equal(count_files(), 1);
		assert_int_equal(fake_frontend.done, 2 * sizes[i]);
		assert_int_equal(fake_frontend.total, 2 * sizes[i]);
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
	assert_int_equal(make(), BEKEN_OK);
	assert_int_equal(strncmp(backup_path(backup), folder, strlen(folder)), 0);
	name = backup_path(backup) + strlen(folder);
	assert_int_equal(strncmp(name, "/ch341a_beken-1C7015-20", 23), 0);
	assert_int_equal(strlen(name), strlen("/ch341a_beken-1C7015-20261122-223000.bin"));
	assert_string_equal(name + strlen(name) - 4, ".bin");
	assert_int_equal(fake_frontend.n_messages[MESSAGE_INFO], 2);
	assert_contains(fake_frontend.last[MESSAGE_INFO], backup_path(backup));
}

static void it_is_read_twice(void **state)
{
	(void)state;
	start();
	assert_int_equal(make(), BEKEN_OK);
	assert_int_equal(die.n_reads, 2 * 4);
}

static void what_is_on_record_is_read_once_and_named(void **state)
{
	(void)state;
	on_record = true;
	start();
	backup_only_if_new(backup);
	assert_int_equal(make(), BEKEN_OK);
	assert_int_equal(die.n_reads, 4);
	assert_null(backup_path(backup));
	assert_int_equal(count_files(), 0);
	assert_contains(fake_frontend.last[MESSAGE_INFO], "/old/backup.bin");
}

static void else_a_backup_is_made_also_of_what_is_on_record(void **state)
{
	(void)state;
	on_record = true;
	start();
	assert_int_equal(make(), BEKEN_OK);
	assert_is_the_die(backup_path(backup));
}

static void what_is_not_on_record_is_backed_up(void **state)
{
	(void)state;
	start();
	backup_only_if_new(backup);
	assert_int_equal(make(), BEKEN_OK);
	assert_int_equal(die.n_reads, 2 * 4);
	assert_is_the_die(backup_path(backup));
}

/* Blocks with right CRCs from address 0 on. */
static void put_code(uint32_t size)
{
	for (uint32_t at = 0; at + IMAGE_BLOCK_SIZE <= size; at += IMAGE_BLOCK_SIZE) {
		const uint16_t crc = image_crc16(die.content + at, IMAGE_BLOCK_DATA);

		die.content[at + IMAGE_BLOCK_DATA] = (uint8_t)(crc >> 8);
		die.content[at + IMAGE_BLOCK_DATA + 1] = (uint8_t)crc;
	}
}

static void note_read(uint32_t n)
{
	static uint8_t in[MAX_SIZE];
	const struct nor_command command = {
		.kind = NOR_KIND_READ,
		.address_bytes = 3,
		.in = in,
		.in_length = n,
	};

	memcpy(in, die.content, n);
	if (die.change_at == 0 && die.changed_address)
		in[die.changed_address] ^= 1;
	backup_note(backup, &command);
}

static void code_is_read_once(void **state)
{
	(void)state;
	put_code(2 * PIECE);
	start();
	assert_int_equal(make(), BEKEN_OK);
	assert_is_the_die(backup_path(backup));
	assert_int_equal(die.n_reads, 4 + 2);
	assert_int_equal(fake_frontend.total, 2 * MAX_SIZE);
	assert_int_equal(die.done, fake_frontend.total - MAX_SIZE % PIECE);
	assert_int_equal(fake_frontend.done, fake_frontend.total);
}

static void what_a_program_has_read_is_not_read_once_more(void **state)
{
	(void)state;
	put_code(2 * PIECE);
	start();
	note_read(MAX_SIZE);
	assert_int_equal(make(), BEKEN_OK);
	assert_is_the_die(backup_path(backup));
	assert_int_equal(die.n_reads, 2);
	assert_int_equal(fake_frontend.total, MAX_SIZE - 2 * PIECE);
	/* Neither later. */
	note_read(MAX_SIZE);
}

static void code_that_a_program_has_read_wrong_is_right_in_the_backup(void **state)
{
	(void)state;
	put_code(2 * PIECE);
	die.changed_address = PIECE + 100;
	start();
	note_read(MAX_SIZE);
	assert_int_equal(make(), BEKEN_OK);
	assert_is_the_die(backup_path(backup));
	assert_int_equal(die.n_reads, 3);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_WARNING], 1);
	assert_contains(fake_frontend.last[MESSAGE_WARNING], ": 1, the first at 0x010032");
}

static void the_time_is_told_as_far_as_it_is_known(void **state)
{
	(void)state;
	start();
	fake_frontend.interrupts = 1;
	assert_fails(BEKEN_ERR_INTERRUPTED);
	assert_contains(fake_frontend.last[MESSAGE_INFO], "takes 2 to 4 s");
	backup_free(backup);
	start();
	fake_frontend.interrupts = 0;
	note_read(MAX_SIZE);
	fake_frontend.interrupts = 1;
	assert_fails(BEKEN_ERR_INTERRUPTED);
	assert_contains(fake_frontend.last[MESSAGE_INFO], "takes about 2 s");
}

/* ---- not good ---- */

static void a_byte_that_reads_differently_is_named(void **state)
{
	static const struct {
		unsigned int read;
		uint32_t address;
		const char *words;
	} changes[] = {
		{ 1, 0, "0x000000" }, { 5, 0, "0x000000" }, { 6, PIECE + 0x123, "0x010111" },
		{ 8, MAX_SIZE - 1, "0x030FFF" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(changes); i++) {
		fake_frontend_reset();
		die.n_reads = 0;
		die.change_at = changes[i].read;
		die.changed_address = changes[i].address;
		start();
		assert_fails(BEKEN_ERR_BACKUP);
		assert_contains(fake_frontend.last[MESSAGE_ERROR], changes[i].words);
		assert_contains(fake_frontend.last[MESSAGE_ERROR], "supply");
		assert_contains(fake_frontend.last[MESSAGE_ERROR], "wires");
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
		fake_frontend_reset();
		start();
		assert_fails(BEKEN_ERR_GONE);
		/* The session says it. */
		assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 0);
		backup_free(backup);
	}
	backup = NULL;
}

static void ctrl_c_ends_it_before_the_next_read(void **state)
{
	(void)state;
	for (unsigned int at = 1; at <= 8; at++) {
		fake_frontend_reset();
		die.n_reads = 0;
		die.interrupt_at = at;
		start();
		assert_fails(BEKEN_ERR_INTERRUPTED);
		assert_int_equal(die.n_reads, at);
		backup_free(backup);
	}
	backup = NULL;
}

static void after_ctrl_c_none_is_begun(void **state)
{
	(void)state;
	start();
	fake_frontend.interrupts = 1;
	assert_fails(BEKEN_ERR_INTERRUPTED);
	assert_int_equal(die.n_reads, 0);
}

static void a_folder_that_has_gone_is_an_error(void **state)
{
	(void)state;
	start();
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(make(), BEKEN_ERR_BACKUP);
	assert_contains(fake_frontend.last[MESSAGE_ERROR], "No such file");
	assert_contains(fake_frontend.last[MESSAGE_ERROR], "not changed");
	assert_int_equal(die.n_reads, 0);
	assert_int_equal(mkdir(folder, 0700), 0);
}

static void assert_size_refused(uint64_t size, const char *words)
{
	die.told_size = size;
	start();
	assert_int_equal(make(), BEKEN_ERR_BACKUP);
	assert_contains(fake_frontend.last[MESSAGE_ERROR], words);
	assert_contains(fake_frontend.last[MESSAGE_ERROR], "-r");
	assert_int_equal(die.n_reads, 0);
	assert_int_equal(count_files(), 0);
	backup_free(backup);
	backup = NULL;
}

static void a_size_that_cannot_be_read_is_refused(void **state)
{
	(void)state;
	assert_size_refused(0, "how large");
	assert_size_refused(32 << 20, "32 MiB");
}

/* ---- the session ---- */

static void without_a_folder_nothing_waits_for_a_change(void **state)
{
	struct session *session;

	(void)state;
	parameters.backup[0] = '\0';
	assert_int_equal(backup_open_session(&fake_frontend_as_frontend, &parameters, &session, &backup),
			 BEKEN_OK);
	assert_null(backup);
	assert_null(die.first_change);
	assert_int_equal(die.n_open, 1);
}

static void nothing_is_left_where_the_start_fails(void **state)
{
	struct session *session;

	(void)state;
	strcpy(parameters.backup, folder);
	die.open_error = BEKEN_ERR_NO_CHIP;
	assert_int_equal(backup_open_session(&fake_frontend_as_frontend, &parameters, &session, &backup),
			 BEKEN_ERR_NO_CHIP);
	assert_null(backup);
	assert_null(session);
	die.open_error = BEKEN_OK;
	die.size_error = BEKEN_ERR_GONE;
	assert_int_equal(backup_open_session(&fake_frontend_as_frontend, &parameters, &session, &backup),
			 BEKEN_ERR_GONE);
	assert_null(backup);
	assert_null(session);
	assert_int_equal(die.n_open, 0);
	assert_null(die.first_change);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_folder_that_will_not_do_is_refused_with_the_reason),
		TEST(a_backup_is_the_content_of_the_die),
		TEST(it_is_named_after_die_and_time_in_one_sentence),
		TEST(it_is_read_twice),
		TEST(what_is_on_record_is_read_once_and_named),
		TEST(else_a_backup_is_made_also_of_what_is_on_record),
		TEST(what_is_not_on_record_is_backed_up),
		TEST(code_is_read_once),
		TEST(what_a_program_has_read_is_not_read_once_more),
		TEST(code_that_a_program_has_read_wrong_is_right_in_the_backup),
		TEST(the_time_is_told_as_far_as_it_is_known),
		TEST(a_byte_that_reads_differently_is_named),
		TEST(an_error_of_the_die_comes_back_as_it_is),
		TEST(ctrl_c_ends_it_before_the_next_read),
		TEST(after_ctrl_c_none_is_begun),
		TEST(a_folder_that_has_gone_is_an_error),
		TEST(a_size_that_cannot_be_read_is_refused),
		TEST(without_a_folder_nothing_waits_for_a_change),
		TEST(nothing_is_left_where_the_start_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
