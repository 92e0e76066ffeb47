/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "nor_opcodes.h"
#include "nor_program.h"
#include "nor_sfdp.h"
#include "nor_status.h"

#define ADDRESS_BYTES 3
#define COMMAND_BYTES (1 + ADDRESS_BYTES)
#define NOTHING 0 /* no opcode held back */

struct page {
	uint32_t address;
	size_t length; /* 0: empty */
	uint8_t data[NOR_PAGE_SIZE];
};

struct nor {
	const struct frontend *frontend;
	struct nor_spi *spi;
	struct nor_options options;
	struct nor_facts facts;
	const struct nor_die *die;
	bool passthrough; /* nothing is known of the die: no command of our own */

	uint8_t pending_wren; /* 06 or 50, not sent yet */
	bool wel_set;	      /* 06 was sent by itself: WEL is set */
	struct page page;     /* not sent yet */
	struct nor_program *program;

	int64_t busy_limit_ms;	 /* of the operation that the die works on; 0: none */
	unsigned int interrupts; /* seen before that operation */

	int64_t polled_busy_since_us; /* by the caller; 0: not */
	int64_t poll_limit_ms;

	bool writable;	   /* protection was looked at */
	bool unmasked;	   /* the caller writes status registers itself */
	uint8_t shown_sr1; /* as last shown */
	enum { SFDP_NOT_ASKED, SFDP_OF_DIE, SFDP_OF_TABLE } sfdp;
};

/* ---- waiting ---- */

static int64_t chip_erase_limit_ms(const struct nor *nor)
{
	const int64_t mib = nor->die->size >> 20;

	if (!nor->die->size)
		return NOR_MAX_ERASE_CHIP_MS;
	return NOR_MAX_ERASE_CHIP_MS_PER_MIB * (mib ? mib : 1);
}

/* The die works on something. Of an unknown die only the caller asks when it
 * has finished. */
static void started(struct nor *nor, int64_t limit_ms)
{
	nor->poll_limit_ms = limit_ms;
	if (nor->passthrough)
		return;
	nor->busy_limit_ms = limit_ms;
	nor->interrupts = frontend_interrupts(nor->frontend);
}

static int report_busy(const struct nor *nor, int64_t limit_ms)
{
	frontend_message(nor->frontend, MESSAGE_ERROR,
			 "The flash is still busy after %lld ms, longer than any flash takes. "
			 "Check power and wires.",
			 (long long)limit_ms);
	return BEKEN_ERR_BUSY;
}

static int wait_for_operation(struct nor *nor)
{
	int error;

	if (!nor->busy_limit_ms)
		return BEKEN_OK;
	error = nor_wait_idle(nor->frontend, nor->spi, nor->busy_limit_ms, nor->interrupts);
	if (error == BEKEN_ERR_BUSY)
		report_busy(nor, nor->busy_limit_ms);
	if (error != BEKEN_ERR_INTERRUPTED)
		nor->busy_limit_ms = 0;
	return error;
}

static int make_writable(struct nor *nor)
{
	int error;

	if (nor->writable || nor->passthrough || !nor->options.unprotect || nor->unmasked)
		return BEKEN_OK;
	error = nor_status_unprotect(nor->frontend, nor->spi, nor->die);
	nor->writable = !error;
	return error;
}

/* ---- queue ---- */

static int push_page(struct nor *nor)
{
	const size_t length = nor->page.length;
	int error;

	if (!length)
		return BEKEN_OK;
	nor->page.length = 0;
	error = wait_for_operation(nor);
	if (!error)
		error = make_writable(nor);
	if (!error)
		error = nor_program_push(nor->program, nor->page.address, nor->page.data, length);
	return error;
}

static int finish_pages(struct nor *nor)
{
	const int error = push_page(nor);

	return error ? error : nor_program_drain(nor->program);
}

/* Sends a write enable that no writing command has followed. */
static int send_pending_wren(struct nor *nor)
{
	const uint8_t opcode = nor->pending_wren;

	if (opcode == NOTHING)
		return BEKEN_OK;
	nor->pending_wren = NOTHING;
	nor->wel_set = opcode == NOR_WREN;
	return nor_spi_command(nor->spi, &opcode, 1, NULL, 0);
}

