/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flash.h"
#include "../flashrom/spi.h"
