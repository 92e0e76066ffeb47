/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPI NOR commands as in JESD216 and flashrom's spi.h. */
#ifndef CH341A_BEKEN_NOR_OPCODES_H
#define CH341A_BEKEN_NOR_OPCODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOR_WRSR 0x01
#define NOR_PROGRAM 0x02
#define NOR_READ 0x03
#define NOR_WRDI 0x04
#define NOR_RDSR 0x05
#define NOR_WREN 0x06
#define NOR_FAST_READ 0x0b
#define NOR_FAST_READ_4BA 0x0c
#define NOR_WRSR3 0x11
#define NOR_PROGRAM_4BA 0x12
#define NOR_READ_4BA 0x13
#define NOR_RDSR3 0x15
#define NOR_ERASE_4K 0x20
#define NOR_ERASE_4K_4BA 0x21
#define NOR_WRSR2 0x31
#define NOR_QUAD_PROGRAM 0x32
#define NOR_RDSR2 0x35
#define NOR_EWSR 0x50
#define NOR_ERASE_32K 0x52
#define NOR_SFDP 0x5a
#define NOR_ERASE_32K_4BA 0x5c
#define NOR_ERASE_CHIP_60 0x60
#define NOR_RDID 0x9f
#define NOR_ERASE_CHIP_C7 0xc7
#define NOR_ERASE_64K 0xd8
#define NOR_ERASE_64K_4BA 0xdc

#define NOR_PAGE_SIZE 256

/* Status register bits that all dies of Beken chips have in common. */
#define NOR_SR1_WIP 0x01
#define NOR_SR1_WEL 0x02
#define NOR_SR1_LOCK 0x80 /* SRP0, SRWD */
#define NOR_SR2_LOCK 0x01 /* SRP1, SRL */
#define NOR_SR2_CMP 0x40

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

/* Does this command, which has no answer, erase or program? Of all that flashrom
 * and flashprog know, since the die may be of any kind. */
bool nor_changes_content(const uint8_t *out, size_t out_length) __attribute__((nonnull));

#endif
