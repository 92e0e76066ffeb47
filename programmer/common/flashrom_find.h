/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CH341A_BEKEN_FLASHROM_FIND_H
#define CH341A_BEKEN_FLASHROM_FIND_H

#include <stdbool.h>
#include <stddef.h>

/* The flashrom to run: the one that the environment variable FLASHROM names, or the first on PATH
 * and then in the sbin folders that is not this program. Writes its path. Returns 0, or -1 and a
 * sentence in problem.
 *
 * Marks this program in the environment, so that another copy of it which is found in place of
 * flashrom does not come back here. */
int flashrom_find(char *path, size_t path_size, char *problem, size_t problem_size);

/* Is the flashrom that was found also found below sudo, which has a PATH of its own? */
bool flashrom_find_needs_no_path(const char *path);

/* Judged by the name of the file. */
bool flashrom_find_is_flashprog(const char *path);

#endif
