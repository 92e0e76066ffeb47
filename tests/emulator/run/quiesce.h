/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a process run, or do all its threads sleep in the kernel? */
#ifndef BEKEN_EMU_QUIESCE_H
#define BEKEN_EMU_QUIESCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum quiesce_state { QUIESCE_RUNS, QUIESCE_SLEEPS, QUIESCE_DEAD };

/* Keeps a file of /proc open for a process, since it is read often. */
struct quiesce;

struct quiesce *quiesce_new(pid_t pid); /* never NULL */
void quiesce_free(struct quiesce *q); /* NULL is fine */

/* All threads of the process itself; *n_threads is set unless it is dead. */
enum quiesce_state quiesce_process(struct quiesce *q, long *n_threads);

/* Same for the children for which known() is false, and their children: a
 * program that was just started, or one that cannot be preloaded. */
bool quiesce_strangers_run(struct quiesce *q, bool (*known)(void *arg, pid_t pid), void *arg);

/* Processor time that all threads have had so far, in ns; 0 if it is dead. */
int64_t quiesce_cpu_time(const struct quiesce *q);

#endif
