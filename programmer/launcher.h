/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_LAUNCHER_H
#define CH341A_BEKEN_LAUNCHER_H

/* The `flashrom` that people type; see launcher.c. Returns the exit status. */
int launcher_main(int argc, char **argv);

#endif
