/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ch341a-beken`: one program, a subcommand for each task. */
#ifndef CH341A_BEKEN_TOOL_H
#define CH341A_BEKEN_TOOL_H

#define TOOL_NAME "ch341a-beken"

/* Exit status of every subcommand. After a signal: 128 + its number. */
#define TOOL_OK 0
#define TOOL_FAILED 1 /* the reason stands on stderr */
#define TOOL_USAGE 2  /* wrong command line; nothing was done */

#endif
