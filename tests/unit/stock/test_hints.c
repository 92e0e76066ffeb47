/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hints.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

#define MAX_ARGS 16

/* A command line as the user has typed it. */
#define TYPE(...) type((const char *[]){ __VA_ARGS__, NULL })
#define GENERIC "unknown SPI chip (RDID)"

static char *line[MAX_ARGS + 1];
static struct flashrom_args args;
static struct flashrom_findings found;
static struct hints_seen seen;
static struct hints_run run;
static char said[4096];
static char layout[] = "/tmp/test_hints.XXXXXX";

static int make_layout(void **state)
{
	static const char text[] = "0:10fff boot\n11000:131fff app\n1e0003:1e0fff odd\n";
	const int fd = mkstemp(layout);

	(void)state;
	return fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd);
}

static int remove_layout(void **state)
{
	(void)state;
	return unlink(layout);
}

/* Of a flashrom that has probed, read and ended well. */
static int set_up(void **state)
{
	(void)state;
	memset(&found, 0, sizeof(found));
	strcpy(found.name, "EN25QH16");
	seen = (struct hints_seen){ .started = true, .jedec_id = 0x1c7015, .bytes_read = 4096 };
	run = (struct hints_run){ .args = &args, .found = &found, .seen = &seen };
	return 0;
}

static void type(const char *const *argv)
{
	int n = 0;

	for (; argv[n]; n++) {
		assert_true(n < MAX_ARGS);
		line[n] = (char *)(uintptr_t)argv[n];
	}
	line[n] = NULL;
	flashrom_args_read(n, line, &args);
}

static void say(void *arg, enum message_level level, const char *text)
{
	(void)arg;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s%s\n",
		 level == MESSAGE_ERROR ? "E " : "", text);
}

static const char *hints(void)
{
	static const struct frontend frontend = { .message = say };

	said[0] = '\0';
	run.frontend = &frontend;
	hints_give(&run);
	return said;
}

static void add_name(const char *name)
{
	strcpy(found.names[found.n_names++], name);
}

static void a_run_that_went_well_is_not_commented(void **state)
{
	(void)state;
	TYPE("flashrom", "-r", "x");
	assert_string_equal(hints(), "");
	assert_int_equal(hints_status(&run), 0);
}

static const char *name_of(uint32_t jedec_id)
{
	return hints_name_of_flash(&found, jedec_id);
}

static void the_first_of_several_names_is_taken(void **state)
{
	(void)state;
	add_name("W25Q32FV");
	add_name("GD25Q16(B)");
	assert_string_equal(name_of(0x123456), "W25Q32FV");
}

static void the_name_from_our_table_is_taken_before_others(void **state)
{
	(void)state;
	add_name("XT25F32F");
	add_name("XT25F32B");
	assert_string_equal(name_of(0x0b4016), "XT25F32B");
	/* It is not among them. */
	assert_string_equal(name_of(0xef4016), "XT25F32F");
}

static void one_name_is_flashrom_s_own_choice(void **state)
{
	(void)state;
	assert_null(name_of(0x0b4016));
	add_name("XT25F32B");
	assert_null(name_of(0x0b4016));
}

static void an_unknown_flash_is_told_with_its_id(void **state)
{
	(void)state;
	TYPE("flashrom", "-r", "x");
	strcpy(found.name, GENERIC);
	seen.jedec_id = 0xaa6015;
	seen.bytes_read = 0;
	run.status = 1;
	assert_contains(hints(), "E Neither flashrom nor this programmer knows a flash with the ID AA6015");
	assert_int_equal(hints_status(&run), 1);
	/* Probing alone has not failed. */
	TYPE("flashrom");
	run.status = 0;
	assert_lacks(hints(), "E ");
	assert_contains(said, "AA6015");
	assert_int_equal(hints_status(&run), 0);
}

static void reading_nothing_is_no_success(void **state)
{
	static const char *const operations[] = { "-r", "-v", "-x", "--read" };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(operations); i++) {
		TYPE("flashrom", operations[i], "x");
		seen.bytes_read = 0;
		run.status = 0;
		assert_int_equal(hints_status(&run), 1);
		assert_contains(hints(), "E flashrom has ended as if all were well");
		run.status = 253;
		assert_int_equal(hints_status(&run), 253);
		assert_lacks(hints(), "as if all were well");
		seen.bytes_read = 1;
		run.status = 0;
		assert_int_equal(hints_status(&run), 0);
	}
	seen.bytes_read = 0;
	TYPE("flashrom", "-w", "x");
	assert_int_equal(hints_status(&run), 0);
	/* Not a flashrom at all. */
	TYPE("flashrom", "-r", "x");
	seen.started = false;
	assert_int_equal(hints_status(&run), 0);
}

