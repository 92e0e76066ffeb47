/* SPDX-License-Identifier: GPL-2.0-or-later */
/* On folders that look like /proc and /sys. */
#define _XOPEN_SOURCE 700
#include "unit.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "usb_holders.h"

static char root[64];

static void in_root(const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", root, name);
}

static void make_folder(const char *name)
{
	char path[256];

	in_root(name, path, sizeof(path));
	for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		mkdir(path, 0700);
	}
	mkdir(path, 0700);
}

static void make_link(const char *name, const char *target)
{
	char path[256];

	in_root(name, path, sizeof(path));
	assert_int_equal(symlink(target, path), 0);
}

static void make_process(const char *pid, const char *name, const char *open_file)
{
	char path[256], entry[64];
	FILE *file;

	snprintf(entry, sizeof(entry), "%s/fd", pid);
	make_folder(entry);
	snprintf(entry, sizeof(entry), "%s/comm", pid);
	in_root(entry, path, sizeof(path));
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%s\n", name);
	fclose(file);
	snprintf(entry, sizeof(entry), "%s/fd/0", pid);
	make_link(entry, "/dev/null");
	snprintf(entry, sizeof(entry), "%s/fd/7", pid);
	make_link(entry, open_file);
}

static int setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_holders.XXXXXX");
	return !mkdtemp(root);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void processes_that_have_the_device_open_are_found(void **state)
{
	struct usb_holder holders[4];
	size_t n;

	(void)state;
	make_process("11", "flashrom", "/dev/bus/usb/001/004");
	make_process("12", "other", "/dev/bus/usb/001/040");
	make_process("13", "third", "/dev/bus/usb/002/004");
	make_folder("self");
	n = usb_holders_find(root, 1, 4, holders, N_ELEMENTS(holders));
	assert_int_equal(n, 1);
	assert_int_equal(holders[0].pid, 11);
	assert_string_equal(holders[0].name, "flashrom");
	assert_int_equal(usb_holders_find(root, 3, 4, holders, N_ELEMENTS(holders)), 0);
}

static void we_ourselves_are_not_among_them(void **state)
{
	struct usb_holder holders[4];
	char pid[32];

	(void)state;
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	make_process(pid, "us", "/dev/bus/usb/001/004");
	assert_int_equal(usb_holders_find(root, 1, 4, holders, N_ELEMENTS(holders)), 0);
}

static void no_more_are_told_than_there_is_room_for(void **state)
{
	struct usb_holder holders[4];

	(void)state;
	make_process("11", "a", "/dev/bus/usb/001/004");
	make_process("12", "b", "/dev/bus/usb/001/004");
	make_process("13", "c", "/dev/bus/usb/001/004");
	assert_int_equal(usb_holders_find(root, 1, 4, holders, 2), 2);
}

static void names_are_not_longer_than_their_room(void **state)
{
	struct usb_holder holders[1];

	(void)state;
	make_process("11", "a-name-that-is-much-longer-than-a-kernel-would-give", "/dev/bus/usb/001/004");
	assert_int_equal(usb_holders_find(root, 1, 4, holders, 1), 1);
	assert_int_equal(strlen(holders[0].name), USB_HOLDER_NAME_SIZE - 1);
}

static void without_proc_nobody_is_found(void **state)
{
	struct usb_holder holders[1];

	(void)state;
	assert_int_equal(usb_holders_find("/no/such/folder", 1, 4, holders, 1), 0);
}

static void the_kernel_driver_has_the_name_of_its_folder(void **state)
{
	char name[USB_HOLDER_NAME_SIZE];

	(void)state;
	make_folder("bus/usb/devices/1-2.3:1.0");
	make_folder("bus/usb/devices/1-2:1.0");
	make_folder("bus/usb/devices/1-4:1.0");
	make_link("bus/usb/devices/1-2.3:1.0/driver", "../../../../bus/usb/drivers/spi-ch341");
	make_link("bus/usb/devices/1-2:1.0/driver", "../../../../bus/usb/drivers/usbfs");
	assert_true(usb_holders_kernel_driver(root, "1-2.3", name, sizeof(name)));
	assert_string_equal(name, "spi-ch341");
	assert_false(usb_holders_kernel_driver(root, "1-2", name, sizeof(name)));
	assert_false(usb_holders_kernel_driver(root, "1-4", name, sizeof(name)));
	assert_false(usb_holders_kernel_driver(root, "9-9", name, sizeof(name)));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(processes_that_have_the_device_open_are_found),
		TEST(we_ourselves_are_not_among_them),
		TEST(no_more_are_told_than_there_is_room_for),
		TEST(names_are_not_longer_than_their_room),
		TEST(without_proc_nobody_is_found),
		TEST(the_kernel_driver_has_the_name_of_its_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
