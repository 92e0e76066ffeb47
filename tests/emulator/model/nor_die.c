/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_die.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "die_content.h"
#include "die_protection.h"
#include "die_sfdp.h"
#include "rng.h"

#define PAGE 256u
#define THREE_BYTES_REACH ((size_t)16 << 20)
#define SR1_WIP 0x01
#define SR1_WEL 0x02
#define SR1_SRP0 0x80
#define SR2_SRP1 0x01
#define SR3_ADS 0x01	/* addresses have four bytes */
#define SR3_ADP 0x02	/* ... after power-up */
#define SR2_QE 0x02
#define SR2_OTP 0x38	/* LB1..3 and the like: ones stay */
#define MX_CR_OTP 0x08	/* MX25V1635F: TB is one-time programmable */
/* W25Q64JV data sheet: tRES1 and tRST. */
#define RELEASE_NS 3000
#define RESET_NS 30000

enum kind {
	IGNORED, NOTHING, WRITE_ENABLE, WRITE_DISABLE, VOLATILE_ENABLE, READ_STATUS, WRITE_STATUS,
	READ, PROGRAM, ERASE, READ_ID, READ_REMS, RELEASE, POWER_DOWN, READ_SFDP, READ_UID,
	RESET_ENABLE, RESET, ENTER_4_BYTES, LEAVE_4_BYTES, READ_EXTENDED, WRITE_EXTENDED,
};

struct opcode {
	uint8_t kind;
	uint8_t header;	/* bytes before the data, opcode included */
	uint8_t index;	/* which status register */
};

/* The last group, with an address of four bytes, only on dies above 16 MiB:
 * W25Q256JV data sheet. */
static const struct opcode opcodes[256] = {
	[0x00] = { NOTHING, 1, 0 }, [0xd2] = { NOTHING, 1, 0 }, [0xff] = { NOTHING, 1, 0 },
	[0x06] = { WRITE_ENABLE, 1, 0 }, [0x04] = { WRITE_DISABLE, 1, 0 },
	[0x50] = { VOLATILE_ENABLE, 1, 0 },
	[0x05] = { READ_STATUS, 1, 0 }, [0x35] = { READ_STATUS, 1, 1 },
	[0x15] = { READ_STATUS, 1, 2 },
	[0x01] = { WRITE_STATUS, 1, 0 }, [0x31] = { WRITE_STATUS, 1, 1 },
	[0x11] = { WRITE_STATUS, 1, 2 },
	[0x03] = { READ, 4, 0 }, [0x0b] = { READ, 5, 0 },
	[0x02] = { PROGRAM, 4, 0 },
	[0x20] = { ERASE, 4, 0 }, [0x52] = { ERASE, 4, 0 }, [0xd8] = { ERASE, 4, 0 },
	[0x60] = { ERASE, 1, 0 }, [0xc7] = { ERASE, 1, 0 },
	[0x9f] = { READ_ID, 1, 0 }, [0x90] = { READ_REMS, 4, 0 }, [0xab] = { RELEASE, 4, 0 },
	[0xb9] = { POWER_DOWN, 1, 0 }, [0x5a] = { READ_SFDP, 5, 0 }, [0x4b] = { READ_UID, 5, 0 },
	[0x66] = { RESET_ENABLE, 1, 0 }, [0x99] = { RESET, 1, 0 },

	[0xb7] = { ENTER_4_BYTES, 1, 0 }, [0xe9] = { LEAVE_4_BYTES, 1, 0 },
	[0xc8] = { READ_EXTENDED, 1, 0 }, [0xc5] = { WRITE_EXTENDED, 1, 0 },
	[0x13] = { READ, 5, 0 }, [0x0c] = { READ, 6, 0 }, [0x12] = { PROGRAM, 5, 0 },
	[0x21] = { ERASE, 5, 0 }, [0xdc] = { ERASE, 5, 0 },
};

struct nor_die {
	const struct settings *set;
	const struct trace *trace;
	struct rng rng;
	uint8_t *array;
	size_t size;
	uint8_t sfdp[SFDP_SIZE], uid[8];

	bool power, wel, volatile_enable, asleep, reset_enabled;
	uint8_t sr[3], stored[3];
	bool four_bytes;	/* of address in the commands that are older than that */
	uint8_t extended;	/* address bits 31..24 otherwise */

	/* The frame since the fall of chip select. */
	bool selected, fresh_enable;
	uint8_t op;
	enum kind kind;
	size_t header;		/* bytes before its data */
	size_t count;		/* bytes received */
	uint32_t address;
	uint8_t data[PAGE];	/* last 256 data bytes, as a ring */

