/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to become of the file that flashrom is to write, or to compare: whether it is for this
 * chip, where it goes, and the file and layout that flashrom gets in its place. */
#ifndef CH341A_BEKEN_WRITE_PLAN_H
#define CH341A_BEKEN_WRITE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "flashrom_args.h"
#include "frontend.h"
#include "image_judge.h"
#include "params.h"
#include "session.h"

/* Beyond what a command line of flashrom can say; all false for one of those. */
struct write_wishes {
	bool is_command;  /* `ch341a-beken write`: what belongs to the device stays */
	bool has_address; /* the first byte goes to `address` */
	uint32_t address;
	bool erase_download; /* the update that the bootloader may install */
	bool clone;	     /* another device's calibration and settings as well */
	bool verify_all;
};

struct write_plan;

/* For the result of a command. Texts live as long as the plan. */
struct write_plan_facts {
	const char *kind; /* "QIO", "UF2", ... */
	const char *chip; /* "": not known */
	const struct image_range *ranges;
	size_t n_ranges; /* 0: all of the flash, or what the user has named */
	bool has_update; /* one is left in the flash */
	bool keeps_own;	 /* the calibration of the flash is there afterwards as well */
	const struct image_judgement *judgement;
};

/* Does this command line write or compare a file that is to be looked at? */
bool write_plan_is_needed(const struct flashrom_args *args, const struct params *params)
	__attribute__((nonnull));

/* Looks at the file, then at the flash, and says what there is to say. Returns 0 and a plan,
 * BEKEN_ERR_PARAMETER after having said why this file must not be written, or another error,
 * already said. In any case *plan is to be freed. The arguments must outlive the plan. */
int write_plan_make(const struct frontend *frontend, const struct flashrom_args *args,
		    const struct params *params, const struct write_wishes *wishes, struct session *session,
		    struct write_plan **plan) __attribute__((nonnull, warn_unused_result));

/* What flashrom is to get in place of the user's file, and options beside it. */
void write_plan_change(const struct write_plan *plan, struct flashrom_args_changes *changes)
	__attribute__((nonnull));

/* plan may be NULL: then all of them are false. */
void write_plan_facts(const struct write_plan *plan, struct write_plan_facts *facts)
	__attribute__((nonnull(2)));

void write_plan_free(struct write_plan *plan); /* NULL is fine */

#endif
