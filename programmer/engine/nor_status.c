/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_status.h"

#include <stdio.h>

#define VOLATILE_BITS (NOR_SR1_WIP | NOR_SR1_WEL)

static int read_register(struct nor_spi *spi, uint8_t opcode, uint8_t *value)
{
	return ch341a_nor_command(spi, &opcode, 1, value, 1);
}

int nor_status_read(struct nor_spi *spi, const struct nor_die *die, struct nor_status *status)
{
	int error = read_register(spi, NOR_RDSR, &status->sr1);

	status->sr2 = 0;
	status->has_sr2 = false;
	if (error || die->sr2 == NOR_SR2_NONE)
		return error;
	error = read_register(spi, NOR_RDSR2, &status->sr2);
	/* A die without a second register leaves the line alone. */
	status->has_sr2 = status->sr2 != 0xff;
	if (!status->has_sr2)
		status->sr2 = 0;
	return error;
}

/* The bits of each register that keep the die from being written. */
static uint8_t sr1_protection(const struct nor_die *die)
{
	return die->bp_mask;
}

static uint8_t sr2_protection(const struct nor_die *die)
{
	return die->sr2 == NOR_SR2_WITH_CMP || die->sr2 == NOR_SR2_WITH_CMP_31H ? NOR_SR2_CMP : 0;
}

bool nor_status_is_protected(const struct nor_die *die, const struct nor_status *status)
{
	return status->sr1 & sr1_protection(die) || status->sr2 & sr2_protection(die);
}

static bool reached(const struct nor_status *now, const struct nor_status *wanted)
{
	return (now->sr1 & ~VOLATILE_BITS) == wanted->sr1 && now->sr2 == wanted->sr2;
}

/* A way to write the registers. Each leaves a die that does not know it as it was. */
struct way {
	uint8_t opcode;
	bool sr1, sr2; /* which of them it writes */
};

static int write_registers(struct nor_spi *spi, const struct way *way, const struct nor_status *wanted)
{
	uint8_t command[3] = { way->opcode };
	size_t length = 1;
	int error;

	if (way->sr1)
		command[length++] = wanted->sr1;
	if (way->sr2)
		command[length++] = wanted->sr2;
	error = ch341a_nor_command_after(spi, NOR_WREN, command, length);
	/* It takes 10 ms, so an interrupt does not end the wait. */
	return error ? error : ch341a_nor_wait_idle(spi, NOR_MAX_STATUS_MS, ~0u);
}

static bool is_of_use(const struct way *way, const struct nor_die *die, const struct nor_status *wanted,
		      const struct nor_status *now)
{
	if (way->sr1 && way->sr2)
		return now->has_sr2 && die->sr2 != NOR_SR2_WITH_CMP_31H;
	if (way->sr2)
		return now->has_sr2 && now->sr2 != wanted->sr2;
	return (now->sr1 & ~VOLATILE_BITS) != wanted->sr1;
}

/* SR2 first: with BP cleared and CMP still set the whole die would be locked. SR1 next; a few
 * dies clear SR2, and with it QE, on a one-byte 01h, so SR2 is looked at again. Then dies that
 * take both only together. */
static int try_all_ways(struct nor_spi *spi, const struct nor_die *die, const struct nor_status *wanted,
			struct nor_status *now)
{
	static const struct way ways[] = {
		{ NOR_WRSR2, false, true },
		{ NOR_WRSR, true, false },
		{ NOR_WRSR2, false, true },
		{ NOR_WRSR, true, true },
	};
	int error = BEKEN_OK;

	for (size_t i = 0; !error && i < sizeof(ways) / sizeof(ways[0]) && !reached(now, wanted); i++) {
		if (!is_of_use(&ways[i], die, wanted, now))
			continue;
		error = write_registers(spi, &ways[i], wanted);
		if (!error)
			error = nor_status_read(spi, die, now);
	}
	return error;
}

