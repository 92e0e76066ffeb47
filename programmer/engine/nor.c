/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "nor_sfdp.h"

struct nor {
	const struct frontend *frontend;
	struct nor_spi *spi;
	struct nor_options options;
	struct nor_facts facts;
	const struct nor_die *die;
	bool passthrough; /* nothing is known of the die: no command of our own */
	struct nor_protection protection;
	struct nor_queue *queue;

	int64_t polled_busy_since_us; /* by the caller; 0: not */
	int64_t poll_limit_ms;	      /* of the last command without an answer; 0: not known */

	uint8_t shown_sr1; /* as last shown */
	enum { SFDP_NOT_ASKED, SFDP_OF_DIE, SFDP_OF_TABLE } sfdp;
};

/* ---- commands ---- */

/* The caller polls after a command that we did not wait for, and would do so for ever. */
static int limit_polling(struct nor *nor, bool busy)
{
	const int64_t limit_ms = nor->poll_limit_ms ? nor->poll_limit_ms : NOR_MAX_ERASE_CHIP_MS;
	const int64_t now = beken_clock_us();

	if (!busy)
		nor->polled_busy_since_us = nor->poll_limit_ms = 0;
	else if (!nor->polled_busy_since_us)
		nor->polled_busy_since_us = now;
	else if (now - nor->polled_busy_since_us > limit_ms * 1000)
		return nor_report_busy(nor->frontend, limit_ms);
	return BEKEN_OK;
}

static int read_status(struct nor *nor, const struct nor_command *command)
{
	const uint8_t mask = nor_protection_mask(&nor->protection, command->kind);
	const bool is_sr1 = command->kind == NOR_KIND_READ_STATUS1;
	int error;

	/* While pages are on their way the caller is told that the die is idle: it
	 * sends the next page, and an error of these comes back with that. */
	if (is_sr1 && nor_queue_has_pages(nor->queue)) {
		memset(command->in, nor->shown_sr1, command->in_length);
		return BEKEN_OK;
	}
	error = nor_queue_pass(nor->queue, command);
	if (error)
		return error;
	for (size_t i = 0; i < command->in_length; i++) {
		/* FF is a line that nobody drives, not a register. */
		if (is_sr1 || command->in[i] != 0xff)
			command->in[i] &= mask;
	}
	if (!is_sr1)
		return BEKEN_OK;
	error = limit_polling(nor, command->in[0] & NOR_SR1_WIP);
	if (!error)
		nor->shown_sr1 = command->in[0] & (uint8_t) ~(NOR_SR1_WIP | NOR_SR1_WEL);
	return error;
}

static int ask_for_sfdp(struct nor *nor)
{
	const uint8_t command[] = { NOR_SFDP, 0, 0, 0, 0 };
	uint8_t signature[4];
	const int error = ch341a_nor_command(nor->spi, command, sizeof(command), signature, sizeof(signature));

	if (error)
		return error;
	if (!memcmp(signature, "SFDP", sizeof(signature)) || !nor->die->size || !nor->options.sfdp) {
		nor->sfdp = SFDP_OF_DIE;
		return BEKEN_OK;
	}
	nor->sfdp = SFDP_OF_TABLE;
	frontend_message(nor->frontend, MESSAGE_DEBUG, "The flash has no SFDP; answering for %s from a table.",
			 nor->die->part);
	return BEKEN_OK;
}

static int read_sfdp(struct nor *nor, const struct nor_command *command)
{
	/* One dummy byte follows the address; it may be clocked in. */
	const size_t dummy = command->data_length ? 0 : 1;
	int error = nor_queue_flush(nor->queue);

	if (!error && nor->sfdp == SFDP_NOT_ASKED)
		error = ask_for_sfdp(nor);
	if (error)
		return error;
	if (nor->sfdp == SFDP_OF_DIE || !command->address_bytes)
		return nor_queue_pass(nor->queue, command);
	memset(command->in, 0xff, command->in_length);
	nor_sfdp_read(nor->die, command->address, command->in + dummy, command->in_length - dummy);
	return BEKEN_OK;
}

static int64_t limit_of(const struct nor *nor, const struct nor_command *command)
{
	const int64_t mib = nor->die->size >> 20;

	if (command->kind != NOR_KIND_ERASE_CHIP || !nor->die->size)
		return command->limit_ms;
	return NOR_MAX_ERASE_CHIP_MS_PER_MIB * (mib ? mib : 1);
}