	/* The operation in progress. */
	bool wip;
	int64_t done;
	enum kind busy;
	uint8_t next_sr[3];
	size_t start, length;
	uint8_t before[PAGE];

	int64_t zero_ids, id_first;
	unsigned long programs, erases, wrsr, refused, corrupted, power_losses;
	unsigned long counted[3];	/* program, erase, status: for the faults */
	bool dirty;
};

/* ---- from start to end ---- */

static uint8_t initial(int64_t set, int64_t preset)
{
	return (uint8_t)(set == SETTING_UNSET ? preset : set);
}

static void fill_status(struct nor_die *die)
{
	const struct settings *set = die->set;
	bool both = set->sr_count > 1 && set->firmware_sr_count > 1;

	die->stored[0] = initial(set->sr1, set->protect) & 0xfc;
	die->stored[1] = initial(set->sr2, both ? set->protect >> 8 : 0);
	die->stored[2] = initial(set->sr3, 0) & (uint8_t)~SR3_ADS;
}

struct nor_die *nor_new(const struct settings *settings, const struct trace *trace)
{
	struct nor_die *die = calloc(1, sizeof(*die));

	if (!die || !(die->array = malloc((size_t)settings->size)))
		abort();
	die->set = settings;
	die->trace = trace;
	die->size = (size_t)settings->size;
	die->rng = rng_make((uint64_t)settings->seed, trace->dev, 1);
	die->id_first = BENCH_NEVER;
	sfdp_make(die->sfdp, die->size);
	die_content_random(die->uid, sizeof(die->uid), &die->rng);
	die_content_fill(die->array, die->size, (enum fill)settings->fill, &die->rng);
	fill_status(die);
	return die;
}

void nor_free(struct nor_die *die)
{
	if (!die)
		return;
	free(die->array);
	free(die);
}

uint8_t *nor_array(struct nor_die *die, size_t *size)
{
	*size = die->size;
	return die->array;
}

/* ---- time and power ---- */

static void finish(struct nor_die *die)
{
	die->wip = false;
	die->wel = false;
	if (die->busy == WRITE_STATUS) {
		memcpy(die->sr, die->next_sr, sizeof(die->sr));
		memcpy(die->stored, die->next_sr, sizeof(die->stored));
	}
}

static void pass_time(struct nor_die *die, int64_t t)
{
	if (die->wip && t >= die->done)
		finish(die);
}

static void corrupt_bytes(struct nor_die *die)
{
	bool program = die->busy == PROGRAM;

	for (size_t i = 0; i < die->length; i++) {
		uint8_t *byte = &die->array[die->start + i];
		uint8_t chance = (uint8_t)rng_next(&die->rng);

		/* Bits still to be programmed may have stayed 1. */
		*byte = program ? *byte | (chance & die->before[i]) : chance;
	}
	die->dirty = true;
}

static void corrupt_status(struct nor_die *die)
{
	for (unsigned int i = 0; i < 3; i++)
		if (rng_next(&die->rng) & 1)
			die->stored[i] = die->next_sr[i];
}

static void power_off(struct nor_die *die)
{
	die->power_losses++;
	if (die->wip && die->busy != RELEASE && die->busy != RESET) {
		die->corrupted++;
		if (die->busy == WRITE_STATUS)
			corrupt_status(die);
		else
			corrupt_bytes(die);
	}
	die->wip = die->selected = false;
	die->kind = IGNORED;
	die->count = 0;
}

static bool is_large(const struct nor_die *die)
{
	return die->size > THREE_BYTES_REACH;
}

static void start_addresses(struct nor_die *die)
{
	die->four_bytes = is_large(die) && die->sr[2] & SR3_ADP;
	die->extended = 0;
}

static void power_on(struct nor_die *die)
{
	/* W25Q32JV data sheet: SRP1 alone locks until the next power-up. */
	if (die->set->sr_count > 1 && !die->set->sr2_at_15 && !(die->stored[0] & SR1_SRP0))
		die->stored[1] &= (uint8_t)~SR2_SRP1;
	memcpy(die->sr, die->stored, sizeof(die->sr));
	die->wel = die->volatile_enable = die->asleep = die->reset_enabled = false;
	start_addresses(die);
	/* A habit of the chip in front of it. */
	die->zero_ids = die->set->soc ? die->set->id_zero_reads : 0;
}

