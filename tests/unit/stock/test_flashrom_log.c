/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flashrom_log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory_file.h"
#include "unit.h"
#include "xorshift.h"

static struct flashrom_findings found;

static void read_bytes(const char *text, size_t n)
{
	char path[MEMORY_FILE_PATH_SIZE];
	const int log = memory_file_with("log", text, n, path);

	if (log < 0)
		skip();
	memset(&found, 0x5a, sizeof(found));
	flashrom_log_read(path, &found);
	close(log);
}

static void read_text(const char *text)
{
	read_bytes(text, strlen(text));
}

static void an_empty_log_has_nothing(void **state)
{
	(void)state;
	read_text("\n");
	assert_string_equal(found.name, "");
	assert_int_equal(found.n_names, 0);
	assert_false(found.is_flashprog);
	assert_false(found.invalid_region);
	assert_false(found.verified);
	assert_false(found.cannot_connect);
}

static void a_flash_is_found_with_its_size(void **state)
{
	(void)state;
	read_text("flashrom v1.8.0 on Linux\n"
		  "Probing for Eon EN25QH16, 2048 kB: compare_id: id1 0x1c, id2 0x7015\n"
		  "Found Eon flash chip \"EN25QH16\" (2048 kB, SPI) on serprog.\n");
	assert_string_equal(found.name, "EN25QH16");
	assert_int_equal(found.size, 2048 * 1024);
	assert_false(found.is_flashprog);
}

static void flashprog_uses_what_it_has_found(void **state)
{
	(void)state;
	read_text("flashprog v1.6 on Linux 6.1 (x86_64)\n"
		  "Using clock_gettime for delay loops (clk_id: 1, resolution: 1ns).\n"
		  "Using Winbond flash chip \"W25X05\" (64 kB, SPI) on serprog.\n"
		  "Using region: \"part\".\n");
	assert_true(found.is_flashprog);
	assert_string_equal(found.name, "W25X05");
	assert_int_equal(found.size, 64 * 1024);
}

static void all_fitting_names_are_listed(void **state)
{
	(void)state;
	read_text("Multiple flash chip definitions match the detected chip(s): \"W25Q32BV/W25Q32CV/W25Q32DV\", "
		  "\"W25Q32FV\", \"GD25Q16(B)\"\n"
		  "Please specify which chip definition to use with the -c <chipname> option.\n");
	assert_int_equal(found.n_names, 3);
	assert_string_equal(found.names[0], "W25Q32BV/W25Q32CV/W25Q32DV");
	assert_string_equal(found.names[1], "W25Q32FV");
	assert_string_equal(found.names[2], "GD25Q16(B)");
}

static void a_region_with_a_file_is_invalid_for_flashprog(void **state)
{
	(void)state;
	read_text("Invalid region specified: \"part:part.bin\".\n");
	assert_true(found.invalid_region);
}

static void what_was_verified_is_told(void **state)
{
	(void)state;
	read_text("Verifying flash... VERIFIED.\n");
	assert_true(found.verified);
	read_text("Erase/write done.\n");
	assert_false(found.verified);
	read_text("Verifying flash... FAILED at 0x00000000! Expected=0xff, Found=0x00, failed byte count from "
		  "0x00000000-0x0000ffff: 0x100\n"
		  "Your flash chip is in an unknown state, it was not verified.\n");
	assert_false(found.verified);
}

static void a_file_that_could_not_be_written_is_told(void **state)
{
	static const char *const errors[] = {
		"file a b could not be written completely.",
		"flushing file \"x\" failed: No space left on device",
		"fsyncing file \"x\" failed: Input/output error",
		"closing file \"x\" failed: Disk quota exceeded",
	};
	char line[128];

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(errors); i++) {
		snprintf(line, sizeof(line), "Error: %s\n", errors[i]);
		read_text(line);
		assert_true(found.write_failed);
	}
	read_text("Error: opening file \"x\" failed: Permission denied\n");
	assert_false(found.write_failed);
}

