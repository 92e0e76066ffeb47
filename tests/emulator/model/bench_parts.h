/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands on the bench behind one board: for the doors beside USB. */
#ifndef BEKEN_EMU_BENCH_PARTS_H
#define BEKEN_EMU_BENCH_PARTS_H

#include "beken_soc.h"
#include "bench.h"
#include "settings.h"
#include "wires.h"

struct bench_parts {
	const struct settings *set;
	struct wires *wires;
	struct beken_soc *soc;
};

/* The bench has power, and owns what is returned. */
struct bench_parts bench_parts(struct bench *bench, unsigned int dev);

#endif
