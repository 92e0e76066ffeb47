/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line at pin D2 of the CH341A: a capacitor, charged and discharged by
 * whoever pulls at it. With a good wire it is CEN of the chip as well.
 */
#ifndef BEKEN_EMU_CEN_LINE_H
#define BEKEN_EMU_CEN_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "settings.h"

enum cen_drive { CEN_RELEASED, CEN_DRIVEN_LOW, CEN_DRIVEN_HIGH };

struct cen_line {
	const struct settings *set;
	enum cen_drive drive;
	bool high;		/* what an input reads */
	double volts;		/* at since; from there on it nears target */
	double target, tau_ns;
	int64_t since, change;	/* change: when high does, or BENCH_NEVER */
};

/* Released, and at rest at time 0. settings must outlive it. */
void cen_line_init(struct cen_line *line, const struct settings *settings);

/* What the CH341A does with it from t on. */
void cen_line_drive(struct cen_line *line, int64_t t, enum cen_drive drive);

/* When the level next changes by itself, or BENCH_NEVER. */
int64_t cen_line_next(const struct cen_line *line);
void cen_line_pass_time(struct cen_line *line, int64_t t);

#endif
