/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flashrom_find.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#define LAUNCHERS "CH341A_BEKEN_LAUNCHERS"
/* Of no program anywhere. */
#define NAME "flashrom-of-this-test"

static char folder[64];
static char path[512], problem[512];

static const char *in_folder(const char *name)
{
	static char texts[4][256];
	static unsigned int next;
	char *text = texts[next++ % 4];

	snprintf(text, sizeof(texts[0]), "%s/%s", folder, name);
	return text;
}

static void make_file(const char *name, mode_t mode)
{
	const int file = open(in_folder(name), O_CREAT | O_WRONLY | O_TRUNC, 0600);

	assert_true(file >= 0);
	assert_int_equal(fchmod(file, mode), 0);
	assert_int_equal(close(file), 0);
}

static void make_folder(const char *name)
{
	assert_int_equal(mkdir(in_folder(name), 0700), 0);
}

/* Another name for this program. */
static void make_self(const char *name)
{
	char self[256];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(n > 0);
	self[n] = '\0';
	assert_int_equal(symlink(self, in_folder(name)), 0);
}

/* A tool that runs this program inside itself answers for /proc/self/exe in one
 * way and not in the other. */
static void skip_if_not_itself(void)
{
	char self[256];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct stat by_link, by_name;

	assert_true(n > 0);
	self[n] = '\0';
	assert_int_equal(stat("/proc/self/exe", &by_link), 0);
	assert_int_equal(stat(self, &by_name), 0);
	if (by_link.st_ino != by_name.st_ino)
		skip();
}

/* As launchers leave it in the environment. */
static void write_mark(const struct stat *status, const char *more_digits, char *text, size_t size)
{
	snprintf(text, size, " %llx:%llx%s ", (unsigned long long)status->st_dev,
		 (unsigned long long)status->st_ino, more_digits);
}

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/flashrom-find-XXXXXX");
	assert_non_null(mkdtemp(folder));
	make_folder("a");
	make_folder("b");
	unsetenv("FLASHROM");
	unsetenv(LAUNCHERS);
	setenv("PATH", "", 1);
	memset(path, 0, sizeof(path));
	memset(problem, 0, sizeof(problem));
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = { "a/" NAME, "b/" NAME, "a/flashrom", "b/flashrom", "a", "b" };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(names); i++)
		remove(in_folder(names[i]));
	return rmdir(folder);
}

static void search(const char *first, const char *second)
{
	char folders[512];

	snprintf(folders, sizeof(folders), "%s:%s", first, second);
	setenv("PATH", folders, 1);
}

static int find(void)
{
	return flashrom_find(path, sizeof(path), problem, sizeof(problem));
}

static void assert_found(const char *name)
{
	assert_int_equal(find(), 0);
	assert_string_equal(path, in_folder(name));
	assert_string_equal(problem, "");
}

static void the_first_flashrom_on_the_path_is_found(void **state)
{
	(void)state;
	make_file("a/flashrom", 0755);
	make_file("b/flashrom", 0755);
	search(in_folder("a"), in_folder("b"));
	assert_found("a/flashrom");
	search(in_folder("b"), in_folder("a"));
	assert_found("b/flashrom");
}

static void what_cannot_be_run_is_passed_over(void **state)
{
	(void)state;
	make_file("b/flashrom", 0755);
	search(in_folder("a"), in_folder("b"));
	assert_found("b/flashrom");
	make_file("a/flashrom", 0644);
	assert_found("b/flashrom");
	assert_int_equal(remove(in_folder("a/flashrom")), 0);
	make_folder("a/flashrom");
	assert_found("b/flashrom");
}

static void empty_elements_of_the_path_are_passed_over(void **state)
{
	char folders[256];

	(void)state;
	make_file("a/flashrom", 0755);
	assert_int_equal(chdir(in_folder("a")), 0);
	snprintf(folders, sizeof(folders), ":%s::", in_folder("a"));
	setenv("PATH", folders, 1);
	assert_found("a/flashrom");
	assert_int_equal(chdir("/"), 0);
}

static void this_program_is_passed_over_under_any_name(void **state)
{
	(void)state;
	skip_if_not_itself();
	make_self("a/flashrom");
	make_file("b/flashrom", 0755);
	search(in_folder("a"), in_folder("b"));
	assert_found("b/flashrom");
}

static void launchers_that_ran_before_are_passed_over(void **state)
{
	struct stat status;
	char mark[64];

	(void)state;
	make_file("a/flashrom", 0755);
	make_file("b/flashrom", 0755);
	search(in_folder("a"), in_folder("b"));
	assert_int_equal(stat(in_folder("a/flashrom"), &status), 0);
	write_mark(&status, "", mark, sizeof(mark));
	setenv(LAUNCHERS, mark, 1);
	assert_found("b/flashrom");
	assert_contains(getenv(LAUNCHERS), mark);
}

static void a_mark_with_more_digits_is_of_another_program(void **state)
{
	struct stat status;
	char mark[64];

	(void)state;
	make_file("a/flashrom", 0755);
	make_file("b/flashrom", 0755);
	search(in_folder("a"), in_folder("b"));
	assert_int_equal(stat(in_folder("a/flashrom"), &status), 0);
	write_mark(&status, "0", mark, sizeof(mark));
	setenv(LAUNCHERS, mark, 1);
	assert_found("a/flashrom");
}

