/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_partitions.h"

#include <string.h>
#include <strings.h>

#define MIB (1u << 20)

/* Of chips whose other partitions are not known, or tell themselves: Beken's SDK for dies of 1, 4 and 8 MiB
 * (protectivedad/beken_freertos_sdk BkDriverFlash.c), an S module (libretiny-eu/ltchiptool issue 34), an
 * old SDK (Apache02/bk7252-cam), the BK7258 (openshwprojects/BK7231GUIFlashTool
 * BK7231Flasher/Utils/RFPartitionUtil.cs). */
static const uint32_t other_rf_places[] = { 0xef000, 0x1f3000, 0x1fe000, 0x3e0000, 0x709000, 0x7fe000 };

/*
 * Sources: libretiny-eu/libretiny boards/_base/beken-72xx.json, beken-7231n-tuya.json, beken-7238-tuya.json
 * and beken-7252.json; Apache02/bk7252-cam docs/partitions.md (BK7252 with 2 MiB);
 * openshwprojects/BK7231GUIFlashTool Utils/RFPartitionUtil.cs (RF) and Misc/OBKFlashLayout.cs ("net": the
 * configuration of OpenBeken).
 *
 * For the BK7252 the last two have the RF calibration at 0x1e0000 on every die, libretiny at 0x3fe000 on
 * one of 4 MiB. An image tells by itself which it is.
 */
static const struct image_start bk7231t_starts[] = {
	{ "bootloader", 0 }, { "application", 0x11000 }, { "download", 0x132000 }, { "kvs", 0x1d8000 },
	{ "rf", 0x1e0000 },  { "net", 0x1e1000 },	 { "user", 0x1e3000 },	   { NULL, 0 },
};

static const struct image_start bk7231n_starts[] = {
	{ "bootloader", 0 }, { "application", 0x11000 }, { "download", 0x12a000 }, { "rf", 0x1d0000 },
	{ "net", 0x1d1000 }, { "kvs", 0x1d3000 },	 { "user", 0x1db000 },	   { NULL, 0 },
};

static const struct image_start bk7238_starts[] = {
	{ "bootloader", 0 }, { "application", 0x11000 }, { "download", 0x12c000 }, { "net", 0x1e1000 },
	{ "rf", 0x1e3000 },  { "kvs", 0x1e4000 },	 { "user", 0x1ec000 },	   { NULL, 0 },
};

static const struct image_start bk7252_starts[] = {
	{ "bootloader", 0 },	  { "application", 0x11000 }, { "user", 0x1cb000 }, { "kvs", 0x2e4000 },
	{ "download", 0x2ec000 }, { "rf", 0x3fe000 },	      { "rest", 0x3ff000 }, { NULL, 0 },
};

static const struct image_start bk7252_2m_starts[] = {
	{ "bootloader", 0 }, { "application", 0x11000 }, { "download", 0x132000 },
	{ "rf", 0x1e0000 },  { "net", 0x1e1000 },	 { "user", 0x1e3000 },
	{ NULL, 0 },
};

static const struct image_family families[] = {
	{ "bk7231t", "BK7231T, BK7231U, BK7231S", 2 * MIB, 0x1e0000, 0x132000, bk7231t_starts },
	{ "bk7231n", "BK7231N, BK7231M, BL2028N", 2 * MIB, 0x1d0000, 0x12a000, bk7231n_starts },
	{ "bk7238", "BK7238 (Tuya T1)", 2 * MIB, 0x1e3000, 0x12c000, bk7238_starts },
	{ "bk7252", "BK7252, BK7251 with 4 MiB", 4 * MIB, 0x3fe000, 0x1cb000, bk7252_starts },
	{ "bk7252-2m", "BK7252, BK7251 with 2 MiB", 2 * MIB, 0x1e0000, 0x132000, bk7252_2m_starts },
};

#define N_FAMILIES (sizeof(families) / sizeof(families[0]))

static const struct {
	const char *chip, *family;
} others[] = {
	{ "bk7231u", "bk7231t" }, { "bk7231s", "bk7231t" },	{ "bk7231m", "bk7231n" },
	{ "bk7251", "bk7252" },	  { "bk7251-2m", "bk7252-2m" },
};

const struct image_family *image_family_named(const char *name)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!strcasecmp(others[i].chip, name))
			name = others[i].family;
	}
	for (size_t i = 0; i < N_FAMILIES; i++) {
		if (!strcasecmp(families[i].name, name))
			return &families[i];
	}
	return NULL;
}

const struct image_family *image_family_with_rf_at(uint32_t address)
{
	for (size_t i = 0; i < N_FAMILIES; i++) {
		if (families[i].rf == address)
			return &families[i];
	}
	return NULL;
}

const struct image_family *image_family_number(size_t i)
{
	return i < N_FAMILIES ? &families[i] : NULL;
}

size_t image_family_partitions(const struct image_family *family, uint32_t die_size,
			       struct image_partition *partitions)
{
	const uint32_t die_end = die_size ? die_size : family->die_size;
	size_t n = 0;

	for (; family->starts[n].name && family->starts[n].address < die_end; n++) {
		const uint32_t next = family->starts[n + 1].name ? family->starts[n + 1].address : die_end;

		partitions[n].name = family->starts[n].name;
		partitions[n].start = family->starts[n].address;
		partitions[n].end = next < die_end ? next : die_end;
	}
	return n;
}

/* ---- RF calibration ---- */

/* The first entry is named "TLV": RFPartitionUtil.cs, libretiny-eu/libretiny */
bool image_is_rf(const uint8_t head[IMAGE_RF_HEAD])
{
	return !memcmp(head, "TLV", IMAGE_RF_HEAD);
}

size_t image_rf_places(uint32_t *places, uint64_t die_size)
{
	size_t n = 0, fit = 0;

	for (size_t i = 0; i < N_FAMILIES; i++) {
		if (image_family_with_rf_at(families[i].rf) == &families[i])
			places[n++] = families[i].rf;
	}
	memcpy(places + n, other_rf_places, sizeof(other_rf_places));
	n += sizeof(other_rf_places) / sizeof(other_rf_places[0]);
	for (size_t i = 0; i < n; i++) {
		if ((uint64_t)places[i] + IMAGE_SECTOR <= die_size)
			places[fit++] = places[i];
	}
	return fit;
}
_Static_assert(N_FAMILIES + sizeof(other_rf_places) / sizeof(other_rf_places[0]) <= IMAGE_RF_PLACES,
	       "room for all places");
