/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_CMD_IMAGE_H
#define CH341A_BEKEN_CMD_IMAGE_H

/* `ch341a-beken image`; argv[0] is the name of the subcommand. Returns the exit
 * status: 0, 1 if the file is damaged, different, or no image, 2 on trouble. */
int cmd_image(int argc, char **argv);

#endif
