/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tells the flash of one device from that of another: the RF calibration with the MAC
 * address. Each device has its own, and no other copy of it. */
#ifndef CH341A_BEKEN_CALIBRATION_H
#define CH341A_BEKEN_CALIBRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image_partitions.h"

#define CALIBRATION_SECTOR 4096

/* Of one flash, or of a copy of it. */
struct calibration {
	unsigned int n; /* sectors that have one */
	struct {
		uint32_t address;
		uint8_t sector[CALIBRATION_SECTOR];
	} found[IMAGE_RF_PLACES];
	/* no calibration and no bootloader: erased */
	bool is_blank;
};

/* Reads n bytes of a flash; 0, or an error. */
typedef int calibration_read_fn(void *arg, uint32_t address, uint8_t *data, size_t n);

/* Looks at all addresses where one kind of chip or another keeps it, in a flash
 * of this size in bytes. Returns the error of `read`. */
int calibration_find(struct calibration *calibration, uint64_t flash_size, calibration_read_fn *read, void *arg)
	__attribute__((nonnull(1, 3), warn_unused_result));

/* Same addresses, same content. */
bool calibration_equal(const struct calibration *a, const struct calibration *b) __attribute__((nonnull));

#endif
