/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is D2 wired to CEN? What the line does when D2 lets go of it. */
#ifndef CH341A_BEKEN_BEKEN_CEN_H
#define CH341A_BEKEN_BEKEN_CEN_H

#include "ch341a.h"
#include "frontend.h"

enum beken_cen {
	BEKEN_CEN_UNKNOWN, /* this CH341A does not answer pin reads */
	/* High at once, as D2 has a pull-up inside: an open wire looks the same as one
	 * to a module without a capacitor at CEN. Or nobody pulls. */
	BEKEN_CEN_UNPROVEN,
	BEKEN_CEN_GOOD, /* a capacitor was charged, which is at the other end of the wire */
	BEKEN_CEN_LOW,	/* something pulls it down: a module without power, or a short */
};

/* Resets the chip, several times. CEN is high after, and all pins are driven.
 * Returns 0 or an error of the transport. */
int beken_measure_cen(const struct frontend *frontend, struct ch341a *device, enum beken_cen *cen)
	__attribute__((nonnull, warn_unused_result));

#endif
