/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "die_look.h"

#include <stdlib.h>
#include <string.h>

/* An RF calibration has its MAC address at 36 to 41, Tuya's store its mark at 48 to
 * 63, an RBL header is as long as this. */
#define HEAD IMAGE_RBL_SIZE

static int look_at_code(struct image_die *die, struct session *session, uint8_t *data)
{
	const size_t n = IMAGE_BOOT_SIZE + 2 * IMAGE_BLOCK_SIZE;
	int error;

	if (die->size < n)
		return BEKEN_OK;
	error = session_read(session, 0, data, n);
	if (error)
		return error;
	image_boot_find(&die->boot, data, IMAGE_BOOT_SIZE);
	image_key_find(&die->application_key, data + IMAGE_BOOT_SIZE, n - IMAGE_BOOT_SIZE);
	return BEKEN_OK;
}

static void note_update(struct image_die *die, const uint8_t *head, uint32_t address)
{
	struct image_rbl rbl;

	if (!image_rbl_starts(head, HEAD))
		return;
	image_rbl_read(&rbl, head);
	if (!rbl.header_good || rbl.size > die->size - address - IMAGE_RBL_SIZE)
		return;
	die->update = address;
	die->update_size = IMAGE_RBL_SIZE + rbl.size;
}

/* Stores mark each of their sectors: one area for all, so that there is room for the
 * calibration behind them. */
static bool goes_on(struct image_die *die, const struct image_area *area)
{
	struct image_area *const last = die->n_areas ? &die->areas[die->n_areas - 1] : NULL;

	if (!last || last->type != area->type || last->type == IMAGE_AREA_RF ||
	    last->offset + last->size != area->offset)
		return false;
	last->size += IMAGE_SECTOR;
	return true;
}

static int look_at_sector(struct image_die *die, struct session *session, uint32_t address, uint8_t *sector)
{
	struct image_area *const area = &die->areas[die->n_areas];
	const int error = session_read(session, address, sector, HEAD);

	if (error)
		return error;
	note_update(die, sector, address);
	if (die->n_areas < IMAGE_MAX_AREAS && image_areas_find(sector, IMAGE_SECTOR, area, 1)) {
		area->offset = address;
		die->n_areas += !goes_on(die, area);
	}
	return BEKEN_OK;
}

int die_look(struct image_die *die, struct session *session, uint32_t size)
{
	uint8_t *data = malloc(IMAGE_BOOT_SIZE + IMAGE_SECTOR);
	int error;

	memset(die, 0, sizeof(*die));
	die->size = size;
	if (!data)
		return BEKEN_ERR_MEMORY;
	error = look_at_code(die, session, data);
	memset(data, 0xff, IMAGE_SECTOR);
	for (uint32_t address = 0; !error && address + IMAGE_SECTOR <= size; address += IMAGE_SECTOR)
		error = look_at_sector(die, session, address, data);
	free(data);
	return error;
}
