/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_queue.h"

#include <stdlib.h>
#include <string.h>

#define NO_OPCODE 0

struct nor_queue {
	const struct frontend *frontend;
	struct nor_spi *spi;
	struct nor_protection *protection;
	bool may_poll;

	uint8_t pending_wren; /* 06 or 50, not sent yet */
	bool wel_set;	      /* 06 was sent by itself */
	struct {
		uint32_t address;
		size_t length; /* 0: empty */
		uint8_t data[NOR_PAGE_SIZE];
	} page; /* not sent yet */

	int64_t busy_limit_ms;	 /* of the operation that the die works on; 0: none */
	unsigned int interrupts; /* seen before that operation */
};

struct nor_queue *nor_queue_new(const struct frontend *frontend, struct nor_spi *spi,
				struct nor_protection *protection, bool may_poll)
{
	struct nor_queue *queue = calloc(1, sizeof(*queue));

	if (!queue)
		return NULL;
	queue->frontend = frontend;
	queue->spi = spi;
	queue->protection = protection;
	queue->may_poll = may_poll;
	return queue;
}

void nor_queue_free(struct nor_queue *queue)
{
	if (!queue)
		return;
	ch341a_nor_drop(queue->spi);
	free(queue);
}

/* ---- waiting ---- */

static void note_operation(struct nor_queue *queue, int64_t limit_ms)
{
	if (!queue->may_poll)
		return;
	queue->busy_limit_ms = limit_ms;
	queue->interrupts = frontend_interrupts(queue->frontend);
}

int nor_report_busy(const struct frontend *frontend, int64_t limit_ms)
{
	frontend_message(frontend, MESSAGE_ERROR,
			 "The flash is still busy after %lld ms, longer than any flash takes. "
			 "Check power and wires.",
			 (long long)limit_ms);
	return BEKEN_ERR_BUSY;
}

static int wait_for_operation(struct nor_queue *queue)
{
	int error;

	if (!queue->busy_limit_ms)
		return BEKEN_OK;
	error = ch341a_nor_wait_idle(queue->spi, queue->busy_limit_ms, queue->interrupts);
	if (error == BEKEN_ERR_BUSY)
		nor_report_busy(queue->frontend, queue->busy_limit_ms);
	if (error != BEKEN_ERR_INTERRUPTED)
		queue->busy_limit_ms = 0;
	return error;
}

static int push_page(struct nor_queue *queue)
{
	const size_t length = queue->page.length;
	int error;

	if (!length)
		return BEKEN_OK;
	queue->page.length = 0;
	error = wait_for_operation(queue);
	if (!error)
		error = nor_protection_clear(queue->protection);
	if (!error)
		error = ch341a_nor_push(queue->spi, queue->page.address, queue->page.data, length);
	return error;
}

/* Sends a write enable that no writing command has followed. */
static int send_pending_wren(struct nor_queue *queue)
{
	const uint8_t opcode = queue->pending_wren;

	if (opcode == NO_OPCODE)
		return BEKEN_OK;
	queue->pending_wren = NO_OPCODE;
	queue->wel_set = opcode == NOR_WREN;
	return ch341a_nor_command(queue->spi, &opcode, 1, NULL, 0);
}

/* Waits until all pages are in the die and the die is idle. */
static int settle(struct nor_queue *queue)
{
	int error = push_page(queue);

	if (!error)
		error = ch341a_nor_drain(queue->spi);
	return error ? error : wait_for_operation(queue);
}

int nor_queue_flush(struct nor_queue *queue)
{
	const int error = settle(queue);

	return error ? error : send_pending_wren(queue);
}

void nor_queue_drop(struct nor_queue *queue)
{
	queue->page.length = 0;
	queue->pending_wren = NO_OPCODE;
	ch341a_nor_drop(queue->spi);
}

int nor_queue_abandon(struct nor_queue *queue)
{
	nor_queue_drop(queue);
	/* A page may just have been sent. */
	if (!queue->busy_limit_ms)
		note_operation(queue, NOR_MAX_PROGRAM_MS);
	queue->interrupts = frontend_interrupts(queue->frontend);
	return wait_for_operation(queue);
}

