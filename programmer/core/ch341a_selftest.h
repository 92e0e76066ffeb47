/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the CH341A that need no chip: CS is high all the time. */
#ifndef CH341A_BEKEN_CH341A_SELFTEST_H
#define CH341A_BEKEN_CH341A_SELFTEST_H

#include "ch341a.h"

/* Drives all pins at their idle levels and sends one SPI byte. Returns 0 if one
 * byte came back. No job may be in flight. */
int ch341a_ping(struct ch341a *device) __attribute__((nonnull, warn_unused_result));

/* Whether queued packets are carried out in order, each with an answer of its
 * own. Pins must be as after ch341a_ping(). */
int ch341a_self_test(struct ch341a *device) __attribute__((nonnull, warn_unused_result));

#endif
