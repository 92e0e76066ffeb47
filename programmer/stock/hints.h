/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What to do next where flashrom has stopped a person, and where a release of
 * it says that all went well and it did not.
 */
#ifndef CH341A_BEKEN_HINTS_H
#define CH341A_BEKEN_HINTS_H

#include <stdint.h>

#include "hint.h"

/* To be called with each answer from the flash. */
void hints_note_answer(struct hints_seen *seen, uint8_t opcode, const uint8_t *answer, size_t n);

/* The exit status that is right: flashrom's, or 1 if that was 0 although the
 * content that was to be read or compared was never asked for. */
int hints_status(const struct hints_run *run);

/* Says what helps. */
void hints_give(const struct hints_run *run, hints_say_fn *say, void *arg);

#endif
