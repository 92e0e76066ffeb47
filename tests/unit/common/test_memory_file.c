/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static char path[MEMORY_FILE_PATH_SIZE];

/* Other systems have no such files; Linux must. */
static void skip_without(int fd)
{
#ifdef __linux__
	assert_true(fd >= 0);
#else
	if (fd < 0)
		skip();
#endif
}

/* As another program opens it, without our descriptors. */
static void assert_another_program_reads(const char *expected)
{
	char command[MEMORY_FILE_PATH_SIZE + 16], text[64] = "";
	FILE *program;

	snprintf(command, sizeof(command), "cat %s", path);
	program = popen(command, "r");
	assert_non_null(program);
	text[fread(text, 1, sizeof(text) - 1, program)] = '\0';
	assert_int_equal(pclose(program), 0);
	assert_string_equal(text, expected);
}

static void what_another_program_writes_can_be_read(void **state)
{
	const int fd = memory_file_open("name", path);
	char command[MEMORY_FILE_PATH_SIZE + 16];

	(void)state;
	skip_without(fd);
	snprintf(command, sizeof(command), "echo text >%s", path);
	assert_int_equal(system(command), 0);
	assert_file_holds(path, "text\n");
	assert_int_equal(close(fd), 0);
}

static void another_program_reads_what_is_in_it(void **state)
{
	const int fd = memory_file_with("name", "some bytes", 10, path);

	(void)state;
	skip_without(fd);
	assert_another_program_reads("some bytes");
	/* From the start each time. */
	assert_another_program_reads("some bytes");
	assert_int_equal(close(fd), 0);
}

static void it_may_be_empty(void **state)
{
	const int fd = memory_file_with("name", "", 0, path);

	(void)state;
	skip_without(fd);
	assert_another_program_reads("");
	assert_int_equal(close(fd), 0);
}

static void its_path_ends_with_its_descriptor(void **state)
{
	const int fd = memory_file_open("name", path);

	(void)state;
	skip_without(fd);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(close(fd), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_another_program_writes_can_be_read),
		cmocka_unit_test(another_program_reads_what_is_in_it),
		cmocka_unit_test(it_may_be_empty),
		cmocka_unit_test(its_path_ends_with_its_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
