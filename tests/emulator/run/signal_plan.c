/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "signal_plan.h"

#include <ctype.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "complain.h"

#define NS_PER_MS 1000000LL

struct signal_plan {
	struct signal_plan *next;
	struct planned_signal signal;
	bool at_transfer, sent;
	uint64_t transfers;
	int64_t at_ns;
};

static int signal_number(const char *name, size_t length)
{
	for (int n = 1; n < NSIG; n++) {
		const char *abbreviation = sigabbrev_np(n);

		if (abbreviation && strlen(abbreviation) == length && !strncmp(abbreviation, name, length))
			return n;
	}
	return 0;
}

static int parse_when(const char *when, struct signal_plan *plan)
{
	char *end;
	double value;

	if (!strncmp(when, "transfer:", 9)) {
		plan->at_transfer = true;
		plan->transfers = strtoull(when + 9, &end, 10);
		return isdigit((unsigned char)when[9]) && !*end && plan->transfers ? 0 : -1;
	}
	if (strncmp(when, "ms:", 3))
		return -1;
	value = strtod(when + 3, &end);
	if (end == when + 3 || *end || !isfinite(value) || value < 0 || value > 1e12)
		return -1;
	plan->at_ns = (int64_t)(value * (double)NS_PER_MS);
	return 0;
}

int signal_plan_add(struct signal_plan **plans, const char *arg)
{
	struct signal_plan *plan = must(calloc(1, sizeof(*plan)));
	const char *at = strchr(arg, '@');
	size_t length = at ? (size_t)(at - arg) : 0;

	plan->next = *plans;
	*plans = plan;
	if (!strncmp(arg, "SIG", 3)) {
		arg += 3;
		length -= length > 3 ? 3 : length;
	}
	if (length > 6 && !strncmp(arg + length - 6, ":group", 6)) {
		plan->signal.group = true;
		length -= 6;
	}
	plan->signal.number = signal_number(arg, length);
	if (at && plan->signal.number && !parse_when(at + 1, plan))
		return 0;
	complain("--signal takes SIG[:group]@transfer:N or SIG[:group]@ms:T, such as TERM@transfer:100, "
		 "not \"%s\"", arg);
	return -1;
}

void signal_plan_free(struct signal_plan *plans)
{
	while (plans) {
		struct signal_plan *next = plans->next;

		free(plans);
		plans = next;
	}
}

static const struct planned_signal *send(struct signal_plan *plan)
{
	plan->sent = true;
	return &plan->signal;
}

const struct planned_signal *signal_plan_at_transfer(struct signal_plan *plans, uint64_t n)
{
	for (struct signal_plan *p = plans; p; p = p->next)
		if (p->at_transfer && !p->sent && n >= p->transfers)
			return send(p);
	return NULL;
}

const struct planned_signal *signal_plan_at_time(struct signal_plan *plans, int64_t now)
{
	for (struct signal_plan *p = plans; p; p = p->next)
		if (!p->at_transfer && !p->sent && p->at_ns <= now)
			return send(p);
	return NULL;
}

int64_t signal_plan_next(const struct signal_plan *plans)
{
	int64_t t = BENCH_NEVER;

	for (const struct signal_plan *p = plans; p; p = p->next)
		if (!p->at_transfer && !p->sent && p->at_ns < t)
			t = p->at_ns;
	return t;
}
