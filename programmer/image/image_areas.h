/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be found at the start of sectors besides code: RF calibration, configurations, file systems.
 * Only whether it is there, and the MAC address: what a configuration says (Wi-Fi password, keys, names) is
 * never looked at. */
#ifndef CH341A_BEKEN_IMAGE_AREAS_H
#define CH341A_BEKEN_IMAGE_AREAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_MAX_AREAS 24

enum image_area_type {
	IMAGE_AREA_RF,
	IMAGE_AREA_TUYA, /* encrypted key-value store of Tuya's firmware */
	IMAGE_AREA_OPENBEKEN,
	IMAGE_AREA_EASYFLASH, /* counters and states of OpenBeken and others */
	IMAGE_AREA_FLASHDB,   /* LibreTiny's (ESPHome's) settings */
	IMAGE_AREA_LITTLEFS,  /* OpenBeken's files */
};

/* For printf(), of a MAC address: "c8:47:8c:00:00:00" */
#define IMAGE_MAC_FORMAT "%02x:%02x:%02x:%02x:%02x:%02x"
#define IMAGE_MAC_BYTES(mac) (mac)[0], (mac)[1], (mac)[2], (mac)[3], (mac)[4], (mac)[5]

struct image_area {
	enum image_area_type type;
	size_t offset; /* in the file */
	size_t size;   /* bytes of the sectors that are known to belong to it */
	bool has_mac;  /* RF only */
	uint8_t mac[6];
	uint32_t version;   /* OpenBeken only */
	bool checksum_good; /* OpenBeken only */
};

/* Finds at most max areas in the order of the file; returns how many. */
size_t image_areas_find(const uint8_t *data, size_t n, struct image_area *areas, size_t max);

/* "rf", "tuya", "openbeken", ... */
const char *image_area_name(enum image_area_type type);

/* A line for people: "Tuya configuration (encrypted)" */
const char *image_area_description(enum image_area_type type);

/* The first of this type, or NULL. Of RF areas the first with a MAC address. */
const struct image_area *image_area_first(const struct image_area *areas, size_t n, enum image_area_type type);

#endif
