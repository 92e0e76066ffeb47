/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB descriptors of a CH341A. */
#ifndef BEKEN_EMU_USB_DESCRIPTORS_H
#define BEKEN_EMU_USB_DESCRIPTORS_H

#include <stddef.h>
#include <stdint.h>

#include "settings.h"

#define DEVICE_DESCRIPTOR_SIZE 18
#define CONFIG_DESCRIPTOR_SIZE 39

struct descriptors {
	uint8_t device[DEVICE_DESCRIPTOR_SIZE];
	uint8_t config[CONFIG_DESCRIPTOR_SIZE];
	const char *strings[4];	/* by index; NULL: none. Point into settings or are constant */
};

void descriptors_make(struct descriptors *descriptors, const struct settings *settings);

/* Answers GET_DESCRIPTOR for wValue; returns the length, 0 for "stall". data
 * has room for 255 bytes. */
size_t descriptors_get(const struct descriptors *descriptors, uint16_t value, uint8_t *data);

#endif
