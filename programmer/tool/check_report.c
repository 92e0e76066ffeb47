/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check_report.h"

#include <stdio.h>
#include <string.h>

#include "json_output.h"
#include "tool_flash.h"
#include "tool_say.h"

static const struct {
	const char *title, *word;
	const char *good; /* what it means that this went well */
} stages[CHECK_STAGES] = {
	[STEP_USB] = { "USB", "usb", "the CH341A is there, in SPI mode" },
	[STEP_ACCESS] = { "Permission", "permission", "it may be opened, and answers" },
	[STEP_CEN] = { "CEN", "cen", "resets the chip" },
	[STEP_MISO] = { "MISO", "miso", "0xD2 is seen" },
	[STEP_ACCEPTANCE] = { "Acceptance", "acceptance", "the chip hears us: MOSI, CS, SCK are good" },
	[STEP_ID] = { "JEDEC ID", "jedec_id", "a flash answers" },
	[STEP_STATUS] = { "Status", "status", "" },
	[CHECK_CONTENT] = { "Content", "content", "two reads are the same" },
};

const char *check_stage_title(unsigned int stage)
{
	return stages[stage].title;
}

void check_report_advise(struct check_report *report, const char *text)
{
	const size_t used = strlen(report->advice);

	/* Half a command line can do harm. */
	if (used + strlen(text) + 2 > sizeof(report->advice))
		return;
	snprintf(report->advice + used, sizeof(report->advice) - used, "%s%s", used ? "\n" : "", text);
}

/* The default detail of a stage. */
static const char *usual_detail(unsigned int stage, enum step_outcome outcome)
{
	if (outcome == OUTCOME_SKIPPED)
		return stage < STEP_ID ? "not tried: the chip was not reset" : "not read";
	if (outcome == OUTCOME_UNCLEAR)
		return stage < STEP_ID ? "not proven: the chip was not heard" : "no flash answers";
	return outcome == OUTCOME_GOOD ? stages[stage].good : "";
}

void check_report_end(struct check_report *report, unsigned int stage, enum step_outcome outcome)
{
	struct check_stage *ended = &report->stages[stage];

	ended->reached = true;
	ended->outcome = outcome;
	if (outcome == OUTCOME_FAILED && report->failed < 0)
		report->failed = (int)stage;
	if (!ended->detail[0])
		snprintf(ended->detail, sizeof(ended->detail), "%s", usual_detail(stage, outcome));
}

unsigned int check_report_next(const struct check_report *report)
{
	unsigned int stage = 0;

	while (stage < CHECK_STAGES && report->stages[stage].reached)
		stage++;
	return stage;
}

/* ---- for people ---- */

static const char *outcome_word(const struct check_stage *stage)
{
	static const char *const words[] = {
		[OUTCOME_GOOD] = "ok",
		[OUTCOME_FAILED] = "failed",
		[OUTCOME_UNCLEAR] = "unclear",
		[OUTCOME_SKIPPED] = "skipped",
	};

	return stage->reached ? words[stage->outcome] : "not reached";
}

void check_report_print_stage(const struct check_report *report, unsigned int stage)
{
	const struct check_stage *ended = &report->stages[stage];

	if (ended->detail[0])
		printf("%-11s %-8s %s\n", stages[stage].title, outcome_word(ended), ended->detail);
	else
		printf("%-11s %s\n", stages[stage].title, outcome_word(ended));
	if (ended->reached && ended->outcome == OUTCOME_FAILED)
		tool_print_wrapped(stdout, "    ", report->advice);
	/* A stage can take seconds: show each when it has ended. */
	fflush(stdout);
}

/* ---- for programs ---- */

static void add_stage(struct json_object *list, const struct check_report *report, unsigned int number)
{
	const struct check_stage *stage = &report->stages[number];
	const bool failed = stage->reached && stage->outcome == OUTCOME_FAILED;
	struct json_object *object = json_append(list);

	json_add_text(object, "stage", stages[number].word);
	json_add_text(object, "result", outcome_word(stage));
	json_add_text(object, "detail", stage->detail[0] ? stage->detail : NULL);
	json_add_text(object, "advice", failed ? report->advice : NULL);
}

static struct json_object *blocks_json(const struct code_blocks *blocks, uint32_t address)
{
	struct json_object *object = json_new();

	json_add_number(object, "address", address);
	json_add_number(object, "good", blocks->good);
	json_add_number(object, "bad", blocks->bad);
	json_add_number(object, "erased", blocks->erased);
	json_add_number_if(object, "first_bad", blocks->bad, address + blocks->first_bad);
	return object;
}

static struct json_object *content_json(const struct check_content_found *content)
{
	struct json_object *object = json_new();

	json_add_object(object, "bootloader", blocks_json(&content->bootloader, 0));
	json_add_object(object, "application", blocks_json(&content->application, CHECK_APPLICATION));
	json_add_number_if(object, "rf", content->has_rf, content->rf);
	return object;
}

void check_report_print_json(const struct check_report *report)
{
	struct json_object *object = json_new(), *list;
	const int failed = report->failed;
	const bool complete = check_report_next(report) == CHECK_STAGES;

	json_add_bool(object, "ok", failed < 0 && complete);
	json_add_text(object, "failed_stage", failed < 0 ? NULL : stages[failed].word);
	list = json_add_list(object, "stages");
	for (unsigned int stage = 0; stage < CHECK_STAGES; stage++)
		add_stage(list, report, stage);
	json_add_object(object, "flash", report->has_flash ? tool_flash_json(&report->flash) : NULL);
	json_add_object(object, "content", report->content.read ? content_json(&report->content) : NULL);
	json_print(object);
}