void nor_power(struct nor_die *die, int64_t t, bool on)
{
	pass_time(die, t);
	if (on == die->power)
		return;
	die->power = on;
	if (on)
		power_on(die);
	else
		power_off(die);
}

bool nor_busy(struct nor_die *die, int64_t t)
{
	pass_time(die, t);
	return die->wip && die->busy != RELEASE && die->busy != RESET;
}

void nor_firmware_protects(struct nor_die *die, int64_t t)
{
	bool blank = true;

	pass_time(die, t);
	for (size_t i = 0; i < PAGE; i++)
		blank = blank && die->array[i] == 0xff;
	if (blank || die->wip)
		return;
	die->stored[0] = (uint8_t)die->set->protect & 0xfc;
	if (die->set->sr_count > 1 && die->set->firmware_sr_count > 1)
		die->stored[1] = (uint8_t)(die->set->protect >> 8);
	memcpy(die->sr, die->stored, sizeof(die->sr));
}

/* ---- operations, started by the rising edge of chip select ---- */

static void refuse(struct nor_die *die, int64_t t, const char *reason)
{
	die->refused++;
	trace_line(die->trace, t, "nor refused %s", reason);
}

static void go_busy(struct nor_die *die, int64_t t, enum kind kind, int64_t duration)
{
	die->wip = true;
	die->busy = kind;
	die->done = t + duration;
	die->start = die->length = 0;
}

/* Counts an operation for wip_stuck and returns its number from 1. */
static int64_t count_operation(struct nor_die *die, enum wip_stuck what, int64_t *duration)
{
	unsigned long n = ++die->counted[what - 1];

	if ((enum wip_stuck)die->set->wip_stuck == what &&
	    (int64_t)n >= die->set->wip_stuck_after)
		*duration = BENCH_NEVER / 2;
	return (int64_t)n;
}

static bool is_protected(const struct nor_die *die, size_t start, size_t length)
{
	struct protect_range range =
		protect_decode((enum bp_decode)die->set->bp_decode, die->sr, die->size);

	return range.length && start < range.start + range.length && range.start < start + length;
}

static size_t data_count(const struct nor_die *die)
{
	return die->count > die->header ? die->count - die->header : 0;
}

/* Bytes beyond 256 come round and replace the first ones. */
static void program_page(struct nor_die *die)
{
	size_t n = data_count(die);
	size_t page = die->address & ~(PAGE - 1);
	size_t first = die->address % PAGE;

	memcpy(die->before, die->array + page, PAGE);
	for (size_t i = n > PAGE ? n - PAGE : 0; i < n; i++) {
		uint8_t *byte = &die->array[page + (first + i) % PAGE];

		die->dirty = die->dirty || (*byte & ~die->data[i % PAGE]);
		*byte &= die->data[i % PAGE];
	}
	die->start = page;
	die->length = PAGE;
}

static void program(struct nor_die *die, int64_t t)
{
	int64_t duration = die->set->t_pp, n;
	size_t length = data_count(die);

	if (length == 0)
		return;
	if (is_protected(die, die->address & ~(PAGE - 1), PAGE)) {
		die->wel = false;
		refuse(die, t, "program of a protected page");
		return;
	}
	n = count_operation(die, STUCK_PROGRAM, &duration);
	if (n == die->set->program_refused_at) {
		die->wel = false;
		refuse(die, t, "program by setting");
		return;
	}
	die->programs++;
	trace_line(die->trace, t, "nor program %06x %zu", die->address, length);
	go_busy(die, t, PROGRAM, duration);
	program_page(die);
}

struct erase {
	size_t length;
	int64_t duration;
};

static struct erase erase_of(const struct nor_die *die)
{
	switch (die->op) {
	case 0x20:
	case 0x21:
		return (struct erase){ 4096, die->set->t_se };
	case 0x52:
		return (struct erase){ 32768, die->set->t_be32 };
	case 0xd8:
	case 0xdc:
		return (struct erase){ 65536, die->set->t_be64 };
	default:
		return (struct erase){ die->size, die->set->t_ce };
	}
}

/* EN25QH16B refuses a chip erase while any BP bit is set, whatever the bits
 * lock: Apache02/bk7252-cam docs/hardware/flash.md. */
static bool erase_locked(const struct nor_die *die, size_t start, size_t length)
{
	enum bp_decode decode = (enum bp_decode)die->set->bp_decode;

	if (length == die->size && (decode == BP_EON || decode == BP_EON_4KBL) &&
	    protect_any_bp(decode, die->sr[0]))
		return true;
	return is_protected(die, start, length);
}

