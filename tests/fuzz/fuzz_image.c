/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For libFuzzer: meson setup -Dfuzz=true with CC=clang, then
 * tests/fuzz/fuzz-image -max_len=200000 CORPUS. */
#include "image_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	image_target(data, n);
	return 0;
}
