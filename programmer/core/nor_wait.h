/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for the die, never for longer than a die may take. */
#ifndef CH341A_BEKEN_NOR_WAIT_H
#define CH341A_BEKEN_NOR_WAIT_H

#include <stdint.h>

#include "frontend.h"
#include "nor_spi.h"

/*
 * Longest times that a die may be busy, in ms. About three times the largest
 * maximum among the data sheets of W25Q32JV, W25Q128JV, GD25Q16C, EN25QH16,
 * MX25V1635F and XT25F32B: status 40 ms, page 10 ms, 4 KiB 400 ms, 32 KiB
 * 1.6 s, 64 KiB 3 s, chip 50 s per 4 MiB.
 */
#define NOR_MAX_STATUS_MS 200
#define NOR_MAX_PROGRAM_MS 100
#define NOR_MAX_ERASE_4K_MS 1500
#define NOR_MAX_ERASE_BLOCK_MS 10000
#define NOR_MAX_ERASE_CHIP_MS_PER_MIB 40000
#define NOR_MAX_ERASE_CHIP_MS 600000 /* size not known */

/*
 * Polls the status register until WIP is clear. Returns 0;
 * BEKEN_ERR_BUSY after limit_ms; BEKEN_ERR_INTERRUPTED if frontend_interrupts()
 * goes above `interrupts`, while the die is still busy; or a transport error.
 */
int nor_wait_idle(const struct frontend *frontend, struct nor_spi *spi, int64_t limit_ms,
		  unsigned int interrupts) __attribute__((nonnull, warn_unused_result));

#endif
