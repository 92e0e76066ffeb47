/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for new files beside a file of the user's. */
#ifndef CH341A_BEKEN_UNUSED_PATH_H
#define CH341A_BEKEN_UNUSED_PATH_H

/*
 * The name of path with the ending in place of its own: "fw.bin" and ".layout"
 * give "fw.layout", or "fw-2.layout" if that exists, and so on. In the folder of
 * path, or in the current one if nothing can be written there. NULL: no memory,
 * or all those names are taken. The caller frees.
 */
char *unused_path(const char *path, const char *ending);

#endif