static void erase_bytes(struct nor_die *die, size_t start, size_t length)
{
	for (size_t i = start; i < start + length && !die->dirty; i++)
		die->dirty = die->array[i] != 0xff;
	memset(die->array + start, 0xff, length);
	die->start = start;
	die->length = length;
}

static void erase(struct nor_die *die, int64_t t)
{
	struct erase what = erase_of(die);
	bool whole = die->header == 1;
	size_t start = whole ? 0 : die->address & ~(what.length - 1);
	int64_t n;

	if (erase_locked(die, start, what.length)) {
		die->wel = false;
		refuse(die, t, "erase of a protected range");
		return;
	}
	n = count_operation(die, STUCK_ERASE, &what.duration);
	if (n == die->set->erase_fails_at) {
		die->wel = false;
		refuse(die, t, "erase by setting");
		return;
	}
	die->erases++;
	trace_line(die->trace, t, "nor erase %06zx %zu", start, what.length);
	go_busy(die, t, ERASE, what.duration);
	erase_bytes(die, start, what.length);
}

/* W25Q32JV data sheet, "status register protect": SRP1 locks at all times, SRP0
 * while WP# is low; with QE set that pin is a data line. */
static bool status_locked(const struct nor_die *die)
{
	bool two = die->set->sr_count > 1 && !die->set->sr2_at_15;

	if (two && die->sr[1] & SR2_SRP1)
		return true;
	if (two && die->sr[1] & SR2_QE)
		return false;
	return die->sr[0] & SR1_SRP0 && die->set->wp_low;
}

static bool status_length_ok(const struct nor_die *die, size_t n)
{
	const struct settings *set = die->set;

	if (n == 1)
		return true;
	return n == 2 && die->op == 0x01 && set->sr_count > 1 && set->wrsr_two_byte;
}

static uint8_t second_register(const struct nor_die *die, uint8_t value)
{
	uint8_t old = die->sr[1];

	if (die->set->sr2_at_15)
		return (uint8_t)((value & 0x48) | (old & MX_CR_OTP));
	return (uint8_t)((value & 0x7f) | (old & SR2_OTP));
}

static void next_status(struct nor_die *die, size_t n)
{
	memcpy(die->next_sr, die->sr, sizeof(die->sr));
	if (die->op == 0x31) {
		die->next_sr[1] = second_register(die, die->data[0]);
	} else if (die->op == 0x11) {
		die->next_sr[2] = die->data[0] & (uint8_t)~SR3_ADS;
	} else {
		die->next_sr[0] = die->data[0] & 0xfc;
		if (n == 2)
			die->next_sr[1] = second_register(die, die->data[1]);
		else if (die->set->wrsr_clears_sr2)
			die->next_sr[1] &= SR2_OTP;
	}
}

static void write_status(struct nor_die *die, int64_t t)
{
	size_t n = data_count(die);
	int64_t duration = die->set->t_w;
	bool keep = die->wel;

	if (n == 0)
		return;
	if (!status_length_ok(die, n)) {
		refuse(die, t, "status write of this length");
		return;
	}
	if (status_locked(die)) {
		die->wel = false;
		refuse(die, t, "status write, registers locked");
		return;
	}
	next_status(die, n);
	die->wrsr++;
	trace_line(die->trace, t, "nor wrsr %02x %02x %s", die->next_sr[0], die->next_sr[1],
		   keep ? "nonvolatile" : "volatile");
	if (!keep) {
		memcpy(die->sr, die->next_sr, sizeof(die->sr));
		return;
	}
	count_operation(die, STUCK_STATUS, &duration);
	go_busy(die, t, WRITE_STATUS, duration);
}

static void reset(struct nor_die *die, int64_t t)
{
	memcpy(die->sr, die->stored, sizeof(die->sr));
	die->wel = false;
	start_addresses(die);
	go_busy(die, t, RESET, RESET_NS);
}

/* Writes need the enable latch; a status write may use 50 instead. */
static bool allowed(const struct nor_die *die)
{
	if (die->kind == WRITE_STATUS && die->fresh_enable)
		return true;
	return die->wel;
}

static void start_write(struct nor_die *die, int64_t t)
{
	if (!allowed(die))
		refuse(die, t, "write without write enable");
	else if (die->kind == PROGRAM)
		program(die, t);
	else if (die->kind == ERASE)
		erase(die, t);
	else
		write_status(die, t);
}

/* A command without data must be as long as its opcode and address. */
static bool exact(const struct nor_die *die)
{
	return die->count == die->header;
}

