/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_compare.h"

struct range {
	uint32_t start, end; /* empty if end is not behind start */
};

static struct range range_of(const struct image_file *file)
{
	return (struct range){ file->facts->address, file->facts->address + (uint32_t)file->facts->size };
}

static struct range overlap(struct range a, struct range b)
{
	return (struct range){ a.start > b.start ? a.start : b.start, a.end < b.end ? a.end : b.end };
}

static size_t length(struct range range)
{
	return range.start < range.end ? range.end - range.start : 0;
}

static void compare_part(struct image_difference *part, const struct image_file *first,
			 const struct image_file *second)
{
	const struct range all = { part->start, part->end };
	const struct range a = overlap(all, range_of(first)), b = overlap(all, range_of(second));
	const struct range both = overlap(a, b);

	part->compared = length(both);
	part->only_first = length(a) - part->compared;
	part->only_second = length(b) - part->compared;
	for (uint32_t address = both.start; address < both.end; address++) {
		if (first->data[address - first->facts->address] ==
		    second->data[address - second->facts->address])
			continue;
		if (!part->different++)
			part->first = address;
	}
}

/* Partitions end with the die; files can be longer. */
static void add_part(struct image_comparison *comparison, const char *name, uint32_t start, uint32_t end)
{
	if (start < end)
		comparison->parts[comparison->n++] =
			(struct image_difference){ .name = name, .start = start, .end = end };
}

static void add_parts(struct image_comparison *comparison)
{
	const struct range first = range_of(comparison->first), second = range_of(comparison->second);
	const uint32_t end = first.end > second.end ? first.end : second.end;
	struct image_partition partitions[IMAGE_MAX_PARTITIONS];
	size_t n = image_layout(comparison->first->facts, partitions);

	if (!n)
		n = image_layout(comparison->second->facts, partitions);
	for (size_t i = 0; i < n; i++)
		add_part(comparison, partitions[i].name, partitions[i].start, partitions[i].end);
	if (n)
		add_part(comparison, "rest", partitions[n - 1].end, end);
	else
		add_part(comparison, "all", first.start < second.start ? first.start : second.start, end);
}

void image_compare(struct image_comparison *comparison, const struct image_file *first,
		   const struct image_file *second)
{
	*comparison = (struct image_comparison){ .first = first, .second = second, .same = true };
	add_parts(comparison);
	for (size_t i = 0; i < comparison->n; i++) {
		struct image_difference *part = &comparison->parts[i];

		compare_part(part, first, second);
		if (part->different || part->only_first || part->only_second)
			comparison->same = false;
	}
}
