/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was asked of a bench, in the order of asking: key=value for all devices,
 * N.key=value for one. Each is checked at once and applied when the power comes.
 */
#ifndef BEKEN_EMU_ASSIGNMENTS_H
#define BEKEN_EMU_ASSIGNMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "settings.h"

#define ASSIGNMENTS_MAX_DEVICES 8

struct assignments {
	struct assignment *first, **last;
	int64_t n_devices, seed;	/* those for the whole bench */
};

/* The list must stay where it is. */
void assignments_init(struct assignments *list);
/* As after assignments_init(). */
void assignments_clear(struct assignments *list);

/* Returns 0, or -1 with a sentence in err. */
int assignments_add(struct assignments *list, const char *text, char *err, size_t err_size);

/* Whether all devices that they are for exist. Returns 0, or -1 with a sentence in err. */
int assignments_check(const struct assignments *list, char *err, size_t err_size);

/* The settings of one device. */
void assignments_apply(const struct assignments *list, unsigned int dev, struct settings *set);

#endif
