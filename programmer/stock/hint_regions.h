/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -i REGION:FILE, which not every release takes. */
#ifndef CH341A_BEKEN_HINT_REGIONS_H
#define CH341A_BEKEN_HINT_REGIONS_H

#include "hint.h"

/* After a failure: says what helps, if it was that. */
bool hint_at_regions(const struct hint *hint);

#endif
