/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in a file that was read from a Beken chip, or is to be written to one. Bytes in, facts out: no
 * files, no output, no memory of its own. */
#ifndef CH341A_BEKEN_IMAGE_H
#define CH341A_BEKEN_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image_areas.h"
#include "image_boot.h"
#include "image_cipher.h"
#include "image_crc.h"
#include "image_partitions.h"
#include "image_rbl.h"
#include "image_uf2.h"

/* A file that people take for an image of the flash. */
struct image_format {
	const char *name;   /* for JSON: "elf", "hex", "zip", ... */
	const char *words;  /* "an ELF file (a program with debugging data)" */
	const char *advice; /* one sentence: what to take instead */
};

/* What the first bytes say it is; NULL: none of those that are known. An update container (RBL) and a UF2
 * file are no foreign formats. */
const struct image_format *image_format_find(const uint8_t *data, size_t n) __attribute__((nonnull));

/* "QIO" and "UA" as in the names of OpenBeken's release files. */
enum image_kind {
	IMAGE_UNKNOWN,		/* not of a Beken chip, as far as can be seen */
	IMAGE_NOTHING,		/* no bytes */
	IMAGE_FILLED,		/* one byte all over: an erased die, or nothing was read */
	IMAGE_FULL,		/* a whole die */
	IMAGE_PARTIAL,		/* from address 0, with more than code, but not a whole die */
	IMAGE_QIO,		/* bootloader and application, from address 0 */
	IMAGE_BOOTLOADER,	/* it alone */
	IMAGE_UA,		/* the application alone */
	IMAGE_FROM_APPLICATION, /* from the application on, with more than code */
	IMAGE_RBL,		/* an update container */
	IMAGE_RAW,		/* code without CRCs */
	IMAGE_AREAS,		/* no code, but something that is known */
	IMAGE_UF2,		/* an application with its places, for a programmer */
	IMAGE_FOREIGN,		/* a file of another kind, by its format */
	IMAGE_OTHER_CODE,	/* with CRCs, but of no chip or key that is known: its place is not, either */
};

enum image_problem_type {
	IMAGE_PROBLEM_NOT_BEKEN,
	IMAGE_PROBLEM_NOTHING,
	IMAGE_PROBLEM_FILLED,
	IMAGE_PROBLEM_RAW,
	IMAGE_PROBLEM_LATE, /* all blocks are some bytes off, from the start */
	IMAGE_PROBLEM_CRC,
	IMAGE_PROBLEM_SLIP,
	IMAGE_PROBLEM_CUT_OFF,
	IMAGE_PROBLEM_NO_BOOTLOADER,
	IMAGE_PROBLEM_NO_APPLICATION,
	IMAGE_PROBLEM_RBL_HEADER,
	IMAGE_PROBLEM_RBL_SIZE,
	IMAGE_PROBLEM_RBL_BODY,
	IMAGE_PROBLEM_UF2,
	IMAGE_PROBLEM_FOREIGN,
	IMAGE_PROBLEM_OTHER_CODE,
	IMAGE_PROBLEM_MIXED_KEYS,   /* bootloader and application cannot run on the same chip */
	IMAGE_PROBLEM_HALF_SWAPPED, /* the second half comes first */
	IMAGE_PROBLEM_HOLE,	    /* erased amid code */
	IMAGE_PROBLEM_INCOMPLETE,   /* a dump that ends before RF calibration and settings */
};

/* Something that makes the file unfit to be written, or a dump unfit as backup. */
struct image_problem {
	enum image_problem_type type;
	size_t offset;		       /* in the file; 0 where it has no meaning */
	const struct image_part *part; /* of CRC, SLIP, CUT_OFF, HOLE: in facts */
	int bytes;		       /* of LATE, SLIP, and HOLE */
};

