/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What to do next where flashrom has stopped a person, and where a release of
 * it says that all went well and it did not.
 */
#ifndef CH341A_BEKEN_HINTS_H
#define CH341A_BEKEN_HINTS_H

#include <stdint.h>

#include "hint.h"
#include "nor_command.h"

/* To be called with each command that the flash has answered. */
void hints_note_answer(struct hints_seen *seen, const struct nor_command *command);

/* The exit status that is right: flashrom's, or 1 if that was 0 although the
 * content that was to be read or compared was never asked for. */
int hints_status(const struct hints_run *run);

/* Says what helps. */
void hints_give(const struct hints_run *run, hints_say_fn *say, void *arg);

#endif
