/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#define OLD "the only backup"

static char folder[] = "/tmp/test_kept_files.XXXXXX", old_path[64], new_path[64];
static struct flashrom_args args;
static enum output_file_state states[4];
static int n_states;

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(old_path, sizeof(old_path), "%s/old", folder);
	snprintf(new_path, sizeof(new_path), "%s/new", folder);
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
	n_states = 0;
	put(old_path, OLD);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(old_path);
	unlink(new_path);
	return 0;
}

static void tell(void *arg, const char *path, enum output_file_state state)
{
	(void)arg;
	(void)path;
	assert_true(n_states < (int)N_ELEMENTS(states));
	states[n_states++] = state;
}

static void restore(struct output_files *kept)
{
	output_files_restore(kept, tell, NULL);
	output_files_free(kept);
}

static void an_emptied_file_has_its_old_content_again(void **state)
{
	struct output_files *kept = output_files_new(&args);

	(void)state;
	put(old_path, "");
	restore(kept);
	assert_int_equal(states[0], OUTPUT_FILE_RESTORED);
	assert_file_holds(old_path, OLD);
}

static void a_file_of_the_same_size_or_gone_is_restored_too(void **state)
{
	struct output_files *kept = output_files_new(&args);

	(void)state;
	put(old_path, "The only backup");
	output_files_restore(kept, tell, NULL);
	assert_file_holds(old_path, OLD);
	unlink(old_path);
	restore(kept);
	assert_file_holds(old_path, OLD);
	assert_int_equal(n_states, 2);
}

static void an_untouched_file_is_not_written_to(void **state)
{
	struct output_files *kept = output_files_new(&args);
	struct stat before, after;

	(void)state;
	assert_int_equal(stat(old_path, &before), 0);
	restore(kept);
	assert_int_equal(states[0], OUTPUT_FILE_UNCHANGED);
	assert_int_equal(stat(old_path, &after), 0);
	assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim));
}

static void files_of_regions_are_kept_too(void **state)
{
	char include[80];
	struct output_files *kept;

	(void)state;
	snprintf(include, sizeof(include), "part:%s", old_path);
	args.operation = 'x';
	args.file = NULL;
	args.includes[0].value = "other";
	args.includes[1].value = include;
	args.n_includes = 2;
	kept = output_files_new(&args);
	put(old_path, "");
	restore(kept);
	assert_int_equal(n_states, 1);
	assert_int_equal(states[0], OUTPUT_FILE_RESTORED);
	assert_file_holds(old_path, OLD);
}

static void a_new_file_stays_and_is_told_of(void **state)
{
	struct output_files *kept;

	(void)state;
	args.file = new_path;
	kept = output_files_new(&args);
	put(new_path, "");
	output_files_restore(kept, tell, NULL);
	assert_int_equal(states[0], OUTPUT_FILE_NEW);
	assert_file_holds(new_path, "");
	unlink(new_path);
	restore(kept);
	assert_int_equal(states[1], OUTPUT_FILE_MISSING);
}

static void what_is_only_read_is_not_kept(void **state)
{
	(void)state;
	args.operation = 'w';
	assert_null(output_files_new(&args));
	args.operation = 0;
	assert_null(output_files_new(&args));
	restore(NULL);
	assert_int_equal(n_states, 0);
}

static void pipes_devices_and_standard_output_are_left_alone(void **state)
{
	static const char *const paths[] = { "-", "/dev/null", "/", NULL };

	(void)state;
	for (int i = 0; i < 3; i++) {
		args.file = paths[i];
		restore(output_files_new(&args));
	}
	args.file = new_path;
	assert_int_equal(mkfifo(new_path, 0600), 0);
	restore(output_files_new(&args));
	assert_int_equal(n_states, 0);
}

static void a_file_too_large_to_keep_is_told_of_when_it_is_lost(void **state)
{
	struct output_files *kept;

	(void)state;
	assert_int_equal(truncate(old_path, (off_t)1 << 30), 0);
	kept = output_files_new(&args);
	output_files_restore(kept, tell, NULL);
	assert_int_equal(states[0], OUTPUT_FILE_UNCHANGED);
	assert_int_equal(truncate(old_path, 0), 0);
	restore(kept);
	assert_int_equal(states[1], OUTPUT_FILE_LOST);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_emptied_file_has_its_old_content_again),
		TEST(a_file_of_the_same_size_or_gone_is_restored_too),
		TEST(an_untouched_file_is_not_written_to),
		TEST(files_of_regions_are_kept_too),
		TEST(a_new_file_stays_and_is_told_of),
		TEST(what_is_only_read_is_not_kept),
		TEST(pipes_devices_and_standard_output_are_left_alone),
		TEST(a_file_too_large_to_keep_is_told_of_when_it_is_lost),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
