/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Removes lines "serprog: requested mapping NAME is incompatible: ...". Releases before
 * 1.8 print one for each flash of more than 16 MiB that they know (serprog_map()). */
#ifndef CH341A_BEKEN_WARNING_FILTER_H
#define CH341A_BEKEN_WARNING_FILTER_H

#include <stdbool.h>
#include <stddef.h>

/* Longer lines are not filtered. */
#define WARNING_FILTER_LINE 512

/* All zero at the start of a line. */
struct warning_filter {
	char held[WARNING_FILTER_LINE]; /* the start of a line that may be one of those */
	size_t n_held;
	bool passing; /* the rest of this line is not filtered */
};

/* Prints everything else by terminal_write(), in order. The start of a line is delayed
 * only while it may be one of those. */
void warning_filter_feed(struct warning_filter *filter, const char *data, size_t n);

/* Prints what is delayed, and the rest of that line when it comes. */
void warning_filter_flush(struct warning_filter *filter);

#endif
