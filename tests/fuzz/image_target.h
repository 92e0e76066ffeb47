/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_IMAGE_TARGET_H
#define FUZZ_IMAGE_TARGET_H

#include <stddef.h>
#include <stdint.h>

/*
 * Does with the bytes all that `ch341a-beken image` does: facts, text, JSON,
 * layout, comparison. Aborts where the facts contradict each other; what goes
 * wrong in memory is for the sanitizers to find.
 */
void image_target(const uint8_t *data, size_t n);

#endif
