/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* flock() */
#include "backup_record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#define N_AT_ONCE 8
#define N_EACH 25

static char folder[PATH_MAX];
static char shown[BACKUP_RECORD_MAX + 1][64];	/* names of files, as shown */
static unsigned int n_shown;

/* ---- help ---- */

static char *path_of(const char *name)
{
	static char paths[2][2 * PATH_MAX];
	static unsigned int i;

	i = !i;
	snprintf(paths[i], sizeof(paths[i]), "%s/%s", folder, name);
	return paths[i];
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
	char made[] = "/tmp/test_backup_record.XXXXXX";

	(void)state;
	n_shown = 0;
	if (!mkdtemp(made) || !realpath(made, folder))
		return -1;
	setenv("XDG_STATE_HOME", path_of("state"), 1);
	unsetenv("HOME");
	return 0;
}

static int tear_down(void **state)
{
	char command[2 * PATH_MAX];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static int add(const char *name)
{
	put(path_of(name), "");
	return backup_record_add(path_of(name));
}

static bool show(void *arg, const char *path)
{
	const char *wanted = arg, *name = strrchr(path, '/');

	assert_non_null(name);
	assert_true(n_shown < N_ELEMENTS(shown));
	snprintf(shown[n_shown++], sizeof(shown[0]), "%s", name + 1);
	return wanted && !strcmp(name + 1, wanted);
}

static bool find(const char *name)
{
	int found;

	n_shown = 0;
	found = backup_record_find(show, (void *)(uintptr_t)name);
	assert_in_range(found, 0, 1);
	return found;
}

static void assert_rights(const char *name, mode_t rights)
{
	struct stat status;

	assert_int_equal(stat(path_of(name), &status), 0);
	assert_int_equal(status.st_mode & 07777, rights);
}

/* ---- one at a time ---- */

static void without_a_record_nothing_is_found(void **state)
{
	(void)state;
	assert_false(find("a"));
	assert_int_equal(n_shown, 0);
	assert_int_equal(access(path_of("state"), F_OK), -1);
}

static void the_newest_is_shown_first_until_one_fits(void **state)
{
	(void)state;
	assert_int_equal(add("a"), 0);
	assert_int_equal(add("b"), 0);
	assert_int_equal(add("c"), 0);
	assert_true(find("b"));
	assert_int_equal(n_shown, 2);
	assert_string_equal(shown[0], "c");
	assert_false(find(NULL));
	assert_int_equal(n_shown, 3);
	assert_string_equal(shown[2], "a");
}

static void a_path_that_comes_again_is_the_newest(void **state)
{
	(void)state;
	assert_int_equal(add("a"), 0);
	assert_int_equal(add("b"), 0);
	assert_int_equal(add("a"), 0);
	find(NULL);
	assert_int_equal(n_shown, 2);
	assert_string_equal(shown[0], "a");
}

static void paths_are_absolute(void **state)
{
	char before[PATH_MAX], line[PATH_MAX] = "";
	FILE *file;

	(void)state;
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(folder), 0);
	put("here.bin", "");
	assert_int_equal(backup_record_add("./here.bin"), 0);
	assert_int_equal(chdir(before), 0);
	file = fopen(path_of("state/ch341a_beken/backups"), "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	assert_null(fgets(line + strlen(line), 2, file));
	fclose(file);
	line[strlen(line) - 1] = '\0';
	assert_string_equal(line, path_of("here.bin"));
}

static void files_that_are_gone_are_dropped(void **state)
{
	(void)state;
	assert_int_equal(add("a"), 0);
	assert_int_equal(add("b"), 0);
	assert_int_equal(unlink(path_of("a")), 0);
	assert_int_equal(add("c"), 0);
	find(NULL);
	assert_int_equal(n_shown, 2);
	assert_string_equal(shown[0], "c");
	assert_string_equal(shown[1], "b");
}

static bool has(const char *content, char *path)
{
	return backup_record_has((const uint8_t *)content, strlen(content), path, PATH_MAX);
}

static void a_file_is_found_by_its_content(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_false(has("one", path));
	assert_int_equal(add("a"), 0);
	assert_int_equal(add("b"), 0);
	put(path_of("a"), "one");
	put(path_of("b"), "two");
	assert_true(has("one", path));
	assert_string_equal(path, path_of("a"));
	assert_true(has("two", path));
	assert_false(has("on", path));
	assert_false(has("one ", path));
	assert_false(has("owe", path));
}

static void backups_without_a_folder_go_to_that_of_the_user(void **state)
{
	struct stat status;
	char *found;

	(void)state;
	assert_int_equal(setenv("XDG_DATA_HOME", path_of("data"), 1), 0);
	found = backup_default_folder();
	assert_non_null(found);
	assert_string_equal(found, path_of("data/ch341a_beken"));
	assert_int_equal(stat(found, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	free(found);
	/* It may be there already, but not as a file. */
	found = backup_default_folder();
	assert_non_null(found);
	assert_int_equal(rmdir(found), 0);
	put(found, "");
	free(found);
	assert_int_equal(setenv("XDG_DATA_HOME", path_of("data/ch341a_beken"), 1), 0);
	assert_null(backup_default_folder());
	unsetenv("XDG_DATA_HOME");
}

static void nobody_else_can_read_it(void **state)
{
	const mode_t before = umask(0);

	(void)state;
	assert_int_equal(add("a"), 0);
	umask(before);
	assert_rights("state", 0700);
	assert_rights("state/ch341a_beken", 0700);
	assert_rights("state/ch341a_beken/backups", 0600);
	assert_rights("state/ch341a_beken/backups.lock", 0600);
	assert_int_equal(access(path_of("state/ch341a_beken/backups.new"), F_OK), -1);
}

static void the_oldest_of_very_many_are_forgotten(void **state)
{
	FILE *file;
	bool found;

	(void)state;
	assert_int_equal(add("a"), 0);
	file = fopen(path_of("state/ch341a_beken/backups"), "w");
	assert_non_null(file);
	for (unsigned int i = 0; i < BACKUP_RECORD_MAX + 5; i++) {
		char name[32];

		snprintf(name, sizeof(name), "n%u", i);
		put(path_of(name), "");
		assert_true(fprintf(file, "%s\n", path_of(name)) > 0);
	}
	assert_int_equal(fclose(file), 0);
	assert_int_equal(add("last"), 0);
	found = find("n5");
	assert_false(found);
	assert_int_equal(n_shown, BACKUP_RECORD_MAX);
	assert_string_equal(shown[0], "last");
	assert_string_equal(shown[BACKUP_RECORD_MAX - 1], "n6");
}

static void lines_that_are_no_paths_are_passed_over(void **state)
{
	char text[3 * PATH_MAX];

	(void)state;
	assert_int_equal(add("a"), 0);
	snprintf(text, sizeof(text), "\nrelative\n%s\n\x01\xff\n%s", path_of("a"), path_of("b"));
	put(path_of("state/ch341a_beken/backups"), text);
	find(NULL);
	assert_int_equal(n_shown, 2);
	assert_string_equal(shown[0], "b");
}

static void a_path_with_a_line_end_is_not_noted(void **state)
{
	(void)state;
	assert_int_equal(add("a\nb"), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(access(path_of("state"), F_OK), -1);
}

/* ---- where ---- */

static void without_the_variable_it_is_in_the_home(void **state)
{
	(void)state;
	setenv("HOME", folder, 1);
	unsetenv("XDG_STATE_HOME");
	assert_int_equal(add("a"), 0);
	assert_rights(".local/state/ch341a_beken/backups", 0600);
	assert_rights(".local", 0700);
	/* One that is not absolute counts as not set. */
	setenv("XDG_STATE_HOME", "relative", 1);
	assert_true(find("a"));
}

static void without_a_home_there_is_no_record(void **state)
{
	(void)state;
	unsetenv("XDG_STATE_HOME");
	assert_int_equal(add("a"), -1);
	assert_false(find("a"));
	setenv("HOME", "relative", 1);
	assert_int_equal(add("a"), -1);
}

static void the_home_of_somebody_else_is_left_alone(void **state)
{
	(void)state;
	if (geteuid() || chown(folder, 65534, 65534))
		skip();
	unsetenv("XDG_STATE_HOME");
	setenv("HOME", folder, 1);
	assert_int_equal(add("a"), -1);
	assert_int_equal(access(path_of(".local"), F_OK), -1);
}

static void what_is_no_folder_is_an_error(void **state)
{
	(void)state;
	put(path_of("state"), "");
	assert_int_equal(add("a"), -1);
	assert_int_equal(backup_record_find(show, NULL), -1);
}

static void what_is_no_file_is_neither_read_nor_replaced(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(add("a"), 0);
	assert_int_equal(unlink(path_of("state/ch341a_beken/backups")), 0);
	assert_int_equal(mkfifo(path_of("state/ch341a_beken/backups"), 0600), 0);
	assert_int_equal(backup_record_find(show, NULL), -1);
	assert_int_equal(add("b"), -1);
	assert_int_equal(stat(path_of("state/ch341a_beken/backups"), &status), 0);
	assert_true(S_ISFIFO(status.st_mode));
}

static void a_file_that_is_far_too_large_is_not_read(void **state)
{
	(void)state;
	assert_int_equal(add("a"), 0);
	assert_int_equal(truncate(path_of("state/ch341a_beken/backups"), (off_t)1 << 32), 0);
	assert_int_equal(backup_record_find(show, NULL), -1);
}

/* ---- several at a time ---- */

static void who_has_the_lock_for_ever_is_not_waited_for(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(add("a"), 0);
	fd = open(path_of("state/ch341a_beken/backups.lock"), O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(add("b"), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	close(fd);
	assert_false(find("b"));
	assert_true(find("a"));
}

static int add_many(int number)
{
	for (int i = 0; i < N_EACH; i++) {
		char name[32];

		snprintf(name, sizeof(name), "m%d", number * N_EACH + i);
		if (add(name))
			return 1;
	}
	return 0;
}

static void many_at_once_lose_none(void **state)
{
	(void)state;
	for (int i = 0; i < N_AT_ONCE; i++) {
		if (!fork())
			_exit(add_many(i));
	}
	for (int i = 0; i < N_AT_ONCE; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	find(NULL);
	assert_int_equal(n_shown, N_AT_ONCE * N_EACH);
	for (int i = 0; i < N_AT_ONCE * N_EACH; i++) {
		char name[32];

		snprintf(name, sizeof(name), "m%d", i);
		assert_true(find(name));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(without_a_record_nothing_is_found),
		TEST(the_newest_is_shown_first_until_one_fits),
		TEST(a_path_that_comes_again_is_the_newest),
		TEST(paths_are_absolute),
		TEST(files_that_are_gone_are_dropped),
		TEST(a_file_is_found_by_its_content),
		TEST(backups_without_a_folder_go_to_that_of_the_user),
		TEST(nobody_else_can_read_it),
		TEST(the_oldest_of_very_many_are_forgotten),
		TEST(lines_that_are_no_paths_are_passed_over),
		TEST(a_path_with_a_line_end_is_not_noted),
		TEST(without_the_variable_it_is_in_the_home),
		TEST(without_a_home_there_is_no_record),
		TEST(the_home_of_somebody_else_is_left_alone),
		TEST(what_is_no_folder_is_an_error),
		TEST(what_is_no_file_is_neither_read_nor_replaced),
		TEST(a_file_that_is_far_too_large_is_not_read),
		TEST(who_has_the_lock_for_ever_is_not_waited_for),
		TEST(many_at_once_lose_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
