/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a file is for the chip that it is to be written to. Facts in, sentences out. */
#ifndef CH341A_BEKEN_IMAGE_JUDGE_H
#define CH341A_BEKEN_IMAGE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image.h"
#include "image_uf2.h"

/* What a few short reads tell of a flash. */
struct image_die {
	uint32_t size;
	struct image_boot boot;
	struct image_key application_key;
	size_t n_areas; /* offsets are addresses; only the first sector of each is known */
	struct image_area areas[IMAGE_MAX_AREAS];
	uint32_t update, update_size; /* an update that the bootloader may install; size 0: none */
};

struct image_range {
	uint32_t start, end; /* addresses; end: the first byte behind it */
};

/* Is the address in one of n ranges? */
bool image_ranges_have(const struct image_range *ranges, size_t n, uint32_t address);

/* What is to be done. */
struct image_case {
	const uint8_t *data; /* of the file */
	const struct image_facts *file;
	const struct image_uf2 *uf2;	  /* that the data were in; or NULL */
	uint32_t put_at;		  /* address that its first byte is to get */
	const struct image_range *ranges; /* that are to be written, sorted */
	size_t n_ranges;
	const struct image_die *die;
	bool is_own; /* a backup of this very device */
};

#define IMAGE_REASON_SIZE 224 /* with the name of the program three lines of 80 columns */
#define IMAGE_REMARKS 3

struct image_judgement {
	char refusal[IMAGE_REASON_SIZE]; /* why not, and the way out; "": nothing is against it */
	size_t n_remarks;
	char remarks[IMAGE_REMARKS][IMAGE_REASON_SIZE];
};

void image_judge(struct image_judgement *judgement, const struct image_case *it) __attribute__((nonnull));

/* Fills in the refusal of what is no image at all, wherever it is to go. Returns whether it is one of
 * those. */
bool image_judge_kind(struct image_judgement *judgement, const struct image_facts *file)
	__attribute__((nonnull));

/* The first RF calibration with a MAC address in a list of areas, or NULL. */
const struct image_area *image_mac_area(const struct image_area *areas, size_t n);

#endif
