/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "placement.h"

#include <string.h>

#define MAX_RF_SECTORS (IMAGE_MAX_AREAS + 8)

/* Addresses of sectors with RF calibration, in order and each once. */
struct rf_sectors {
	uint64_t address[MAX_RF_SECTORS];
	size_t n;
};

/* ---- pieces ---- */

static void add_piece(struct placement *plan, uint64_t offset, uint64_t address, uint64_t length)
{
	if (length)
		plan->pieces[plan->n_pieces++] = (struct placement_piece){ offset, address, length };
}

/* The file was read from the application on, past the end of the flash. */
static void add_wrapped(struct placement *plan, uint64_t address, uint64_t first)
{
	add_piece(plan, 0, address, first);
	add_piece(plan, first, 0, address);
}

/* Reading past the end of a flash continues at its start. */
static bool repeats(const uint8_t *data, size_t n, uint64_t period)
{
	return n > period && !memcmp(data, data + period, n - (size_t)period);
}

static void find_pieces(struct placement *plan, const uint8_t *data, const struct image_facts *facts,
			const struct placement_room *room)
{
	const uint64_t space = room->end > room->address ? room->end - room->address : 0;
	const size_t n = facts->size;

	if (n <= space) {
		plan->tail = PLACEMENT_ALL_FITS;
		if (facts->wraps_at && room->address == facts->address)
			add_wrapped(plan, room->address, facts->wraps_at);
		else
			add_piece(plan, 0, room->address, n);
	} else if (space && image_is_erased(data + space, n - (size_t)space)) {
		plan->tail = PLACEMENT_ERASED_TAIL;
		add_piece(plan, 0, room->address, space);
	} else if (space && room->end == room->flash && repeats(data, n, room->flash)) {
		plan->tail = PLACEMENT_REPEATED_TAIL;
		add_wrapped(plan, room->address, space);
	} else {
		plan->tail = PLACEMENT_TOO_LARGE;
	}
}

/* ---- RF calibration ---- */

static void add_rf_sector(struct rf_sectors *sectors, uint64_t address)
{
	size_t at = 0;

	while (at < sectors->n && sectors->address[at] < address)
		at++;
	if (sectors->n == MAX_RF_SECTORS || (at < sectors->n && sectors->address[at] == address))
		return;
	memmove(&sectors->address[at + 1], &sectors->address[at],
		(sectors->n - at) * sizeof(sectors->address[0]));
	sectors->address[at] = address;
	sectors->n++;
}

/* The file's own. */
static void add_those_of_file(struct rf_sectors *sectors, const struct placement *plan,
			      const struct image_facts *facts)
{
	for (size_t i = 0; i < facts->n_areas; i++) {
		const uint64_t offset = facts->areas[i].offset;

		for (size_t k = 0; facts->areas[i].type == IMAGE_AREA_RF && k < plan->n_pieces; k++)
			if (offset >= plan->pieces[k].offset &&
			    offset - plan->pieces[k].offset < plan->pieces[k].length)
				add_rf_sector(sectors,
					      plan->pieces[k].address + offset - plan->pieces[k].offset);
	}
}

/* Those that may be in the flash. The file may not tell its family, and a flash
 * of another size than the family's belongs to another family. */
static void add_those_of_flash(struct rf_sectors *sectors, const struct image_facts *facts, uint64_t flash)
{
	const struct image_family *of_file = facts->family, *family;

	for (size_t i = 0; (family = image_family_number(i)); i++) {
		const bool of_flash = family->die_size == flash && (!of_file || of_file->die_size != flash);

		if (!of_file || family == of_file || of_flash)
			add_rf_sector(sectors, family->rf);
	}
}

/* A user who names the region of an RF calibration wants to write it. */
static bool is_for_rf(const struct rf_sectors *sectors, const struct placement_room *room)
{
	for (size_t i = 0; i < sectors->n; i++)
		if (room->address >= sectors->address[i] && room->end <= sectors->address[i] + IMAGE_SECTOR)
			return true;
	return false;
}

/* ---- regions ---- */

static void add_region(struct placement *plan, uint64_t start, uint64_t end, bool rf)
{
	if (start >= end || plan->n_regions == PLACEMENT_REGIONS)
		return;
	plan->regions[plan->n_regions++] = (struct placement_region){ start, end, rf };
	plan->n_rf += rf;
}

static void split_piece(struct placement *plan, const struct placement_piece *piece,
			const struct rf_sectors *sectors)
{
	const uint64_t end = piece->address + piece->length;
	uint64_t start = piece->address;

	for (size_t i = 0; i < sectors->n; i++) {
		const uint64_t rf = sectors->address[i], behind = rf + IMAGE_SECTOR;

		if (behind <= start || rf >= end)
			continue;
		add_region(plan, start, rf, false);
		add_region(plan, rf > start ? rf : start, behind < end ? behind : end, true);
		start = behind;
	}
	add_region(plan, start, end, false);
}

void placement_make(struct placement *plan, const uint8_t *data, const struct image_facts *facts,
		    const struct placement_room *room)
{
	struct rf_sectors sectors = { .n = 0 };

	memset(plan, 0, sizeof(*plan));
	find_pieces(plan, data, facts, room);
	add_those_of_file(&sectors, plan, facts);
	add_those_of_flash(&sectors, facts, room->flash);
	if (is_for_rf(&sectors, room))
		sectors.n = 0;
	for (size_t i = 0; i < plan->n_pieces; i++)
		split_piece(plan, &plan->pieces[i], &sectors);
}

bool placement_align(struct placement *plan, uint64_t flash)
{
	bool changed = false;

	for (size_t i = 0; i < plan->n_regions; i++) {
		struct placement_region *region = &plan->regions[i];
		const uint64_t start = region->start - region->start % IMAGE_SECTOR;
		uint64_t end = region->end + (IMAGE_SECTOR - region->end % IMAGE_SECTOR) % IMAGE_SECTOR;

		end = end < flash ? end : flash;
		if (region->rf || (start == region->start && end == region->end))
			continue;
		region->start = start;
		region->end = end;
		changed = true;
	}
	return changed;
}
