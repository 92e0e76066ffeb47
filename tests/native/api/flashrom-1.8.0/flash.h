/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flashrom 1.8.0, and the macros by which it can be told from others. */
#ifndef NATIVE_API_RELEASE_FLASH_H
#define NATIVE_API_RELEASE_FLASH_H

#define NATIVE_RELEASE 108

#define ERROR_FLASHROM_FATAL -0xee
#define FEATURE_FLASH_HARDENING (1 << 26)
#define ERROR_FLASHROM_PROBE_NO_CHIPS_FOUND -1
#define ERROR_FLASHROM_PREPARE_FLASH_ACCESS -3
#define FEATURE_STATUS_PER_DIE (1 << 27)
#define FEATURE_ADDR_2BYTE (1 << 28)

#include "../flashrom/flash.h"

#endif
