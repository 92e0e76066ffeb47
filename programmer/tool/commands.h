/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ch341a-beken`: one program, a command for each task. */
#ifndef CH341A_BEKEN_COMMANDS_H
#define CH341A_BEKEN_COMMANDS_H

#include <stdbool.h>

struct frontend;

#define TOOL_NAME "ch341a-beken"

/* Exit status of every command. After a signal: 128 + its number. */
#define TOOL_OK 0
#define TOOL_FAILED 1 /* the reason is on stderr; of `image`: the file is damaged, different, or no image */
#define TOOL_USAGE 2  /* wrong command line; nothing was done. Of `image` also: a file cannot be read */

/* argv[0] is the name of the command. */
int cmd_check(int argc, char **argv);
int cmd_enter(int argc, char **argv);
int cmd_hold(int argc, char **argv);
int cmd_image(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_reset(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_write(int argc, char **argv);

/* `check --loopback`: is the adapter itself good? With D5 (MOSI) and D7 (MISO) joined and
 * no chip connected, what is sent must come back. */
int check_loopback(const struct frontend *frontend, const char *selector, bool json);

#endif