static void write_extended(struct nor_die *die, int64_t t)
{
	if (!die->wel)
		refuse(die, t, "write without write enable");
	else if (data_count(die) == 1)
		die->extended = die->data[0];
	die->wel = false;
}

static void execute(struct nor_die *die, int64_t t)
{
	switch (die->kind) {
	case WRITE_ENABLE:
	case WRITE_DISABLE:
		if (exact(die))
			die->wel = die->kind == WRITE_ENABLE;
		break;
	case VOLATILE_ENABLE:
		die->volatile_enable = exact(die) && die->set->wrsr_50;
		break;
	case PROGRAM:
	case WRITE_STATUS:
		start_write(die, t);
		break;
	case ERASE:
		if (exact(die))
			start_write(die, t);
		break;
	case POWER_DOWN:
		die->asleep = exact(die);
		break;
	case RELEASE:
		if (die->asleep)
			go_busy(die, t, RELEASE, RELEASE_NS);
		die->asleep = false;
		break;
	case ENTER_4_BYTES:
	case LEAVE_4_BYTES:
		if (exact(die))
			die->four_bytes = die->kind == ENTER_4_BYTES;
		break;
	case WRITE_EXTENDED:
		write_extended(die, t);
		break;
	case RESET_ENABLE:
		die->reset_enabled = exact(die);
		break;
	case RESET:
		if (exact(die) && die->fresh_enable)
			reset(die, t);
		break;
	default:
		break;
	}
}

/* ---- the frame ---- */

/* 50 and 66 count for the very next command only. */
static void consume_enables(struct nor_die *die)
{
	die->fresh_enable = (die->kind == WRITE_STATUS && die->volatile_enable) ||
			    (die->kind == RESET && die->reset_enabled);
	if (die->kind != READ_STATUS && die->kind != IGNORED)
		die->volatile_enable = false;
	die->reset_enabled = false;
}

static bool status_exists(const struct nor_die *die)
{
	const struct settings *set = die->set;
	unsigned int index = opcodes[die->op].index;

	if (die->op == 0x31)
		return set->sr_count > 1 && set->wrsr_31;
	if (die->kind == READ_STATUS && set->sr2_at_15)
		return index != 1;
	if (die->op == 0x35 && set->sr2_absent_sr1)
		return true;
	return index < set->sr_count;
}

static bool has_address(enum kind kind)
{
	return kind == READ || kind == PROGRAM || kind == ERASE;
}

static bool needs_large_die(uint8_t op)
{
	return (opcodes[op].kind >= ENTER_4_BYTES && opcodes[op].kind <= WRITE_EXTENDED) || op == 0x13 ||
	       op == 0x0c || op == 0x12 || op == 0x21 || op == 0xdc;
}

/* Addresses of SFDP, ids and the unique id never grow. */
static size_t header_of(const struct nor_die *die, uint8_t op)
{
	size_t header = opcodes[op].header;
	bool grows = has_address((enum kind)opcodes[op].kind) && header > 1 && !needs_large_die(op);

	return header + (grows && die->four_bytes);
}

unsigned int nor_address_length(const struct nor_die *die, uint8_t op)
{
	if (op == 0x5a || op == 0x90)
		return 3;
	if (!has_address((enum kind)opcodes[op].kind) || opcodes[op].header == 1)
		return 0;
	return die->four_bytes || needs_large_die(op) ? 4 : 3;
}

static void begin(struct nor_die *die, uint8_t op)
{
	die->op = op;
	die->kind = (enum kind)opcodes[op].kind;
	die->header = header_of(die, op);
	die->address = nor_address_length(die, op) == 3 && has_address(die->kind) ? die->extended : 0;
	if (needs_large_die(op) && !is_large(die))
		die->kind = IGNORED;
	if ((die->kind == READ_STATUS || die->kind == WRITE_STATUS) && !status_exists(die))
		die->kind = IGNORED;
	if (die->kind == READ_SFDP && !die->set->sfdp)
		die->kind = IGNORED;
	if (die->wip && (die->kind != READ_STATUS || die->busy == RELEASE || die->busy == RESET))
		die->kind = IGNORED;
	if (die->asleep && die->kind != RELEASE)
		die->kind = IGNORED;
	consume_enables(die);
}

void nor_select(struct nor_die *die, int64_t t, bool low, unsigned int bits)
{
	if (!die->power || low == die->selected)
		return;
	pass_time(die, t);
	die->selected = low;
	if (!low && bits == 0 && die->count > 0)
		execute(die, t);
	if (!low && die->kind == READ_ID && die->count >= 4 && die->zero_ids > 0)
		die->zero_ids--;
	die->count = 0;
	die->kind = IGNORED;
}

