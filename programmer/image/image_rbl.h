/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The header of RT-Thread's update container (".rbl"). In an update file it
 * comes first; in the flash of a Tuya module it ends bootloader and application. */
#ifndef CH341A_BEKEN_IMAGE_RBL_H
#define CH341A_BEKEN_IMAGE_RBL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_RBL_SIZE 96
/* In blocks with CRCs: three of them. */
#define IMAGE_RBL_CODED_SIZE 102

struct image_rbl {
	char name[17], version[25];	      /* printable ASCII; anything else is shown as '?' */
	const char *compression, *encryption; /* "none", "gzip", ...; "unknown" */
	uint32_t size;			      /* of what follows the header */
	uint32_t raw_size;		      /* of it when unpacked */
	uint32_t stored_crc;		      /* of what follows */
	uint32_t stored_hash;		      /* of it when unpacked: FNV-1a */
	bool header_good;		      /* its CRC-32 is right */
};

/* CRC-32 of Ethernet and zip: "123456789" gives 0xcbf43926. crc is that of what comes before;
 * 0: nothing does. */
uint32_t image_crc32(uint32_t crc, const uint8_t *data, size_t n);

/* Whether data starts with the magic number of such a header. */
bool image_rbl_starts(const uint8_t *data, size_t n);

/* data: IMAGE_RBL_SIZE bytes, without CRC blocks in it. */
void image_rbl_read(struct image_rbl *rbl, const uint8_t *data);

/* Whether the three blocks with CRCs are a header for the named partition. */
bool image_rbl_coded_for(const uint8_t *blocks, const char *name);

#endif
