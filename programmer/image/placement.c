/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "placement.h"

#include <string.h>

#include "image_crc.h"

static struct image_range whole_sectors(uint32_t start, uint32_t end)
{
	return (struct image_range){ start - start % IMAGE_SECTOR,
				     end + (IMAGE_SECTOR - end % IMAGE_SECTOR) % IMAGE_SECTOR };
}

static void remove_region(struct placement *plan, size_t i)
{
	plan->n_regions--;
	memmove(&plan->regions[i], &plan->regions[i + 1], (plan->n_regions - i) * sizeof(plan->regions[0]));
}

static void insert_region(struct placement *plan, size_t i, struct image_range region)
{
	if (plan->n_regions == PLACEMENT_REGIONS || region.start >= region.end)
		return;
	memmove(&plan->regions[i + 1], &plan->regions[i], (plan->n_regions - i) * sizeof(plan->regions[0]));
	plan->regions[i] = region;
	plan->n_regions++;
}

void placement_add(struct placement *plan, const struct image_range *range)
{
	struct image_range all = whole_sectors(range->start, range->end);
	size_t i = 0;

	while (i < plan->n_regions && plan->regions[i].start <= all.end) {
		const struct image_range *region = &plan->regions[i];

		if (region->end < all.start) {
			i++;
			continue;
		}
		all.start = region->start < all.start ? region->start : all.start;
		all.end = region->end > all.end ? region->end : all.end;
		remove_region(plan, i);
	}
	insert_region(plan, i, all);
}

bool placement_keep(struct placement *plan, const struct image_range *range)
{
	const struct image_range kept = whole_sectors(range->start, range->end);
	bool had_any = false;

	for (size_t i = 0; i < plan->n_regions;) {
		const struct image_range region = plan->regions[i];

		if (region.end <= kept.start || region.start >= kept.end) {
			i++;
			continue;
		}
		had_any = true;
		remove_region(plan, i);
		insert_region(plan, i, (struct image_range){ kept.end, region.end });
		insert_region(plan, i, (struct image_range){ region.start, kept.start });
	}
	return had_any;
}

bool placement_touches(const struct placement *plan, const struct image_range *range)
{
	for (size_t i = 0; i < plan->n_pieces; i++) {
		const struct placement_piece *piece = &plan->pieces[i];

		if (piece->address < range->end && piece->address + piece->length > range->start)
			return true;
	}
	return false;
}

static void add_piece(struct placement *plan, uint32_t offset, uint32_t address, uint32_t length)
{
	const struct image_range range = { address, address + length };

	if (!length || plan->n_pieces == IMAGE_UF2_RANGES)
		return;
	plan->pieces[plan->n_pieces++] = (struct placement_piece){ offset, address, length };
	placement_add(plan, &range);
}

/* Where a dump as large as the flash goes on with address 0; 0: it starts with it. */
static uint32_t find_wrap(const struct image_facts *facts)
{
	for (size_t i = 0; i < facts->n_problems; i++) {
		if (facts->problems[i].type == IMAGE_PROBLEM_HALF_SWAPPED)
			return (uint32_t)facts->size / 2;
	}
	return (uint32_t)facts->wraps_at;
}

/* Reading past the end of a flash continues at its start. */
static bool repeats(const uint8_t *data, size_t n, size_t period)
{
	return n > period && !memcmp(data, data + period, n - period);
}

void placement_make(struct placement *plan, const uint8_t *data, size_t n, const struct image_facts *facts,
		    uint32_t address, uint32_t flash_size)
{
	const uint32_t space = address < flash_size ? flash_size - address : 0;
	const uint32_t wrap = n == flash_size ? find_wrap(facts) : 0;

	memset(plan, 0, sizeof(*plan));
	if (wrap) {
		add_piece(plan, wrap, 0, flash_size - wrap);
		add_piece(plan, 0, flash_size - wrap, wrap);
	} else if (n <= space) {
		add_piece(plan, 0, address, (uint32_t)n);
	} else if (space &&
		   (image_is_erased(data + space, n - space) || (!address && repeats(data, n, flash_size)))) {
		add_piece(plan, 0, address, space);
	}
}

void placement_of_uf2(struct placement *plan, const struct image_uf2 *uf2, uint32_t first)
{
	memset(plan, 0, sizeof(*plan));
	for (size_t i = 0; i < uf2->n_ranges; i++) {
		const struct image_uf2_range *range = &uf2->ranges[i];

		add_piece(plan, range->address - first, range->address, range->length);
	}
}
