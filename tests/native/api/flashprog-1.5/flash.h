/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flashprog 1.5. */
#ifndef NATIVE_API_RELEASE_FLASH_H
#define NATIVE_API_RELEASE_FLASH_H

#define NATIVE_FLASHPROG_MAIN 0

#include "../flashprog/flash.h"

#endif
