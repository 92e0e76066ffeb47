/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What flashrom has found out, read from the log that its option -o writes, so that its output
 * need not be intercepted. */
#ifndef CH341A_BEKEN_FLASHROM_LOG_H
#define CH341A_BEKEN_FLASHROM_LOG_H

#include <stdbool.h>
#include <stdint.h>

#define FLASHROM_LOG_NAMES 16
#define FLASHROM_LOG_NAME_SIZE 64

struct flashrom_findings {
	bool is_flashprog;
	char name[FLASHROM_LOG_NAME_SIZE]; /* of the flash found last; "": none */
	uint64_t size;			   /* of it, bytes */
	/* Definitions that match the flash equally, if flashrom wants the user to choose. */
	char names[FLASHROM_LOG_NAMES][FLASHROM_LOG_NAME_SIZE];
	int n_names;
	bool invalid_region; /* the value of an -i was not understood */
	bool cannot_connect; /* the serial port that it was given could not be opened */
	bool verified;	     /* what was written or compared is in the flash */
	bool write_failed;   /* a file was opened and then could not be written */
};

/* All zero if there is no such file, or nothing is found in it. */
void flashrom_log_read(const char *path, struct flashrom_findings *findings);

#endif
