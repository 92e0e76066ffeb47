/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new file whose name ends in .part until it is complete. No other file is ever
 * overwritten, even if other programs create files there at the same time. */
#ifndef CH341A_BEKEN_BACKUP_FILE_H
#define CH341A_BEKEN_BACKUP_FILE_H

#include <stddef.h>
#include <stdint.h>

struct backup_file;

/* Is this a folder in which files can be made? 0, or -1 with errno. */
int backup_file_check_folder(const char *folder) __attribute__((nonnull, warn_unused_result));

/* A file FOLDER/STEM.bin, or STEM-2.bin and so on if there is one already, that is to
 * have so many bytes. NULL with errno. */
struct backup_file *backup_file_new(const char *folder, const char *stem, uint64_t size)
	__attribute__((nonnull, warn_unused_result));

/* Writes all that is to be in it, and puts that on the disk: 0, or -1 with errno. */
int backup_file_write(struct backup_file *file, const uint8_t *data, size_t n)
	__attribute__((nonnull, warn_unused_result));

/* Gives it its name. Returns its path, which is the caller's to free, or NULL with errno
 * after having removed it. Frees `file`. */
char *backup_file_keep(struct backup_file *file) __attribute__((nonnull, warn_unused_result));

/* Frees it as well. NULL is fine. Keeps errno. */
void backup_file_remove(struct backup_file *file);

#endif
