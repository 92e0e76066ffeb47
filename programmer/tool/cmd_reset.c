/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "commands.h"
#include "session.h"
#include "signals.h"
#include "tool_options.h"

static const char *const keys[] = { "device", "cen_low_ms", NULL };

int cmd_reset(int argc, char **argv)
{
	const struct tool_option no_options = { .name = NULL };
	const struct tool_usage usage = {
		.name = "reset",
		.description = "Pulls CEN low and high, so that the chip boots, and lets go of all pins. A\n"
			       "flash that is busy is waited for.\n",
		.options = &no_options,
		.keys = keys,
		.exit_status = "  0  the chip was reset\n"
			       "  1  it was not; the reason stands on stderr\n"
			       "  2  wrong command line\n",
	};
	struct tool_options options;
	struct frontend frontend;
	int status;

	tool_options_init(&options);
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