enum image_family_source {
	IMAGE_FAMILY_UNKNOWN,
	IMAGE_FAMILY_GIVEN,	 /* by the caller */
	IMAGE_FAMILY_RF,	 /* by where the RF calibration is */
	IMAGE_FAMILY_OPENBEKEN,	 /* by where OpenBeken's configuration is */
	IMAGE_FAMILY_BOOTLOADER, /* by the bootloader */
};

#define IMAGE_MAX_PROBLEMS 10

struct image_part {
	const char *name;
	bool present; /* there is code in it */
	struct image_code code;
	struct image_vectors vectors;
	bool has_header;	   /* of an RBL container, behind the code */
	bool header_matches;	   /* it is the header of this code, which is whole then */
	size_t hole_at, hole_size; /* an erased piece amid code; size 0: there is none */
};

/* What was found, and which chips have it. */
struct image_evidence {
	char text[64];	  /* "the bootloader calls itself BK7231N 1.0.1" */
	uint32_t chips;	  /* bit i: image_chip_name(i) */
	bool contradicts; /* no chip that it allows is left by the evidence before it */
};

#define IMAGE_MAX_EVIDENCE 8

struct image_facts {
	size_t size;
	enum image_kind kind;
	uint8_t fill;			   /* of IMAGE_FILLED */
	uint32_t address;		   /* of the first byte, in the flash */
	bool place_certain;		   /* that address is proven by what is in the file */
	const struct image_family *family; /* of the partitions; or NULL */
	enum image_family_source family_source;
	struct image_boot boot;		  /* of a file that starts at address 0 */
	struct image_key application_key; /* of the code at IMAGE_APPLICATION */
	size_t n_evidence;		  /* of the chip */
	struct image_evidence evidence[IMAGE_MAX_EVIDENCE];
	uint32_t candidates;	    /* bit i: image_chip_name(i), which no evidence excludes; 0: no code */
	size_t n_parts;		    /* of the two below that were looked at */
	struct image_part parts[2]; /* bootloader, application */
	size_t n_areas;
	struct image_area areas[IMAGE_MAX_AREAS];
	struct image_rbl rbl; /* of IMAGE_RBL */
	struct image_uf2 uf2; /* of IMAGE_UF2 */
	/* Of what a good UF2 file puts to its places: not found here, but set by who has memory for a
	 * picture of the flash; or NULL. */
	const struct image_facts *content;
	const struct image_format *format; /* of IMAGE_FOREIGN */
	size_t wraps_at;   /* where the file goes on with address 0 behind the flash's end; or 0 */
	bool halves_equal; /* read twice over, as a die half as large gives it */
	bool has_update;   /* a valid one waits in the flash; addresses in the flash: */
	uint32_t update_address, update_size;
	size_t n_problems;
	struct image_problem problems[IMAGE_MAX_PROBLEMS];
};

/* Finds out about n bytes, n <= IMAGE_MAX_SIZE. family is what the user says the chip is, or NULL. facts
 * points to itself: it must not be copied. */
void image_find(struct image_facts *facts, const uint8_t *data, size_t n, const struct image_family *family);

/* "bootloader", "application"; NULL if it was not looked at. */
const struct image_part *image_part_named(const struct image_facts *facts, const char *name);

/* Is there any, with CRCs? */
bool image_has_code(const struct image_facts *facts);

/* The size of the die that the file is of; 0: not known, so that the usual one of its family counts. */
uint32_t image_die_size(const struct image_facts *facts);

/* The partitions of the whole die, as the file itself or else its family has them. Fills in at most
 * IMAGE_MAX_PARTITIONS; returns how many, 0 if they are not known. */
size_t image_layout(const struct image_facts *facts, struct image_partition *partitions);

/* "full", "qio", ... and a line for people. */
const char *image_kind_name(enum image_kind kind);
const char *image_kind_description(enum image_kind kind);

/* "crc", "slip", ... */
const char *image_problem_name(enum image_problem_type type);

/* The problem in one or two sentences, with what to do about it. */
void image_problem_text(const struct image_facts *facts, const struct image_problem *problem, char *text,
			size_t size);

#endif
