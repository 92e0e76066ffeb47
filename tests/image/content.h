/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies in the partitions. Each function fills size bytes at out, which
 * were 0xff, as far as it has something to put there; whatever does not fit
 * stays away. The same rng state gives the same bytes.
 */
#ifndef IMAGE_CONTENT_H
#define IMAGE_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "rng.h"

/* Looks like ARM code that is linked to address: exception vectors, then
 * instructions, literals and texts up to the last byte. Without CRCs. */
void content_code(uint8_t *out, size_t size, uint32_t address, struct rng *rng);

/* The RF calibration: a TLV list with the MAC address at offset 36. */
void content_rf(uint8_t *out, size_t size, struct rng *rng);

/* An update that was downloaded once: RBL header, compressed body. */
void content_download(uint8_t *out, size_t size, struct rng *rng);

/* A key-value store with Wi-Fi settings, some of them overwritten. */
void content_kvs(uint8_t *out, size_t size, struct rng *rng);

/* What a bootloader says of its chip: its name, which is encrypted with the rest; and what never
 * is, the mark for the ROM and the table of partitions. */
void content_boot_name(uint8_t *out, size_t size, const struct layout *layout);
void content_boot_marks(uint8_t *out, size_t size, const struct layout *layout);

#define CONTENT_HEADER_SIZE 96

/* The header of an RBL container that ends a partition, for the code in it as it is stored,
 * without CRCs. */
void content_header(uint8_t *out, const char *name, const uint8_t *code, size_t size);

#endif
