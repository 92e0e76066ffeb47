/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_CMD_ENTER_H
#define CH341A_BEKEN_CMD_ENTER_H

/* `ch341a-beken enter`; argv[0] is "enter". Returns the exit status. */
int cmd_enter(int argc, char **argv);

#endif
