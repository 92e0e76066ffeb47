/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_STOCK_FLASHROM_H
#define CH341A_BEKEN_STOCK_FLASHROM_H

#include <stdbool.h>

#include "params.h"
#include "write_plan.h"

/* flashrom with its own command line, and with this programmer. For another programmer it becomes
 * the real flashrom. called_as is what the user types before the arguments, or with is_tool,
 * before "flashrom" and the arguments. Returns the exit status. */
int stock_flashrom(int argc, char **argv, const char *called_as, bool is_tool) __attribute__((nonnull));

/* What became of a file that was to be written. */
struct stock_write_result {
	const struct write_plan_facts *plan; /* NULL: it did not get as far */
	const char *backup;		     /* path of the one that was made; NULL: none was */
	int status; /* exit status: 0 done, 1 nothing was changed, 2 it failed on the way */
};

struct stock_write {
	const char *file;
	const struct params *params;
	struct write_wishes wishes;
	unsigned int verbosity;
	bool dry_run; /* no more than the plan */
	/* Called at the end, once. */
	void (*tell)(void *arg, const struct stock_write_result *result);
	void *arg;
};

/* Writes a file by way of flashrom, whose output is only shown if it fails. Returns
 * the exit status. */
int stock_write(const struct stock_write *write) __attribute__((nonnull));

#endif
