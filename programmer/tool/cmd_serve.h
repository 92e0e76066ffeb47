/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_CMD_SERVE_H
#define CH341A_BEKEN_CMD_SERVE_H

/* `ch341a-beken serve`; argv[0] is "serve". Returns the exit status. */
int cmd_serve(int argc, char **argv);

#endif