static void this_program_is_marked_once(void **state)
{
	struct stat status;
	char mark[64], *before;

	(void)state;
	assert_int_equal(stat("/proc/self/exe", &status), 0);
	write_mark(&status, "", mark, sizeof(mark));
	make_file("a/flashrom", 0755);
	search(in_folder("a"), "");
	assert_found("a/flashrom");
	assert_string_equal(getenv(LAUNCHERS), mark);
	before = strdup(getenv(LAUNCHERS));
	assert_found("a/flashrom");
	assert_string_equal(getenv(LAUNCHERS), before);
	free(before);
}

/* An inode number that begins like ours is not ours. */
static void this_program_is_marked_beside_a_longer_number(void **state)
{
	struct stat status;
	char other[64];

	(void)state;
	skip_if_not_itself();
	assert_int_equal(stat("/proc/self/exe", &status), 0);
	write_mark(&status, "0", other, sizeof(other));
	setenv(LAUNCHERS, other, 1);
	make_self("a/flashrom");
	make_file("b/flashrom", 0755);
	search(in_folder("a"), in_folder("b"));
	assert_found("b/flashrom");
}

static void the_variable_names_a_program_on_the_path(void **state)
{
	(void)state;
	make_file("a/flashrom", 0755);
	make_file("b/" NAME, 0755);
	search(in_folder("a"), in_folder("b"));
	setenv("FLASHROM", NAME, 1);
	assert_found("b/" NAME);
	setenv("FLASHROM", "", 1);
	assert_found("a/flashrom");
}

static void the_variable_names_a_file_before_the_path_is_searched(void **state)
{
	(void)state;
	make_file("a/flashrom", 0755);
	make_file("b/" NAME, 0755);
	search(in_folder("a"), "");
	setenv("FLASHROM", in_folder("b/" NAME), 1);
	assert_found("b/" NAME);
}

static void a_named_file_that_cannot_be_run_is_a_problem(void **state)
{
	(void)state;
	make_file("a/flashrom", 0755);
	search(in_folder("a"), "");
	setenv("FLASHROM", in_folder("b/" NAME), 1);
	assert_int_equal(find(), -1);
	assert_contains(problem, in_folder("b/" NAME));
	assert_contains(problem, "cannot be run");
	make_file("b/" NAME, 0644);
	assert_int_equal(find(), -1);
	assert_contains(problem, "cannot be run");
}

static void naming_this_program_is_a_problem(void **state)
{
	(void)state;
	skip_if_not_itself();
	make_self("a/flashrom");
	setenv("FLASHROM", in_folder("a/flashrom"), 1);
	assert_int_equal(find(), -1);
	assert_contains(problem, in_folder("a/flashrom"));
	assert_contains(problem, "this launcher itself");
}

static void no_program_at_all_is_a_problem_with_a_remedy(void **state)
{
	(void)state;
	setenv("FLASHROM", NAME, 1);
	search(in_folder("a"), in_folder("b"));
	assert_int_equal(find(), -1);
	assert_contains(problem, NAME);
	assert_contains(problem, "FLASHROM");
	unsetenv("PATH");
	assert_int_equal(find(), -1);
	assert_contains(problem, NAME);
}

/* ldconfig: where a user's PATH does not lead, and on every system with glibc. */
static void the_sbin_folders_are_searched_last(void **state)
{
	(void)state;
	if (access("/sbin/ldconfig", X_OK) && access("/usr/sbin/ldconfig", X_OK))
		skip();
	setenv("FLASHROM", "ldconfig", 1);
	search(in_folder("a"), in_folder("b"));
	assert_int_equal(find(), 0);
	assert_contains(path, "sbin/ldconfig");
	unsetenv("PATH");
	assert_int_equal(find(), 0);
	assert_contains(path, "sbin/ldconfig");
}

static void a_path_that_does_not_fit_is_not_taken(void **state)
{
	char small[16], cut[256];

	(void)state;
	make_file("a/" NAME, 0755);
	make_file("a/flashrom", 0755);	/* what is left of NAME when it is cut */
	search(in_folder("a"), "");
	setenv("FLASHROM", NAME, 1);
	assert_int_equal(flashrom_find(small, sizeof(small), problem, sizeof(problem)), -1);
	assert_int_equal(flashrom_find(cut, strlen(in_folder("a/flashrom")) + 1, problem, sizeof(problem)), -1);
	setenv("FLASHROM", in_folder("a/" NAME), 1);
	assert_int_equal(flashrom_find(small, sizeof(small), problem, sizeof(problem)), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_first_flashrom_on_the_path_is_found),
		TEST(what_cannot_be_run_is_passed_over),
		TEST(empty_elements_of_the_path_are_passed_over),
		TEST(this_program_is_passed_over_under_any_name),
		TEST(launchers_that_ran_before_are_passed_over),
		TEST(a_mark_with_more_digits_is_of_another_program),
		TEST(this_program_is_marked_once),
		TEST(this_program_is_marked_beside_a_longer_number),
		TEST(the_variable_names_a_program_on_the_path),
		TEST(the_variable_names_a_file_before_the_path_is_searched),
		TEST(a_named_file_that_cannot_be_run_is_a_problem),
		TEST(naming_this_program_is_a_problem),
		TEST(no_program_at_all_is_a_problem_with_a_remedy),
		TEST(the_sbin_folders_are_searched_last),
		TEST(a_path_that_does_not_fit_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
