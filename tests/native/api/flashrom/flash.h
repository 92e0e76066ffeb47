/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of flash.h: what the driver uses, and what the host needs to call it. The
 * release's own flash.h has set the macros that tell the releases apart. */
#ifndef NATIVE_API_FLASHROM_FLASH_H
#define NATIVE_API_FLASHROM_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define flashctx flashrom_flashctx

struct flashctx;
struct spi_command;

enum test_state { OK = 0, NT = 1, BAD, DEP, NA };

struct flashchip {
	unsigned int total_size;	/* KiB */
	unsigned int page_size;
	int feature_bits;
};

struct flashctx {
	struct flashchip *chip;
	struct registered_master *mst;
	bool in_4ba_mode;
};

enum flashrom_progress_stage {
	FLASHROM_PROGRESS_READ,
	FLASHROM_PROGRESS_WRITE,
	FLASHROM_PROGRESS_ERASE,
	FLASHROM_PROGRESS_NR,
};
#if NATIVE_RELEASE >= 105
void init_progress(struct flashctx *flash, enum flashrom_progress_stage stage, size_t total);
void update_progress(struct flashctx *flash, enum flashrom_progress_stage stage, size_t increment);
#else
void update_progress(struct flashctx *flash, enum flashrom_progress_stage stage, size_t current, size_t total);
#endif

#if NATIVE_RELEASE < 108
#include "../flashrom/messages.h"
#endif
#if NATIVE_RELEASE < 106
#include "../flashrom/command.h"
#endif

#endif
