/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SFDP (JESD216) on behalf of dies that have none. */
#ifndef CH341A_BEKEN_NOR_SFDP_H
#define CH341A_BEKEN_NOR_SFDP_H

#include <stddef.h>
#include <stdint.h>

#include "nor_dies.h"

/* What the die would answer if it had SFDP: n bytes from address. Beyond the
 * tables it is FF. */
void nor_sfdp_read(const struct nor_die *die, uint32_t address, uint8_t *data, size_t n)
	__attribute__((nonnull));

#endif
