/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programmer's parameters: key=value pairs. */
#ifndef CH341A_BEKEN_PARAMS_H
#define CH341A_BEKEN_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "beken.h"

#define PARAMS_DEVICE_SIZE 64
/* With a name behind it, it fits into one sentence of frontend_message(). */
#define PARAMS_BACKUP_SIZE 768

/* What becomes of a file that does not look right for the chip; stock face only. */
enum params_image {
	PARAMS_IMAGE_CHECK, /* it is refused */
	PARAMS_IMAGE_ANY,   /* it is warned of */
	PARAMS_IMAGE_RAW,   /* it is not looked at */
};

struct params {
	char device[PARAMS_DEVICE_SIZE]; /* empty: the only one attached */
	struct beken_options beken;
	bool pipeline;
	bool slow_clock; /* SPI by pin packets, see slow_clock.h */
	bool unprotect, sfdp;
	enum params_image image;
	char backup[PARAMS_BACKUP_SIZE]; /* a folder; empty: no backup is asked for */
};

/* All parameters at their defaults. */
void params_init(struct params *params);

/* The keys that there are, in the order of the documentation; NULL at the
 * end. For callers that must ask for each. */
extern const char *const params_keys[];

/* Sets one parameter. Returns 0, or BEKEN_ERR_PARAMETER and a sentence in problem that names the
 * key and the values that it takes. */
int params_set(struct params *params, const char *key, const char *value, char *problem,
	       size_t problem_size) BEKEN_CHECKED;

/* Sets all of "key=value,key=value"; a key that comes twice is an error. NULL
 * or an empty text sets nothing. */
int params_parse(struct params *params, const char *text, char *problem, size_t problem_size) BEKEN_CHECKED;

#endif
