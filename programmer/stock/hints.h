/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What to do next after flashrom has failed, or has reported success although it
 * failed.
 */
#ifndef CH341A_BEKEN_HINTS_H
#define CH341A_BEKEN_HINTS_H

#include <stdint.h>

#include "hint.h"
#include "nor_command.h"

/* To be called with each command that the flash has answered. */
void hints_note_answer(struct hints_seen *seen, const struct nor_command *command);

/* The correct exit status: flashrom's, or 1 if it reported success without
 * having read what it had to read or compare. */
int hints_status(const struct hints_run *run);

/* Of several definitions of flashrom that match a flash with this ID, the one to try:
 * that of our own table, or flashrom's first. NULL: there are not several. */
const char *hints_name_of_flash(const struct flashrom_findings *found, uint32_t jedec_id);

/* Says what helps. */
void hints_give(const struct hints_run *run, hints_say_fn *say, void *arg);

#endif
