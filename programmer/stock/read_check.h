/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A look at a flash that was just read whole into a file, while the chip is still in SPI mode:
 * blocks of code whose CRC is wrong are read a second time, and the file is put right. What has
 * no CRC cannot be checked like that. */
#ifndef CH341A_BEKEN_READ_CHECK_H
#define CH341A_BEKEN_READ_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "die_copy.h"
#include "flashrom_args.h"
#include "frontend.h"
#include "session.h"

struct read_check {
	const struct frontend *frontend;
	const struct flashrom_args *args;
	struct die_copy *copy; /* of the session that was opened last; NULL: nothing is checked */
	int error;	       /* of the second read */
};

/* A session was opened, and flashrom goes on. size: of the flash; 0: not known, or not that of a
 * Beken chip. Does nothing unless flashrom reads all of it into a file. */
void read_check_begin(struct read_check *check, struct session *session, uint64_t size)
	__attribute__((nonnull));

/* flashrom needs the session no longer: reads again what is suspect. */
void read_check_again(struct read_check *check) __attribute__((nonnull));

/* flashrom has written all of it to the file `path`: puts this right, and says what was
 * found. Returns 0, or -1 if the file is no copy of the flash, which was said. */
int read_check_finish(const struct read_check *check, const char *path)
	__attribute__((nonnull, warn_unused_result));

/* May the file be taken for a backup? */
bool read_check_is_proof(const struct read_check *check) __attribute__((nonnull));

void read_check_end(struct read_check *check) __attribute__((nonnull));

#endif
