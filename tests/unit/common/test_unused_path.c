/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unused_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char folder[] = "/tmp/test_unused_path.XXXXXX";

static int enter_folder(void **state)
{
	(void)state;
	return !mkdtemp(folder) || chdir(folder);
}

static int leave_folder(void **state)
{
	char command[sizeof(folder) + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return chdir("/") || system(command);
}

static void create(const char *name)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
}

static void assert_name(const char *path, const char *expected)
{
	char *name = unused_path(path);

	assert_non_null(name);
	assert_string_equal(name, expected);
	free(name);
}

static void a_name_that_is_free_is_taken_as_it_is(void **state)
{
	(void)state;
	assert_name("fw.bin", "fw.bin");
	assert_name(".hidden", ".hidden");
	assert_name("no folder/fw", "no folder/fw");
}

static void a_name_that_is_taken_gets_a_number(void **state)
{
	(void)state;
	create("my a 1.2.bin");
	assert_name("my a 1.2.bin", "my a 1.2-2.bin");
	assert_int_equal(symlink("nowhere", "my a 1.2-2.bin"), 0);
	assert_int_equal(mkdir("my a 1.2-3.bin", 0777), 0);
	assert_name("my a 1.2.bin", "my a 1.2-4.bin");
	create("a");
	assert_name("a", "a-2");
	assert_name("./a", "./a-2");
}

static void no_name_is_given_when_all_are_taken(void **state)
{
	char name[32];

	(void)state;
	create("b.bin");
	for (int i = 2; i <= 999; i++) {
		snprintf(name, sizeof(name), "b-%d.bin", i);
		create(name);
	}
	assert_null(unused_path("b.bin"));
}

static void a_long_name_is_cut_so_that_it_can_be_made(void **state)
{
	char path[260], *name;

	(void)state;
	memset(path, 'x', 251);
	strcpy(path + 251, ".bin");
	for (int i = 0; i < 2; i++) {
		name = unused_path(path);
		assert_non_null(name);
		create(name);
		free(name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_that_is_free_is_taken_as_it_is),
		cmocka_unit_test(a_name_that_is_taken_gets_a_number),
		cmocka_unit_test(no_name_is_given_when_all_are_taken),
		cmocka_unit_test(a_long_name_is_cut_so_that_it_can_be_made),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
