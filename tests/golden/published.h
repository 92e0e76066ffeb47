/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GOLDEN_PUBLISHED_H
#define GOLDEN_PUBLISHED_H

#include "script.h"

/* A script and a variant of the chip on which it must see what it says. */
struct published {
	const struct script *script;
	const char *settings;
	const char *why;	/* this variant */
};

/* The last one has no script. */
extern const struct published published[];

#endif
