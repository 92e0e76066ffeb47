/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool_say.h"

#include <stdarg.h>
#include <string.h>

#include "tool.h"

#define COLUMNS 79
#define TEXT_SIZE 2048

void tool_say(enum message_level level, const char *text)
{
	static const char *const labels[] = { "Error: ", "Warning: ", "", "", "" };

	/* Lines of a list follow their sentence. */
	fprintf(stderr, TOOL_NAME ": %s%s\n", text[0] == ' ' ? "" : labels[level], text);
}

static void say(enum message_level level, const char *format, va_list args)
{
	char text[TEXT_SIZE];

	vsnprintf(text, sizeof(text), format, args);
	tool_say(level, text);
}

void tool_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(MESSAGE_ERROR, format, args);
	va_end(args);
}

void tool_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(MESSAGE_WARNING, format, args);
	va_end(args);
}

void tool_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(MESSAGE_INFO, format, args);
	va_end(args);
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

void tool_print_wrapped(FILE *out, unsigned int indent, const char *text)
{
	while (*text) {
		const size_t length = strcspn(text, "\n");
		const size_t n = fitting(text, length, COLUMNS - indent);

		fprintf(out, "%*s%.*s\n", (int)indent, "", (int)n, text);
		text += n;
		if (*text == ' ' || *text == '\n')
			text++;
	}
}
