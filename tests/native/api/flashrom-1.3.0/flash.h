/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flashrom 1.3.0, and the macros by which it can be told from others. */
#ifndef NATIVE_API_RELEASE_FLASH_H
#define NATIVE_API_RELEASE_FLASH_H

#define NATIVE_RELEASE 103

#define ERROR_FATAL -0xee

#include "../flashrom/flash.h"

#endif
