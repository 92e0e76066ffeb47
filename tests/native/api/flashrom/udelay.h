/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NATIVE_API_FLASHROM_UDELAY_H
#define NATIVE_API_FLASHROM_UDELAY_H

void default_delay(unsigned int usecs);

#endif
