/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of the subcommands. --help and the parser use the same tables. */
#ifndef CH341A_BEKEN_TOOL_OPTIONS_H
#define CH341A_BEKEN_TOOL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "frontend.h"
#include "params.h"

#define TOOL_PARAMETERS_SIZE 1024

/* An option of one subcommand. Either flag or text is where it goes. */
struct tool_option {
	const char *name;     /* without --; NULL ends a list */
	const char *argument; /* as shown; NULL: takes none */
	const char *help;     /* one line */
	bool *flag;
	const char **text;
};

struct tool_usage {
	const char *name;	 /* of the subcommand */
	const char *description; /* ends with a line end */
	const struct tool_option *options;
	const char *operands;	 /* as shown; NULL: it takes none */
	const char *keys;	 /* of the parameters that have a meaning here; NULL: it takes no -p */
	const char *defaults;	 /* key=value,... where they differ from params_init(), or NULL */
	const char *exit_status; /* ends with a line end */
};

struct tool_options {
	struct params params;
	unsigned int verbosity;
	char parameters[TOOL_PARAMETERS_SIZE]; /* of all -p, with commas between */
	char **operands;		       /* point into argv */
	int n_operands;
};

/* Reads a command line. Returns true if the subcommand goes on; false if it ends with
 * *status: after --help, or after having said what is wrong. */
bool tool_options_read(struct tool_options *options, const struct tool_usage *usage, int argc, char **argv,
		       int *status);

/* Was the parameter given? */
bool tool_options_given(const struct tool_options *options, const char *key);

/* What device= asks for; NULL: the only one attached. */
const char *tool_device(const struct tool_options *options);

/* An address as in C, such as 0x11000, of at most `last`. */
bool tool_read_address(const char *text, uint32_t last, uint32_t *address);

/* A frontend for the engine: its sentences go to stderr, as many as -V asks for, and signals
 * interrupt it. Catches signals. options must outlive it. Returns 0, or -1 after having said why. */
int tool_frontend_init(struct frontend *frontend, const struct tool_options *options);

/* Is a message of this level wanted? */
bool tool_wants(const struct tool_options *options, enum message_level level);

/* Says why the connection to the CH341A failed. */
void tool_connection_error(int error);

#endif
