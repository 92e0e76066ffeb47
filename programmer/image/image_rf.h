/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The RF calibration: how it begins, and where it may lie. */
#ifndef CH341A_BEKEN_IMAGE_RF_H
#define CH341A_BEKEN_IMAGE_RF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_RF_HEAD 4
#define IMAGE_RF_PLACES 8

/* Does a sector that begins so hold it? */
bool image_is_rf(const uint8_t head[IMAGE_RF_HEAD]) __attribute__((nonnull));

/* Fills in the addresses at which one kind of chip or another has it on a die of
 * so many bytes, each once; at most IMAGE_RF_PLACES. Returns how many. */
size_t image_rf_places(uint32_t *places, uint64_t die_size) __attribute__((nonnull));

#endif
