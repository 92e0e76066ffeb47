/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_rf.h"

#include <string.h>

#include "image_areas.h"
#include "image_partitions.h"

/* On the BK7258, of whose partitions no more is known:
 * openshwprojects/BK7231GUIFlashTool BK7231Flasher/Utils/RFPartitionUtil.cs */
#define RF_OF_BK7258 0x7fe000

/* The first entry is named "TLV": RFPartitionUtil.cs, libretiny-eu/libretiny */
bool image_is_rf(const uint8_t head[IMAGE_RF_HEAD])
{
	return !memcmp(head, "TLV", IMAGE_RF_HEAD);
}

static size_t add(uint32_t *places, size_t n, uint32_t address, uint64_t die_size)
{
	for (size_t i = 0; i < n; i++) {
		if (places[i] == address)
			return n;
	}
	if (n < IMAGE_RF_PLACES && (uint64_t)address + IMAGE_SECTOR <= die_size)
		places[n++] = address;
	return n;
}

size_t image_rf_places(uint32_t *places, uint64_t die_size)
{
	const struct image_family *family;
	size_t n = 0;

	for (size_t i = 0; (family = image_family_number(i)); i++)
		n = add(places, n, family->rf, die_size);
	return add(places, n, RF_OF_BK7258, die_size);
}
