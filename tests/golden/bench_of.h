/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GOLDEN_BENCH_OF_H
#define GOLDEN_BENCH_OF_H

#include "bench.h"

/* A bench with the settings of each list ("key=value key=value"; NULL ends
 * them), with power. Aborts with the bench's sentence if one is wrong. */
struct bench *bench_of(const char *list, ...) __attribute__((sentinel));

/* The bench's report, for the caller to free. */
char *bench_report_text(const struct bench *bench);

/* Whether the report says so of device 0. */
bool report_has(const char *report, const char *key, const char *value);

#endif
