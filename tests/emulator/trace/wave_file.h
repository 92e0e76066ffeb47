/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options --trace, --trace-from and --trace-until: a bench's wires in a VCD
 * file, a scope named deviceN for each device. */
#ifndef BEKEN_EMU_WAVE_FILE_H
#define BEKEN_EMU_WAVE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "bench.h"

struct wave_file;

struct wave_options {
	const char *path;	/* NULL: no trace */
	int64_t from, until;	/* ns of emulated time, both included */
};

/* Everything, once there is a path. */
#define WAVE_OPTIONS_DEFAULT { NULL, 0, BENCH_NEVER }

/* Milliseconds as a decimal number of at least 0. */
bool wave_parse_ms(const char *text, int64_t *ns);

/* What is wrong with the options together, as a sentence, or NULL. */
const char *wave_check(const struct wave_options *options);

/* Puts the probes on; after bench_power_on(). The bench must live until
 * wave_close(). NULL with errno set if the file cannot be made. */
struct wave_file *wave_open(struct bench *bench, const struct wave_options *options);

/* Takes the probes off and ends the trace at bench_now(). Returns 0, or -1 with
 * errno set if the file is not complete. */
int wave_close(struct wave_file *wave);

#endif
