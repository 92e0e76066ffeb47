/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GOLDEN_BENCH_OF_H
#define GOLDEN_BENCH_OF_H

#include "bench.h"

/* A bench with the settings of each list ("key=value key=value"; NULL ends
 * them), with power. Aborts with the bench's sentence if one is wrong. */
struct bench *bench_of(const char *list, ...) __attribute__((sentinel));

/* The value of "deviceN.key" in the report, for device 0, as text; for the
 * caller to free. NULL if there is none. */
char *bench_report_value(const struct bench *bench, const char *key);

#endif
