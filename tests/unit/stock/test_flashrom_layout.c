/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flashrom_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char folder[] = "/tmp/test_flashrom_layout.XXXXXX", path[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/layout", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void write_layout(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static bool find(const char *name, struct flashrom_region *region)
{
	return flashrom_layout_find(path, name, strlen(name), region);
}

static void regions_are_found_by_their_whole_name(void **state)
{
	struct flashrom_region region;

	(void)state;
	write_layout("00000000:00010fff bootloader\n"
		     "  0x11000:0x131fff app\n"
		     "001e0000:001e0fff rf\n"
		     "5:4 upside-down\n");
	assert_true(find("app", &region));
	assert_int_equal(region.start, 0x11000);
	assert_int_equal(region.length, 0x121000);
	assert_true(find("bootloader", &region));
	assert_int_equal(region.start, 0);
	assert_false(find("boot", &region));
	assert_false(find("appx", &region));
	assert_false(find("upside-down", &region));
	/* As in -i rf:FILE. */
	assert_true(flashrom_layout_find(path, "rf:x", 2, &region));
	assert_int_equal(region.length, 0x1000);
}

static void what_is_no_layout_has_no_regions(void **state)
{
	struct flashrom_region region;

	(void)state;
	write_layout("\n#\nrubbish\n:\n1:2\n\xff\xff:\xff app\n");
	assert_false(find("app", &region));
	assert_false(flashrom_layout_find(NULL, "app", 3, &region));
	assert_false(flashrom_layout_find(folder, "app", 3, &region));
	assert_false(flashrom_layout_find("/nonexistent/layout", "app", 3, &region));
}

static void a_pipe_is_not_waited_for(void **state)
{
	struct flashrom_region region;

	(void)state;
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(find("app", &region));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regions_are_found_by_their_whole_name),
		cmocka_unit_test(what_is_no_layout_has_no_regions),
		cmocka_unit_test(a_pipe_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
