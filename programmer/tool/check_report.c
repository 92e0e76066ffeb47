/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check_report.h"

#include <stdio.h>
#include <string.h>

#include "tool_flash.h"
#include "tool_say.h"

static const struct {
	const char *title, *word;
} stages[CHECK_STAGES] = {
	[STEP_USB] = { "USB", "usb" },
	[STEP_ACCESS] = { "Permission", "permission" },
	[STEP_CEN] = { "CEN", "cen" },
	[STEP_MISO] = { "MISO", "miso" },
	[STEP_ACCEPTANCE] = { "Acceptance", "acceptance" },
	[STEP_ID] = { "JEDEC ID", "jedec_id" },
	[STEP_STATUS] = { "Status", "status" },
	[CHECK_CONTENT] = { "Content", "content" },
};

const char *check_stage_title(unsigned int stage)
{
	return stages[stage].title;
}

const char *check_stage_word(unsigned int stage)
{
	return stages[stage].word;
}

void check_report_init(struct check_report *report)
{
	memset(report, 0, sizeof(*report));
}

void check_report_advise(struct check_report *report, const char *text)
{
	const size_t used = strlen(report->advice);

	snprintf(report->advice + used, sizeof(report->advice) - used, "%s%s", used ? "\n" : "", text);
}

/* What a step without words of its own means. */
static const char *usual_detail(unsigned int stage, enum step_outcome outcome)
{
	if (outcome == OUTCOME_SKIPPED)
		return stage < STEP_ID ? "not tried: the chip was not reset" : "not read";
	if (outcome == OUTCOME_UNCLEAR)
		return stage < STEP_ID ? "not proven: the chip was not heard" : "no flash answers";
	if (outcome == OUTCOME_FAILED)
		return "";
	switch (stage) {
	case STEP_USB: return "the CH341A is there, in SPI mode";
	case STEP_ACCESS: return "it may be opened, and answers";
	case STEP_CEN: return "resets the chip";
	case STEP_MISO: return "0xD2 is seen";
	case STEP_ACCEPTANCE: return "the chip hears us: MOSI, CS, SCK are good";
	case STEP_ID: return "a flash answers";
	}
	return "";
}

void check_report_end(struct check_report *report, unsigned int stage, enum step_outcome outcome)
{
	struct check_stage *ended = &report->stages[stage];

	ended->reached = true;
	ended->outcome = outcome;
	if (!ended->detail[0])
		snprintf(ended->detail, sizeof(ended->detail), "%s", usual_detail(stage, outcome));
}

int check_report_failed(const struct check_report *report)
{
	for (int stage = 0; stage < CHECK_STAGES; stage++) {
		if (report->stages[stage].reached && report->stages[stage].outcome == OUTCOME_FAILED)
			return stage;
	}
	return -1;
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
	if (!stage->reached)
		return "not reached";
	switch (stage->outcome) {
	case OUTCOME_GOOD: return "ok";
	case OUTCOME_FAILED: return "failed";
	case OUTCOME_UNCLEAR: return "unclear";
	case OUTCOME_SKIPPED: break;
	}
	return "skipped";
}

void check_report_print_stage(const struct check_report *report, unsigned int stage)
{
	const struct check_stage *ended = &report->stages[stage];

	if (ended->detail[0])
		printf("%-11s %-8s %s\n", stages[stage].title, outcome_word(ended), ended->detail);
	else
		printf("%-11s %s\n", stages[stage].title, outcome_word(ended));
	if (ended->reached && ended->outcome == OUTCOME_FAILED)
		tool_print_wrapped(stdout, 4, report->advice);
	/* A step can take seconds: it is seen when it has ended. */
	fflush(stdout);
}

/* ---- for programs ---- */

static struct json_object *stage_json(const struct check_report *report, unsigned int number)
{
	const struct check_stage *stage = &report->stages[number];
	const bool failed = stage->reached && stage->outcome == OUTCOME_FAILED;
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "stage", json_object_new_string(stages[number].word));
	json_object_object_add(object, "result", json_object_new_string(outcome_word(stage)));
	json_object_object_add(object, "detail",
			       stage->detail[0] ? json_object_new_string(stage->detail) : NULL);
	json_object_object_add(object, "advice", failed ? json_object_new_string(report->advice) : NULL);
	return object;
}

static struct json_object *blocks_json(const struct code_blocks *blocks, uint32_t address)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "address", json_object_new_int64(address));
	json_object_object_add(object, "good", json_object_new_int64((int64_t)blocks->good));
	json_object_object_add(object, "bad", json_object_new_int64((int64_t)blocks->bad));
	json_object_object_add(object, "erased", json_object_new_int64((int64_t)blocks->erased));
	json_object_object_add(object, "first_bad",
			       blocks->bad ? json_object_new_int64((int64_t)(address + blocks->first_bad))
					   : NULL);
	return object;
}

static struct json_object *content_json(const struct check_content_found *content)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "bootloader", blocks_json(&content->bootloader, 0));
	json_object_object_add(object, "application", blocks_json(&content->application, CHECK_APPLICATION));
	json_object_object_add(object, "rf", content->has_rf ? json_object_new_int64(content->rf) : NULL);
	return object;
}

void check_report_print_json(const struct check_report *report)
{
	struct json_object *object = json_object_new_object(), *all = json_object_new_array();
	const int failed = check_report_failed(report);
	const bool complete = check_report_next(report) == CHECK_STAGES;

	for (unsigned int stage = 0; stage < CHECK_STAGES; stage++)
		json_object_array_add(all, stage_json(report, stage));
	json_object_object_add(object, "ok", json_object_new_boolean(failed < 0 && complete));
	json_object_object_add(object, "failed_stage",
			       failed < 0 ? NULL : json_object_new_string(stages[failed].word));
	json_object_object_add(object, "stages", all);
	json_object_object_add(object, "flash", report->has_flash ? tool_flash_json(&report->flash) : NULL);
	json_object_object_add(object, "content", report->content.read ? content_json(&report->content) : NULL);
	tool_print_json(object);
}
