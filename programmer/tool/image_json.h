/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `image --json` prints: one object. */
#ifndef CH341A_BEKEN_IMAGE_JSON_H
#define CH341A_BEKEN_IMAGE_JSON_H

#include "image.h"
#include "image_compare.h"

struct json_object;

/* The caller puts the object; NULL if there is not enough memory. */
struct json_object *image_json_facts(const char *name, const struct image_facts *facts);

struct json_object *image_json_comparison(const char *first_name, const struct image_facts *first,
					  const char *second_name, const struct image_facts *second,
					  const struct image_comparison *comparison);

#endif
