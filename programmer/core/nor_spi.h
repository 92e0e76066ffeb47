/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A SPI NOR behind the CH341A: commands, each a chip-select frame of its own, and page
 * programs of which several are on their way at once. */
#ifndef CH341A_BEKEN_NOR_SPI_H
#define CH341A_BEKEN_NOR_SPI_H

#include "ch341a.h"

/* Opcodes as in JESD216 and flashrom's spi.h. */
#define NOR_WRSR 0x01
#define NOR_PROGRAM 0x02
#define NOR_READ 0x03
#define NOR_RDSR 0x05
#define NOR_WREN 0x06
#define NOR_RDID 0x9f
#define NOR_RELEASE_POWER_DOWN 0xab

#define NOR_PAGE_SIZE 256
#define NOR_SR1_WIP 0x01

/* Longest times that a die may be busy, in ms: about three times the largest maximum among the
 * data sheets of W25Q32JV, W25Q128JV, GD25Q16C, EN25QH16, MX25V1635F and XT25F32B: status 40 ms,
 * page 10 ms, 4 KiB 400 ms, 64 KiB 3 s, chip 50 s per 4 MiB. */
#define NOR_MAX_STATUS_MS 200
#define NOR_MAX_PROGRAM_MS 100
#define NOR_MAX_ERASE_SECTOR_MS 1500
#define NOR_MAX_ERASE_BLOCK_MS 10000
#define NOR_MAX_ERASE_CHIP_MS_PER_MIB 40000
#define NOR_MAX_ERASE_CHIP_MS 600000 /* size not known */

struct nor_spi;

/* NULL: out of memory. Both pointers stay the caller's and must outlive it. */
struct nor_spi *ch341a_nor_new(const struct frontend *frontend, struct ch341a *device);
void ch341a_nor_free(struct nor_spi *spi); /* pages in flight are dropped; NULL is fine */

/* Sends out_length bytes, clocks in in_length bytes, and raises CS. */
int ch341a_nor_command(struct nor_spi *spi, const uint8_t *out, size_t out_length, uint8_t *in,
		       size_t in_length) BEKEN_CHECKED;

/* n bytes of content from a 24-bit address. */
int ch341a_nor_read(struct nor_spi *spi, uint32_t address, uint8_t *data, size_t n) BEKEN_CHECKED;

/* The one-byte command `first` (WREN and the like) in a frame of its own, then the
 * command, without a pause of the host in between. */
int ch341a_nor_command_after(struct nor_spi *spi, uint8_t first, const uint8_t *out,
			     size_t out_length) BEKEN_CHECKED;

/* Polls until WIP is clear. BEKEN_ERR_BUSY after limit_ms; BEKEN_ERR_INTERRUPTED if
 * frontend_interrupts() goes above `interrupts`, while the die is still busy. */
int ch341a_nor_wait_idle(struct nor_spi *spi, int64_t limit_ms, unsigned int interrupts) BEKEN_CHECKED;

/* Queues n bytes (1..256, within one page) at a 24-bit address. The die must be idle,
 * apart from pages pushed before; the error of one of these may be returned. After an
 * error nothing is in flight. */
int ch341a_nor_push(struct nor_spi *spi, uint32_t address, const uint8_t *data, size_t n) BEKEN_CHECKED;

/* Waits until all pages are in the die and the die is idle. */
int ch341a_nor_drain(struct nor_spi *spi) BEKEN_CHECKED;

/* n bytes at a 24-bit address, page by page; all are in the die on return. */
int ch341a_nor_program(struct nor_spi *spi, uint32_t address, const uint8_t *data, size_t n) BEKEN_CHECKED;

/* Waits for the streams of the pages in flight and forgets the pages. */
void ch341a_nor_drop(struct nor_spi *spi);
bool ch341a_nor_active(const struct nor_spi *spi);

#endif