bool nor_queue_has_pages(const struct nor_queue *queue)
{
	return (queue->page.length || ch341a_nor_active(queue->spi)) && queue->pending_wren == NO_OPCODE;
}

/* ---- writing commands ---- */

int nor_queue_write_enable(struct nor_queue *queue, uint8_t opcode)
{
	const int error = send_pending_wren(queue);

	queue->pending_wren = opcode;
	return error;
}

static bool is_enabled(const struct nor_queue *queue)
{
	return queue->pending_wren == NOR_WREN || queue->wel_set;
}

/* Sends a command behind this write enable, if any, which has then had its use. */
static int send_enabled(struct nor_queue *queue, uint8_t enable, const struct nor_command *command,
			int64_t limit_ms)
{
	int error;

	queue->pending_wren = NO_OPCODE;
	queue->wel_set = false;
	if (enable != NO_OPCODE)
		error = ch341a_nor_command_after(queue->spi, enable, command->out, command->out_length);
	else
		error = ch341a_nor_command(queue->spi, command->out, command->out_length, NULL, 0);
	note_operation(queue, limit_ms);
	return error;
}

static int write_at_once(struct nor_queue *queue, const struct nor_command *command, int64_t limit_ms)
{
	const bool enabled = is_enabled(queue);
	int error = settle(queue);

	if (!error && queue->pending_wren != NOR_WREN)
		error = send_pending_wren(queue);
	if (!error && enabled)
		error = nor_protection_clear(queue->protection);
	return error ? error : send_enabled(queue, enabled ? NOR_WREN : NO_OPCODE, command, limit_ms);
}

static bool joins_page(const struct nor_queue *queue, uint32_t address)
{
	return queue->page.length && queue->page.address + queue->page.length == address &&
	       address % NOR_PAGE_SIZE;
}

static int join_page(struct nor_queue *queue, const struct nor_command *command)
{
	int error = BEKEN_OK;

	if (!joins_page(queue, command->address)) {
		error = push_page(queue);
		queue->page.address = command->address;
	}
	if (error)
		return error;
	queue->pending_wren = NO_OPCODE;
	queue->wel_set = false;
	memcpy(queue->page.data + queue->page.length, command->data, command->data_length);
	queue->page.length += command->data_length;
	if ((queue->page.address + queue->page.length) % NOR_PAGE_SIZE == 0)
		error = push_page(queue);
	return error;
}

int nor_queue_write(struct nor_queue *queue, const struct nor_command *command, int64_t limit_ms)
{
	if (queue->may_poll && is_enabled(queue) && nor_command_is_page(command))
		return join_page(queue, command);
	return write_at_once(queue, command, limit_ms);
}

int nor_queue_write_status(struct nor_queue *queue, const struct nor_command *command)
{
	const int error = settle(queue);

	if (error)
		return error;
	queue->protection->managed = false;
	return send_enabled(queue, queue->pending_wren, command, command->limit_ms);
}

int nor_queue_pass(struct nor_queue *queue, const struct nor_command *command)
{
	const int error = nor_queue_flush(queue);

	/* Without an answer it may have cleared WEL. */
	queue->wel_set = queue->wel_set && command->in_length;
	return error ? error
		     : ch341a_nor_command(queue->spi, command->out, command->out_length, command->in,
					  command->in_length);
}

int nor_queue_read(struct nor_queue *queue, uint32_t address, uint8_t *data, size_t n)
{
	const int error = settle(queue);

	return error ? error : ch341a_nor_read(queue->spi, address, data, n);
}

int nor_queue_program(struct nor_queue *queue, uint32_t address, const uint8_t *data, size_t n)
{
	int error = nor_queue_flush(queue);

	if (!error)
		error = nor_protection_clear(queue->protection);
	return error ? error : ch341a_nor_program(queue->spi, address, data, n);
}
