/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usbip_say.h"

#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "complain.h"

/* In a pipe that can be written to, there is room for 4096 bytes (PIPE_BUF). */
#define LINE_SIZE 512

static bool has_room(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };

	return poll(&poll_fd, 1, 0) > 0 && poll_fd.revents & POLLOUT;
}

void usbip_say(const char *format, ...)
{
	va_list args;

	if (!has_room(STDOUT_FILENO))
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

void usbip_warn(const char *format, ...)
{
	char line[LINE_SIZE];
	va_list args;

	if (!has_room(STDERR_FILENO))
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	complain("%s", line);
}
