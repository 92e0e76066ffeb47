/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chip into SPI mode, and out of it. */
#include <stdio.h>

#include "commands.h"
#include "json_output.h"
#include "session.h"
#include "signals.h"
#include "tool_flash.h"
#include "tool_options.h"
#include "tool_say.h"

static int enter(const struct tool_options *options, bool json)
{
	struct session *session;
	struct frontend frontend;
	char name[128];
	int error;

	if (tool_frontend_init(&frontend, options))
		return TOOL_FAILED;
	error = session_open(&frontend, &options->params, &session);
	if (!error) {
		nor_flash_name(session_flash(session), name, sizeof(name));
		if (json)
			json_print(tool_flash_json(session_flash(session)));
		else
			printf("JEDEC ID %s\n", name);
		error = session_close(session);
	}
	if (error)
		signals_end_by(signals_last());
	else
		tool_note("The chip stays in SPI mode. To let it boot: " TOOL_NAME " reset");
	return error ? TOOL_FAILED : TOOL_OK;
}

int cmd_enter(int argc, char **argv)
{
	bool json = false;
	const struct tool_option own[] = {
		{ .name = "json", .flag = &json, .help = "print what is known of the flash as JSON" },
		{ .name = NULL },
	};
	const struct tool_usage usage = {
		.name = "enter",
		.description = "Puts the chip into SPI mode, prints the JEDEC ID of its flash, and leaves the\n"
			       "chip in SPI mode for another program.\n",
		.options = own,
		.keys = "device enter attempts cen_low_ms window_ms pipeline clock",
		.defaults = "leave=keep",
		.exit_status = "  0  the chip is in SPI mode\n"
			       "  1  it is not; the reason stands on stderr\n"
			       "  2  wrong command line\n",
	};
	struct tool_options options;
	int status;

	if (!tool_options_read(&options, &usage, argc, argv, &status))
		return status;
	if (options.params.beken.enter == BEKEN_ENTER_NEVER) {
		tool_error("\"enter\" cannot be done with enter=never.");
		return TOOL_USAGE;
	}
	return enter(&options, json);
}

int cmd_reset(int argc, char **argv)
{
	const struct tool_option no_options = { .name = NULL };
	const struct tool_usage usage = {
		.name = "reset",
		.description = "Pulls CEN low and high, so that the chip boots, and lets go of all pins. A\n"
			       "flash that is busy is waited for.\n",
		.options = &no_options,
		.keys = "device cen_low_ms",
		.exit_status = "  0  the chip was reset\n"
			       "  1  it was not; the reason stands on stderr\n"
			       "  2  wrong command line\n",
	};
	struct tool_options options;
	struct frontend frontend;
	int status;

	if (!tool_options_read(&options, &usage, argc, argv, &status))
		return status;
	if (tool_frontend_init(&frontend, &options))
		return TOOL_FAILED;
	if (session_reset(&frontend, &options.params)) {
		signals_end_by(signals_last());
		return TOOL_FAILED;
	}
	puts("The chip was reset and boots.");
	return TOOL_OK;
}
