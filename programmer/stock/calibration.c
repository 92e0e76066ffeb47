/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibration.h"

#include <string.h>

#include "image_crc.h"
#include "image_partitions.h"

static int look_for_blank(struct calibration *calibration, uint64_t flash_size, calibration_read_fn *read,
			  void *arg)
{
	uint8_t sector[CALIBRATION_SECTOR];
	int error;

	if (calibration->n || flash_size < sizeof(sector))
		return 0;
	error = read(arg, 0, sector, sizeof(sector));
	calibration->is_blank = !error && image_is_erased(sector, sizeof(sector));
	return error;
}

int calibration_find(struct calibration *calibration, uint64_t flash_size, calibration_read_fn *read, void *arg)
{
	uint32_t places[IMAGE_RF_PLACES];
	const size_t n = image_rf_places(places, flash_size);

	calibration->n = 0;
	calibration->is_blank = false;
	for (size_t i = 0; i < n; i++) {
		uint8_t *const sector = calibration->found[calibration->n].sector;
		int error = read(arg, places[i], sector, IMAGE_RF_HEAD);

		if (error)
			return error;
		if (!image_is_rf(sector))
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
