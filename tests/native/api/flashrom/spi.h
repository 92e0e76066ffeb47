/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NATIVE_API_FLASHROM_SPI_H
#define NATIVE_API_FLASHROM_SPI_H

#define SPI_GENERIC_ERROR -1
#define SPI_PROGRAMMER_ERROR -6

#if NATIVE_RELEASE >= 106
#include "../flashrom/command.h"
#endif

#endif
