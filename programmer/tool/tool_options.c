/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool_options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "signals.h"
#include "start_advice.h"
#include "terminal.h"
#include "tool_say.h"

#define MAX_OPTIONS 16
/* Values of getopt_long() for the options of a subcommand. */
#define FIRST_OWN 256
#define PROBLEM_SIZE 512
#define HELP_COLUMN 26

static const struct {
	const char *key, *values, *help;
} parameters[] = {
	{ "device", "N|BUS:ADDRESS|PORT|SERIAL", "which CH341A, if several are attached" },
	{ "enter", "auto|always|never", "whether the chip is reset to get into SPI mode" },
	{ "leave", "reset|keep", "boot the chip at the end, or keep it in SPI mode" },
	{ "attempts", "N", "tries to enter; 0: until interrupted" },
	{ "cen_low_ms", "MS", "length of the reset pulse" },
	{ "window_ms", "MS", "how long 0xD2 is offered after it" },
	{ "pipeline", "auto|no", "queue frames, if the CH341A keeps their order" },
	{ "clock", "fast|slow", "slow: pin by pin, a last resort for bad wires" },
	{ "unprotect", "auto|no", "clear write protection before the first write" },
	{ "sfdp", "auto|no", "answer for flashes that flashrom does not know" },
	{ "backup", "FOLDER", "put a backup there before the first write" },
	{ "image", "check|any|raw", "any: only warn of a file that is not for this chip" },
};
#define N_PARAMETERS (sizeof(parameters) / sizeof(parameters[0]))

/* Is it one of the words, which have blanks between them? */
static bool is_in(const char *words, const char *word, size_t length)
{
	size_t n;

	for (; *words; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (n == length && !strncmp(words, word, n))
			return true;
	}
	return false;
}

/* ---- help ---- */

static void print_row(const char *name, const char *help)
{
	const bool fits = strlen(name) <= HELP_COLUMN;

	if (!fits)
		printf("  %s\n", name);
	printf("  %-*s %s\n", HELP_COLUMN, fits ? name : "", help);
}

static void print_help(const struct tool_usage *usage)
{
	char name[128];

	printf("Usage: " TOOL_NAME " %s [OPTION]...%s%s\n\n%s\nOptions:\n", usage->name,
	       usage->operands ? " " : "", usage->operands ? usage->operands : "", usage->description);
	for (const struct tool_option *option = usage->options; option->name; option++) {
		snprintf(name, sizeof(name), "    --%s%s%s", option->name, option->argument ? " " : "",
			 option->argument ? option->argument : "");
		print_row(name, option->help);
	}
	if (usage->keys)
		print_row("-p, --param KEY=VALUE,...", "parameters, see below");
	print_row("-V, --verbose", "say more; -VV even more");
	print_row("-h, --help", "this text");
	if (usage->keys)
		printf("\nParameters, as behind `flashrom -p ch341a_beken:`\n");
	for (size_t i = 0; i < N_PARAMETERS && usage->keys; i++) {
		if (!is_in(usage->keys, parameters[i].key, strlen(parameters[i].key)))
			continue;
		snprintf(name, sizeof(name), "%s=%s", parameters[i].key, parameters[i].values);
		print_row(name, parameters[i].help);
	}
	printf("\nExit status:\n%s", usage->exit_status);
}

/* ---- reading ---- */

static void make_long_options(const struct tool_usage *usage, struct option *long_options)
{
	size_t n = 0;

	for (const struct tool_option *option = usage->options; option->name; option++, n++)
		long_options[n] =
			(struct option){ option->name, option->argument ? required_argument : no_argument, NULL,
					 FIRST_OWN + (int)n };
	if (usage->keys)
		long_options[n++] = (struct option){ "param", required_argument, NULL, 'p' };
	long_options[n++] = (struct option){ "verbose", no_argument, NULL, 'V' };
	long_options[n++] = (struct option){ "help", no_argument, NULL, 'h' };
	long_options[n] = (struct option){ NULL, 0, NULL, 0 };
}

static int report_option(const struct tool_usage *usage, int code, char **argv)
{
	const char *word = argv[optind - 1], short_one[] = { '-', (char)optopt, '\0' };
	const char *what = code == ':'	       ? "needs a value"
			   : strchr(word, '=') ? "is unknown or takes no value"
					       : "is unknown";

	/* It may stand in the middle of others. */
	if (optopt && optopt < FIRST_OWN && strncmp(word, "--", 2) != 0)
		word = short_one;
	tool_error("Option %.60s %s. See " TOOL_NAME " %s --help.", word, what, usage->name);
	return TOOL_USAGE;
}

static int add_parameters(struct tool_options *options, const char *text)
{
	const size_t used = strlen(options->parameters);
	const int n = snprintf(options->parameters + used, sizeof(options->parameters) - used, "%s%s",
			       used ? "," : "", text);

	if (used + (size_t)n < sizeof(options->parameters))
		return TOOL_OK;
	tool_error("The parameters are longer than %zu characters.", sizeof(options->parameters) - 1);
	return TOOL_USAGE;
}

