/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* vasprintf() */
#include "hint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *hint_program(const struct hint *hint)
{
	return hint->run->found->is_flashprog ? "flashprog" : "flashrom";
}

void hint_say(const struct hint *hint, enum message_level level, const char *format, ...)
{
	char *text;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		return;
	hint->say(hint->arg, level, text);
	free(text);
}
