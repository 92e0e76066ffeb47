/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "bytes.h"
#include "content.h"

#define RF_SIZE 512	/* an upper limit of what is put together here */
#define HEADER_SIZE 8	/* tag or magic, and the length of what follows */

struct list {
	uint8_t bytes[RF_SIZE];
	size_t used;
};

static void put_header(struct list *list, uint32_t tag, uint32_t length)
{
	put_le32(list->bytes + list->used, tag);
	put_le32(list->bytes + list->used + 4, length);
	list->used += HEADER_SIZE;
}

static void put_bytes(struct list *list, uint32_t tag, const uint8_t *value, size_t n)
{
	put_header(list, tag, (uint32_t)n);
	memcpy(list->bytes + list->used, value, n);
	list->used += n;
}

static void put_number(struct list *list, uint32_t tag, uint32_t value)
{
	uint8_t bytes[4];

	put_le32(bytes, value);
	put_bytes(list, tag, bytes, sizeof(bytes));
}

static void put_length(struct list *list, size_t header)
{
	put_le32(list->bytes + header + 4, (uint32_t)(list->used - header - HEADER_SIZE));
}

/* MAC address and crystal. The first item takes 12 bytes: with the headers of
 * file, group and item the MAC address comes to offset 36. */
static void put_general(struct list *list, struct rng *rng)
{
	uint8_t mac[6] = { 0xc8, 0x47, 0x8c };	/* OUI of Beken */
	const size_t header = list->used;

	rng_fill(rng, mac + 3, 3);
	put_header(list, 0x11111100, 0);
	put_number(list, 0x11111101, 12345678);
	put_bytes(list, 0x11111102, mac, sizeof(mac));
	put_number(list, 0x11111103, 0x100 + rng_below(rng, 0x60));
	put_number(list, 0x11111104, 0x0153158e);
	put_number(list, 0x11111105, 8 + rng_below(rng, 48));
	put_number(list, 0x11111106, 0x03540055);
	put_bytes(list, 0x11111107, (const uint8_t[]){ 0x10, 0, 0, 0, 0x10, 0, 0, 0 }, 8);
	put_length(list, header);
}

/* Power for each Wi-Fi channel, slowly falling as on real chips. */
static void put_power(struct list *list, struct rng *rng)
{
	const size_t header = list->used;
	uint8_t channels[14];

	put_header(list, 0x22222200, 0);
	put_number(list, 0x22222201, 15);
	for (uint32_t tag = 0x22222202; tag <= 0x22222204; tag++) {
		uint8_t power = (uint8_t)(0x8e + rng_below(rng, 6));

		for (size_t i = 0; i < sizeof(channels); i++)
			channels[i] = power -= (uint8_t)rng_below(rng, 2);
		put_bytes(list, tag, channels, sizeof(channels));
	}
	put_number(list, 0x22222205, 2);
	put_number(list, 0x22222206, 3);
	put_length(list, header);
}

/* Form: the sectors in openshwprojects/BK7231GUIFlashTool
 * BK7231Flasher/Utils/RFPartitionUtil.cs. */
void content_rf(uint8_t *out, size_t size, struct rng *rng)
{
	struct list list = { .used = 0 };

	put_header(&list, 0x00564c54, 0);	/* "TLV" */
	put_general(&list, rng);
	put_power(&list, rng);
	put_length(&list, 0);
	if (list.used <= size)
		memcpy(out, list.bytes, list.used);
}
