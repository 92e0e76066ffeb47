/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IMAGE_CRC_H
#define IMAGE_CRC_H

#include <stddef.h>
#include <stdint.h>

/* CRC-16/CMS: polynomial 0x8005, starts with 0xffff, not reflected. Beken chips
 * check it over each 32 bytes that they execute (tiancj/hid_download_py,
 * bkutils). "123456789" gives 0xaee7. */
uint16_t crc16_cms(const uint8_t *data, size_t n);

/* The CRC-32 of Ethernet and zip. "123456789" gives 0xcbf43926. */
uint32_t crc32_zip(const uint8_t *data, size_t n);

#endif
