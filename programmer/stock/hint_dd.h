/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dd, which copies between a file and its place in a file as large as the flash. */
#ifndef CH341A_BEKEN_HINT_DD_H
#define CH341A_BEKEN_HINT_DD_H

#include <stdbool.h>
#include <stdint.h>

#include "hint.h"

struct hint_dd {
	const char *from, *to;
	uint64_t skip, seek; /* bytes before it in either file */
	uint64_t count;	     /* bytes; 0: to the end */
	bool keep;	     /* what the target has behind it */
};

void hint_dd_say(const struct hint_dd *dd, const struct hint *hint);

#endif
