/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* memmem() */
#include "warning_filter.h"

#include <string.h>

#include "terminal.h"

static const char start[] = "serprog: requested mapping ";
static const char middle[] = " is incompatible: ";
#define START_SIZE (sizeof(start) - 1)
#define MIDDLE_SIZE (sizeof(middle) - 1)

static bool is_unwanted(const struct warning_filter *filter)
{
	return filter->n_held > START_SIZE &&
	       memmem(filter->held + START_SIZE, filter->n_held - START_SIZE, middle, MIDDLE_SIZE);
}

/* Judges by the byte that has just been added. */
static bool may_be_unwanted(const struct warning_filter *filter)
{
	const size_t n = filter->n_held;

	if (n <= START_SIZE)
		return filter->held[n - 1] == start[n - 1];
	return n < WARNING_FILTER_LINE;
}

void warning_filter_flush(struct warning_filter *filter)
{
	if (!filter->n_held)
		return;
	terminal_write(filter->held, filter->n_held);
	filter->passing = filter->held[filter->n_held - 1] != '\n';
	filter->n_held = 0;
}

static void hold(struct warning_filter *filter, char byte)
{
	filter->held[filter->n_held++] = byte;
	if (byte == '\n' && is_unwanted(filter))
		filter->n_held = 0;
	else if (byte == '\n' || !may_be_unwanted(filter))
		warning_filter_flush(filter);
}

/* Returns how many bytes belong to the line that is not filtered. */
static size_t pass(struct warning_filter *filter, const char *data, size_t n)
{
	const char *end = memchr(data, '\n', n);
	const size_t length = end ? (size_t)(end - data) + 1 : n;

	terminal_write(data, length);
	filter->passing = !end;
	return length;
}

void warning_filter_feed(struct warning_filter *filter, const char *data, size_t n)
{
	size_t at = 0;

	while (at < n) {
		if (filter->passing)
			at += pass(filter, data + at, n - at);
		else
			hold(filter, data[at++]);
	}
}
