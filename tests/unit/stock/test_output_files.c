/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_frontend.h"
#include "unit.h"

#define OLD "the only backup"
#define NOBODY 65534

static char folder[] = "/tmp/test_output_files.XXXXXX", old_path[64], new_path[64], link_path[64];
static struct flashrom_args args;
static int rename_error;

/* In place of the C library's. */
int rename(const char *path, const char *new_name)
{
	if (!rename_error)
		return renameat(AT_FDCWD, path, AT_FDCWD, new_name);
	errno = rename_error;
	return -1;
}

/* As flashrom does it. */
static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int count_files(void)
{
	DIR *dir = opendir(folder);
	int n = 0;

	assert_non_null(dir);
	for (const struct dirent *entry; (entry = readdir(dir));)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(old_path, sizeof(old_path), "%s/old.bin", folder);
	snprintf(new_path, sizeof(new_path), "%s/new", folder);
	snprintf(link_path, sizeof(link_path), "%s/link", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static int set_up(void **state)
{
	(void)state;
	memset(&args, 0, sizeof(args));
	args.operation = 'r';
	args.file = old_path;
	args.file_index = 2;
	rename_error = 0;
	fake_frontend_reset();
	put(old_path, OLD);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(old_path);
	unlink(new_path);
	unlink(link_path);
	/* Nothing else is left. */
	return count_files();
}

static struct output_files *prepare(void)
{
	return output_files_new(&args, &fake_frontend_as_frontend);
}

static int n_changes(const struct output_files *files)
{
	int n;

	output_files_changes(files, &n);
	return n;
}

/* The file that flashrom gets in place of the user's. */
static const char *given(const struct output_files *files)
{
	int n;
	const struct flashrom_args_change *changes = output_files_changes(files, &n);

	assert_int_equal(n, 1);
	assert_ptr_equal(changes[0].value, args.file);
	assert_int_equal(changes[0].index, 2);
	assert_string_equal(changes[0].text, output_files_written(files, args.file));
	return changes[0].text;
}

static int finish(struct output_files *files, bool good, bool read_nothing)
{
	const int result = output_files_finish(files, good, read_nothing);

	output_files_free(files);
	return result;
}

/* Of errors, warnings and what is said to everybody. */
static unsigned int n_messages(void)
{
	return fake_frontend.n_messages[MESSAGE_ERROR] + fake_frontend.n_messages[MESSAGE_WARNING] +
	       fake_frontend.n_messages[MESSAGE_INFO];
}

static void assert_not_protected(const char *reason)
{
	struct output_files *files = prepare();

	assert_int_equal(n_changes(files), 0);
	assert_ptr_equal(output_files_written(files, args.file), args.file);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_DEBUG], 1);
	assert_contains(fake_frontend.last[MESSAGE_DEBUG], "is not protected");
	assert_contains(fake_frontend.last[MESSAGE_DEBUG], reason);
	put(old_path, "new");
	assert_int_equal(finish(files, true, false), 0);
	assert_file_holds(old_path, "new");
}

/* ---- good reads ---- */

static void a_good_read_takes_the_place_of_the_old_file(void **state)
{
	struct output_files *files = prepare();
	struct stat old, now;

	(void)state;
	assert_int_equal(chmod(old_path, 0640), 0);
	output_files_free(files);
	files = prepare();
	assert_int_equal(stat(old_path, &old), 0);
	assert_string_not_equal(given(files), old_path);
	put(given(files), "new");
	assert_file_holds(old_path, OLD);
	assert_int_equal(finish(files, true, false), 0);
	assert_file_holds(old_path, "new");
	assert_int_equal(stat(old_path, &now), 0);
	assert_int_equal(now.st_mode, old.st_mode);
	assert_int_equal(n_messages(), 0);
}

static void owner_and_group_stay(void **state)
{
	struct output_files *files;
	struct stat now;

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(chown(old_path, 1234, 5678), 0);
	files = prepare();
	put(given(files), "new");
	assert_int_equal(finish(files, true, false), 0);
	assert_int_equal(stat(old_path, &now), 0);
	assert_int_equal(now.st_uid, 1234);
	assert_int_equal(now.st_gid, 5678);
}

