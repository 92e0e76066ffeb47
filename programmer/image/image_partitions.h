/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which partition lies where in the flash of which chips, and how the one with the RF calibration
 * begins. */
#ifndef CH341A_BEKEN_IMAGE_PARTITIONS_H
#define CH341A_BEKEN_IMAGE_PARTITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest flash that a Beken chip can have, with room to spare. */
#define IMAGE_MAX_SIZE ((size_t)64 << 20)
#define IMAGE_SECTOR 4096	   /* the smallest piece that a die erases */
#define IMAGE_APPLICATION 0x11000u /* on all these chips */
#define IMAGE_MAX_PARTITIONS 10

struct image_partition {
	const char *name;
	uint32_t start, end; /* end: the first byte behind it */
};

struct image_start {
	const char *name; /* NULL behind the last */
	uint32_t address;
};

struct image_family {
	const char *name;  /* for --chip */
	const char *chips; /* for people */
	uint32_t die_size; /* usual, in bytes */
	uint32_t rf;	   /* address of the RF calibration */
	uint32_t application_end;
	const struct image_start *starts; /* of all partitions; each ends where the next one starts */
};

/* NULL if there is no such chip; also takes other names of its chips. */
const struct image_family *image_family_named(const char *name);

/* By where the RF calibration was found; NULL if it is nowhere usual. Where two families share the address,
 * the more common one. */
const struct image_family *image_family_with_rf_at(uint32_t address);

/* All families, in the order of the help text; NULL behind the last. */
const struct image_family *image_family_number(size_t i);

/* The partitions on a die of die_size bytes; 0 stands for the usual size. Fills at most
 * IMAGE_MAX_PARTITIONS and returns how many: partitions behind the end of the die are left out, the last
 * one ends with it. */
size_t image_family_partitions(const struct image_family *family, uint32_t die_size,
			       struct image_partition *partitions);

#define IMAGE_RF_HEAD 4
#define IMAGE_RF_PLACES 12

/* Is this the start of a sector with the RF calibration? */
bool image_is_rf(const uint8_t head[IMAGE_RF_HEAD]) __attribute__((nonnull));

/* Fills in the addresses at which one kind of chip or another has it on a die of so many bytes, each once;
 * at most IMAGE_RF_PLACES. Returns how many. */
size_t image_rf_places(uint32_t *places, uint64_t die_size) __attribute__((nonnull));

#endif
