/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of text for each thing that happens on the wires of a device. */
#ifndef BEKEN_EMU_BENCH_TRACE_H
#define BEKEN_EMU_BENCH_TRACE_H

#include "bench.h"

struct trace {
	unsigned int dev;
	bench_event_fn *fn;	/* NULL: nobody listens */
	void *arg;
};

/* Formatting is the costly part, so callers on hot paths ask first. */
static inline bool trace_on(const struct trace *trace)
{
	return trace->fn != NULL;
}

void trace_line(const struct trace *trace, int64_t t, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