static int report_locked(const struct frontend *frontend, const struct nor_status *now)
{
	frontend_message(frontend, MESSAGE_ERROR,
			 "The flash stays write-protected (SR1=%02X SR2=%02X).%s Nothing was "
			 "erased or written.",
			 now->sr1, now->sr2,
			 now->sr1 & NOR_SR1_LOCK || now->sr2 & NOR_SR2_LOCK ? " Its status register is locked "
									      "(SRP): WP# must be high, or the "
									      "chip powered off and on."
									    : "");
	return BEKEN_ERR_PROTECTED;
}

/* Some dies with one register answer 35h with it too, and the tables do not agree on all dies.
 * Where both read the same, WEL tells: it is set and cleared again, and only the first register
 * has it. */
static int sr2_repeats_sr1(struct nor_spi *spi, const struct nor_die *die, bool *repeats)
{
	const uint8_t enable = NOR_WREN, disable = NOR_WRDI;
	struct nor_status enabled;
	int error = ch341a_nor_command(spi, &enable, 1, NULL, 0);

	if (!error)
		error = nor_status_read(spi, die, &enabled);
	if (!error)
		error = ch341a_nor_command(spi, &disable, 1, NULL, 0);
	*repeats = !error && enabled.sr1 & NOR_SR1_WEL && enabled.sr2 == enabled.sr1;
	return error;
}

int nor_status_unprotect(const struct frontend *frontend, struct nor_spi *spi, const struct nor_die *die)
{
	struct nor_status before, wanted, now;
	struct nor_die one_register = *die;
	char sr2[24] = "";
	bool repeats = false;
	int error = nor_status_read(spi, die, &before);

	if (!error && before.has_sr2 && before.sr2 && before.sr2 == before.sr1)
		error = sr2_repeats_sr1(spi, die, &repeats);
	if (error)
		return error;
	if (repeats) {
		one_register.sr2 = NOR_SR2_NONE;
		die = &one_register;
		before.has_sr2 = false;
		before.sr2 = 0;
	}
	if (!nor_status_is_protected(die, &before))
		return BEKEN_OK;
	wanted = before;
	wanted.sr1 &= (uint8_t) ~(sr1_protection(die) | VOLATILE_BITS);
	wanted.sr2 &= (uint8_t)~sr2_protection(die);
	now = before;
	error = try_all_ways(spi, die, &wanted, &now);
	if (error == BEKEN_ERR_BUSY)
		return report_locked(frontend, &before);
	if (error)
		return error;
	if (nor_status_is_protected(die, &now))
		return report_locked(frontend, &now);
	if (!reached(&now, &wanted))
		frontend_message(frontend, MESSAGE_WARNING,
				 "The flash changed more status bits than asked: SR1=%02X SR2=%02X instead of "
				 "SR1=%02X SR2=%02X.",
				 now.sr1, now.sr2, wanted.sr1, wanted.sr2);
	if (before.has_sr2)
		snprintf(sr2, sizeof(sr2), ", SR2 %02X to %02X", before.sr2, now.sr2);
	frontend_message(frontend, MESSAGE_INFO, "Write protection cleared: SR1 %02X to %02X%s.", before.sr1,
			 now.sr1, sr2);
	return BEKEN_OK;
}

int nor_protection_clear(struct nor_protection *protection)
{
	int error;

	if (!protection->managed || protection->cleared)
		return BEKEN_OK;
	error = nor_status_unprotect(protection->frontend, protection->spi, protection->die);
	protection->cleared = !error;
	return error;
}

uint8_t nor_protection_mask(const struct nor_protection *protection, enum nor_kind kind)
{
	const struct nor_die *const die = protection->die;

	if (protection->managed && kind == NOR_KIND_READ_STATUS1)
		return (uint8_t) ~(sr1_protection(die) | NOR_SR1_LOCK);
	if (protection->managed && kind == NOR_KIND_READ_STATUS2 && die->sr2 != NOR_SR2_NONE)
		return (uint8_t) ~(sr2_protection(die) | NOR_SR2_LOCK);
	return 0xff;
}
