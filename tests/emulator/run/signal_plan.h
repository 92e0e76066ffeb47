/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals that the command shall get, as told by --signal. */
#ifndef BEKEN_EMU_SIGNAL_PLAN_H
#define BEKEN_EMU_SIGNAL_PLAN_H

#include <stdbool.h>
#include <stdint.h>

/* All plans. NULL: there are none. */
struct signal_plan;

struct planned_signal {
	int number;
	bool group;	/* to the whole process group */
};

/* arg: SIG[:group]@transfer:N or SIG[:group]@ms:T. Returns 0, or -1 and says
 * what is wrong. Free with signal_plan_free(), also after -1. */
int signal_plan_add(struct signal_plan **plans, const char *arg);
void signal_plan_free(struct signal_plan *plans);

/* One that is due, which counts as sent from now on; NULL: none. */
const struct planned_signal *signal_plan_at_transfer(struct signal_plan *plans, uint64_t n);
const struct planned_signal *signal_plan_at_time(struct signal_plan *plans, int64_t now);

/* The emulated time of the next one, or BENCH_NEVER. */
int64_t signal_plan_next(const struct signal_plan *plans);

#endif