/* All is in the die, and the die is idle. */
static int settle(struct nor *nor)
{
	const int error = finish_pages(nor);

	return error ? error : wait_for_operation(nor);
}

int nor_flush(struct nor *nor)
{
	const int error = settle(nor);

	return error ? error : send_pending_wren(nor);
}

void nor_drop(struct nor *nor)
{
	nor->page.length = 0;
	nor->pending_wren = NOTHING;
	nor_program_drop(nor->program);
}

int nor_abandon(struct nor *nor)
{
	nor_drop(nor);
	/* A page of the pipeline may just have been sent. */
	if (!nor->busy_limit_ms)
		started(nor, NOR_MAX_PROGRAM_MS);
	nor->interrupts = frontend_interrupts(nor->frontend);
	return wait_for_operation(nor);
}

static bool queue_is_empty(const struct nor *nor)
{
	return !nor->page.length && !nor_program_active(nor->program);
}

/* ---- writing commands ---- */

static bool is_enabled(const struct nor *nor)
{
	return nor->pending_wren == NOR_WREN || nor->wel_set;
}

/* A program or erase command that is sent as it is, after its write enable. */
static int direct_write(struct nor *nor, const uint8_t *out, size_t length, int64_t limit_ms)
{
	const bool enabled = is_enabled(nor);
	int error = finish_pages(nor);

	if (!error)
		error = wait_for_operation(nor);
	if (!error && nor->pending_wren != NOR_WREN)
		error = send_pending_wren(nor);
	if (!error && enabled)
		error = make_writable(nor);
	if (error)
		return error;
	nor->pending_wren = NOTHING;
	nor->wel_set = false;
	if (enabled)
		error = nor_spi_command_after(nor->spi, NOR_WREN, out, length);
	else
		error = nor_spi_command(nor->spi, out, length, NULL, 0);
	started(nor, limit_ms);
	return error;
}

static uint32_t address_of(const uint8_t *out)
{
	return (uint32_t)out[1] << 16 | (uint32_t)out[2] << 8 | out[3];
}

static bool joins(const struct page *page, uint32_t address)
{
	return page->length && page->address + page->length == address && address % NOR_PAGE_SIZE;
}

static int program(struct nor *nor, const uint8_t *out, size_t out_length)
{
	const uint32_t address = address_of(out);
	const size_t n = out_length - COMMAND_BYTES;
	int error = BEKEN_OK;

	if (!is_enabled(nor) || address % NOR_PAGE_SIZE + n > NOR_PAGE_SIZE)
		return direct_write(nor, out, out_length, NOR_MAX_PROGRAM_MS);
	if (!joins(&nor->page, address)) {
		error = push_page(nor);
		nor->page.address = address;
	}
	if (error)
		return error;
	nor->pending_wren = NOTHING;
	nor->wel_set = false;
	memcpy(nor->page.data + nor->page.length, out + COMMAND_BYTES, n);
	nor->page.length += n;
	if ((nor->page.address + nor->page.length) % NOR_PAGE_SIZE == 0)
		error = push_page(nor);
	return error;
}

static int write_status(struct nor *nor, const uint8_t *out, size_t length)
{
	const uint8_t enable = nor->pending_wren;
	int error = finish_pages(nor);

	if (!error)
		error = wait_for_operation(nor);
	if (error)
		return error;
	nor->pending_wren = NOTHING;
	nor->wel_set = false;
	nor->unmasked = true;
	if (enable != NOTHING)
		error = nor_spi_command_after(nor->spi, enable, out, length);
	else
		error = nor_spi_command(nor->spi, out, length, NULL, 0);
	started(nor, NOR_MAX_STATUS_MS);
	return error;
}

/* ---- reading commands ---- */

static uint8_t mask_of(const struct nor *nor, uint8_t opcode)
{
	if (!nor->options.unprotect || nor->unmasked || nor->passthrough)
		return 0xff;
	if (opcode == NOR_RDSR)
		return (uint8_t) ~(nor_status_sr1_protection(nor->die) | NOR_SR1_LOCK);
	if (opcode == NOR_RDSR2 && nor->die->sr2 != NOR_SR2_NONE)
		return (uint8_t) ~(nor_status_sr2_protection(nor->die) | NOR_SR2_LOCK);
	return 0xff;
}

