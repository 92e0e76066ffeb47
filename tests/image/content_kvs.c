/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A store like that of FlashDB, which LibreTiny uses on these chips: sectors
 * that start with "FDB0", entries with "KV00", a status that only ever clears
 * bits, newest entry last. Close to it (armink/FlashDB src/fdb_kvdb.c), but made
 * to be looked at, not to be mounted.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "content.h"
#include "crc.h"

#define SECTOR_SIZE 4096
#define SECTOR_HEADER_SIZE 16
#define ENTRY_HEADER_SIZE 24

#define STATUS_VALID 0x3fffffff
#define STATUS_DELETED 0x0fffffff

struct store {
	uint8_t *out;
	size_t size, used;
};

static void start_sector(struct store *store)
{
	uint8_t *p = put_le32(store->out + store->used, STATUS_VALID);

	put_le32(p, 0x30424446);	/* "FDB0" */
	store->used += SECTOR_HEADER_SIZE;
}

/* Entries do not cross the end of a sector. */
static bool make_room(struct store *store, size_t n)
{
	const size_t in_sector = store->used % SECTOR_SIZE;

	if (in_sector && in_sector + n > SECTOR_SIZE)
		store->used += SECTOR_SIZE - in_sector;
	if (store->used + SECTOR_HEADER_SIZE + n > store->size)
		return false;
	if (store->used % SECTOR_SIZE == 0)
		start_sector(store);
	return true;
}

static void put(struct store *store, uint32_t status, const char *name, const void *value, size_t n)
{
	const size_t name_n = strlen(name);
	const size_t total = ENTRY_HEADER_SIZE + ((name_n + n + 3) & ~(size_t)3);
	uint8_t *entry;

	if (!make_room(store, total))
		return;
	entry = store->out + store->used;
	put_le32(entry, status);
	memcpy(entry + 4, "KV00", 4);
	put_le32(entry + 8, (uint32_t)total);
	put_le32(entry + 16, (uint32_t)name_n);
	put_le32(entry + 20, (uint32_t)n);
	memcpy(entry + ENTRY_HEADER_SIZE, name, name_n);
	memcpy(entry + ENTRY_HEADER_SIZE + name_n, value, n);
	put_le32(entry + 12, crc32_zip(entry + 16, 8 + name_n + n));
	store->used += total;
}

static void put_text(struct store *store, const char *name, const char *text)
{
	put(store, STATUS_VALID, name, text, strlen(text));
}

static void put_number(struct store *store, uint32_t status, const char *name, uint32_t value)
{
	uint8_t bytes[4];

	put_le32(bytes, value);
	put(store, status, name, bytes, sizeof(bytes));
}

void content_kvs(uint8_t *out, size_t size, struct rng *rng)
{
	struct store store = { out, size, 0 };
	const uint32_t boots = 5 + rng_below(rng, 200);
	char text[32];
	uint8_t key[16];

	snprintf(text, sizeof(text), "HomeNet-%04X", rng_below(rng, 0x10000));
	put_text(&store, "wifi.ssid", text);
	snprintf(text, sizeof(text), "secret%08X", (unsigned int)rng_next(rng));
	put_text(&store, "wifi.password", text);
	snprintf(text, sizeof(text), "obk%06X", rng_below(rng, 0x1000000));
	put_text(&store, "device.name", text);
	rng_fill(rng, key, sizeof(key));
	put(&store, STATUS_VALID, "device.key", key, sizeof(key));
	/* Each new value goes behind the old one, which is struck out. */
	for (uint32_t i = 1; i <= boots; i++)
		put_number(&store, i < boots ? STATUS_DELETED : STATUS_VALID, "boot.count", i);
}
