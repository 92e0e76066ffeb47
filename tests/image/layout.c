/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <string.h>
#include <strings.h>

#define MIB ((size_t)1 << 20)
#define TO_END SIZE_MAX

#define SDK { \
	{ "bootloader", PARTITION_BOOTLOADER, 0, 0x11000 }, \
	{ "application", PARTITION_APPLICATION, 0x11000, 0x132000 }, \
	{ "download", PARTITION_DOWNLOAD, 0x132000, 0x1e0000 }, \
	{ "rf", PARTITION_RF, 0x1e0000, 0x1e1000 }, \
	{ "net", PARTITION_PLAIN, 0x1e1000, 0x1e3000 }, \
	{ "user", PARTITION_PLAIN, 0x1e3000, TO_END }, \
}

/*
 * Partitions: libretiny-eu/libretiny boards/_base/beken-7231t.json,
 * beken-7231n-tuya.json, beken-7252.json (4 MiB), and Apache02/bk7252-cam
 * docs/partitions.md (BK7252 with 2 MiB).
 *
 * RF partition: openshwprojects/BK7231GUIFlashTool
 * BK7231Flasher/Utils/RFPartitionUtil.cs. For the BK7252 it has 0x1e0000
 * whatever the size of the die, which lies in the middle of another partition
 * of libretiny's 4 MiB layout; there 0x3fe000 is taken from libretiny.
 */
static const struct {
	const char *chip;
	size_t min_size;	/* of the die; the last line that fits counts */
	struct partition partitions[LAYOUT_MAX];
} table[] = {
	{ "bk7231t", 0, {
		{ "bootloader", PARTITION_BOOTLOADER, 0, 0x11000 },
		{ "application", PARTITION_APPLICATION, 0x11000, 0x132000 },
		{ "download", PARTITION_DOWNLOAD, 0x132000, 0x1d8000 },
		{ "kvs", PARTITION_KVS, 0x1d8000, 0x1e0000 },
		{ "rf", PARTITION_RF, 0x1e0000, 0x1e1000 },
		{ "net", PARTITION_PLAIN, 0x1e1000, 0x1e3000 },
		{ "user", PARTITION_PLAIN, 0x1e3000, TO_END },
	} },
	{ "bk7231n", 0, {
		{ "bootloader", PARTITION_BOOTLOADER, 0, 0x11000 },
		{ "application", PARTITION_APPLICATION, 0x11000, 0x12a000 },
		{ "download", PARTITION_DOWNLOAD, 0x12a000, 0x1d0000 },
		{ "rf", PARTITION_RF, 0x1d0000, 0x1d1000 },
		{ "net", PARTITION_PLAIN, 0x1d1000, 0x1d3000 },
		{ "kvs", PARTITION_KVS, 0x1d3000, 0x1db000 },
		{ "user", PARTITION_PLAIN, 0x1db000, TO_END },
	} },
	/* Beken's own: also of a BK7231N that is not Tuya's (libretiny issue 379). */
	{ "bl2028n", 0, SDK },
	{ "bk7238", 0, SDK },
	{ "bk7252n", 0, SDK },
	{ "bk7252", 0, {
		{ "bootloader", PARTITION_BOOTLOADER, 0, 0x11000 },
		{ "application", PARTITION_APPLICATION, 0x11000, 0x132000 },
		{ "download", PARTITION_DOWNLOAD, 0x132000, 0x1e0000 },
		{ "rf", PARTITION_RF, 0x1e0000, 0x1e1000 },
		{ "kvs", PARTITION_KVS, 0x1e1000, 0x1e9000 },
		{ "user", PARTITION_PLAIN, 0x1e9000, TO_END },
	} },
	{ "bk7252", 4 * MIB, {
		{ "bootloader", PARTITION_BOOTLOADER, 0, 0x11000 },
		{ "application", PARTITION_APPLICATION, 0x11000, 0x1cb000 },
		{ "user", PARTITION_PLAIN, 0x1cb000, 0x2e4000 },
		{ "kvs", PARTITION_KVS, 0x2e4000, 0x2ec000 },
		{ "download", PARTITION_DOWNLOAD, 0x2ec000, 0x3fe000 },
		{ "rf", PARTITION_RF, 0x3fe000, 0x3ff000 },
		{ "rest", PARTITION_PLAIN, 0x3ff000, TO_END },
	} },
};

