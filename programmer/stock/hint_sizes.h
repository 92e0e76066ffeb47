/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file to be written or compared that is not as large as the flash. */
#ifndef CH341A_BEKEN_HINT_SIZES_H
#define CH341A_BEKEN_HINT_SIZES_H

#include "hint.h"

/* After a failure: says what helps, if it was that. Reads the file. */
bool hint_at_sizes(const struct hint *hint);

#endif
