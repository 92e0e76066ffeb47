/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to do next after flashrom has failed, or has reported success although it failed. */
#ifndef CH341A_BEKEN_HINTS_H
#define CH341A_BEKEN_HINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "flashrom_args.h"
#include "flashrom_log.h"
#include "frontend.h"
#include "nor_command.h"
#include "output_files.h"

/* What flashrom has asked of the programmer. All zero at the start. */
struct hints_seen {
	bool started;	     /* it has started the programmer */
	uint32_t jedec_id;   /* that it was given, or 0 */
	uint64_t bytes_read; /* of the flash's content that it was given */
};

/* One run of flashrom that has ended by itself. */
struct hints_run {
	const struct frontend *frontend; /* for the hints */
	const struct flashrom_args *args;
	const struct flashrom_findings *found;
	const struct hints_seen *seen;
	const struct output_files *outputs; /* may be NULL */
	int status;			    /* its exit status */
};

/* To be called with each command that the flash has answered. */
void hints_note_answer(struct hints_seen *seen, const struct nor_command *command);

/* The correct exit status: flashrom's, or 1 if it reported success without
 * having read what it had to read or compare. */
int hints_status(const struct hints_run *run);

/* Of several definitions of flashrom that match a flash with this ID, the one to try:
 * that of our own table, or flashrom's first. NULL: there are not several. */
const char *hints_name_of_flash(const struct flashrom_findings *found, uint32_t jedec_id);

/* Says what helps. */
void hints_give(const struct hints_run *run);

#endif
