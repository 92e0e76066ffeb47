/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../flashprog/spi_command.h"
