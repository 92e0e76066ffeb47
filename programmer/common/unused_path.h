/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that no other file has: "fw.bin", or "fw-2.bin" if that exists, and so on. A
 * link that leads nowhere has its name, too. The caller frees them. */
#ifndef CH341A_BEKEN_UNUSED_PATH_H
#define CH341A_BEKEN_UNUSED_PATH_H

/* For a command that a user is to type. NULL: no memory, or all names are taken. */
char *unused_path(const char *path) __attribute__((nonnull));

/* Creates an empty file beside path, "fw.bin.part" or "fw-2.bin.part" and so on. Returns
 * its descriptor, open for reading and writing, or -1 with errno. */
int unused_path_create_part(const char *path, char **name) __attribute__((nonnull));

/* Gives that file the name that it is for, whatever else makes files there at the same
 * time. Returns the name, or NULL with errno, and then the file is as it was. */
char *unused_path_take(const char *part, const char *path) __attribute__((nonnull));

#endif
