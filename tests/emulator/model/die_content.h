/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a die holds before anybody has written to it. */
#ifndef BEKEN_EMU_DIE_CONTENT_H
#define BEKEN_EMU_DIE_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#include "rng.h"
#include "settings.h"

void die_content_random(uint8_t *data, size_t size, struct rng *rng);

void die_content_fill(uint8_t *array, size_t size, enum fill fill, struct rng *rng);

#endif
