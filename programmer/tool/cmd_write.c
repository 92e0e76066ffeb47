/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup_record.h"
#include "commands.h"
#include "json_output.h"
#include "stock_flashrom.h"
#include "tool_options.h"
#include "tool_say.h"

struct options {
	const char *to, *backup;
	bool no_backup, dry_run, json;
	struct write_wishes wishes;
};

/* ---- the result ---- */

static void add_plan(struct json_object *to, const struct write_plan_facts *plan)
{
	struct json_object *list;

	json_add_text(to, "kind", plan ? plan->kind : NULL);
	json_add_text(to, "chip", plan && plan->chip[0] ? plan->chip : NULL);
	list = json_add_list(to, "ranges");
	for (size_t i = 0; plan && i < plan->n_ranges; i++) {
		struct json_object *range = json_append(list);

		json_add_number(range, "start", plan->ranges[i].start);
		json_add_number(range, "end", plan->ranges[i].end);
	}
	json_add_text(to, "refusal", plan && plan->judgement->refusal[0] ? plan->judgement->refusal : NULL);
	list = json_add_list(to, "remarks");
	for (size_t i = 0; plan && i < plan->judgement->n_remarks; i++)
		json_append_text(list, plan->judgement->remarks[i]);
	json_add_bool(to, "update_in_flash", plan && plan->has_update);
}

static void tell(void *arg, const struct stock_write_result *result)
{
	const struct stock_write *write = arg;
	struct json_object *object = json_new();

	json_add_text(object, "file", write->file);
	add_plan(object, result->plan);
	json_add_text(object, "backup", result->backup);
	json_add_bool(object, "dry_run", write->dry_run);
	json_add_bool(object, "written", result->status == TOOL_OK && !write->dry_run);
	json_print(object);
}

static void tell_nothing(void *arg, const struct stock_write_result *result)
{
	(void)arg;
	(void)result;
}

/* ---- options ---- */

static int set_backup(struct params *params, const struct options *options)
{
	char *folder = options->backup ? strdup(options->backup) : backup_default_folder();
	char problem[512];
	int status = TOOL_OK;

	if (!folder) {
		tool_error("There is no folder for backups (%s). Name one with --backup FOLDER.",
			   strerror(errno));
		return TOOL_FAILED;
	}
	if (params_set(params, "backup", folder, problem, sizeof(problem))) {
		tool_error("%s", problem);
		status = TOOL_USAGE;
	}
	free(folder);
	return status;
}

static int check(struct tool_options *tool, struct options *options)
{
	if (tool->n_operands != 1) {
		tool_error(tool->n_operands ? "One FILE only." : "Which FILE?");
		return TOOL_USAGE;
	}
	if (options->backup && options->no_backup) {
		tool_error("--backup and --no-backup contradict each other.");
		return TOOL_USAGE;
	}
	if (tool->params.beken.enter == BEKEN_ENTER_NEVER || tool->params.image == PARAMS_IMAGE_RAW) {
		tool_error("Without a look at flash and file nothing can be placed: use flashrom -w with "
			   "enter=never or image=raw.");
		return TOOL_USAGE;
	}
	options->wishes.has_address = options->to;
	if (options->to && !tool_read_address(options->to, UINT32_MAX, &options->wishes.address)) {
		tool_error("--to takes an address such as 0x11000, not \"%.60s\".", options->to);
		return TOOL_USAGE;
	}
	return options->no_backup || options->dry_run ? TOOL_OK : set_backup(&tool->params, options);
}

static const char description[] =
	"Writes an image to where it belongs: firmware (QIO, UA, UF2), a bootloader, or\n"
	"a backup. RF calibration, MAC address, settings and all else stay as they are.\n"
	"Before that it looks whether the file is for this chip, and makes a backup.\n"
	"Erasing, writing and verifying is done by flashrom. FILE can be - for standard\n"
	"input.\n";

int cmd_write(int argc, char **argv)
{
	struct options options = { .to = NULL };
	const struct tool_option own[] = {
		{ "to", "ADDRESS", "where it starts; default: what the file tells", NULL, &options.to },
		{ "backup", "FOLDER", "backup folder; default ~/.local/share/ch341a_beken", NULL,
		  &options.backup },
		{ "no-backup", NULL, "make none", &options.no_backup, NULL },
		{ "clone", NULL, "another device's RF, MAC and settings as well", &options.wishes.clone, NULL },
		{ "erase-download", NULL, "erase an update that is left in the flash",
		  &options.wishes.erase_download, NULL },
		{ "verify-all", NULL, "verify what was not written as well", &options.wishes.verify_all, NULL },
		{ "dry-run", NULL, "look and say the plan; write nothing", &options.dry_run, NULL },
		{ "json", NULL, "print the plan and its result as JSON", &options.json, NULL },
		{ .name = NULL },
	};
	const struct tool_usage usage = {
		.name = "write",
		.description = description,
		.options = own,
		.operands = "FILE",
		.keys = "device enter leave attempts cen_low_ms window_ms pipeline clock unprotect sfdp image",
		.exit_status = "  0  written and verified; with --dry-run, it could be\n"
			       "  1  nothing was changed; the reason is on stderr\n"
			       "  2  wrong command line; or it failed after the flash was changed\n"
			       "  3  verifying failed\n",
	};
	struct tool_options tool;
	struct stock_write write;
	int status;

	if (!tool_options_read(&tool, &usage, argc, argv, &status))
		return status;
	options.wishes.is_command = true;
	status = check(&tool, &options);
	if (status)
		return status;
	write = (struct stock_write){
		.file = tool.operands[0],
		.params = &tool.params,
		.wishes = options.wishes,
		.verbosity = tool.verbosity,
		.dry_run = options.dry_run,
		.tell = options.json ? tell : tell_nothing,
		.arg = &write,
	};
	return stock_write(&write);
}
