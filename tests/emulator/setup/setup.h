/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all subcommands with a bench have in common: the options that set it up,
 * the files that hold the content of the dies, record and report.
 */
#ifndef BEKEN_EMU_SETUP_H
#define BEKEN_EMU_SETUP_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench.h"
#include "wave_file.h"

struct flash_file;

/* Starts with SETUP_DEFAULTS and a bench. */
struct setup {
	struct bench *bench;
	struct flash_file *flashes;
	bool stats;
	const char *report_path, *record_path;
	FILE *record;
	struct wave_options wave_options;
	struct wave_file *wave;
};

#define SETUP_DEFAULTS .wave_options = WAVE_OPTIONS_DEFAULT

enum {
	OPT_CHIP = 256, OPT_SET, OPT_FLASH, OPT_STATS, OPT_REPORT, OPT_RECORD, OPT_TRACE,
	OPT_TRACE_FROM, OPT_TRACE_UNTIL,
	SETUP_OPTIONS_END	/* the first number for options of the subcommand's own */
};

/* Elements of an array of struct option. */
#define SETUP_OPTIONS \
	{ "chip", required_argument, NULL, OPT_CHIP }, \
	{ "set", required_argument, NULL, OPT_SET }, \
	{ "flash", required_argument, NULL, OPT_FLASH }, \
	{ "stats", no_argument, NULL, OPT_STATS }, \
	{ "report", required_argument, NULL, OPT_REPORT }, \
	{ "record", required_argument, NULL, OPT_RECORD }, \
	{ "trace", required_argument, NULL, OPT_TRACE }, \
	{ "trace-from", required_argument, NULL, OPT_TRACE_FROM }, \
	{ "trace-until", required_argument, NULL, OPT_TRACE_UNTIL }

#define SETUP_HELP_BOARDS \
	"  --chip NAME              what device 0 and all others are wired to;\n" \
	"                           the same as --set chip=NAME\n" \
	"  --set [N.]KEY=VALUE      a setting for all devices, or for device N\n" \
	"  --flash [N:]FILE         content of the die of device N (0): read at the start\n" \
	"                           if FILE exists, written back at the end\n"

#define SETUP_HELP_OUTPUT \
	"  --stats                  print counters to stderr at the end\n" \
	"  --report FILE            write the same to FILE\n" \
	"  --record FILE            write one line per event: TIME_US DEVICE EVENT\n" \
	"  --trace FILE             write the levels of all wires as a VCD file\n" \
	"  --trace-from MS, --trace-until MS\n" \
	"                           only that part of it (emulated time)\n"

/* All that return int return 0, or -1 after a message. */

bool setup_has_option(int option);
/* The argument must outlive the setup. */
int setup_option(struct setup *setup, int option, const char *argument);

/* Powers the bench on, loads the dies, opens the record and the trace. */
int setup_power_on(struct setup *setup);

/* Saves the dies, writes the reports, closes the record and the trace. Each is tried,
 * whatever becomes of the others. real_ns: how long it took in real time. */
int setup_finish(struct setup *setup, int64_t real_ns);

/* From now on nothing is recorded or traced. Without a record and a trace, does
 * nothing. */
int setup_close_records(struct setup *setup);

/* Frees the bench and all else, but not the setup itself. */
void setup_free(struct setup *setup);

#endif
