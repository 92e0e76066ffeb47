/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all hints are made with. */
#ifndef CH341A_BEKEN_HINT_H
#define CH341A_BEKEN_HINT_H

#include <stdbool.h>

#include "hints.h"

/* Stands for the file that only the user knows. */
#define HINT_BACKUP "backup.bin"
#define HINT_WHOLE "whole.bin"

struct hint {
	const struct hints_run *run;
	hints_say_fn *say;
	void *arg;
};

/* One sentence. */
void hint_say(const struct hint *hint, enum message_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "flashrom" or "flashprog" */
const char *hint_program(const struct hint *hint);

/* Is a file the source, not the target? */
bool hint_writes(const struct hint *hint);

#endif