/*
 * The BK7252 of the video doorbells has 4 MiB; A9 cameras have 2. Marks and names:
 * protectivedad/beken_freertos_sdk tools/beken_packager, for the BK7231T and N those of Tuya's
 * bootloaders in openshwprojects/BK7231GUIFlashTool testDumps.
 */
static const struct {
	const char *chip;
	size_t usual_size;
	const char *mark;
	size_t name_at;
	char name[16];
	const char *key;
} chips[] = {
	{ "bk7231t", 2 * MIB, NULL, 0x94, "BK7231S_1.0.5", "none" },
	{ "bk7231n", 2 * MIB, "BK7231\0\0", 0x94, "BK7231N_1.0.1", "none" },
	{ "bl2028n", 2 * MIB, "BK7231\0\0", 0xf9c, "BK7231n\0_1.0.8", "uascent" },
	{ "bk7238", 2 * MIB, "BK7238\0\0", 0x1028, "BK7238\0\0_1.0.15", "none" },
	{ "bk7252", 4 * MIB, NULL, 0x171c, "BK7251\0\0_1.0.15", "none" },
	{ "bk7252n", 2 * MIB, "BK7238\0\0", 0x1028, "BK7252N\0_1.0.15", "none" },
};

#define N_TABLE (sizeof(table) / sizeof(table[0]))
#define N_CHIPS (sizeof(chips) / sizeof(chips[0]))

void layout_chips(char *names, size_t size)
{
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; i < N_CHIPS && used < size; i++)
		used += (size_t)snprintf(names + used, size - used, "%s%s", i ? ", " : "", chips[i].chip);
}

size_t layout_usual_size(const char *chip)
{
	for (size_t i = 0; i < N_CHIPS; i++)
		if (!strcasecmp(chips[i].chip, chip))
			return chips[i].usual_size;
	return 0;
}

static void add_marks(struct layout *layout)
{
	for (size_t i = 0; i < N_CHIPS; i++) {
		if (strcasecmp(chips[i].chip, layout->chip))
			continue;
		layout->mark = chips[i].mark;
		layout->name = chips[i].name;
		layout->name_at = chips[i].name_at;
		layout->name_size = sizeof(chips[i].name);
		layout->boot_key = layout->key = cipher_key_named(chips[i].key);
	}
}

static void cut(struct layout *layout, const struct partition *partitions, size_t size)
{
	layout->n = 0;
	for (size_t i = 0; i < LAYOUT_MAX && partitions[i].name && partitions[i].start < size; i++) {
		struct partition *p = &layout->partitions[layout->n++];

		*p = partitions[i];
		if (p->end > size)
			p->end = size;
	}
}

int layout_get(struct layout *layout, const char *chip, size_t size)
{
	int found = -1;

	for (size_t i = 0; i < N_TABLE; i++) {
		if (strcasecmp(table[i].chip, chip) || size < table[i].min_size)
			continue;
		memset(layout, 0, sizeof(*layout));
		layout->chip = table[i].chip;
		add_marks(layout);
		cut(layout, table[i].partitions, size);
		found = 0;
	}
	return found;
}

const struct partition *layout_find(const struct layout *layout, enum partition_kind kind)
{
	for (size_t i = 0; i < layout->n; i++)
		if (layout->partitions[i].kind == kind)
			return &layout->partitions[i];
	return NULL;
}

void layout_print(const struct layout *layout, FILE *out)
{
	for (size_t i = 0; i < layout->n; i++) {
		const struct partition *p = &layout->partitions[i];

		fprintf(out, "%06zx:%06zx %s\n", p->start, p->end - 1, p->name);
	}
}
