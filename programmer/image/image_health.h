/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether all of the code is there. CRCs prove the blocks that are there, not that none is missing. */
#ifndef CH341A_BEKEN_IMAGE_HEALTH_H
#define CH341A_BEKEN_IMAGE_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image_facts;
struct image_part;

/* Looks for the header behind the code of a part, and for holes in it. */
void image_health_part(struct image_part *part, const uint8_t *data);

/* An update that waits to be installed, anywhere in the file. */
void image_health_update(struct image_facts *facts, const uint8_t *data);

/* Whether there is more than any firmware has, but the file ends before the RF calibration. */
bool image_health_incomplete(const struct image_facts *facts);

#endif
