/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool_say.h"

#include <stdarg.h>
#include <string.h>

#include "commands.h"

#define COLUMNS 79
#define TEXT_SIZE 8192 /* for a long path */

void tool_say(enum message_level level, const char *text)
{
	static const char *const labels[] = { "Error: ", "Warning: ", "", "", "" };

	/* Lines of a list follow their sentence. */
	fprintf(stderr, TOOL_NAME ": %s%s\n", text[0] == ' ' ? "" : labels[level], text);
}

void tool_print(enum message_level level, const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tool_say(level, text);
}

/* The part of a line that fits: up to the last blank that does. A word that is
 * longer than a line stays whole. */
static size_t fitting(const char *line, size_t length, size_t width)
{
	size_t n = width;

	if (length <= width)
		return length;
	while (n && line[n] != ' ')
		n--;
	return n ? n : strcspn(line, " \n");
}

static bool is_command(const char *line)
{
	return !strncmp(line, "    ", 4);
}

void tool_print_wrapped(FILE *out, const char *first, const char *text)
{
	const size_t indent = strlen(first);

	for (const char *before = first; *text; before = "") {
		const size_t length = strcspn(text, "\n");
		const size_t n = is_command(text) ? length : fitting(text, length, COLUMNS - indent);

		fprintf(out, "%-*s%.*s\n", (int)indent, before, (int)n, text);
		text += n;
		if (*text == ' ' || *text == '\n')
			text++;
	}
}