static void note_answer(uint8_t opcode, uint8_t *answer, size_t n)
{
	const uint8_t out[4] = { opcode };
	bool four_bytes = false;
	const struct nor_command command = nor_command_decode(out, n ? 4 : 1, answer, n, &four_bytes);

	hints_note_answer(&seen, &command);
}

static void what_is_content_is_known_by_opcode_or_length(void **state)
{
	static uint8_t data[64] = { 0x1c, 0x70, 0x15 };

	(void)state;
	memset(&seen, 0, sizeof(seen));
	note_answer(0x9f, data, 6);
	note_answer(0x5a, data, 64);
	note_answer(0x05, data, 2);
	note_answer(0x06, data, 0);
	assert_int_equal(seen.bytes_read, 0);
	assert_int_equal(seen.jedec_id, 0x1c7015);
	note_answer(0x9f, data + 3, 2);
	assert_int_equal(seen.jedec_id, 0x1c7015);
	note_answer(0x03, data, 1);
	note_answer(0x0b, data, 2);
	note_answer(0x0c, data, 4);
	note_answer(0x13, data, 8);
	assert_int_equal(seen.bytes_read, 15);
	note_answer(0xe8, data, 64);	/* AT45 */
	assert_int_equal(seen.bytes_read, 79);
}

static void a_region_with_a_file_of_its_own_is_not_taken_by_all(void **state)
{
	(void)state;
	TYPE("flashrom", "-l", layout, "-i", "app:new app.bin", "-N", "-w", "full.bin");
	found.is_flashprog = found.invalid_region = true;
	run.status = 1;
	assert_contains(hints(), "Not every release of flashprog takes -i REGION:FILE");
	assert_contains(said, "without a file behind -w");
	/* It has not come so far, for want of a file behind -r. */
	TYPE("flashrom", "-l", layout, "-i", "app:a.bin", "-r");
	found.is_flashprog = found.invalid_region = seen.started = false;
	assert_contains(hints(), "Not every release of flashrom takes -i REGION:FILE");
	assert_contains(said, "without a file behind -r");
	TYPE("flashrom", "-x", "-l", layout, "-i", "boot");
	assert_contains(hints(), "-x");
}

static void another_reason_is_not_taken_for_a_region_s_file(void **state)
{
	(void)state;
	run.status = 1;
	/* It had started, so it was something else. */
	TYPE("flashrom", "-l", layout, "-i", "app:a.bin", "-N", "-w", "b.bin");
	assert_string_equal(hints(), "");
	/* No file for a region. */
	seen.started = false;
	TYPE("flashrom", "-l", layout, "-i", "app", "-w");
	assert_string_equal(hints(), "");
	TYPE("flashrom", "-w", "x");
	assert_string_equal(hints(), "");
	/* It went well. */
	run.status = 0;
	TYPE("flashrom", "-l", layout, "-i", "app:a.bin", "-w");
	assert_string_equal(hints(), "");
}

static void write_protection_of_flashprog_is_a_command(void **state)
{
	(void)state;
	TYPE("flashrom", "-p", "ch341a_beken:unprotect=no", "--wp-status", "-c", "x");
	found.is_flashprog = true;
	seen.started = false;
	run.status = 1;
	assert_contains(hints(), "flashprog wp status.");
	TYPE("flashrom", "--wp-range=0,0x1000");
	assert_contains(hints(), "flashprog wp range.");
	assert_contains(said, "wp --help");
	found.is_flashprog = false;
	assert_string_equal(hints(), "");
}

static void a_flashrom_in_a_sandbox_is_shut_out(void **state)
{
	(void)state;
	TYPE("flashrom", "-r", "x");
	found.cannot_connect = true;
	seen.started = false;
	run.status = 1;
	assert_contains(hints(), "E flashrom cannot open what this programmer gives it");
	found.is_flashprog = true;
	assert_contains(hints(), "E flashprog cannot open");
	seen.started = true;
	assert_string_equal(hints(), "");
}

