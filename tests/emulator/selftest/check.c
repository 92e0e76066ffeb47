/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static unsigned int passed, failed;

static const char *base_name(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash ? slash + 1 : file;
}

void check_note(bool ok, const char *what, const char *file, int line)
{
	if (ok)
		passed++;
	else
		check_failed("%s:%d: %s", base_name(file), line, what);
}

void check_near(double value, double wanted, double percent, const char *what, const char *file,
		int line)
{
	const double off = (value - wanted) / wanted * 100;

	if (off >= -percent && off <= percent)
		passed++;
	else
		check_failed("%s:%d: %s is %g, not %g", base_name(file), line, what, value, wanted);
}

void check_failed(const char *format, ...)
{
	va_list arguments;

	failed++;
	printf("failed: ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

void check_passed(void)
{
	passed++;
}

int check_summary(void)
{
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
