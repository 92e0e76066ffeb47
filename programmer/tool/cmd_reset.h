/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_CMD_RESET_H
#define CH341A_BEKEN_CMD_RESET_H

/* `ch341a-beken reset`; argv[0] is "reset". Returns the exit status. */
int cmd_reset(int argc, char **argv);

#endif
