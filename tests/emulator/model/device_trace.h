/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who listens to a device: to lines of text for what happens, and to levels. */
#ifndef BEKEN_EMU_DEVICE_TRACE_H
#define BEKEN_EMU_DEVICE_TRACE_H

#include "bench.h"

struct trace {
	unsigned int dev;
	bench_event_fn *fn;	/* NULL: nobody listens */
	void *arg;
	bench_wire_fn *wire_fn;	/* NULL: no probes */
	void *wire_arg;
};

/* Formatting is the costly part, so callers on hot paths ask first. */
static inline bool trace_on(const struct trace *trace)
{
	return trace->fn != NULL;
}

static inline bool trace_wires_on(const struct trace *trace)
{
	return trace->wire_fn != NULL;
}

static inline void trace_wire(const struct trace *trace, int64_t t, enum bench_wire wire,
			      enum bench_level level)
{
	if (trace_wires_on(trace))
		trace->wire_fn(trace->wire_arg, t, trace->dev, wire, level);
}

void trace_line(const struct trace *trace, int64_t t, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
