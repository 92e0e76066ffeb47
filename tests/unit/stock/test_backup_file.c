/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#define STEM "backup"
#define N_AT_ONCE 8
#define N_EACH 20

static char folder[64];
/* What the file system does not do. */
static int link_error, rename_error, fsync_error;
static int n_links, n_renames;

/* ---- a file system with faults, in place of the C library's calls ---- */

int link(const char *path, const char *new_path)
{
	n_links++;
	if (!link_error)
		return linkat(AT_FDCWD, path, AT_FDCWD, new_path, 0);
	errno = link_error;
	return -1;
}

int rename(const char *path, const char *new_path)
{
	n_renames++;
	if (!rename_error)
		return renameat(AT_FDCWD, path, AT_FDCWD, new_path);
	errno = rename_error;
	return -1;
}

int fsync(int fd)
{
	if (!fsync_error)
		return fdatasync(fd);
	errno = fsync_error;
	return -1;
}

/* ---- help ---- */

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test_backup_file.XXXXXX");
	link_error = rename_error = fsync_error = n_links = n_renames = 0;
	return mkdtemp(folder) ? 0 : -1;
}

static unsigned int count_files(bool remove)
{
	DIR *dir = opendir(folder);
	unsigned int n = 0;

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		char path[400];

		if (entry->d_name[0] == '.')
			continue;
		n++;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (remove)
			unlink(path);
	}
	closedir(dir);
	return n;
}

static int tear_down(void **state)
{
	(void)state;
	count_files(true);
	return rmdir(folder);
}

