/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "expect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct item {
	bool any;
	uint8_t byte;
	unsigned long times;
};

/* Takes one item and the blanks before it off *pattern; false at the end. */
static bool take(const char **pattern, struct item *item)
{
	char *end;

	*pattern += strspn(*pattern, " ");
	if (!**pattern)
		return false;
	item->any = **pattern == '?';
	item->times = 1;
	if (item->any) {
		++*pattern;
	} else {
		item->byte = (uint8_t)strtoul(*pattern, &end, 16);
		assert(end == *pattern + 2);
		*pattern = end;
	}
	if (**pattern == '*') {
		item->times = strtoul(*pattern + 1, &end, 10);
		*pattern = end;
	}
	assert(**pattern == ' ' || !**pattern);
	return true;
}

bool expect_match(const char *pattern, const uint8_t *data, size_t n, size_t *at)
{
	struct item item;

	*at = 0;
	while (take(&pattern, &item)) {
		for (unsigned long i = 0; i < item.times; i++) {
			if (*at == n || (!item.any && data[*at] != item.byte))
				return false;
			++*at;
		}
	}
	return *at == n;
}
