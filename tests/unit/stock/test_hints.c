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
	run = (struct hints_run){ .argv = line, .args = &args, .found = &found, .seen = &seen };
	return 0;
}

static void type(const char *const *argv)
{
	for (run.argc = 0; argv[run.argc]; run.argc++) {
		assert_true(run.argc < MAX_ARGS);
		line[run.argc] = (char *)(uintptr_t)argv[run.argc];
	}
	line[run.argc] = NULL;
	flashrom_args_read(run.argc, line, &args);
}

static void say(void *arg, enum message_level level, const char *text)
{
	(void)arg;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s%s\n",
		 level == MESSAGE_ERROR ? "E " : "", text);
}

static const char *hints(void)
{
	said[0] = '\0';
	hints_give(&run, say, NULL);
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

static void each_fitting_name_makes_a_command_line(void **state)
{
	(void)state;
	TYPE("flashrom", "-p", "ch341a_beken:leave=keep", "-r", "x");
	add_name("W25Q32FV");
	add_name("GD25Q16(B)");
	seen.jedec_id = 0xef4016;
	run.status = 1;
	assert_contains(hints(), "flashrom knows 2 kinds of flash with this ID (EF4016)");
	assert_contains(said, "\n    flashrom -p ch341a_beken:leave=keep -c W25Q32FV -r x\n"
			      "    flashrom -p ch341a_beken:leave=keep -c 'GD25Q16(B)' -r x\n");
	TYPE("flashrom", "prog", "-r", "x");
	assert_contains(hints(), "\n    flashrom prog -c W25Q32FV -r x\n");
	TYPE("flashrom");
	assert_contains(hints(), "\n    flashrom -c W25Q32FV\n");
}

static void the_name_from_our_table_comes_first(void **state)
{
	(void)state;
	TYPE("flashrom", "-E");
	found.is_flashprog = true;
	add_name("XT25F32F");
	add_name("XT25F32B");
	seen.jedec_id = 0x0b4016;
	run.status = 1;
	assert_contains(hints(), "flashprog knows 2");
	assert_contains(said, "    flashrom -c XT25F32B -E\n    flashrom -c XT25F32F -E\n");
}

static void names_are_quoted_for_a_shell(void **state)
{
	(void)state;
	TYPE("/opt/my tools/flashrom", "-r", "it's", "-o", "", "-c$HOME");
	add_name("A");
	add_name("B");
	assert_contains(hints(), "    '/opt/my tools/flashrom' -c A -r 'it'\\''s' -o '' '-c$HOME'\n");
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

static void flashprog_writes_a_region_from_a_whole_file(void **state)
{
	(void)state;
	TYPE("flashrom", "-l", layout, "-i", "app:new app.bin", "-N", "-w", "full.bin");
	found.is_flashprog = found.invalid_region = true;
	run.status = 1;
	assert_contains(hints(), "flashprog has no -i REGION:FILE");
	assert_contains(said, "\n    cp backup.bin whole.bin\n"
			      "    dd if='new app.bin' of=whole.bin bs=4096 seek=17 count=289 conv=notrunc\n"
			      "    flashrom -l /tmp/test_hints.");
	assert_contains(said, " -i app -N -w whole.bin\n");
	/* The same where it has not come so far, for want of a file behind -w. */
	TYPE("flashrom", "-l", layout, "-iodd:o.bin", "-N", "-w");
	found.invalid_region = seen.started = false;
	assert_contains(hints(), "    dd if=o.bin of=whole.bin bs=1 seek=1966083 count=4093 conv=notrunc\n");
	assert_contains(said, " -iodd -N -w whole.bin\n");
}

static void flashprog_reads_a_region_through_a_whole_file(void **state)
{
	(void)state;
	TYPE("flashrom", "-l", layout, "--include=boot:b.bin", "-r", "full.bin");
	found.is_flashprog = found.invalid_region = true;
	run.status = 1;
	assert_contains(hints(), "--include=boot -r full.bin\n"
				 "    dd if=full.bin of=b.bin bs=4096 count=17\n");
	TYPE("flashrom", "-x", "-l", layout, "-i", "boot:b.bin");
	found.invalid_region = seen.started = false;
	assert_contains(hints(), "flashprog has no -x");
	assert_contains(said, "\n    flashrom -r whole.bin -l /tmp/test_hints.");
	assert_contains(said, " -i boot\n    dd if=whole.bin of=b.bin bs=4096 count=17\n");
}

static void an_unknown_region_makes_no_dd(void **state)
{
	(void)state;
	TYPE("flashrom", "-l", layout, "-i", "nothing:x", "-w", "full.bin");
	found.is_flashprog = found.invalid_region = true;
	run.status = 1;
	assert_lacks(hints(), "dd if");
	assert_contains(said, "-i nothing -w whole.bin\n");
}

static void older_flashrom_wants_a_whole_file_as_well(void **state)
{
	(void)state;
	TYPE("flashrom", "-l", layout, "-i", "app:a.bin", "-N", "-w");
	seen.started = false;
	run.status = 1;
	assert_contains(hints(), "wants a file behind -w also with -i REGION:FILE");
	assert_contains(said, " -i app:a.bin -N -w backup.bin\n");
	TYPE("flashrom", "-l", layout, "-i", "app:a.bin", "-r");
	assert_contains(hints(), " -i app:a.bin -r whole.bin\n");
	/* It had its file, so it was something else. */
	TYPE("flashrom", "-l", layout, "-i", "app:a.bin", "-N", "-w", "b.bin");
	assert_string_equal(hints(), "");
	/* No file for a region, so it was something else. */
	TYPE("flashrom", "-l", layout, "-i", "app", "-w");
	assert_string_equal(hints(), "");
}

static void write_protection_of_flashprog_is_a_command(void **state)
{
	(void)state;
	TYPE("flashrom", "-p", "ch341a_beken:unprotect=no", "--wp-status", "-c", "x");
	found.is_flashprog = true;
	seen.started = false;
	run.status = 1;
	assert_contains(hints(), "\n    flashrom wp status -p ch341a_beken:unprotect=no -c x\n");
	TYPE("flashrom", "--wp-range=0,0x1000");
	assert_contains(hints(), "\n    flashrom wp range 0,0x1000\n");
	TYPE("flashrom", "--wp-range", "0,0x1000");
	assert_contains(hints(), "\n    flashrom wp range 0,0x1000\n");
	TYPE("flashrom", "--wp-range=0,0", "--wp-enable");
	assert_contains(hints(), "wp --help");
	assert_lacks(said, "    flashrom");
	found.is_flashprog = false;
	assert_string_equal(hints(), "");
}

/* A file that flashrom has refused, beside the layout. */
static const char *refused_file(const void *data, size_t n)
{
	static char path[sizeof(layout) + 8];
	FILE *file;

	snprintf(path, sizeof(path), "%s.bin", layout);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
	found.size = found.wanted_size = 2 << 20;
	found.refused_size = n;
	run.status = 1;
	return path;
}

static void a_small_file_without_a_place_is_explained(void **state)
{
	const char *path = refused_file("noise", 5);

	(void)state;
	TYPE("flashrom", "-w", path);
	assert_contains(hints(), "flashrom takes only a file as large as the flash, 2097152 bytes. /tmp/");
	assert_contains(said, ".bin has 5.\nNothing in it says where");
	assert_lacks(said, "    ");
	found.is_flashprog = true;
	assert_contains(hints(), "flashprog takes only");
	/* It was something else. */
	found.wanted_size = 0;
	assert_string_equal(hints(), "");
	unlink(path);
}

static void a_small_file_is_compared_from_the_start(void **state)
{
	const char *path = refused_file("noise", 5);
	char expected[512];
	const int stem = (int)strlen(path) - 4;

	(void)state;
	TYPE("flashrom", "-l", layout, "-v", path);
	snprintf(expected, sizeof(expected),
		 "\n    cat %s >%.*s.whole.bin\n    truncate -s 2097152 %.*s.whole.bin\n"
		 "    echo 00000000:00000004 image >%.*s.layout\n"
		 "    flashrom -l %.*s.layout -i image -v %.*s.whole.bin\n",
		 path, stem, path, stem, path, stem, path, stem, path, stem, path);
	assert_contains(hints(), expected);
	unlink(path);
}

static void flashprog_reads_before_it_writes_part_of_a_page(void **state)
{
	const char *path = refused_file("noise", 5);
	char expected[512];
	const int stem = (int)strlen(path) - 4;

	(void)state;
	found.is_flashprog = true;
	TYPE("flashrom", "-l", layout, "-Vi", "boot", "-Nw", path);
	snprintf(expected, sizeof(expected),
		 "\n    flashrom -V -Nr %.*s.whole.bin\n"
		 "    dd if=%s of=%.*s.whole.bin bs=4096 conv=notrunc\n"
		 "    echo 00000000:00000fff boot >%.*s.layout\n"
		 "    flashrom -l %.*s.layout -Vi boot -Nw %.*s.whole.bin\n",
		 stem, path, path, stem, path, stem, path, stem, path, stem, path);
	assert_contains(hints(), expected);
	TYPE("flashrom", "prog", "--layout", layout, "--image=boot", "-w", path);
	assert_contains(hints(), "    flashrom prog -r /tmp/test_hints.");
	unlink(path);
}

static void what_came_through_a_pipe_is_wanted_in_a_file(void **state)
{
	(void)state;
	TYPE("flashrom", "-w", "-");
	found.size = found.wanted_size = 65536;
	found.refused_size = 7;
	run.status = 1;
	assert_contains(hints(), "What came here has 7.");
}

static void another_flash_is_not_taken_for_this_one(void **state)
{
	const char *path = refused_file("noise", 5);

	(void)state;
	found.wanted_size = 0;
	run.status = 0;
	TYPE("flashrom", "-fVc", "X", "-r", path);
	assert_contains(hints(), "as a flash of 5 bytes, but this one (EN25QH16B, ID 1C7015) has 2097152");
	assert_contains(said, "its end is missing");
	assert_contains(said, "\n    flashrom -V -r /tmp/test_hints.");
	TYPE("flashrom", "-r", path);
	assert_contains(hints(), "Please report");
	/* It read nothing, or we do not know it better. */
	seen.jedec_id = 0x123456;
	assert_string_equal(hints(), "");
	unlink(path);
}

static void many_and_long_arguments_are_cut_but_do_no_harm(void **state)
{
	static char word[6000], include[600];

	(void)state;
	memset(word, 'w', sizeof(word) - 1);
	memset(include, 'i', sizeof(include) - 1);
	include[300] = ':';
	TYPE("flashrom", word, "-i", include, "-l", layout, "-r", word);
	found.is_flashprog = found.invalid_region = true;
	run.status = 1;
	hints();
	add_name("A");
	add_name("B");
	hints();
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_run_that_went_well_is_not_commented),
		TEST(each_fitting_name_makes_a_command_line),
		TEST(the_name_from_our_table_comes_first),
		TEST(names_are_quoted_for_a_shell),
		TEST(an_unknown_flash_is_told_with_its_id),
		TEST(reading_nothing_is_no_success),
		TEST(what_is_content_is_known_by_opcode_or_length),
		TEST(flashprog_writes_a_region_from_a_whole_file),
		TEST(flashprog_reads_a_region_through_a_whole_file),
		TEST(an_unknown_region_makes_no_dd),
		TEST(older_flashrom_wants_a_whole_file_as_well),
		TEST(write_protection_of_flashprog_is_a_command),
		TEST(a_small_file_without_a_place_is_explained),
		TEST(a_small_file_is_compared_from_the_start),
		TEST(flashprog_reads_before_it_writes_part_of_a_page),
		TEST(what_came_through_a_pipe_is_wanted_in_a_file),
		TEST(another_flash_is_not_taken_for_this_one),
		TEST(many_and_long_arguments_are_cut_but_do_no_harm),
	};

	return cmocka_run_group_tests(tests, make_layout, remove_layout);
}
