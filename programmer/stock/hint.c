/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hint.h"

#include <stdarg.h>
#include <stdio.h>

#include "hint_line.h"

void hint_say(const struct hint *hint, enum message_level level, const char *format, ...)
{
	struct hint_line line;
	va_list args;

	if (!hint_line_begin(&line))
		return;
	va_start(args, format);
	vfprintf(line.out, format, args);
	va_end(args);
	hint_line_end(&line, hint, level);
}

const char *hint_program(const struct hint *hint)
{
	return hint->run->found->is_flashprog ? "flashprog" : "flashrom";
}

bool hint_writes(const struct hint *hint)
{
	const char operation = hint->run->args->operation;

	return operation == 'w' || operation == 'v';
}
