/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hints are made from: the run, sentences and lines for a shell. The hints
 * themselves are each in a file of their own. */
#ifndef CH341A_BEKEN_HINT_H
#define CH341A_BEKEN_HINT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "flashrom_args.h"
#include "flashrom_log.h"
#include "frontend.h"
#include "output_files.h"

/* In proposed commands, for files that only the user knows. */
#define HINT_BACKUP "backup.bin"
#define HINT_WHOLE "whole.bin"

/* Before a command; each word of it adds one more blank. */
#define HINT_INDENT "   "

/* What flashrom has asked of the programmer. All zero at the start. */
struct hints_seen {
	bool started;	     /* it has started the programmer */
	uint32_t jedec_id;   /* that it was given, or 0 */
	uint64_t bytes_read; /* of the flash's content that it was given */
};

/* One run of flashrom that has ended by itself. */
struct hints_run {
	const char *tool; /* which the user has typed before argv; or NULL */
	int argc;
	char *const *argv;
	const struct flashrom_args *args;
	const struct flashrom_findings *found;
	const struct hints_seen *seen;
	const struct output_files *outputs; /* may be NULL */
	int status;			    /* its exit status */
};

/* Takes one sentence, or one command line, which begins with blanks. */
typedef void hints_say_fn(void *arg, enum message_level level, const char *text);

struct hint {
	const struct hints_run *run;
	hints_say_fn *say;
	void *arg;
};

/* "flashrom" or "flashprog" */
const char *hint_program(const struct hint *hint);

/* Is a file the source, not the target? */
bool hint_writes(const struct hint *hint);

/* ---- saying something ---- */

/* One sentence. */
void hint_say(const struct hint *hint, enum message_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* One line of any length: a sentence, or a command for a shell. */
struct hint_line {
	FILE *out; /* to print to */
	char *text;
	size_t size;
};

/* False if there is no memory; then hint_line_end() must not be called. */
bool hint_line_begin(struct hint_line *line);

/* A file name that a command cannot take for an option; no blank before it. */
void hint_line_file(struct hint_line *line, const char *path);

/* Says it, unless memory has run out, and frees it. */
void hint_line_end(struct hint_line *line, const struct hint *hint, enum message_level level);

/* A dd command between a file and its place in a file as large as the flash. */
struct hint_dd {
	const char *from, *to;
	uint64_t skip, seek; /* bytes before it in either file */
	uint64_t count;	     /* bytes; 0: to the end */
	bool keep;	     /* keep what the target has after it */
};

void hint_dd_say(const struct hint_dd *dd, const struct hint *hint);

/* ---- the hints; those that return something tell whether they applied ---- */

/* -i REGION:FILE was refused, which not every release takes. */
bool hint_at_regions(const struct hint *hint);

/* A file to be written or compared is not as large as the flash. Reads the file. */
bool hint_at_sizes(const struct hint *hint);

/* A file could not be written in whole. */
bool hint_at_short_read(const struct hint *hint);

/* The file that was read is not as large as the flash. */
void hint_at_wrong_size(const struct hint *hint);

#endif