int nor_execute(struct nor *nor, const struct nor_command *command)
{
	const int64_t limit_ms = limit_of(nor, command);

	if (command->kind != NOR_KIND_READ_STATUS1)
		nor->polled_busy_since_us = 0;
	if (!command->in_length)
		nor->poll_limit_ms = nor->passthrough ? 0 : limit_ms;
	switch (command->kind) {
	case NOR_KIND_READ_STATUS1:
	case NOR_KIND_READ_STATUS2:
	case NOR_KIND_READ_STATUS3: return read_status(nor, command);
	case NOR_KIND_READ_SFDP: return read_sfdp(nor, command);
	case NOR_KIND_WRITE_ENABLE: return nor_queue_write_enable(nor->queue, command->opcode);
	case NOR_KIND_WRITE_STATUS: return nor_queue_write_status(nor->queue, command);
	case NOR_KIND_PROGRAM:
	case NOR_KIND_ERASE_SECTOR:
	case NOR_KIND_ERASE_BLOCK:
	case NOR_KIND_ERASE_CHIP: return nor_queue_write(nor->queue, command, limit_ms);
	default: return nor_queue_pass(nor->queue, command);
	}
}

struct nor_queue *nor_queue_of(const struct nor *nor)
{
	return nor->queue;
}

bool nor_can_stream(const struct nor *nor)
{
	return !nor->passthrough;
}

/* ---- beginning and end ---- */

void nor_flash_name(const struct nor_facts *facts, char *text, size_t size)
{
	const unsigned int id = facts->jedec_id, kib = facts->die->size >> 10, mib = kib >> 10;

	if (kib)
		snprintf(text, size, "%06X (%s, %u %s)", id, facts->die->part, mib ? mib : kib,
			 mib ? "MiB" : "KiB");
	else
		snprintf(text, size, "%06X (%s, size unknown)", id, facts->die->part);
}

static int introduce(struct nor *nor)
{
	struct nor_status status;
	const char *protection = "not write-protected";
	char name[96], sr2[16] = "";
	const int error = nor_status_read(nor->spi, nor->die, &status);

	if (error)
		return error;
	nor->facts.has_status = true;
	nor->facts.status = status;
	nor->facts.is_protected = nor_status_is_protected(nor->die, &status);
	if (nor->facts.is_protected)
		protection = nor->options.unprotect ? "write-protected, cleared before the first erase or write"
						    : "write-protected, left so (unprotect=no)";
	if (status.has_sr2)
		snprintf(sr2, sizeof(sr2), " SR2=%02X", status.sr2);
	nor_flash_name(&nor->facts, name, sizeof(name));
	frontend_message(nor->frontend, MESSAGE_INFO, "Flash %s, SR1=%02X%s: %s.", name, status.sr1, sr2,
			 protection);
	return BEKEN_OK;
}

int nor_new(const struct frontend *frontend, struct nor_spi *spi, const struct nor_options *options,
	    uint32_t jedec_id, struct nor **result)
{
	struct nor *nor = calloc(1, sizeof(*nor));
	int error = BEKEN_OK;

	if (!nor)
		return BEKEN_ERR_MEMORY;
	nor->frontend = frontend;
	nor->spi = spi;
	nor->options = *options;
	nor->facts.jedec_id = jedec_id;
	nor->die = nor_die_find(jedec_id);
	nor->passthrough = options->plain && !nor->die;
	if (!nor->die)
		nor->die = nor_die_unknown();
	nor->facts.die = nor->die;
	if (nor->passthrough)
		nor->sfdp = SFDP_OF_DIE;
	nor->protection = (struct nor_protection){
		.frontend = frontend,
		.spi = spi,
		.die = nor->die,
		.managed = options->unprotect && !nor->passthrough,
	};
	nor->queue = nor_queue_new(frontend, spi, &nor->protection, !nor->passthrough);
	if (!nor->queue)
		error = BEKEN_ERR_MEMORY;
	/* 35h means other things to other kinds of flash. */
	if (!error && !nor->passthrough)
		error = introduce(nor);
	if (error) {
		nor_free(nor);
		return error;
	}
	*result = nor;
	return BEKEN_OK;
}

const struct nor_facts *nor_facts(const struct nor *nor)
{
	return &nor->facts;
}

void nor_free(struct nor *nor)
{
	if (!nor)
		return;
	nor_queue_free(nor->queue);
	free(nor);
}
