/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "signals.h"
#include "stock_flashrom.h"
#include "tool_say.h"
#include "tool_words.h"

#ifndef PROJECT_VERSION
#error "meson.build defines PROJECT_VERSION"
#endif

/* argv[0] of this process: the tool, or the launcher that has become it. */
static const char *called_as;

static int run_flashrom(int argc, char **argv)
{
	const char *slash = strrchr(called_as, '/'), *name = slash ? slash + 1 : called_as;

	return stock_flashrom(argc, argv, called_as, strncmp(name, TOOL_NAME, strlen(TOOL_NAME)) == 0);
}

/* argv[0] of a command is its name. */
static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{ "list", cmd_list, "show the CH341As that are attached" },
	{ "check", cmd_check, "look for faults from the USB port to the flash; writes nothing" },
	{ "write", cmd_write, "write firmware or a backup to where it belongs" },
	{ "report", cmd_report, "measure board and chip, for a report to us" },
	{ "hold", cmd_hold, "drive pins for the multimeter until Enter" },
	{ "enter", cmd_enter, "put the chip into SPI mode and leave it there" },
	{ "reset", cmd_reset, "let the chip boot" },
	{ "serve", cmd_serve, "serve the programmer to flashrom on another machine" },
	{ "image", cmd_image, "say what is in a dump or a firmware file" },
	{ "flashrom", run_flashrom, "run flashrom with this programmer; takes flashrom's options" },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(void)
{
	printf("Usage: " TOOL_NAME " COMMAND [OPTION]...\n"
	       "       " TOOL_NAME " COMMAND --help\n"
	       "\n"
	       "Tools around Beken Wi-Fi chips on a CH341A. To read and write the flash, use\n"
	       "    flashrom -p ch341a_beken\n"
	       "\n"
	       "Commands:\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].summary);
	printf("\n"
	       "Options:\n"
	       "  -h, --help     this text\n"
	       "      --version  print the version\n"
	       "\n"
	       "Exit status: 0 done; 1 failed; 2 wrong command line; 128 + N after signal N.\n");
}

static int report_unknown(const char *name)
{
	const char *names[N_COMMANDS + 1] = { NULL };
	const char *likely;

	for (size_t i = 0; i < N_COMMANDS; i++)
		names[i] = commands[i].name;
	likely = tool_words_nearest(name, names);
	if (likely)
		tool_error("Unknown command \"%.60s\". Did you mean \"%s\"?", name, likely);
	else
		tool_error("Unknown command \"%.60s\". See " TOOL_NAME " --help.", name);
	return TOOL_USAGE;
}

static int run_command(int argc, char **argv)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (!strcmp(commands[i].name, argv[0]))
			return commands[i].run(argc, argv);
	}
	return report_unknown(argv[0]);
}

static int run(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	char option[] = "--help";

	if (argc > 2 && !strcmp(word, "help"))
		return run_command(2, (char *[]){ argv[2], option, NULL });
	if (!strcmp(word, "help") || !strcmp(word, "--help") || !strcmp(word, "-h")) {
		print_help();
		return TOOL_OK;
	}
	if (!strcmp(word, "--version")) {
		printf(TOOL_NAME " " PROJECT_VERSION "\n");
		return TOOL_OK;
	}
	if (argc > 1 && *word != '-')
		return run_command(argc - 1, argv + 1);
	if (argc > 1)
		tool_error("Unknown option \"%.60s\" before the command. See " TOOL_NAME " --help.", word);
	else
		tool_error("Which command? See " TOOL_NAME " --help.");
	return TOOL_USAGE;
}

int main(int argc, char **argv)
{
	int status;

	called_as = argc ? argv[0] : TOOL_NAME;
	status = run(argc, argv);

	/* A full disk must not look like success. But a reader that has closed
	 * the pipe needs no message. */
	if (fflush(stdout) || ferror(stdout)) {
		signals_end_by(signals_last());
		tool_error("Cannot write to standard output.");
		return status ? status : TOOL_FAILED;
	}
	return status;
}
