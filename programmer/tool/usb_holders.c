/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usb_holders.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static bool read_link(const char *path, char *target, size_t size)
{
	const ssize_t n = readlink(path, target, size - 1);

	if (n < 0)
		return false;
	target[n] = '\0';
	return true;
}

static bool has_open(const char *proc, const char *pid, const char *device)
{
	char path[PATH_MAX], target[PATH_MAX];
	const struct dirent *entry;
	bool found = false;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/%s/fd", proc, pid);
	/* Most often a process of another user. */
	folder = opendir(path);
	if (!folder)
		return false;
	while (!found && (entry = readdir(folder))) {
		snprintf(path, sizeof(path), "%s/%s/fd/%s", proc, pid, entry->d_name);
		found = read_link(path, target, sizeof(target)) && !strcmp(target, device);
	}
	closedir(folder);
	return found;
}

static void read_name(const char *proc, const char *pid, char *name, size_t size)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/comm", proc, pid);
	file = fopen(path, "r");
	if (!file || !fgets(name, (int)size, file))
		snprintf(name, size, "?");
	name[strcspn(name, "\n")] = '\0';
	if (file)
		fclose(file);
}

size_t usb_holders_find(const char *proc, unsigned int bus, unsigned int address, struct usb_holder *holders,
			size_t size)
{
	const struct dirent *entry;
	char device[64];
	size_t n = 0;
	DIR *folder = opendir(proc);

	if (!folder)
		return 0;
	snprintf(device, sizeof(device), "/dev/bus/usb/%03u/%03u", bus, address);
	while (n < size && (entry = readdir(folder))) {
		const long pid = strtol(entry->d_name, NULL, 10);

		if (pid <= 0 || pid == getpid() || !has_open(proc, entry->d_name, device))
			continue;
		holders[n].pid = pid;
		read_name(proc, entry->d_name, holders[n++].name, USB_HOLDER_NAME_SIZE);
	}
	closedir(folder);
	return n;
}

bool usb_holders_kernel_driver(const char *sys, const char *port, char *name, size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *slash;

	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s:1.0/driver", sys, port);
	if (!read_link(path, target, sizeof(target)))
		return false;
	slash = strrchr(target, '/');
	snprintf(name, size, "%s", slash ? slash + 1 : target);
	/* That stands for a program that has claimed it. */
	return strcmp(name, "usbfs") != 0;
}
