/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hints are made from: the run, and sentences. The hints themselves are each in a
 * file of their own. */
#ifndef CH341A_BEKEN_HINT_H
#define CH341A_BEKEN_HINT_H

#include <stdbool.h>
#include <stdint.h>

#include "flashrom_args.h"
#include "flashrom_log.h"
#include "frontend.h"
#include "output_files.h"

/* What flashrom has asked of the programmer. All zero at the start. */
struct hints_seen {
	bool started;	     /* it has started the programmer */
	uint32_t jedec_id;   /* that it was given, or 0 */
	uint64_t bytes_read; /* of the flash's content that it was given */
};

/* One run of flashrom that has ended by itself. */
struct hints_run {
	const struct flashrom_args *args;
	const struct flashrom_findings *found;
	const struct hints_seen *seen;
	const struct output_files *outputs; /* may be NULL */
	int status;			    /* its exit status */
};

/* Takes one sentence. */
typedef void hints_say_fn(void *arg, enum message_level level, const char *text);

struct hint {
	const struct hints_run *run;
	hints_say_fn *say;
	void *arg;
};

/* "flashrom" or "flashprog" */
const char *hint_program(const struct hint *hint);

/* ---- saying something ---- */

/* One sentence. */
void hint_say(const struct hint *hint, enum message_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- the hints; those that return something tell whether they applied ---- */

/* A file could not be written in whole. */
bool hint_at_short_read(const struct hint *hint);

/* The file that was read is not as large as the flash. */
void hint_at_wrong_size(const struct hint *hint);

#endif