static uint8_t status_out(const struct nor_die *die)
{
	unsigned int index = opcodes[die->op].index;

	if (index == 2 && die->set->sr2_at_15)
		return die->sr[1];
	if (index == 2 && die->four_bytes)
		return die->sr[2] | SR3_ADS;
	if (index == 0 || index >= die->set->sr_count)
		return (uint8_t)(die->sr[0] | (die->wel ? SR1_WEL : 0) | (die->wip ? SR1_WIP : 0));
	return die->sr[index];
}

static uint8_t id_out(const struct nor_die *die)
{
	unsigned int at = (unsigned int)((die->count - 1) % 3);

	return die->zero_ids > 0 ? 0 : (uint8_t)(die->set->jedec_id >> (16 - 8 * at));
}

static uint8_t rems_out(const struct nor_die *die)
{
	bool device = (die->address ^ (uint32_t)die->count) & 1;

	return (uint8_t)(device ? die->set->res_id : die->set->jedec_id >> 16);
}

int nor_out(struct nor_die *die, int64_t t)
{
	size_t at = die->count - die->header;

	if (die->kind == READ && die->count >= die->header)
		return die->array[die->address];
	if (!die->power || !die->selected || die->count == 0 || die->count < die->header)
		return NOR_HI_Z;
	pass_time(die, t);
	switch (die->kind) {
	case READ_STATUS:
		return status_out(die);
	case READ_ID:
		return id_out(die);
	case READ_REMS:
		return rems_out(die);
	case RELEASE:
		return (int)die->set->res_id;
	case READ_SFDP:
		at += die->address;
		return at < SFDP_SIZE ? die->sfdp[at] : 0xff;
	case READ_EXTENDED:
		return die->extended;
	case READ_UID:
		return die->uid[at % sizeof(die->uid)];
	default:
		return NOR_HI_Z;
	}
}

/* The address wraps at the size of the die; SFDP has its own space. */
static void take_address(struct nor_die *die, uint8_t byte)
{
	die->address = die->address << 8 | byte;
	if (has_address(die->kind) && die->count == nor_address_length(die, die->op))
		die->address &= (uint32_t)die->size - 1;
}

void nor_in(struct nor_die *die, int64_t t, uint8_t byte)
{
	if (!die->power || !die->selected)
		return;
	if (die->count == 0) {
		pass_time(die, t);
		begin(die, byte);
		die->count = 1;
		return;
	}
	if (die->count <= nor_address_length(die, die->op))
		take_address(die, byte);
	else if (die->kind == READ && die->count >= die->header)
		die->address = (die->address + 1) & ((uint32_t)die->size - 1);
	else if (die->kind == PROGRAM || die->kind == WRITE_STATUS || die->kind == WRITE_EXTENDED)
		die->data[(die->count - die->header) % PAGE] = byte;
	die->count++;
	if (die->kind == READ_ID && die->count == 4 && die->zero_ids == 0 &&
	    die->id_first == BENCH_NEVER)
		die->id_first = t;
}

/* ---- report ---- */

void nor_report(struct nor_die *die, int64_t t, FILE *out)
{
	unsigned int dev = die->trace->dev;

	pass_time(die, t);
	for (unsigned int i = 0; i < 3; i++)
		fprintf(out, "device%u.sr%u %02x\n", dev, i + 1, die->sr[i]);
	fprintf(out, "device%u.wip %d\n", dev, nor_busy(die, t));
	fprintf(out, "device%u.wel %d\n", dev, die->wel);
	fprintf(out, "device%u.programs %lu\n", dev, die->programs);
	fprintf(out, "device%u.erases %lu\n", dev, die->erases);
	fprintf(out, "device%u.wrsr %lu\n", dev, die->wrsr);
	fprintf(out, "device%u.refused %lu\n", dev, die->refused);
	fprintf(out, "device%u.corrupted %lu\n", dev, die->corrupted);
	fprintf(out, "device%u.power_losses %lu\n", dev, die->power_losses);
	fprintf(out, "device%u.dirty %s\n", dev, die->dirty ? "yes" : "no");
	if (die->id_first == BENCH_NEVER)
		fprintf(out, "device%u.id_first_ms never\n", dev);
	else
		fprintf(out, "device%u.id_first_ms %.3f\n", dev, (double)die->id_first / 1e6);
}
