/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The variants of chip, board and host against which our own entry is tried. */
#ifndef GOLDEN_VARIANTS_H
#define GOLDEN_VARIANTS_H

enum outcome {
	ENTERS,		/* always */
	SOMETIMES,	/* by chance; variant.chance for each trial */
	FAILS,		/* never, and variant.sentence says why */
};

struct variant {
	const char *name;
	const char *settings;	/* over those that are drawn for every trial */
	enum outcome outcome;
	const char *sentence;	/* part of the error that is said */
	double chance;
	unsigned int attempts;	/* 0: as the programmer has it */
	/* pipeline=auto; no; auto that must end as no; no matter */
	enum { QUEUED, ALONE, BY_SELF_TEST, ANY } frames;
	double within_ms;	/* each time, from open to ID; 0: no matter */
};

/* The last one has no name. */
extern const struct variant variants[];

#endif
