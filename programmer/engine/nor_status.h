/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The die's status registers: reading, unprotecting and hiding protection. */
#ifndef CH341A_BEKEN_NOR_STATUS_H
#define CH341A_BEKEN_NOR_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "frontend.h"
#include "nor_command.h"
#include "nor_dies.h"
#include "nor_spi.h"

struct nor_status {
	uint8_t sr1, sr2; /* sr2 is 0 without has_sr2 */
	bool has_sr2;
};

/* Reads SR1 and, if the die has one, SR2. Sends 05 and 35 only. */
int nor_status_read(struct nor_spi *spi, const struct nor_die *die, struct nor_status *status) BEKEN_CHECKED;

bool nor_status_is_protected(const struct nor_die *die, const struct nor_status *status);

/* Clears BP and CMP, keeps all else, and reads back. Says what it did. A die that is not
 * protected gets no write. Returns 0; BEKEN_ERR_PROTECTED after having said so; or an error of
 * ch341a_nor_wait_idle(). */
int nor_status_unprotect(const struct frontend *frontend, struct nor_spi *spi,
			 const struct nor_die *die) BEKEN_CHECKED;

/* The die's protection during a session. All pointers outlive it. */
struct nor_protection {
	const struct frontend *frontend;
	struct nor_spi *spi;
	const struct nor_die *die;
	bool managed; /* hidden from the caller, and cleared before the first erase or program */
	bool cleared;
};

/* Clears it, if it is managed and was not cleared before. Errors are those of
 * nor_status_unprotect(). */
int nor_protection_clear(struct nor_protection *protection) BEKEN_CHECKED;

/* The bits of a status register that the caller may see. */
uint8_t nor_protection_mask(const struct nor_protection *protection, enum nor_kind kind);

#endif
