/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel threads that carry what was written to one side of a pty to its
 * other side (drivers/tty/tty_buffer.c of Linux, on system_unbound_wq). While
 * one waits for a processor, both programs sleep and yet bytes are under way.
 */
#ifndef BEKEN_EMU_KWORKERS_H
#define BEKEN_EMU_KWORKERS_H

#include <stdbool.h>

enum kworkers_state {
	KWORKERS_IDLE,
	KWORKERS_BUSY,
	KWORKERS_HIDDEN,	/* a container or the like does not show them */
};

struct kworkers;

struct kworkers *kworkers_new(void); /* never NULL */
void kworkers_free(struct kworkers *workers); /* NULL is fine */

/* Can it be known what they do? */
bool kworkers_are_visible(const struct kworkers *workers);

/* Those of unbound queues, and what makes more of them. */
enum kworkers_state kworkers_look(struct kworkers *workers);

#endif
