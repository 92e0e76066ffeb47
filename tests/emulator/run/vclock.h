/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock page: a small file that the server writes and clients map. */
#ifndef BEKEN_EMU_VCLOCK_H
#define BEKEN_EMU_VCLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct vclock;

/* Makes the file; NULL with errno set if that fails. */
struct vclock *vclock_new(const char *path, bool virtual_clock);
void vclock_free(struct vclock *clock); /* NULL is fine; the file stays */

/* What clients see from now on: ns since the start, and a bit per device. */
void vclock_publish(struct vclock *clock, int64_t now_ns, uint32_t attached);

/* Real ns since vclock_new(). */
int64_t vclock_real(const struct vclock *clock);

#endif