static void a_link_stays_one(void **state)
{
	struct output_files *files;
	struct stat status;

	(void)state;
	assert_int_equal(symlink("old.bin", link_path), 0);
	args.file = link_path;
	files = prepare();
	put(given(files), "new");
	assert_int_equal(finish(files, true, false), 0);
	assert_int_equal(lstat(link_path, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_file_holds(old_path, "new");
}

static void what_flashrom_never_opened_replaces_nothing(void **state)
{
	(void)state;
	assert_int_equal(finish(prepare(), true, false), 0);
	assert_file_holds(old_path, OLD);
}

static void a_read_of_nothing_new_is_a_good_one(void **state)
{
	struct output_files *files = prepare();
	struct stat before, after;

	(void)state;
	assert_int_equal(stat(old_path, &before), 0);
	put(given(files), OLD);
	assert_int_equal(finish(files, true, false), 0);
	assert_file_holds(old_path, OLD);
	assert_int_equal(stat(old_path, &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
}

static void what_cannot_be_put_in_its_place_is_kept_and_told(void **state)
{
	struct output_files *files = prepare();
	char part[128];

	(void)state;
	snprintf(part, sizeof(part), "%s", given(files));
	put(part, "new");
	rename_error = EIO;
	assert_int_equal(finish(files, true, false), -1);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_ERROR], 1);
	assert_contains(fake_frontend.last[MESSAGE_ERROR], part);
	assert_file_holds(old_path, OLD);
	assert_file_holds(part, "new");
	assert_int_equal(unlink(part), 0);
}

/* ---- bad ones ---- */

static void a_failed_read_costs_nothing(void **state)
{
	struct output_files *files = prepare();

	(void)state;
	put(given(files), "");
	assert_int_equal(finish(files, false, true), 0);
	assert_file_holds(old_path, OLD);
	assert_int_equal(n_messages(), 1);
	assert_contains(fake_frontend.last[MESSAGE_INFO], "old.bin still has its old content.");
}

static void half_a_read_costs_nothing_either(void **state)
{
	struct output_files *files = prepare();

	(void)state;
	put(given(files), "half of");
	assert_int_equal(finish(files, false, false), 0);
	assert_file_holds(old_path, OLD);
	assert_int_equal(fake_frontend.n_messages[MESSAGE_INFO], 1);
}

static void nothing_is_said_of_a_file_that_was_not_opened(void **state)
{
	(void)state;
	assert_int_equal(finish(prepare(), false, true), 0);
	assert_int_equal(n_messages(), 0);
}

static void without_an_end_old_files_stay(void **state)
{
	struct output_files *files = prepare();

	(void)state;
	put(given(files), "half of");
	output_files_free(files);
	assert_file_holds(old_path, OLD);
	assert_int_equal(count_files(), 1);
}

/* ---- regions ---- */

static void files_of_regions_are_protected_too(void **state)
{
	char include[80];
	struct output_files *files;
	const struct flashrom_args_change *changes;
	int n;

	(void)state;
	snprintf(include, sizeof(include), "part:%s", old_path);
	args.operation = 'x';
	args.file = NULL;
	args.includes[1].file = include + 5;
	args.includes[1].index = 7;
	args.n_includes = 2;
	files = prepare();
	changes = output_files_changes(files, &n);
	assert_int_equal(n, 1);
	assert_int_equal(changes[0].index, 7);
	assert_ptr_equal(changes[0].value, include + 5);
	put(changes[0].text, "new");
	assert_file_holds(old_path, OLD);
	assert_int_equal(finish(files, true, false), 0);
	assert_file_holds(old_path, "new");
}

static void one_file_by_two_names_gets_what_was_written_last(void **state)
{
	char include[80];
	struct output_files *files;
	const struct flashrom_args_change *changes;
	int n;

	(void)state;
	assert_int_equal(symlink("old.bin", link_path), 0);
	snprintf(include, sizeof(include), "part:%s", link_path);
	args.includes[0].file = include + 5;
	args.n_includes = 1;
	files = prepare();
	changes = output_files_changes(files, &n);
	assert_int_equal(n, 2);
	assert_string_equal(changes[0].text, changes[1].text);
	put(changes[0].text, "first");
	put(changes[1].text, "last");
	assert_int_equal(finish(files, true, false), 0);
	assert_file_holds(old_path, "last");
}

/* ---- files that flashrom writes itself ---- */

static void a_new_file_is_written_by_its_name_and_told_of(void **state)
{
	struct output_files *files;

	(void)state;
	args.file = new_path;
	files = prepare();
	assert_int_equal(n_changes(files), 0);
	assert_int_equal(finish(files, false, true), 0);
	assert_int_equal(n_messages(), 0);
	files = prepare();
	put(new_path, "");
	assert_int_equal(finish(files, false, true), 0);
	assert_contains(fake_frontend.last[MESSAGE_WARNING], "new holds nothing from the flash.");
	assert_file_holds(new_path, "");
	assert_int_equal(fake_frontend.n_messages[MESSAGE_DEBUG], 0);
}

static void an_empty_file_has_nothing_to_lose(void **state)
{
	struct output_files *files;

	(void)state;
	put(old_path, "");
	files = prepare();
	assert_int_equal(n_changes(files), 0);
	output_files_free(files);
}

static void other_names_of_the_file_stay_names_of_it(void **state)
{
	(void)state;
	assert_int_equal(link(old_path, link_path), 0);
	assert_not_protected("hard links");
	assert_file_holds(link_path, "new");
}

static void a_file_that_is_not_protected_is_told_of_when_it_is_lost(void **state)
{
	struct output_files *files;

	(void)state;
	assert_int_equal(link(old_path, link_path), 0);
	files = prepare();
	assert_int_equal(output_files_finish(files, false, true), 0);
	assert_int_equal(n_messages(), 0);
	put(old_path, "");
	assert_int_equal(finish(files, false, true), 0);
	assert_contains(fake_frontend.last[MESSAGE_WARNING], "old.bin has lost its old content");
}

/* As a user who owns the file and nothing else. */
static void assert_not_protected_for_nobody(const char *reason)
{
	int status;
	pid_t pid;

	if (geteuid())
		skip();
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chown(old_path, NOBODY, NOBODY), 0);
	pid = fork();
	if (!pid) {
		struct output_files *files;

		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(1);
		files = prepare();
		if (n_changes(files) || !strstr(fake_frontend.last[MESSAGE_DEBUG], reason))
			_exit(2);
		output_files_free(files);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_file_holds(old_path, OLD);
}

static void a_folder_that_takes_no_file_is_no_obstacle(void **state)
{
	(void)state;
	assert_not_protected_for_nobody("Permission denied");
}

static void a_file_that_may_not_be_written_stays(void **state)
{
	(void)state;
	assert_int_equal(chmod(old_path, 0444), 0);
	assert_not_protected_for_nobody("it cannot be written");
}

static void what_is_only_read_is_left_alone(void **state)
{
	(void)state;
	args.operation = 'w';
	assert_null(prepare());
	args.operation = 0;
	assert_null(prepare());
	assert_int_equal(n_changes(NULL), 0);
	assert_ptr_equal(output_files_written(NULL, old_path), old_path);
	assert_int_equal(finish(NULL, false, true), 0);
}

static void pipes_devices_and_standard_output_are_left_alone(void **state)
{
	static const char *const paths[] = { "-", "/dev/null", "/", new_path };

	(void)state;
	assert_int_equal(mkfifo(new_path, 0600), 0);
	for (size_t i = 0; i < N_ELEMENTS(paths); i++) {
		struct output_files *files;

		args.file = paths[i];
		files = prepare();
		assert_int_equal(n_changes(files), 0);
		assert_int_equal(finish(files, false, true), 0);
	}
	assert_int_equal(n_messages() + fake_frontend.n_messages[MESSAGE_DEBUG], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_read_takes_the_place_of_the_old_file),
		TEST(owner_and_group_stay),
		TEST(a_link_stays_one),
		TEST(what_flashrom_never_opened_replaces_nothing),
		TEST(a_read_of_nothing_new_is_a_good_one),
		TEST(what_cannot_be_put_in_its_place_is_kept_and_told),
		TEST(a_failed_read_costs_nothing),
		TEST(half_a_read_costs_nothing_either),
		TEST(nothing_is_said_of_a_file_that_was_not_opened),
		TEST(without_an_end_old_files_stay),
		TEST(files_of_regions_are_protected_too),
		TEST(one_file_by_two_names_gets_what_was_written_last),
		TEST(a_new_file_is_written_by_its_name_and_told_of),
		TEST(an_empty_file_has_nothing_to_lose),
		TEST(other_names_of_the_file_stay_names_of_it),
		TEST(a_file_that_is_not_protected_is_told_of_when_it_is_lost),
		TEST(a_folder_that_takes_no_file_is_no_obstacle),
		TEST(a_file_that_may_not_be_written_stays),
		TEST(what_is_only_read_is_left_alone),
		TEST(pipes_devices_and_standard_output_are_left_alone),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