/* A file that flashrom has read the flash into, beside the layout. */
static const char *file_with(const void *data, size_t n)
{
	static char path[sizeof(layout) + 8];
	FILE *file;

	snprintf(path, sizeof(path), "%s.bin", layout);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
	return path;
}

static void a_file_that_got_no_room_is_no_backup(void **state)
{
	const char *path = file_with("noise", 5);
	char app[64];

	(void)state;
	found.size = 2 << 20;
	found.write_failed = true;
	run.status = 1;
	TYPE("flashrom", "-r", path);
	assert_contains(hints(), "E flashrom could not write all 2097152 bytes to /tmp/");
	/* Of a region as many bytes as it has. */
	snprintf(app, sizeof(app), "odd:%s", path);
	TYPE("flashrom", "-l", layout, "-i", app, "-r");
	assert_contains(hints(), "could not write all 4093 bytes to");
	/* It was something else. */
	found.write_failed = false;
	assert_string_equal(hints(), "");
	found.write_failed = true;
	found.size = 5;
	TYPE("flashrom", "-r", path);
	assert_string_equal(hints(), "");
	unlink(path);
}

static void another_flash_is_not_taken_for_this_one(void **state)
{
	const char *path = file_with("noise", 5);

	(void)state;
	TYPE("flashrom", "-fVc", "X", "-r", path);
	assert_contains(hints(), "as a flash of 5 bytes, but this one (EN25QH16B, ID 1C7015) has 2097152");
	assert_contains(said, "its end is missing");
	assert_contains(said, "Leave -c and -f out");
	TYPE("flashrom", "-r", path);
	assert_contains(hints(), "Please report");
	/* We do not know it better. */
	seen.jedec_id = 0x123456;
	assert_string_equal(hints(), "");
	seen.jedec_id = 0x1c7015;
	assert_contains(hints(), "Please report");
	/* Nothing was read. */
	seen.bytes_read = 0;
	assert_lacks(hints(), "as a flash of");
	unlink(path);
}

static void a_file_that_repeats_the_flash_has_it_at_its_start(void **state)
{
	static uint8_t data[4 << 20];
	const char *path;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i % (2 << 20) >> 9);
	path = file_with(data, sizeof(data));
	TYPE("flashrom", "-r", path);
	assert_contains(hints(), "it repeats itself");
	assert_contains(said, "its first 2097152 bytes");
	data[sizeof(data) - 1] ^= 1;
	file_with(data, sizeof(data));
	assert_contains(hints(), "it has more than the flash");
	/* As large as the flash. */
	file_with(data, sizeof(data) / 2);
	assert_string_equal(hints(), "");
	unlink(path);
}

static void long_arguments_do_no_harm(void **state)
{
	static char word[6000], include[600];

	(void)state;
	memset(word, 'w', sizeof(word) - 1);
	memset(include, 'i', sizeof(include) - 1);
	include[300] = ':';
	TYPE("flashrom", word, "-i", include, "-l", layout, "-r", word);
	found.is_flashprog = found.invalid_region = true;
	run.status = 1;
	assert_contains(hints(), "Not every release");
	found.invalid_region = false;
	found.write_failed = true;
	assert_string_equal(hints(), "");
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_run_that_went_well_is_not_commented),
		TEST(the_first_of_several_names_is_taken),
		TEST(the_name_from_our_table_is_taken_before_others),
		TEST(one_name_is_flashrom_s_own_choice),
		TEST(an_unknown_flash_is_told_with_its_id),
		TEST(reading_nothing_is_no_success),
		TEST(what_is_content_is_known_by_opcode_or_length),
		TEST(a_region_with_a_file_of_its_own_is_not_taken_by_all),
		TEST(another_reason_is_not_taken_for_a_region_s_file),
		TEST(write_protection_of_flashprog_is_a_command),
		TEST(a_flashrom_in_a_sandbox_is_shut_out),
		TEST(a_file_that_got_no_room_is_no_backup),
		TEST(another_flash_is_not_taken_for_this_one),
		TEST(a_file_that_repeats_the_flash_has_it_at_its_start),
		TEST(long_arguments_do_no_harm),
	};

	return cmocka_run_group_tests(tests, make_layout, remove_layout);
}
