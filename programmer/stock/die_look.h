/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_DIE_LOOK_H
#define CH341A_BEKEN_DIE_LOOK_H

#include "image_judge.h"
#include "session.h"

/* Reads what tells whose code and whose calibration a flash of so many bytes has: its bootloader,
 * and the first bytes of each sector; about a second for 2 MiB. Returns 0, or an error of
 * session_read(). */
int die_look(struct image_die *die, struct session *session, uint32_t size)
	__attribute__((nonnull, warn_unused_result));

#endif