static void a_forced_flash_counts_as_found(void **state)
{
	(void)state;
	read_text("Assuming Winbond flash chip \"W25Q80.V\" (1024 kB, SPI) on serprog.\n");
	assert_string_equal(found.name, "W25Q80.V");
	assert_int_equal(found.size, 1 << 20);
}

static void lines_that_only_look_like_it_are_left_alone(void **state)
{
	(void)state;
	read_text("Not Found Eon flash chip \"EN25QH16\" (2048 kB, SPI) on serprog.\n"
		  "Found nothing\n"
		  "Found a flash chip \"unfinished\n"
		  "Found a flash chip \"no size\" on serprog.\n"
		  "Multiple flash chip definitions match the detected chip(s): \"half\n");
	assert_string_equal(found.name, "");
	assert_int_equal(found.n_names, 0);
}

static void long_names_and_long_lists_do_no_harm(void **state)
{
	char text[8192] = "Multiple flash chip definitions match the detected chip(s): ";

	(void)state;
	for (int i = 0; i < 100; i++)
		strcat(text, "\"A\", ");
	read_text(text);
	assert_int_equal(found.n_names, FLASHROM_LOG_NAMES);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text, "Found A flash chip \"", strlen("Found A flash chip \""));
	read_text(text);
	assert_string_equal(found.name, "");
}

static void any_text_is_survived(void **state)
{
	static const char *const pieces[] = {
		"Found ", "Using ", " flash chip \"", "\"", "\n", " (2048 kB, SPI)", "Multiple flash chip ",
		"definitions match the detected chip(s): ", "Invalid region specified: ", "x", "", "\xff",
		"flashprog ", "Error: ", "Image size (",
		"1 B) doesn't match the ", "(", "file x", " could not be written",
	};
	uint64_t rng = 0x10990f1a5420ull;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		char text[1024] = "\n";

		for (uint32_t left = xorshift_below(&rng, 20); left; left--)
			strcat(text, pieces[xorshift_below(&rng, N_ELEMENTS(pieces))]);
		read_text(text);
		assert_true(found.n_names >= 0 && found.n_names <= FLASHROM_LOG_NAMES);
	}
}

static void a_log_in_memory_is_written_and_read_by_name(void **state)
{
	static const char text[] = "Found A flash chip \"B\" (1 kB, SPI) on serprog.\n";
	char path[MEMORY_FILE_PATH_SIZE];
	const int fd = memory_file_open("flashrom.log", path);
	FILE *log;

	(void)state;
	if (fd < 0)
		skip();
	log = fopen(path, "w");
	assert_non_null(log);
	assert_true(fputs(text, log) >= 0);
	assert_int_equal(fclose(log), 0);
	flashrom_log_read(path, &found);
	assert_string_equal(found.name, "B");
	close(fd);
	flashrom_log_read(path, &found);
	assert_string_equal(found.name, "");
}

static void a_log_that_is_no_file_is_not_waited_for(void **state)
{
	char folder[] = "/tmp/test_flashrom_log.XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/pipe", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	flashrom_log_read(path, &found);
	assert_string_equal(found.name, "");
	unlink(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_log_has_nothing),
		cmocka_unit_test(a_flash_is_found_with_its_size),
		cmocka_unit_test(flashprog_uses_what_it_has_found),
		cmocka_unit_test(all_fitting_names_are_listed),
		cmocka_unit_test(a_region_with_a_file_is_invalid_for_flashprog),
		cmocka_unit_test(what_was_verified_is_told),
		cmocka_unit_test(a_file_that_could_not_be_written_is_told),
		cmocka_unit_test(a_forced_flash_counts_as_found),
		cmocka_unit_test(lines_that_only_look_like_it_are_left_alone),
		cmocka_unit_test(long_names_and_long_lists_do_no_harm),
		cmocka_unit_test(any_text_is_survived),
		cmocka_unit_test(a_log_in_memory_is_written_and_read_by_name),
		cmocka_unit_test(a_log_that_is_no_file_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
