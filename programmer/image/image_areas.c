/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_areas.h"

#include <string.h>

#include "image_crc.h"
#include "image_partitions.h"

/* openshwprojects/BK7231GUIFlashTool Utils/RFPartitionUtil.cs: a list of tag, length, value. */
#define RF_AT_MAC_TAG 28
#define RF_AT_MAC 36

/* openshwprojects/OpenBK7231T_App src/new_pins.h (struct mainConfig_s) and src/new_cfg.c
 * (CFG_CalcChecksum). */
#define OPENBEKEN_AT_CRC 3
#define OPENBEKEN_AT_VERSION 4
#define OPENBEKEN_SIZE_3 2016 /* up to version 3 */
#define OPENBEKEN_SIZE 3584

/* FlashDB src/fdb_kvdb.c, EasyFlash src/ef_env.c: status, then the magic word. */
#define STORE_AT_MAGIC 4
/* littlefs SPEC.md: revision, tag, then this name. */
#define LITTLEFS_AT_NAME 8

/* Each of these gets one sector, and fills in what it finds besides type and offset. */

static bool is_rf(const uint8_t *sector, struct image_area *area)
{
	static const uint8_t mac_tag[8] = { 0x02, 0x11, 0x11, 0x11, 6, 0, 0, 0 };
	static const uint8_t zeros[6] = { 0 };
	const uint8_t *mac = sector + RF_AT_MAC;

	area->has_mac = !memcmp(sector + RF_AT_MAC_TAG, mac_tag, sizeof(mac_tag)) &&
			!image_is_erased(mac, sizeof(area->mac)) && memcmp(mac, zeros, sizeof(zeros)) != 0;
	if (area->has_mac)
		memcpy(area->mac, mac, sizeof(area->mac));
	return image_is_rf(sector);
}

/* The first sector holds a key, the rest of it is 0xff, and all is encrypted with AES in ECB mode under a
 * key that never changes. So what was 0xff always looks like this (tuya-cloudcutter/bk7231tools
 * analysis/kvstorage.py, find_storage; openshwprojects/BK7231GUIFlashTool Utils/TuyaConfig.cs). */
static bool is_tuya(const uint8_t *sector, struct image_area *area)
{
	static const uint8_t encrypted[16] = { 0x46, 0xdc, 0xed, 0x0e, 0x67, 0x2f, 0x3b, 0x70,
					       0xae, 0x12, 0x76, 0xa3, 0xf8, 0x71, 0x2e, 0x03 };

	(void)area;
	return !memcmp(sector + 32, encrypted, sizeof(encrypted)) ||
	       !memcmp(sector + 48, encrypted, sizeof(encrypted));
}

/* Polynomial 0x31, reflected (Dallas 1-Wire, Tiny_CRC8() of OpenBeken). */
static uint8_t crc8(const uint8_t *data, size_t n)
{
	uint8_t crc = 0;

	while (n--) {
		crc ^= *data++;
		for (int bit = 0; bit < 8; bit++)
			crc = (uint8_t)(crc >> 1 ^ (crc & 1 ? 0x8c : 0));
	}
	return crc;
}

static bool is_openbeken(const uint8_t *sector, struct image_area *area)
{
	const uint32_t version = image_word(sector + OPENBEKEN_AT_VERSION);
	const size_t size = version <= 3 ? OPENBEKEN_SIZE_3 : OPENBEKEN_SIZE;

	if (memcmp(sector, "CFG", 3) || version > 100)
		return false;
	area->version = version;
	area->checksum_good =
		sector[OPENBEKEN_AT_CRC] == crc8(sector + OPENBEKEN_AT_VERSION, size - OPENBEKEN_AT_VERSION);
	return true;
}

static const struct {
	const char *name, *description;
	/* One of the two: the bytes that all its sectors have at an offset, or a look at a sector. */
	const char *magic;
	size_t at;
	bool (*is)(const uint8_t *sector, struct image_area *area);
} types[] = {
	[IMAGE_AREA_RF] = { "rf", "RF calibration", .is = is_rf },
	[IMAGE_AREA_TUYA] = { "tuya", "Tuya configuration (encrypted)", .is = is_tuya },
	[IMAGE_AREA_OPENBEKEN] = { "openbeken", "OpenBeken configuration", .is = is_openbeken },
	[IMAGE_AREA_EASYFLASH] = { "easyflash", "EasyFlash settings", "EF40", STORE_AT_MAGIC },
	[IMAGE_AREA_FLASHDB] = { "flashdb", "FlashDB settings", "FDB0", STORE_AT_MAGIC },
	[IMAGE_AREA_LITTLEFS] = { "littlefs", "LittleFS file system", "littlefs", LITTLEFS_AT_NAME },
};

static bool recognise(const uint8_t *sector, struct image_area *area)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		memset(area, 0, sizeof(*area));
		if (types[i].is ? !types[i].is(sector, area)
				: memcmp(sector + types[i].at, types[i].magic, strlen(types[i].magic)))
			continue;
		area->type = (enum image_area_type)i;
		area->size = IMAGE_SECTOR;
		return true;
	}
	return false;
}

/* Stores and file systems mark each of their sectors. */
static bool belongs_to(const struct image_area *area, const struct image_area *last)
{
	return types[area->type].magic && area->type == last->type && area->offset == last->offset + last->size;
}

size_t image_areas_find(const uint8_t *data, size_t n, struct image_area *areas, size_t max)
{
	size_t found = 0;

	for (size_t offset = 0; n - offset >= IMAGE_SECTOR; offset += IMAGE_SECTOR) {
		struct image_area area;

		if (!recognise(data + offset, &area))
			continue;
		area.offset = offset;
		if (found && belongs_to(&area, &areas[found - 1]))
			areas[found - 1].size += IMAGE_SECTOR;
		else if (found < max)
			areas[found++] = area;
	}
	return found;
}

const char *image_area_name(enum image_area_type type)
{
	return types[type].name;
}

const char *image_area_description(enum image_area_type type)
{
	return types[type].description;
}

const struct image_area *image_area_first(const struct image_area *areas, size_t n, enum image_area_type type)
{
	const struct image_area *first = NULL;

	for (size_t i = 0; i < n; i++) {
		if (areas[i].type == type && (!first || (areas[i].has_mac && !first->has_mac)))
			first = &areas[i];
	}
	return first;
}
