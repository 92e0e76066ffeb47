/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pins at levels that stay, so that they can be measured. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "commands.h"
#include "signals.h"
#include "single_frames.h"
#include "tool_options.h"
#include "tool_say.h"

static const struct {
	const char *name, *line; /* as in the wiring table, and as in the data sheet */
	unsigned int pin;	 /* of the CH341A's case */
} pins[] = {
	{ "CS", "D0", 15 },  { "CS1", "D1", 16 },   { "CEN", "D2", 17 },
	{ "SCK", "D3", 18 }, { "DOUT2", "D4", 19 }, { "MOSI", "D5", 20 },
};
#define N_PINS (sizeof(pins) / sizeof(pins[0]))

struct hold {
	uint8_t levels, outputs;
};

static int find_pin(const char *name, size_t length)
{
	for (size_t i = 0; i < N_PINS; i++) {
		if ((strlen(pins[i].name) == length && !strncasecmp(pins[i].name, name, length)) ||
		    (strlen(pins[i].line) == length && !strncasecmp(pins[i].line, name, length)))
			return (int)i;
	}
	return -1;
}

static int find_level(const char *level)
{
	if (!strcmp(level, "0") || !strcasecmp(level, "low"))
		return 0;
	if (!strcmp(level, "1") || !strcasecmp(level, "high"))
		return 1;
	return -1;
}

static int take_operand(struct hold *hold, const char *operand)
{
	const size_t length = strcspn(operand, "=");
	const int pin = find_pin(operand, length);
	const int level = operand[length] ? find_level(operand + length + 1) : -1;

	if (pin < 0 || level < 0) {
		tool_error("\"%.60s\" is no PIN=LEVEL. Pins that can be driven: CS (D0), CS1 (D1), CEN (D2), "
			   "SCK (D3), DOUT2 (D4), MOSI (D5). Levels: 0 or low, 1 or high.",
			   operand);
		return TOOL_USAGE;
	}
	if (hold->outputs & 1 << pin) {
		tool_error("%s is given more than once.", pins[pin].name);
		return TOOL_USAGE;
	}
	hold->outputs |= (uint8_t)(1 << pin);
	if (level)
		hold->levels |= (uint8_t)(1 << pin);
	return TOOL_OK;
}

static void show(const struct hold *hold)
{
	for (size_t i = 0; i < N_PINS; i++) {
		if (hold->outputs & 1 << i)
			printf("%-5s (%s, pin %u of the CH341A) is %s\n", pins[i].name, pins[i].line,
			       pins[i].pin, hold->levels & 1 << i ? "high" : "low");
	}
	puts("All other pins are inputs. Enter or Ctrl-C lets go.");
	fflush(stdout);
}

static void wait_for_enter(void)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				{ .fd = signals_fd(), .events = POLLIN } };

	while (!signals_count() && poll(fds, 2, -1) < 0 && errno == EINTR)
		;
}

static int run(const struct tool_options *options, const struct hold *hold)
{
	struct single single = { .error = BEKEN_OK };
	struct frontend frontend;

	if (tool_frontend_init(&frontend, options) ||
	    raw_usb_open(&frontend, tool_device(options), &single.usb))
		return TOOL_FAILED;
	single_pins(&single, hold->levels, hold->outputs);
	if (!single.error) {
		show(hold);
		wait_for_enter();
	}
	single_release(&single, hold->outputs);
	raw_usb_close(single.usb);
	if (single.error)
		tool_connection_error(single.error);
	else
		puts("No pin is driven any more.");
	signals_end_by(signals_last());
	return single.error ? TOOL_FAILED : TOOL_OK;
}

int cmd_hold(int argc, char **argv)
{
	const struct tool_option no_options = { .name = NULL };
	const struct tool_usage usage = {
		.name = "hold",
		.description = "Drives the named pins at levels that stay until you press Enter, for a\n"
			       "multimeter; all other pins are inputs. At the end CEN goes high and no pin\n"
			       "is driven. Is the board safe for a chip of 3.3 V? Without a chip:\n"
			       "    " TOOL_NAME " hold CS=1\n"
			       "and measure CS against GND: at most 3.6 V.\n",
		.options = &no_options,
		.operands = "PIN=LEVEL...",
		.keys = "device",
		.exit_status = "  0  the pins were driven, and none is any more\n"
			       "  1  failed; the reason stands on stderr\n"
			       "  2  wrong command line\n",
	};
	struct hold hold = { 0 };
	struct tool_options options;
	int status;

	if (!tool_options_read(&options, &usage, argc, argv, &status))
		return status;
	if (!options.n_operands) {
		tool_error("Which pin, and at which level? For example: " TOOL_NAME " hold CS=1");
		return TOOL_USAGE;
	}
	for (int i = 0; i < options.n_operands; i++) {
		status = take_operand(&hold, options.operands[i]);
		if (status)
			return status;
	}
	return run(&options, &hold);
}
