/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void complain(const char *format, ...)
{
	va_list args;

	fputs("beken-emu: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void *must(void *p)
{
	if (!p)
		abort();
	return p;
}
