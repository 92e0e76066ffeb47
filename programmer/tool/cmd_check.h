/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_CMD_CHECK_H
#define CH341A_BEKEN_CMD_CHECK_H

/* `ch341a-beken check`; argv[0] is "check". Returns the exit status. */
int cmd_check(int argc, char **argv);

#endif
