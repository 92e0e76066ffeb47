/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns of bytes as people write them down: "D2 00*249", "?*16 D2 00". */
#ifndef GOLDEN_EXPECT_H
#define GOLDEN_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Two hex digits are that byte, ? is any; *N after it means N times. A pattern
 * matches if it fits and is as long as data. Returns true; or false, with the
 * place of the first byte that does not fit in *at.
 */
bool expect_match(const char *pattern, const uint8_t *data, size_t n, size_t *at);

#endif
