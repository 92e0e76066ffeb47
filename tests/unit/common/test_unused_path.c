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

static void assert_name(const char *path, const char *ending, const char *expected)
{
	char *name = unused_path(path, ending);

	assert_non_null(name);
	assert_string_equal(name, expected);
	free(name);
}

static void the_ending_takes_the_place_of_the_old_one(void **state)
{
	(void)state;
	assert_name("fw.bin", ".whole.bin", "fw.whole.bin");
	assert_name("my fw 1.2.rbl", ".layout", "my fw 1.2.layout");
	assert_name("fw", ".layout", "fw.layout");
	assert_name(".hidden", ".layout", ".hidden.layout");
	assert_name("./a.b/fw", ".layout", "fw.layout");	/* no such folder */
}

static void a_name_that_is_taken_gets_a_number(void **state)
{
	(void)state;
	create("a.layout");
	assert_name("a.bin", ".layout", "a-2.layout");
	assert_int_equal(symlink("nowhere", "a-2.layout"), 0);
	assert_int_equal(mkdir("a-3.layout", 0777), 0);
	assert_name("a.bin", ".layout", "a-4.layout");
}

static void no_name_is_given_when_all_are_taken(void **state)
{
	char name[32];

	(void)state;
	create("b.layout");
	for (int i = 2; i <= 999; i++) {
		snprintf(name, sizeof(name), "b-%d.layout", i);
		create(name);
	}
	assert_null(unused_path("b.bin", ".layout"));
}

static void it_lies_beside_the_file_if_that_can_be(void **state)
{
	(void)state;
	assert_int_equal(mkdir("sub", 0777), 0);
	assert_name("sub/fw.bin", ".layout", "sub/fw.layout");
	create("sub/fw.layout");
	assert_name("sub/fw.bin", ".layout", "sub/fw-2.layout");
	/* Also for root, who may write everywhere else. */
	assert_name("/proc/self/fw.bin", ".layout", "fw.layout");
	assert_name("/nonexistent/fw.bin", ".layout", "fw.layout");
}

static void a_long_name_is_cut_so_that_it_can_be_made(void **state)
{
	char path[260], *name;

	(void)state;
	memset(path, 'x', 251);
	strcpy(path + 251, ".bin");
	name = unused_path(path, ".whole.bin");
	assert_non_null(name);
	create(name);
	free(name);
	name = unused_path(path, ".whole.bin");
	assert_non_null(name);
	create(name);
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ending_takes_the_place_of_the_old_one),
		cmocka_unit_test(a_name_that_is_taken_gets_a_number),
		cmocka_unit_test(no_name_is_given_when_all_are_taken),
		cmocka_unit_test(it_lies_beside_the_file_if_that_can_be),
		cmocka_unit_test(a_long_name_is_cut_so_that_it_can_be_made),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
