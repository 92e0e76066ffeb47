/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_STOCK_FLASHROM_H
#define CH341A_BEKEN_STOCK_FLASHROM_H

#include <stdbool.h>

/*
 * flashrom with its own command line, and with this programmer. For another
 * programmer it becomes the real flashrom. called_as is what the user types before
 * the arguments, or with is_tool, before "flashrom" and the arguments. Returns the
 * exit status.
 */
int stock_flashrom(int argc, char **argv, const char *called_as, bool is_tool) __attribute__((nonnull));

#endif
