/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usbip_control.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complain.h"
#include "usbip_say.h"

typedef void action_fn(struct usbip_exports *exports, unsigned int dev);

int usbip_control_open(struct usbip_control *control, const char *path)
{
	struct stat st;

	*control = (struct usbip_control) { .fd = -1 };
	if (!path)
		return 0;
	if (!strcmp(path, "-")) {
		control->fd = STDIN_FILENO;
		control->is_stdin = true;
		return 0;
	}
	/* Opened for writing as well, it has no end when a writer leaves. */
	control->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (control->fd < 0 || fstat(control->fd, &st)) {
		complain("--control %s: %s", path, strerror(errno));
		return -1;
	}
	if (S_ISFIFO(st.st_mode))
		return 0;
	complain("--control %s: is not a FIFO; make one with mkfifo", path);
	return -1;
}

void usbip_control_close(struct usbip_control *control)
{
	if (control->fd >= 0 && !control->is_stdin)
		close(control->fd);
	control->fd = -1;
}

static void for_each(struct usbip_exports *exports, const char *busid, action_fn *action)
{
	int dev = usbip_exports_find(exports, busid);
	bool all = !strcmp(busid, "all");

	if (dev < 0 && !all)
		usbip_warn("control: there is no device \"%s\"", busid);
	for (unsigned int i = 0; i < usbip_exports_count(exports); i++)
		if (all || (int)i == dev)
			action(exports, i);
}

/* Returns true for `quit`. */
static bool obey(struct usbip_exports *exports, char *line)
{
	char *rest = line;
	const char *command = strsep(&rest, " ");

	if (!strcmp(command, "quit") && !rest)
		return true;
	if (!strcmp(command, "unplug") && rest)
		for_each(exports, rest, usbip_exports_unplug);
	else if (!strcmp(command, "plug") && rest)
		for_each(exports, rest, usbip_exports_plug);
	else if (*line)
		usbip_warn("control: no such command, or without a device: \"%s\"", command);
	return false;
}

/* Returns true if a line is complete. */
static bool add(struct usbip_control *control, char c)
{
	if (c == '\n') {
		bool skip = control->too_long;

		control->line[control->length] = '\0';
		control->length = 0;
		control->too_long = false;
		return !skip;
	}
	if (control->length < sizeof(control->line) - 1) {
		control->line[control->length++] = c ? c : '?';
	} else if (!control->too_long) {
		control->too_long = true;
		usbip_warn("control: a line is too long");
	}
	return false;
}

bool usbip_control_read(struct usbip_control *control, struct usbip_exports *exports)
{
	char bytes[512];
	ssize_t n = read(control->fd, bytes, sizeof(bytes));
	bool quit = false;

	if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
		return false;
	if (n <= 0) {
		usbip_control_close(control);
		return false;
	}
	for (ssize_t i = 0; i < n && !quit; i++)
		if (add(control, bytes[i]))
			quit = obey(exports, control->line);
	return quit;
}