/* The caller polls after a command that we did not wait for, and would do so
 * for ever. */
static int limit_polling(struct nor *nor, bool busy)
{
	const int64_t limit_ms = nor->poll_limit_ms ? nor->poll_limit_ms : NOR_MAX_ERASE_CHIP_MS;
	const int64_t now = clock_us();

	if (!busy)
		nor->polled_busy_since_us = nor->poll_limit_ms = 0;
	else if (!nor->polled_busy_since_us)
		nor->polled_busy_since_us = now;
	else if (now - nor->polled_busy_since_us > limit_ms * 1000)
		return report_busy(nor, limit_ms);
	return BEKEN_OK;
}

static int read_status(struct nor *nor, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length)
{
	const uint8_t mask = mask_of(nor, out[0]);
	int error;

	/* While pages are on their way the caller is told that all is done: it
	 * sends the next one, and an error comes back with that. */
	if (out[0] == NOR_RDSR && !queue_is_empty(nor) && nor->pending_wren == NOTHING) {
		memset(in, nor->shown_sr1, in_length);
		return BEKEN_OK;
	}
	error = nor_flush(nor);
	if (!error)
		error = nor_spi_command(nor->spi, out, out_length, in, in_length);
	for (size_t i = 0; !error && i < in_length; i++) {
		/* FF is a line that nobody drives, not a register. */
		if (out[0] == NOR_RDSR || in[i] != 0xff)
			in[i] &= mask;
	}
	if (!error && out[0] == NOR_RDSR)
		error = limit_polling(nor, in[0] & NOR_SR1_WIP);
	if (!error && out[0] == NOR_RDSR)
		nor->shown_sr1 = in[0] & (uint8_t) ~(NOR_SR1_WIP | NOR_SR1_WEL);
	return error;
}

