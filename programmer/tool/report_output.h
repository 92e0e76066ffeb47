/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hardware report as JSON, and as the bench of the emulator that behaves like it. */
#ifndef CH341A_BEKEN_REPORT_OUTPUT_H
#define CH341A_BEKEN_REPORT_OUTPUT_H

#include <stddef.h>

#include "hardware_report.h"

struct json_object;

/* The caller's. */
struct json_object *report_json(const struct hardware_report *report);

/* Settings of the emulator, "key=value", each handed to `take`. */
typedef void report_setting_fn(void *arg, const char *setting);
void report_settings(const struct hardware_report *report, report_setting_fn *take, void *arg);

#endif
