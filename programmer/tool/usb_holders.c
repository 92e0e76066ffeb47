/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usb_holders.h"

#include <glob.h>
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

static void read_name(const char *proc, long pid, char *name, size_t size)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%ld/comm", proc, pid);
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
	char pattern[PATH_MAX], target[PATH_MAX], device[64];
	glob_t links;
	size_t n = 0;

	snprintf(pattern, sizeof(pattern), "%s/[1-9]*/fd/*", proc);
	snprintf(device, sizeof(device), "/dev/bus/usb/%03u/%03u", bus, address);
	/* Folders that may not be read, most often of other users, are passed over. */
	if (glob(pattern, 0, NULL, &links))
		return 0;
	for (size_t i = 0; i < links.gl_pathc && n < size; i++) {
		const long pid = strtol(links.gl_pathv[i] + strlen(proc) + 1, NULL, 10);

		if (pid == getpid() || (n && holders[n - 1].pid == pid) ||
		    !read_link(links.gl_pathv[i], target, sizeof(target)) || strcmp(target, device) != 0)
			continue;
		holders[n].pid = pid;
		read_name(proc, pid, holders[n++].name, USB_HOLDER_NAME_SIZE);
	}
	globfree(&links);
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