static int ask_for_sfdp(struct nor *nor)
{
	const uint8_t command[COMMAND_BYTES + 1] = { NOR_SFDP };
	uint8_t signature[4];
	const int error = nor_spi_command(nor->spi, command, sizeof(command), signature, sizeof(signature));

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

static int read_sfdp(struct nor *nor, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length)
{
	/* One dummy byte follows the address; it may be clocked in. */
	const size_t dummy = out_length == COMMAND_BYTES ? 1 : 0;
	int error = nor_flush(nor);

	if (!error && nor->sfdp == SFDP_NOT_ASKED)
		error = ask_for_sfdp(nor);
	if (error)
		return error;
	if (nor->sfdp == SFDP_OF_DIE || in_length < dummy || out_length < COMMAND_BYTES)
		return nor_spi_command(nor->spi, out, out_length, in, in_length);
	memset(in, 0xff, in_length);
	nor_sfdp_read(nor->die, address_of(out), in + dummy, in_length - dummy);
	return BEKEN_OK;
}

static int other(struct nor *nor, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length)
{
	const int error = nor_flush(nor);

	/* What it did to WEL is not known; then a write goes as the caller sends
	 * it. */
	if (!in_length)
		nor->wel_set = false;
	return error ? error : nor_spi_command(nor->spi, out, out_length, in, in_length);
}

/* ---- dispatch ---- */

static int64_t write_limit_ms(const struct nor *nor, uint8_t opcode)
{
	switch (opcode) {
	case NOR_PROGRAM:
	case NOR_PROGRAM_4BA:
	case NOR_QUAD_PROGRAM: return NOR_MAX_PROGRAM_MS;
	case NOR_ERASE_4K:
	case NOR_ERASE_4K_4BA: return NOR_MAX_ERASE_4K_MS;
	case NOR_ERASE_32K:
	case NOR_ERASE_32K_4BA:
	case NOR_ERASE_64K:
	case NOR_ERASE_64K_4BA: return NOR_MAX_ERASE_BLOCK_MS;
	case NOR_ERASE_CHIP_60:
	case NOR_ERASE_CHIP_C7: return chip_erase_limit_ms(nor);
	}
	return 0;
}

static bool is_page_program(const struct nor *nor, const uint8_t *out, size_t out_length)
{
	return !nor->passthrough && out[0] == NOR_PROGRAM && out_length > COMMAND_BYTES &&
	       out_length <= COMMAND_BYTES + NOR_PAGE_SIZE;
}

static int command_without_answer(struct nor *nor, const uint8_t *out, size_t out_length)
{
	const int64_t limit_ms = write_limit_ms(nor, out[0]);
	int error;

	if ((out[0] == NOR_WREN || out[0] == NOR_EWSR) && out_length == 1) {
		error = nor->pending_wren == NOTHING ? BEKEN_OK : send_pending_wren(nor);
		nor->pending_wren = out[0];
		return error;
	}
	if (is_page_program(nor, out, out_length))
		return program(nor, out, out_length);
	if (limit_ms)
		return direct_write(nor, out, out_length, limit_ms);
	if (out[0] == NOR_WRSR || out[0] == NOR_WRSR2 || out[0] == NOR_WRSR3)
		return write_status(nor, out, out_length);
	return other(nor, out, out_length, NULL, 0);
}

int nor_command(struct nor *nor, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length)
{
	if (out[0] != NOR_RDSR)
		nor->polled_busy_since_us = 0;
	if (!in_length)
		return command_without_answer(nor, out, out_length);
	switch (out[0]) {
	case NOR_RDSR:
	case NOR_RDSR2:
	case NOR_RDSR3: return read_status(nor, out, out_length, in, in_length);
	case NOR_SFDP: return read_sfdp(nor, out, out_length, in, in_length);
	default: return other(nor, out, out_length, in, in_length);
	}
}

/* ---- long runs ---- */

bool nor_can_stream(const struct nor *nor)
{
	return !nor->passthrough;
}

static void put_address(uint8_t *to, uint32_t address)
{
	to[0] = address >> 16 & 0xff;
	to[1] = address >> 8 & 0xff;
	to[2] = address & 0xff;
}

int nor_read(struct nor *nor, uint32_t address, uint8_t *data, size_t n)
{
	uint8_t command[COMMAND_BYTES] = { NOR_READ };
	/* A write enable stays held back: the read has nothing to do with it. */
	const int error = settle(nor);

	put_address(command + 1, address);
	return error ? error : nor_spi_command(nor->spi, command, sizeof(command), data, n);
}

int nor_program(struct nor *nor, uint32_t address, const uint8_t *data, size_t n)
{
	int error = nor_flush(nor);

	if (!error)
		error = make_writable(nor);
	while (!error && n) {
		const size_t left_in_page = NOR_PAGE_SIZE - address % NOR_PAGE_SIZE;
		const size_t now = n < left_in_page ? n : left_in_page;

		error = nor_program_push(nor->program, address, data, now);
		address += (uint32_t)now;
		data += now;
		n -= now;
	}
	return error ? error : nor_program_drain(nor->program);
}

/* ---- beginning and end ---- */

static void describe_size(const struct nor_die *die, char *text, size_t text_size)
{
	if (!die->size)
		snprintf(text, text_size, "size unknown");
	else if (die->size >> 20)
		snprintf(text, text_size, "%u MiB", (unsigned int)(die->size >> 20));
	else
		snprintf(text, text_size, "%u KiB", (unsigned int)(die->size >> 10));
}

static int introduce(struct nor *nor)
{
	struct nor_status status;
	const char *protection = "not write-protected";
	char size[32], sr2[16] = "";
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
	describe_size(nor->die, size, sizeof(size));
	frontend_message(nor->frontend, MESSAGE_INFO, "Flash %06X (%s, %s), SR1=%02X%s: %s.",
			 (unsigned int)nor->facts.jedec_id, nor->die->part, size, status.sr1, sr2, protection);
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
	nor->program = nor_program_new(frontend, spi);
	if (!nor->program)
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
	if (nor->program)
		nor_program_drop(nor->program);
	nor_program_free(nor->program);
	free(nor);
}
