/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibration.h"

#include <string.h>

#include "image_partitions.h"

/* The first entry of the partition: "TLV" and a NUL (libretiny, RFPartitionUtil.cs
 * of BK7231GUIFlashTool). */
static const uint8_t head[4] = "TLV";

/* Chips of several families have it at the same place. */
static size_t list_places(uint32_t *places, uint64_t flash_size)
{
	const struct image_family *family;
	size_t n = 0;

	for (size_t i = 0; (family = image_family_number(i)); i++) {
		bool is_known = false;

		for (size_t k = 0; k < n; k++)
			is_known |= places[k] == family->rf;
		if (!is_known && n < CALIBRATION_PLACES && family->rf + CALIBRATION_SECTOR <= flash_size)
			places[n++] = family->rf;
	}
	return n;
}

static bool is_erased(const uint8_t *sector)
{
	for (size_t i = 0; i < CALIBRATION_SECTOR; i++) {
		if (sector[i] != 0xff)
			return false;
	}
	return true;
}

static int look_for_blank(struct calibration *calibration, uint64_t flash_size, calibration_read_fn *read,
			  void *arg)
{
	uint8_t sector[CALIBRATION_SECTOR];
	int error;

	if (calibration->n || flash_size < sizeof(sector))
		return 0;
	error = read(arg, 0, sector, sizeof(sector));
	calibration->is_blank = !error && is_erased(sector);
	return error;
}

int calibration_find(struct calibration *calibration, uint64_t flash_size, calibration_read_fn *read, void *arg)
{
	uint32_t places[CALIBRATION_PLACES];
	const size_t n = list_places(places, flash_size);

	calibration->n = 0;
	calibration->is_blank = false;
	for (size_t i = 0; i < n; i++) {
		uint8_t *const sector = calibration->found[calibration->n].sector;
		int error = read(arg, places[i], sector, sizeof(head));

		if (error)
			return error;
		if (memcmp(sector, head, sizeof(head)))
			continue;
		error = read(arg, places[i], sector, CALIBRATION_SECTOR);
		if (error)
			return error;
		calibration->found[calibration->n++].address = places[i];
	}
	return look_for_blank(calibration, flash_size, read, arg);
}

bool calibration_equal(const struct calibration *a, const struct calibration *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned int i = 0; i < a->n; i++) {
		if (a->found[i].address != b->found[i].address ||
		    memcmp(a->found[i].sector, b->found[i].sector, CALIBRATION_SECTOR))
			return false;
	}
	return true;
}
