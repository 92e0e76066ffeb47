/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of flash.h: what the driver uses, and what the host needs to call it. The
 * release's own flash.h tells the releases apart by NATIVE_FLASHPROG_MAIN. */
#ifndef NATIVE_API_FLASHPROG_FLASH_H
#define NATIVE_API_FLASHPROG_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libflashprog.h"

#define flashctx flashprog_flashctx

struct flashctx;
struct spi_master;

#define ERROR_FATAL -0xee

#if NATIVE_FLASHPROG_MAIN
#define OK FLASHPROG_TEST_OK
#define NT FLASHPROG_TEST_NT
#else
enum test_state { OK = 0, NT = 1, BAD, DEP, NA };
#endif

struct flashchip {
	unsigned int total_size;	/* KiB */
	unsigned int page_size;
	int feature_bits;
};

struct flashctx {
#if NATIVE_FLASHPROG_MAIN
	struct flashchip chip;
	union {
		const struct spi_master *spi;
	} mst;
#else
	struct flashchip *chip;
	union {
		struct spi_master *spi;
	} mst;
#endif
	bool in_4ba_mode;
};

int print(enum flashprog_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define msg_perr(...) print(FLASHPROG_MSG_ERROR, __VA_ARGS__)
#define msg_pwarn(...) print(FLASHPROG_MSG_WARN, __VA_ARGS__)
#define msg_pinfo(...) print(FLASHPROG_MSG_INFO, __VA_ARGS__)
#define msg_pdbg(...) print(FLASHPROG_MSG_DEBUG, __VA_ARGS__)
#define msg_pspew(...) print(FLASHPROG_MSG_SPEW, __VA_ARGS__)

void flashprog_progress_add(struct flashctx *flash, size_t progress);

#endif
