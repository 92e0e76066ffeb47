/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that was read from the flash and is not as large as the flash. */
#ifndef CH341A_BEKEN_HINT_READ_H
#define CH341A_BEKEN_HINT_READ_H

#include "hint.h"

/* After a failure: says what helps, if the file could not be written. */
bool hint_at_short_read(const struct hint *hint);

/* After a success: says what is wrong, if it is a flash of another size that was
 * read. Looks into the file. */
void hint_at_wrong_size(const struct hint *hint);

#endif
