/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `image` prints: for people, and with --json. */
#ifndef CH341A_BEKEN_IMAGE_OUTPUT_H
#define CH341A_BEKEN_IMAGE_OUTPUT_H

#include <stdio.h>

#include "image_compare.h"

struct json_object;

/* Errors of writing are left in ferror(out). */
void image_text_facts(FILE *out, const struct image_file *file);
void image_text_comparison(FILE *out, const struct image_comparison *comparison);

/* One object each, the caller's. */
struct json_object *image_json_facts(const struct image_file *file);
struct json_object *image_json_comparison(const struct image_comparison *comparison);

#endif
