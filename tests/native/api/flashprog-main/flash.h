/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flashprog main. */
#ifndef NATIVE_API_RELEASE_FLASH_H
#define NATIVE_API_RELEASE_FLASH_H

#define NATIVE_FLASHPROG_MAIN 1

#include "../flashprog/flash.h"

#endif
