/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_compare.h"

#include <string.h>

#include "image.h"

#define CHUNK 4096 /* memcmp() is much faster than a look at each byte */

static uint32_t start_of(const struct image_bytes *image)
{
	return image->facts->address;
}

static uint32_t end_of(const struct image_bytes *image)
{
	return image->facts->address + (uint32_t)image->facts->size;
}

static uint32_t higher(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t lower(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Bytes of the partition that the image has. */
static size_t share(const struct image_difference *part, const struct image_bytes *image)
{
	const uint32_t start = higher(part->start, start_of(image)), end = lower(part->end, end_of(image));

	return start < end ? end - start : 0;
}

static void count(struct image_difference *part, const uint8_t *a, const uint8_t *b, uint32_t address, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] == b[i])
			continue;
		if (!part->different++)
			part->first = address + (uint32_t)i;
	}
}

static void compare_part(struct image_difference *part, const struct image_bytes *first,
			 const struct image_bytes *second)
{
	uint32_t address = higher(part->start, higher(start_of(first), start_of(second)));
	const uint32_t end = lower(part->end, lower(end_of(first), end_of(second)));

	part->compared = address < end ? end - address : 0;
	part->only_first = share(part, first) - part->compared;
	part->only_second = share(part, second) - part->compared;
	while (address < end) {
		const uint8_t *a = first->data + (address - start_of(first));
		const uint8_t *b = second->data + (address - start_of(second));
		const size_t n = end - address < CHUNK ? end - address : CHUNK;

		if (memcmp(a, b, n))
			count(part, a, b, address, n);
		address += (uint32_t)n;
	}
}

/* Partitions end with the die; files can be longer. */
static void add_part(struct image_comparison *comparison, const char *name, uint32_t start, uint32_t end)
{
	struct image_difference *part = &comparison->parts[comparison->n];

	if (start >= end)
		return;
	part->name = name;
	part->start = start;
	part->end = end;
	comparison->n++;
}

static void add_parts(struct image_comparison *comparison, const struct image_bytes *first,
		      const struct image_bytes *second)
{
	const uint32_t end = higher(end_of(first), end_of(second));
	struct image_partition partitions[IMAGE_MAX_PARTITIONS];
	uint32_t known = 0;
	size_t n = image_layout(first->facts, partitions);

	if (!n)
		n = image_layout(second->facts, partitions);
	if (!n) {
		add_part(comparison, "all", lower(start_of(first), start_of(second)), end);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		add_part(comparison, partitions[i].name, partitions[i].start, partitions[i].end);
		known = partitions[i].end;
	}
	add_part(comparison, "rest", known, end);
}

void image_compare(struct image_comparison *comparison, const struct image_bytes *first,
		   const struct image_bytes *second)
{
	memset(comparison, 0, sizeof(*comparison));
	add_parts(comparison, first, second);
	comparison->same = true;
	for (size_t i = 0; i < comparison->n; i++) {
		struct image_difference *part = &comparison->parts[i];

		compare_part(part, first, second);
		if (part->different || part->only_first || part->only_second)
			comparison->same = false;
	}
}
