/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes the lines "serprog: requested mapping NAME is incompatible: ..." out of
 * what flashrom prints. Releases before 1.8 print one for each flash of more
 * than 16 MiB that they know (serprog_map() in serprog.c), in each run. Bytes
 * in, bytes out.
 */
#ifndef CH341A_BEKEN_WARNING_FILTER_H
#define CH341A_BEKEN_WARNING_FILTER_H

#include <stdbool.h>
#include <stddef.h>

/* Longer lines are none of those. */
#define WARNING_FILTER_LINE 512

/* All zero at the start of a line. */
struct warning_filter {
	char held[WARNING_FILTER_LINE]; /* a line that may still become one of those */
	size_t n_held;
	bool passing; /* the rest of this line */
};

typedef void warning_filter_out_fn(void *arg, const char *data, size_t n);

/* Hands on what is not of such a line, in order, and holds back the begin of a
 * line only as long as it may be one. out is not called for nothing. */
void warning_filter_feed(struct warning_filter *filter, const char *data, size_t n, warning_filter_out_fn *out,
			 void *arg);

/* Hands on what is held back, and the rest of that line when it comes. */
void warning_filter_flush(struct warning_filter *filter, warning_filter_out_fn *out, void *arg);

#endif
