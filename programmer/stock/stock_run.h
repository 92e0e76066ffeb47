/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of flashrom: what the parts of the stock face share. */
#ifndef CH341A_BEKEN_STOCK_RUN_H
#define CH341A_BEKEN_STOCK_RUN_H

#include <limits.h>
#include <stdbool.h>

#include "backup.h"
#include "backup_reminder.h"
#include "captive.h"
#include "flash_progress.h"
#include "flashrom_args.h"
#include "flashrom_log.h"
#include "frontend.h"
#include "hints.h"
#include "memory_file.h"
#include "output_files.h"
#include "params.h"
#include "read_check.h"
#include "session.h"
#include "write_plan.h"

struct stock_write; /* in stock_flashrom.h */

struct stock_run {
	struct frontend frontend;
	struct params params;
	unsigned int verbosity;
	struct session *session;
	struct backup *backup; /* of the session; NULL: none is asked for */
	struct captive *captive;
	struct output_files *outputs; /* NULL: there are none, or they were finished */
	bool part_only;		      /* flashrom works on regions of the flash */
	bool opening;
	char *deferred;			 /* error messages of a failed start; NULL: none */
	int error;			 /* of the session */
	bool opened;			 /* the session, at least once */
	bool id_failed;			 /* at a start: the chip had accepted SPI mode */
	const struct stock_write *write; /* of `write`; NULL: a command line of flashrom */
	struct write_wishes wishes;
	struct write_plan *plan;	   /* NULL: there is no file to look at */
	char chip[FLASHROM_LOG_NAME_SIZE]; /* which of flashrom's definitions to take; "": let it find out */
	char backup_path[PATH_MAX];	   /* of the one that was made; "": none was */
	struct hints_seen seen;
	struct flash_progress progress;
	struct backup_reminder reminder;
	struct read_check check;
};

/* What the user has typed, and what is run for it. */
struct command {
	const char *tool; /* before argv; or NULL */
	int argc;
	char **argv;
	struct flashrom_args args;
	char path[PATH_MAX];		 /* of the real flashrom */
	char log[MEMORY_FILE_PATH_SIZE]; /* "": the user has one, or none can be */
};

/* On standard error. */
void stock_print(enum message_level level, const char *text);

/* A frontend of the session, whose messages go there. */
void stock_run_start(struct stock_run *run, const struct command *command);

/* Errors of session_open(), said already. */
int stock_run_open(struct stock_run *run);

/* Its result is in run->error. */
void stock_run_close(struct stock_run *run);

/* What flashrom asks for while it runs; arg is the run. */
int stock_run_enable(void *arg);
int stock_run_command(void *arg, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length);

/* The reason why the start failed comes last, behind what flashrom says about it. */
void stock_run_print_deferred(struct stock_run *run);

#endif
