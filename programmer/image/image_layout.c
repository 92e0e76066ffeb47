/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The partitions of an image: those of its family, unless the image itself tells of others. */
#include "image.h"

#define MIB (1u << 20)
#define NET_SIZE (2 * IMAGE_SECTOR)

/* Where the partition for updates starts that goes with this place of the RF calibration, on
 * dies of other sizes than 2 MiB and others of Beken's SDK: protectivedad/beken_freertos_sdk
 * BkDriverFlash.c, Apache02/bk7252-cam docs/partitions.md. */
static const struct {
	uint32_t rf, download;
} downloads[] = {
	{ 0x0ef000, 0x0d3000 }, { 0x1f3000, 0x132000 }, { 0x1fe000, 0x143000 },
	{ 0x3e0000, 0x286000 }, { 0x709000, 0x132000 },
};

struct places {
	uint32_t application_end, download, download_end, rf, end; /* 0: not known */
};

struct list {
	struct image_partition *partitions;
	size_t n, gaps;
	uint32_t end, die_end;
};

static uint32_t whole_sectors(uint32_t address)
{
	return (address + IMAGE_SECTOR - 1) / IMAGE_SECTOR * IMAGE_SECTOR;
}

/* What lies between two partitions gets a name too; there are two such gaps at most. Nothing is added
 * before what the list has, as where a place is 0. */
static void add(struct list *list, const char *name, uint32_t start, uint32_t end)
{
	if (end > list->die_end)
		end = list->die_end;
	if (start < list->end || start >= end)
		return;
	if (start > list->end)
		list->partitions[list->n++] =
			(struct image_partition){ list->gaps++ ? "rest2" : "rest", list->end, start };
	list->partitions[list->n++] = (struct image_partition){ name, start, end };
	list->end = end;
}

static void find_places(struct places *places, const struct image_facts *facts)
{
	const struct image_area *rf = image_area_first(facts->areas, facts->n_areas, IMAGE_AREA_RF);
	const struct image_boot_partition *app = image_boot_partition(&facts->boot, "app");
	const struct image_boot_partition *download = image_boot_partition(&facts->boot, "download");
	const struct image_part *application = image_part_named(facts, "application");

	*places = (struct places){ .end = image_die_size(facts) };
	if (rf)
		places->rf = facts->address + (uint32_t)rf->offset;
	else if (facts->family)
		places->rf = facts->family->rf;
	for (size_t i = 0; i < sizeof(downloads) / sizeof(downloads[0]) && !download; i++) {
		if (downloads[i].rf == places->rf)
			places->download = places->application_end = downloads[i].download;
	}
	if (places->download)
		places->download_end = places->rf;
	if (app && download) {
		places->application_end = whole_sectors(app->offset + app->length);
		places->download = download->offset;
		places->download_end = download->offset + download->length;
	} else if (!places->download && application && application->present) {
		places->application_end = whole_sectors(facts->address + (uint32_t)application->code.used_end);
	}
	/* Whatever a table says that was made for another die. */
	if (places->rf > IMAGE_APPLICATION && places->rf < places->application_end)
		places->application_end = places->rf;
	for (uint32_t size = facts->family ? facts->family->die_size : 2 * MIB; !places->end; size *= 2) {
		if (size >= places->rf + IMAGE_SECTOR && size >= places->download_end)
			places->end = size;
	}
}

static bool is_as_in_family(const struct image_facts *facts, const struct places *places)
{
	struct image_partition partitions[IMAGE_MAX_PARTITIONS];
	const size_t n = image_family_partitions(facts->family, 0, partitions);
	bool found = !places->download;

	for (size_t i = 0; i < n; i++)
		found |= partitions[i].start == places->download && partitions[i].end == places->download_end;
	return facts->family_source == IMAGE_FAMILY_GIVEN || (found && facts->family->rf == places->rf);
}

size_t image_layout(const struct image_facts *facts, struct image_partition *partitions)
{
	struct list list = { .partitions = partitions };
	struct places places;
	uint32_t download_end;

	find_places(&places, facts);
	if (facts->family && (!places.application_end || is_as_in_family(facts, &places)))
		return image_family_partitions(facts->family, image_die_size(facts), partitions);
	if (!places.application_end || (!places.rf && !places.download))
		return 0;
	list.die_end = places.end;
	download_end = places.rf > places.download && places.rf < places.download_end ? places.rf
										      : places.download_end;
	add(&list, "bootloader", 0, IMAGE_APPLICATION);
	add(&list, "application", IMAGE_APPLICATION, places.application_end);
	if (places.rf > places.download)
		add(&list, "download", places.download, download_end);
	add(&list, "rf", places.rf, places.rf + IMAGE_SECTOR);
	add(&list, "net", places.rf + IMAGE_SECTOR, places.rf + IMAGE_SECTOR + NET_SIZE);
	add(&list, "download", places.download, download_end);
	add(&list, "user", list.end, list.die_end);
	return list.n;
}