static char *path_of(const char *name)
{
	static char path[400];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static struct backup_file *make(const char *text)
{
	struct backup_file *file = backup_file_new(folder, STEM, strlen(text));

	assert_non_null(file);
	assert_int_equal(backup_file_write(file, (const uint8_t *)text, strlen(text)), 0);
	return file;
}

static void assert_kept(struct backup_file *file, const char *name, const char *content)
{
	char *path = backup_file_keep(file);

	assert_non_null(path);
	assert_string_equal(path, path_of(name));
	assert_file_holds(path, content);
	free(path);
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* ---- folders ---- */

static void a_folder_must_be_there_and_be_one(void **state)
{
	(void)state;
	assert_int_equal(backup_file_check_folder(folder), 0);
	assert_int_equal(backup_file_check_folder(path_of("missing")), -1);
	assert_int_equal(errno, ENOENT);
	put("file", "");
	assert_int_equal(backup_file_check_folder(path_of("file")), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(count_files(false), 1);
}

/* As somebody who is not root, whom nothing stops. */
static void a_folder_that_others_own_is_refused(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(chmod(folder, 0555), 0);
	pid = fork();
	if (!pid) {
		if (!geteuid() && (setgid(65534) || setuid(65534)))
			_exit(9);
		_exit(backup_file_check_folder(folder) && errno == EACCES ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* ---- one file ---- */

static void a_file_has_its_name_only_when_it_is_whole(void **state)
{
	struct backup_file *file = make("content");

	(void)state;
	assert_int_equal(access(path_of(STEM ".bin"), F_OK), -1);
	assert_file_holds(path_of(STEM ".bin.part"), "content");
	assert_kept(file, STEM ".bin", "content");
	assert_int_equal(count_files(false), 1);
}

static void a_removed_file_leaves_nothing_and_keeps_the_error(void **state)
{
	struct backup_file *file = make("content");

	(void)state;
	errno = ENOSPC;
	backup_file_remove(file);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(count_files(false), 0);
	backup_file_remove(NULL);
}

static void a_slash_behind_the_folder_is_not_doubled(void **state)
{
	struct backup_file *file;
	char *path;

	(void)state;
	file = backup_file_new(path_of(""), STEM, 1);
	assert_non_null(file);
	path = backup_file_keep(file);
	assert_non_null(path);
	assert_string_equal(path, path_of(STEM ".bin"));
	free(path);
}

static void rights_are_those_of_any_file(void **state)
{
	const mode_t before = umask(027);
	struct stat status;
	char *path = backup_file_keep(make("x"));

	(void)state;
	umask(before);
	assert_non_null(path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0640);
	free(path);
}

static void more_than_a_file_may_have_is_refused_before_a_signal_comes(void **state)
{
	struct rlimit before, limit;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 1000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_null(backup_file_new(folder, STEM, 1001));
	assert_int_equal(errno, EFBIG);
	backup_file_remove(backup_file_new(folder, STEM, 1000));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(count_files(false), 0);
}

static void a_disk_that_fails_is_told(void **state)
{
	struct backup_file *file = backup_file_new(folder, STEM, 1);

	(void)state;
	assert_non_null(file);
	fsync_error = EIO;
	assert_int_equal(backup_file_write(file, (const uint8_t *)"x", 1), -1);
	assert_int_equal(errno, EIO);
	backup_file_remove(file);
}

/* ---- names that are taken ---- */

static void no_file_is_overwritten(void **state)
{
	(void)state;
	put(STEM ".bin", "old");
	put(STEM "-2.bin", "older");
	assert_kept(make("new"), STEM "-3.bin", "new");
	assert_file_holds(path_of(STEM ".bin"), "old");
	assert_file_holds(path_of(STEM "-2.bin"), "older");
}

static void a_name_that_is_taken_meanwhile_is_left_alone(void **state)
{
	static const int errors[] = { 0, EPERM };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(errors); i++) {
		struct backup_file *file = make("new");

		link_error = errors[i];
		put(STEM ".bin", "other");
		assert_kept(file, STEM "-2.bin", "new");
		assert_file_holds(path_of(STEM ".bin"), "other");
		assert_int_equal(count_files(true), 2);
	}
}

static void a_broken_link_takes_its_name_too(void **state)
{
	(void)state;
	assert_int_equal(symlink("nowhere", path_of(STEM ".bin")), 0);
	assert_kept(make("new"), STEM "-2.bin", "new");
	assert_int_equal(access(path_of("nowhere"), F_OK), -1);
}

static void two_files_in_the_making_have_two_names(void **state)
{
	struct backup_file *first = make("first"), *second = make("second");

	(void)state;
	assert_file_holds(path_of(STEM ".bin.part"), "first");
	assert_file_holds(path_of(STEM "-2.bin.part"), "second");
	assert_kept(second, STEM ".bin", "second");
	assert_kept(first, STEM "-2.bin", "first");
	assert_int_equal(count_files(false), 2);
}

/* ---- file systems without hard links ---- */

static void without_hard_links_it_is_renamed(void **state)
{
	static const int errors[] = { EPERM, EOPNOTSUPP, ENOSYS, EMLINK };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(errors); i++) {
		struct backup_file *file = make("new");

		link_error = errors[i];
		n_renames = 0;
		assert_kept(file, STEM ".bin", "new");
		assert_int_equal(n_renames, 1);
		assert_int_equal(count_files(true), 1);
	}
}

static void a_name_that_cannot_be_given_leaves_nothing(void **state)
{
	struct backup_file *file = make("new");

	(void)state;
	link_error = EPERM;
	rename_error = EIO;
	assert_null(backup_file_keep(file));
	assert_int_equal(errno, EIO);
	assert_int_equal(count_files(false), 0);
}

/* ---- many at once ---- */

static int make_many(int number)
{
	char text[16];

	for (int i = 0; i < N_EACH; i++) {
		struct backup_file *file;
		char *path;

		snprintf(text, sizeof(text), "%d", number * N_EACH + i);
		file = backup_file_new(folder, STEM, strlen(text));
		if (!file || backup_file_write(file, (const uint8_t *)text, strlen(text)))
			return 1;
		path = backup_file_keep(file);
		if (!path)
			return 1;
		free(path);
	}
	return 0;
}

static void count_content(bool *seen)
{
	DIR *dir = opendir(folder);

	for (struct dirent *entry; (entry = readdir(dir));) {
		FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path_of(entry->d_name), "r");
		int number = -1;

		if (!file)
			continue;
		assert_int_equal(fscanf(file, "%d", &number), 1);
		assert_in_range(number, 0, N_AT_ONCE * N_EACH - 1);
		assert_false(seen[number]);
		seen[number] = true;
		fclose(file);
	}
	closedir(dir);
}

static void many_at_once_lose_none(void **state)
{
	bool seen[N_AT_ONCE * N_EACH] = { false };

	(void)state;
	for (int variant = 0; variant < 2; variant++) {
		link_error = variant ? EPERM : 0;
		for (int i = 0; i < N_AT_ONCE; i++) {
			if (!fork())
				_exit(make_many(i));
		}
		for (int i = 0; i < N_AT_ONCE; i++) {
			int status;

			assert_true(wait(&status) > 0);
			assert_int_equal(status, 0);
		}
		memset(seen, 0, sizeof(seen));
		count_content(seen);
		assert_int_equal(count_files(true), N_AT_ONCE * N_EACH);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_folder_must_be_there_and_be_one),
		TEST(a_folder_that_others_own_is_refused),
		TEST(a_file_has_its_name_only_when_it_is_whole),
		TEST(a_removed_file_leaves_nothing_and_keeps_the_error),
		TEST(a_slash_behind_the_folder_is_not_doubled),
		TEST(rights_are_those_of_any_file),
		TEST(more_than_a_file_may_have_is_refused_before_a_signal_comes),
		TEST(a_disk_that_fails_is_told),
		TEST(no_file_is_overwritten),
		TEST(a_name_that_is_taken_meanwhile_is_left_alone),
		TEST(a_broken_link_takes_its_name_too),
		TEST(two_files_in_the_making_have_two_names),
		TEST(without_hard_links_it_is_renamed),
		TEST(a_name_that_cannot_be_given_leaves_nothing),
		TEST(many_at_once_lose_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
