/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The computer of a bench. Timing depends on its kernel and on the USB host controller. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "ch341a_list.h"
#include "report_steps.h"

#define MAX_DEVICES 64

static void read_line(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");

	if (!file)
		return;
	if (!fgets(text, (int)size, file))
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	fclose(file);
}

static void find_controller(unsigned int bus, char *text, size_t size)
{
	char path[PATH_MAX], name[64] = "", target[PATH_MAX];
	const char *slash;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/usb/devices/usb%u/product", bus);
	read_line(path, name, sizeof(name));
	snprintf(path, sizeof(path), "/sys/bus/usb/devices/usb%u/../driver", bus);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	slash = strrchr(target, '/');
	if (name[0] || slash)
		snprintf(text, size, "%.40s (%.40s)", name, slash ? slash + 1 : "");
}

void report_computer(const struct frontend *frontend, struct report_adapter *adapter)
{
	struct ch341a_info infos[MAX_DEVICES];
	struct utsname name;
	size_t n = 0;

	if (!uname(&name))
		snprintf(adapter->kernel, sizeof(adapter->kernel), "%.30s %.60s %.30s", name.sysname,
			 name.release, name.machine);
	if (ch341a_list(frontend, infos, MAX_DEVICES, &n))
		return;
	for (size_t i = 0; i < n && i < MAX_DEVICES; i++) {
		if (infos[i].bus == adapter->usb.bus && infos[i].address == adapter->usb.address)
			memcpy(adapter->port, infos[i].port, sizeof(adapter->port));
	}
	find_controller(adapter->usb.bus, adapter->controller, sizeof(adapter->controller));
}
