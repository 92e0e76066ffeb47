/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_CMD_LIST_H
#define CH341A_BEKEN_CMD_LIST_H

/* `ch341a-beken list`; argv[0] is "list". Returns the exit status. */
int cmd_list(int argc, char **argv);

#endif
