/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a flashrom command line asks for, as far as it matters to us. */
#ifndef CH341A_BEKEN_FLASHROM_ARGS_H
#define CH341A_BEKEN_FLASHROM_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#define PROGRAMMER_NAME "ch341a_beken"

/* Further -i are passed on without being read. */
#define FLASHROM_ARGS_INCLUDES 16

struct flashrom_args {
	/* The value of the first -p or --programmer, or NULL; points into argv,
	 * as do all texts here. */
	const char *programmer;
	int index;		  /* of the argv element that holds the value */
	bool needs_no_programmer; /* --help, --version, a list */
	unsigned int verbosity;	  /* number of -V */
	bool progress;		  /* --progress */
	/* Elements after argv[0] that are commands of flashprog: none for `flashrom -r x`, one
	 * for `flashprog prog -r x`, two for `flashprog wp list`. */
	int commands;
	/* 'r' read, 'w' write, 'v' verify, 'E' erase, 'x' extract; 0 none. */
	char operation;
	const char *file;	  /* of the operation, or NULL */
	int file_index;		  /* of the argv element that holds it */
	const char *layout, *log; /* -l, -o */
	bool other_layout;	  /* --fmap, --fmap-file, --ifd */
	const char *chip;	  /* -c */
	bool noverify_all;	  /* -N */
	const char *wp;		  /* the last --wp-..., without the dashes, or NULL */
	struct flashrom_include {
		const char *region; /* of so many characters */
		size_t region_length;
		const char *file; /* behind a colon, or NULL */
		int index;
	} includes[FLASHROM_ARGS_INCLUDES];
	int n_includes;
	bool has_region_files; /* -i with a file */
};

/* Reads the command lines of flashrom 1.3 to 1.8 and flashprog. argv ends with
 * NULL and is not changed. */
void flashrom_args_read(int argc, char *const *argv, struct flashrom_args *args);

/* Is this our programmer? Then *parameters is what follows the colon, or NULL.
 * Ours is the default if none is given. */
bool flashrom_args_are_ours(const struct flashrom_args *args, const char **parameters);

/* Another text in place of a value, which is in element `index` of argv from `value` on. */
struct flashrom_args_change {
	int index;
	const char *value;
	const char *text;
};

struct flashrom_args_changes {
	const char *programmer; /* in place of the user's, or added if there is none */
	const char *log;	/* the value of an -o that is added; NULL: none is */
	const struct flashrom_args_change *files;
	int n_files;
	const char *const *more; /* options that are added, up to a NULL; NULL: none are */
	const char *chip;	 /* the value of a -c that is added; NULL: none is */
};

/* A new argv with those changes, to be freed. Its texts are those of argv and of the
 * changes, or part of it. NULL: out of memory. */
char **flashrom_args_replace(int argc, char *const *argv, const struct flashrom_args *args,
			     const struct flashrom_args_changes *changes);

#endif
