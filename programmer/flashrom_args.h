/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a flashrom command line asks for, as far as the launcher must know. */
#ifndef CH341A_BEKEN_FLASHROM_ARGS_H
#define CH341A_BEKEN_FLASHROM_ARGS_H

#include <stdbool.h>

#define PROGRAMMER_NAME "ch341a_beken"

struct flashrom_args {
	/* The value of the first -p or --programmer, or NULL; points into argv. */
	const char *programmer;
	int index;		/* of the argv element that holds the value */
	bool needs_no_programmer;	/* --help, --version, a list */
	unsigned int verbosity;		/* number of -V */
};

/* Reads the command lines of flashrom 1.3 to 1.8 and flashprog. argv ends with
 * NULL and is not changed. */
void flashrom_args_read(int argc, char *const *argv, struct flashrom_args *args);

/* Is this our programmer? Then *parameters is what follows the colon, or NULL.
 * No programmer at all means ours, as the default. */
bool flashrom_args_are_ours(const struct flashrom_args *args, const char **parameters);

/*
 * A copy of argv in which the programmer is replaced by (or, without one,
 * preceded by) `programmer`. Free with flashrom_args_free(). NULL: out of
 * memory.
 */
char **flashrom_args_replace(int argc, char *const *argv, const struct flashrom_args *args,
			     const char *programmer);
void flashrom_args_free(char **argv);

#endif
