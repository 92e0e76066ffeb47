/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the adapter itself good? With D5 (MOSI) and D7 (MISO) joined and no chip
 * connected, what is sent must come back. */
#ifndef CH341A_BEKEN_CHECK_LOOPBACK_H
#define CH341A_BEKEN_CHECK_LOOPBACK_H

#include <stdbool.h>

#include "frontend.h"

/* Prints the result as lines or as JSON. Returns an exit status of the tool. */
int check_loopback(const struct frontend *frontend, const char *selector, bool json);

#endif
