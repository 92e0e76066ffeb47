/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "device_trace.h"

#include <stdarg.h>

void trace_line(const struct trace *trace, int64_t t, const char *fmt, ...)
{
	char line[160];
	va_list ap;

	if (!trace_on(trace))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	trace->fn(trace->arg, t, trace->dev, line);
}
