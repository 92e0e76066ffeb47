/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_STOCK_FLASHROM_H
#define CH341A_BEKEN_STOCK_FLASHROM_H

/* The `flashrom` that people type; see launcher.c. Returns the exit status. */
int stock_flashrom(int argc, char **argv);

#endif
