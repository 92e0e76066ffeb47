/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* asprintf() */
#include "terminal.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"
#include "signals.h"

/* How long a blocked terminal is waited for after a signal. */
#define PATIENCE_US 1000000
#define TICK_MS 200
#define USUAL_COLUMNS 80
#define TAB 8
/* A pipe that polls as writable takes this much without blocking. */
#define PIECE _POSIX_PIPE_BUF
#define TRIES_PER_LINE 10
#define MAX_SHOWN 120

static struct {
	size_t column;
	bool unclear;		   /* the width of what is in the line is not known */
	bool gone;		   /* the reader has closed it */
	bool stuck;		   /* blocked, and there is no time to wait */
	char shown[MAX_SHOWN + 1]; /* after the text; "": nothing */
	int64_t written_us;
	terminal_pending_fn *pending;
	void *pending_arg;
} screen;

static bool is_ready(int timeout_ms)
{
	struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&fd, 1, timeout_ms) > 0;
}

static bool wait_until_ready(void)
{
	int64_t give_up_us = 0;

	while (!is_ready(screen.stuck ? 0 : TICK_MS)) {
		if (!signals_count())
			continue;
		if (!give_up_us)
			give_up_us = beken_clock_us() + PATIENCE_US;
		screen.stuck |= beken_clock_us() >= give_up_us;
		if (screen.stuck)
			return false;
	}
	return true;
}

static void put(const char *data, size_t n)
{
	while (n && !screen.gone && wait_until_ready()) {
		const ssize_t written = write(STDERR_FILENO, data, n < PIECE ? n : PIECE);

		if (written >= 0) {
			data += written;
			n -= (size_t)written;
			continue;
		}
		/* SIGPIPE is caught, so it would come again for each line. */
		screen.gone = errno == EPIPE;
		if (errno != EINTR && errno != EAGAIN)
			return;
	}
}

static void advance(unsigned char byte)
{
	if (byte == '\n' || byte == '\r') {
		screen.column = 0;
		screen.unclear = false;
	} else if (byte == '\b') {
		screen.column -= screen.column > 0;
	} else if (byte == '\t') {
		screen.column += TAB - screen.column % TAB;
	} else if (byte >= ' ' && byte < 0x7f) {
		screen.column++;
	} else {
		screen.unclear = true;
	}
}

void terminal_write(const char *data, size_t n)
{
	terminal_clear();
	put(data, n);
	for (size_t i = 0; i < n; i++)
		advance((unsigned char)data[i]);
	screen.written_us = beken_clock_us();
}

void terminal_set_pending(terminal_pending_fn *pending, void *arg)
{
	screen.pending = pending;
	screen.pending_arg = arg;
}

void terminal_line(const char *format, ...)
{
	char *text, *line;
	va_list args;
	int n;

	if (screen.pending)
		screen.pending(screen.pending_arg);
	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		return;
	/* In one write, in case other programs print there as well. */
	n = asprintf(&line, "%s%s\n", terminal_is_at_line_start() ? "" : "\n", text);
	free(text);
	if (n < 0)
		return;
	terminal_write(line, (size_t)n);
	free(line);
}

bool terminal_can_overwrite(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

static size_t columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return USUAL_COLUMNS;
	return size.ws_col;
}

/* Backspaces, the text, and blanks over the rest of the old one. */
static void replace(const char *text)
{
	const size_t old = strlen(screen.shown), n = strlen(text), blanks = old > n ? old - n : 0;
	char line[4 * MAX_SHOWN];

	memset(line, '\b', old);
	memcpy(line + old, text, n);
	memset(line + old + n, ' ', blanks);
	/* The terminal shows ^C at the cursor: right after the text. */
	memset(line + old + n + blanks, '\b', blanks);
	put(line, old + n + 2 * blanks);
	strcpy(screen.shown, text);
}

/* For these two the terminal has printed ^C or ^\ at a position that we do not
 * know, so nothing is overwritten. */
static bool stopped_from_the_keyboard(void)
{
	return signals_last() == SIGINT || signals_last() == SIGQUIT;
}

void terminal_show(const char *text)
{
	const size_t n = strlen(text);

	/* The position of the cursor may be unknown; see
	 * stopped_from_the_keyboard(). */
	if (signals_count())
		return;
	if (screen.unclear || n > MAX_SHOWN || screen.column + n >= columns())
		terminal_clear();
	else if (strcmp(text, screen.shown) != 0 && is_ready(0))
		replace(text);
}

void terminal_try(const char *text, bool endless)
{
	static unsigned int n;

	if (terminal_can_overwrite())
		terminal_show(text);
	else if (endless && ++n % TRIES_PER_LINE == 0)
		terminal_line("%s", text);
}

void terminal_clear(void)
{
	if (screen.shown[0] && !stopped_from_the_keyboard())
		replace("");
	screen.shown[0] = '\0';
}

bool terminal_is_at_line_start(void)
{
	return screen.column == 0 && !screen.unclear;
}

int64_t terminal_written_us(void)
{
	return screen.written_us;
}