static int take(struct tool_options *options, const struct tool_usage *usage, int code)
{
	const struct tool_option *option;

	switch (code) {
	case 'V': options->verbosity++; return TOOL_OK;
	case 'p': return add_parameters(options, optarg);
	}
	option = &usage->options[code - FIRST_OWN];
	if (option->flag)
		*option->flag = true;
	else
		*option->text = optarg;
	return TOOL_OK;
}

/* To the next key=value of a list. */
static const char *next_pair(const char *pair)
{
	pair += strcspn(pair, ",");
	return pair + (*pair == ',');
}

/* Only those that exist, but have no effect in this subcommand. */
static int check_keys(const struct tool_options *options, const struct tool_usage *usage)
{
	for (const char *pair = options->parameters; *pair; pair = next_pair(pair)) {
		const size_t length = strcspn(pair, "=,");

		for (size_t i = 0; i < N_PARAMETERS; i++) {
			if (!is_in(parameters[i].key, pair, length) || is_in(usage->keys, pair, length))
				continue;
			tool_error("Parameter \"%s\" has no meaning for \"%s\". See " TOOL_NAME " %s --help.",
				   parameters[i].key, usage->name, usage->name);
			return TOOL_USAGE;
		}
	}
	return TOOL_OK;
}

static int set_parameters(struct tool_options *options, const struct tool_usage *usage)
{
	char problem[PROBLEM_SIZE];
	const int status = check_keys(options, usage);

	if (status || !params_parse(&options->params, options->parameters, problem, sizeof(problem)))
		return status;
	tool_error("%s", problem);
	return TOOL_USAGE;
}

static void set_defaults(struct tool_options *options, const struct tool_usage *usage)
{
	char problem[PROBLEM_SIZE];

	memset(options, 0, sizeof(*options));
	params_init(&options->params);
	if (params_parse(&options->params, usage->defaults, problem, sizeof(problem)))
		abort(); /* they are our own */
}

bool tool_options_read(struct tool_options *options, const struct tool_usage *usage, int argc, char **argv,
		       int *status)
{
	struct option long_options[MAX_OPTIONS];
	int code;

	set_defaults(options, usage);
	make_long_options(usage, long_options);
	opterr = 0;
	*status = TOOL_OK;
	while ((code = getopt_long(argc, argv, usage->keys ? ":p:Vh" : ":Vh", long_options, NULL)) != -1) {
		if (code == 'h') {
			print_help(usage);
			return false;
		}
		*status = code == '?' || code == ':' ? report_option(usage, code, argv)
						     : take(options, usage, code);
		if (*status)
			return false;
	}
	if (optind < argc && !usage->operands) {
		tool_error("\"%.60s\" is no option. See " TOOL_NAME " %s --help.", argv[optind], usage->name);
		*status = TOOL_USAGE;
		return false;
	}
	options->operands = argv + optind;
	options->n_operands = argc - optind;
	*status = set_parameters(options, usage);
	return *status == TOOL_OK;
}

bool tool_options_given(const struct tool_options *options, const char *key)
{
	for (const char *pair = options->parameters; *pair; pair = next_pair(pair)) {
		if (is_in(key, pair, strcspn(pair, "=,")))
			return true;
	}
	return false;
}

const char *tool_device(const struct tool_options *options)
{
	return options->params.device[0] ? options->params.device : NULL;
}

bool tool_read_address(const char *text, uint32_t last, uint32_t *address)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	*address = (uint32_t)value;
	return isdigit((unsigned char)*text) && !*end && !errno && value <= last;
}

/* ---- the frontend ---- */

bool tool_wants(const struct tool_options *options, enum message_level level)
{
	return (unsigned int)level <= MESSAGE_INFO + options->verbosity;
}

static void on_message(void *arg, enum message_level level, const char *text)
{
	if (!tool_wants(arg, level))
		return;
	terminal_clear();
	tool_say(level, text);
}

static unsigned int on_interrupts(void *arg)
{
	(void)arg;
	return signals_count();
}

static void on_attempt(void *arg, const char *text)
{
	const struct tool_options *options = arg;
	char line[160];

	snprintf(line, sizeof(line), TOOL_NAME ": %s", text);
	terminal_try(line, !options->params.beken.attempts);
}

int tool_frontend_init(struct frontend *frontend, const struct tool_options *options)
{
	*frontend = (struct frontend){
		.message = on_message,
		.interrupts = on_interrupts,
		.attempt = on_attempt,
		.explain = start_advice,
		.arg = (void *)options,
	};
	if (!signals_catch(false))
		return 0;
	tool_error("Cannot catch signals: %s.", strerror(errno));
	return -1;
}

void tool_connection_error(int error)
{
	if (error == BEKEN_ERR_GONE)
		tool_error("The CH341A was unplugged or reset itself. Its pins float.");
	else
		tool_error("The connection to the CH341A failed (%s). Unplug the board, so that no pin is "
			   "driven.",
			   beken_strerror(error));
}
