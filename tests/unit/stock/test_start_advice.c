/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "start_advice.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fake_frontend.h"
#include "raw_usb.h"
#include "unit.h"

static const struct raw_usb_board *other_board;
static char osrelease[] = "/tmp/test_start_advice.XXXXXX";
static bool tells_no_release;

/* In place of the look at USB. */
const struct raw_usb_board *raw_usb_other_board(void)
{
	return other_board;
}

/* In place of the C library's: the kernel's release is what a test has written. */
FILE *fopen(const char *path, const char *mode)
{
	const bool is_write = mode[0] == 'w';
	const bool is_release = !strcmp(path, "/proc/sys/kernel/osrelease");
	const int fd = is_release && tells_no_release ? -1
						       : open(is_release ? osrelease : path,
							      is_write ? O_WRONLY | O_TRUNC : O_RDONLY);

	return fd < 0 ? NULL : fdopen(fd, mode);
}

static int make_file(void **state)
{
	const int fd = mkstemp(osrelease);

	(void)state;
	return fd < 0 || close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(osrelease);
}

static int set_up(void **state)
{
	(void)state;
	fake_frontend_reset();
	other_board = NULL;
	tells_no_release = false;
	return 0;
}

static void write_release(const char *text)
{
	FILE *file = fopen(osrelease, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static bool ask(int error)
{
	return start_advice(&fake_frontend_as_frontend, error, "1:4 (port 1-1)");
}

static const char *last_error(void)
{
	return fake_frontend.last[MESSAGE_ERROR];
}

static void wsl_is_known_by_the_release_of_its_kernel(void **state)
{
	static const char *const releases[] = {
		"5.15.167.4-microsoft-standard-WSL2\n",
		"4.4.0-19041-Microsoft\n",
		"microsoft",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++) {
		write_release(releases[i]);
		assert_true(ask(BEKEN_ERR_NO_PROGRAMMER));
		assert_non_null(strstr(last_error(), "`usbipd attach --wsl --busid ID`"));
	}
	assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 3);
}

static void elsewhere_the_engine_says_it(void **state)
{
	static const char *const releases[] = { "6.1.0-28-amd64\n", "6.1-micro-soft\n", "microsof", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++) {
		write_release(releases[i]);
		assert_false(ask(BEKEN_ERR_NO_PROGRAMMER));
	}
	tells_no_release = true;
	assert_false(ask(BEKEN_ERR_NO_PROGRAMMER));
	assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 0);
}

static void another_board_counts_more_than_wsl(void **state)
{
	static const struct raw_usb_board board = { 0xabcd, "an", "Example" };

	(void)state;
	write_release("5.15.167.4-microsoft-standard-WSL2\n");
	other_board = &board;
	assert_true(ask(BEKEN_ERR_NO_PROGRAMMER));
	assert_non_null(strstr(last_error(), "only an Example (USB 1a86:abcd), which"));
}

/* This test's own command line, which has no arguments. */
static void no_permission_comes_with_a_command(void **state)
{
	char own[256], line[300];
	const ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);

	(void)state;
	assert_true(n > 0);
	own[n] = '\0';
	snprintf(line, sizeof(line), "    sudo %s", own);
	write_release("6.1.0-28-amd64\n");
	assert_true(ask(BEKEN_ERR_ACCESS));
	assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 2);
	assert_string_equal(last_error(), line);
}

static void no_other_error_is_explained(void **state)
{
	(void)state;
	write_release("5.15.167.4-microsoft-standard-WSL2\n");
	assert_false(ask(BEKEN_ERR_USB));
	assert_false(ask(BEKEN_ERR_NO_CHIP));
	assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(wsl_is_known_by_the_release_of_its_kernel, set_up),
		cmocka_unit_test_setup(elsewhere_the_engine_says_it, set_up),
		cmocka_unit_test_setup(another_board_counts_more_than_wsl, set_up),
		cmocka_unit_test_setup(no_permission_comes_with_a_command, set_up),
		cmocka_unit_test_setup(no_other_error_is_explained, set_up),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
