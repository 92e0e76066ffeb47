/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compiled with REAL_FLASHROM="moved/one:moved/two", in a folder of its own. */
#include "flashrom_find.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char folder[64];
static char path[512], problem[512];

static void make_file(const char *name, mode_t mode)
{
	const int file = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	assert_true(file >= 0);
	assert_int_equal(fchmod(file, mode), 0);
	assert_int_equal(close(file), 0);
}

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/flashrom-moved-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(mkdir("moved", 0700), 0);
	assert_int_equal(mkdir("path", 0700), 0);
	make_file("path/flashrom", 0755);
	unsetenv("FLASHROM");
	unsetenv("CH341A_BEKEN_LAUNCHERS");
	setenv("PATH", "path", 1);
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = { "moved/one", "moved/two", "moved", "path/flashrom", "path" };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(names); i++)
		remove(names[i]);
	assert_int_equal(chdir("/"), 0);
	return rmdir(folder);
}

static void assert_found(const char *name)
{
	assert_int_equal(flashrom_find(path, sizeof(path), problem, sizeof(problem)), 0);
	assert_string_equal(path, name);
}

static void a_moved_flashrom_comes_before_the_path(void **state)
{
	(void)state;
	make_file("moved/two", 0755);
	assert_found("moved/two");
	make_file("moved/one", 0755);
	assert_found("moved/one");
}

static void what_was_moved_and_cannot_be_run_is_passed_over(void **state)
{
	(void)state;
	assert_found("path/flashrom");
	make_file("moved/one", 0644);
	assert_found("path/flashrom");
}

static void the_variable_comes_before_a_moved_flashrom(void **state)
{
	(void)state;
	make_file("moved/one", 0755);
	setenv("FLASHROM", "flashrom", 1);
	assert_found("path/flashrom");
	setenv("FLASHROM", "path/flashrom", 1);
	assert_found("path/flashrom");
	setenv("FLASHROM", "", 1);
	assert_found("moved/one");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_moved_flashrom_comes_before_the_path),
		TEST(what_was_moved_and_cannot_be_run_is_passed_over),
		TEST(the_variable_comes_before_a_moved_flashrom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
