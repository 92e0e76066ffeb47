/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the wiring check has found, and how it is shown. */
#ifndef CH341A_BEKEN_CHECK_REPORT_H
#define CH341A_BEKEN_CHECK_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "image_crc.h"
#include "frontend.h"
#include "nor.h"

/* The steps of entering, and one more. */
#define CHECK_CONTENT N_STEPS
#define CHECK_STAGES (N_STEPS + 1)

#define CHECK_TEXT_SIZE 2048

struct check_stage {
	bool reached;
	enum step_outcome outcome;
	char detail[160]; /* what was seen, in a few words; may be empty */
};

struct check_content_found {
	bool read;
	struct code_blocks bootloader, application;
	bool has_rf;
	uint32_t rf; /* address */
};

struct check_report {
	struct check_stage stages[CHECK_STAGES];
	int failed;		      /* the stage that failed, or -1 */
	char advice[CHECK_TEXT_SIZE]; /* the sentences of the failure, a line each */
	bool has_flash;
	struct nor_facts flash;
	struct check_content_found content;
};

#define CHECK_APPLICATION 0x11000 /* address of the application on all known chips */

/* Adds a sentence to the advice. */
void check_report_advise(struct check_report *report, const char *text);

/* One more stage has ended. */
void check_report_end(struct check_report *report, unsigned int stage, enum step_outcome outcome);

/* The stage after the last one that was reached. */
unsigned int check_report_next(const struct check_report *report);

/* "USB", "Permission", ... */
const char *check_stage_title(unsigned int stage);

/* The line of one stage on stdout, and the advice below it if it failed. */
void check_report_print_stage(const struct check_report *report, unsigned int stage);
void check_report_print_json(const struct check_report *report);

#endif
