/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open devices, claimed interfaces and URBs: what usbfs does in a kernel. */
#include <stdlib.h>
#include <string.h>

#include "server_internal.h"

#define NS_PER_MS 1000000LL
#define SETTLE_NS (1000 * NS_PER_MS)
/* A CH341A has one interface; so has every device of the bench. */
#define INTERFACE 0

void server_usb_init(struct server *server)
{
	server->n_devices = bench_device_count(server->bench);
	server->devices = calloc(server->n_devices + 1, sizeof(*server->devices));
	if (!server->devices)
		abort();
	for (unsigned int i = 0; i < server->n_devices; i++) {
		const struct bench_usb *usb = bench_usb(server->bench, i);

		server->devices[i].driver_bound = usb->kernel_driver != NULL;
		/* bConfigurationValue: the kernel has chosen the first one. */
		server->devices[i].config = usb->config_length > 5 ? usb->config_descriptor[5] : 0;
	}
}

void server_usb_free(struct server *server)
{
	int64_t t = bench_now(server->bench);
	int64_t end = t + SETTLE_NS;

	/* A packet on the bus is not broken off. */
	while (server->n_abandoned && t <= end) {
		bench_run_until(server->bench, t);
		t = bench_next_event(server->bench);
	}
	free(server->devices);
}

uint32_t server_attached(const struct server *server)
{
	uint32_t bits = 0;

	for (unsigned int i = 0; i < server->n_devices && i < EMU_MAX_DEVICES; i++)
		if (bench_usb(server->bench, i)->attached)
			bits |= 1u << i;
	return bits;
}

pid_t server_user(const struct server *server, unsigned int dev)
{
	for (struct process *p = server->processes; p; p = p->next)
		for (struct handle *h = p->handles; h; h = h->next)
			if (h->dev == dev)
				return p->pid;
	return 0;
}

/* ---- URBs ---- */

static void link_urb(struct urb **list, struct urb *urb)
{
	urb->next = *list;
	urb->link = list;
	if (urb->next)
		urb->next->link = &urb->next;
	*list = urb;
}

static void unlink_urb(struct urb *urb)
{
	*urb->link = urb->next;
	if (urb->next)
		urb->next->link = urb->link;
}

static void free_urb(struct urb *urb)
{
	free(urb->data);
	free(urb);
}

static void queue_done(struct process *process, struct urb *urb)
{
	urb->next = NULL;
	*process->done_tail = urb;
	process->done_tail = &urb->next;
}

static void urb_done(struct bench *bench, struct bench_urb *bench_urb)
{
	struct urb *urb = bench_urb->owner;

	(void)bench;
	if (!urb->process) {
		urb->server->n_abandoned--;
		free_urb(urb);
		return;
	}
	unlink_urb(urb);
	queue_done(urb->process, urb);
}

void server_submit(struct server *server, struct process *process, const struct emu_submit *s)
{
	struct handle *h = process->handles;
	struct urb *urb = calloc(1, sizeof(*urb));
	bool in = s->endpoint & 0x80;
	size_t given = s->msg.size - sizeof(*s);

	if (!urb)
		abort();
	while (h && h->id != s->handle)
		h = h->next;
	urb->server = server;
	urb->process = process;
	urb->id = s->urb;
	urb->ctx = s->ctx;
	urb->handle = s->handle;
	urb->data = calloc(1, (size_t)s->length + 1);
	if (!urb->data)
		abort();
	if (!in && s->length)
		memcpy(urb->data, s + 1, s->length < given ? s->length : given);
	urb->urb = (struct bench_urb) {
		.dev = h ? h->dev : 0,
		.endpoint = s->endpoint,
		.data = urb->data,
		.length = s->length,
		.deadline = BENCH_NEVER,
		.done = urb_done,
		.owner = urb,
	};
	memcpy(urb->urb.setup, s->setup, sizeof(s->setup));
	if (s->timeout_ms)
		urb->urb.deadline = bench_now(server->bench) + s->timeout_ms * NS_PER_MS;
	if (!h || bench_submit(server->bench, &urb->urb)) {
		urb->urb.status = BENCH_URB_GONE;
		queue_done(process, urb);
		return;
	}
	link_urb(&process->flying, urb);
	server->devices[h->dev].transfers++;
	if (server->on_submit)
		server->on_submit(server->on_submit_arg, h->dev, server->devices[h->dev].transfers);
}

void server_cancel(struct server *server, struct process *process, uint32_t id)
{
	for (struct urb *urb = process->flying; urb; urb = urb->next) {
		if (urb->id == id) {
			bench_cancel(server->bench, &urb->urb);
			return;
		}
	}
}

/* Its results have no reader any more; the bench still owns the flying ones. */
static void abandon(struct server *server, struct process *process, uint32_t handle)
{
	struct urb **p = &process->done;

	for (struct urb *urb = process->flying, *next; urb; urb = next) {
		next = urb->next;
		if (handle && urb->handle != handle)
			continue;
		unlink_urb(urb);
		urb->process = NULL;
		server->n_abandoned++;
		bench_cancel(server->bench, &urb->urb);
	}
	while (*p) {
		struct urb *urb = *p;

		if (handle && urb->handle != handle) {
			p = &urb->next;
			continue;
		}
		*p = urb->next;
		free_urb(urb);
	}
	process->done_tail = p;
}

static uint32_t status_of(enum bench_urb_status status)
{
	switch (status) {
	case BENCH_URB_OK:
		return EMU_OK;
	case BENCH_URB_STALL:
		return EMU_STALL;
	case BENCH_URB_OVERFLOW:
		return EMU_OVERFLOW;
	case BENCH_URB_CANCELLED:
		return EMU_CANCELLED;
	case BENCH_URB_TIMED_OUT:
		return EMU_TIMED_OUT;
	case BENCH_URB_GONE:
		return EMU_GONE;
	case BENCH_URB_ERROR:
		break;
	}
	return EMU_ERROR;
}

static void send_done(struct conn *conn, const struct urb *urb)
{
	bool in = urb->urb.endpoint & 0x80;
	size_t actual = urb->urb.actual < urb->urb.length ? urb->urb.actual : urb->urb.length;
	struct emu_done done = {
		.msg.type = EMU_DONE,
		.urb = urb->id,
		.status = status_of(urb->urb.status),
		.actual = (uint32_t)actual,
	};

	server_send(conn, &done, sizeof(done), urb->data, in ? actual : 0);
}

static bool deliver_to(struct process *process, struct conn *conn)
{
	struct urb **p = &process->done;
	bool any = false;

	while (*p) {
		struct urb *urb = *p;

		if (urb->ctx != conn->wait.ctx) {
			p = &urb->next;
			continue;
		}
		*p = urb->next;
		send_done(conn, urb);
		free_urb(urb);
		any = true;
	}
	process->done_tail = p;
	return any;
}

void server_deliver(struct server *server, struct process *process)
{
	if (!process->done)
		return;
	for (struct conn *c = server->conns; c; c = c->next)
		if (c->process == process && c->waiting && (c->wait.flags & EMU_WAIT_EVENTS))
			if (deliver_to(process, c))
				server_wake(server, c);
}

/* ---- handles ---- */

static struct handle *find_handle(struct process *process, uint32_t id)
{
	struct handle *h = process->handles;

	while (h && h->id != id)
		h = h->next;
	return h;
}

static int open_device(struct server *server, struct process *process, uint32_t dev, uint32_t *id)
{
	const struct bench_usb *usb;
	struct handle *h;

	if (dev >= server->n_devices)
		return EMU_ERROR_NO_DEVICE;
	usb = bench_usb(server->bench, dev);
	if (!usb->attached)
		return EMU_ERROR_NO_DEVICE;
	if (usb->access == BENCH_ACCESS_DENIED)
		return EMU_ERROR_ACCESS;
	h = calloc(1, sizeof(*h));
	if (!h)
		abort();
	h->id = *id = ++server->last_handle;
	h->process = process;
	h->dev = dev;
	h->next = process->handles;
	process->handles = h;
	return 0;
}

static void close_handle(struct server *server, struct process *process, struct handle *h)
{
	struct handle **p = &process->handles;

	abandon(server, process, h->id);
	if (server->devices[h->dev].claimer == h)
		server->devices[h->dev].claimer = NULL;
	while (*p != h)
		p = &(*p)->next;
	*p = h->next;
	free(h);
}

void server_release_process(struct server *server, struct process *process)
{
	while (process->handles)
		close_handle(server, process, process->handles);
	abandon(server, process, 0);
}

static int unbind_driver(struct server *server, struct handle *h)
{
	struct device *d = &server->devices[h->dev];

	if (!d->driver_bound)
		return EMU_ERROR_NOT_FOUND;
	d->driver_bound = false;
	bench_kernel_driver(server->bench, h->dev, false);
	return 0;
}

static int bind_driver(struct server *server, struct handle *h)
{
	struct device *d = &server->devices[h->dev];

	if (d->claimer || d->driver_bound)
		return EMU_ERROR_BUSY;
	if (!bench_usb(server->bench, h->dev)->kernel_driver)
		return EMU_ERROR_NOT_FOUND;
	d->driver_bound = true;
	bench_kernel_driver(server->bench, h->dev, true);
	return 0;
}

static int claim(struct server *server, struct handle *h, uint32_t interface, bool detach)
{
	struct device *d = &server->devices[h->dev];

	if (interface != INTERFACE)
		return EMU_ERROR_NOT_FOUND;
	if (d->claimer == h)
		return 0;
	if (d->claimer || bench_usb(server->bench, h->dev)->access == BENCH_ACCESS_BUSY)
		return EMU_ERROR_BUSY;
	if (detach)
		unbind_driver(server, h);
	if (d->driver_bound)
		return EMU_ERROR_BUSY;
	d->claimer = h;
	return 0;
}

static int release(struct server *server, struct handle *h, uint32_t interface)
{
	struct device *d = &server->devices[h->dev];

	if (interface != INTERFACE || d->claimer != h)
		return EMU_ERROR_NOT_FOUND;
	d->claimer = NULL;
	return 0;
}

static int set_config(struct server *server, struct handle *h, uint32_t value)
{
	struct device *d = &server->devices[h->dev];
	const struct bench_usb *usb = bench_usb(server->bench, h->dev);

	if (d->config && (d->claimer || d->driver_bound))
		return EMU_ERROR_BUSY;
	if (value && (usb->config_length < 6 || value != usb->config_descriptor[5]))
		return EMU_ERROR_NOT_FOUND;
	d->config = (uint8_t)value;
	return 0;
}

/* The hub resets the port: what is under way ends, the configuration stays. */
static int reset_device(struct server *server, struct process *process, struct handle *h)
{
	for (struct urb *urb = process->flying, *next; urb; urb = next) {
		next = urb->next;
		if (urb->handle == h->id)
			bench_cancel(server->bench, &urb->urb);
	}
	bench_usb_reset(server->bench, h->dev);
	return 0;
}

static int handle_request(struct server *server, struct process *process,
			  const struct emu_request *r, uint32_t *value)
{
	struct handle *h = find_handle(process, r->a);

	if (!h)
		return EMU_ERROR_NO_DEVICE;
	if (r->op == EMU_OP_CLOSE) {
		close_handle(server, process, h);
		return 0;
	}
	if (!bench_usb(server->bench, h->dev)->attached)
		return EMU_ERROR_NO_DEVICE;
	switch (r->op) {
	case EMU_OP_CLAIM:
		return claim(server, h, r->b, r->c);
	case EMU_OP_RELEASE:
		return release(server, h, r->b);
	case EMU_OP_DRIVER_ACTIVE:
		*value = server->devices[h->dev].driver_bound;
		return r->b == INTERFACE ? 0 : EMU_ERROR_NOT_FOUND;
	case EMU_OP_DETACH:
		return r->b == INTERFACE ? unbind_driver(server, h) : EMU_ERROR_NOT_FOUND;
	case EMU_OP_ATTACH:
		return r->b == INTERFACE ? bind_driver(server, h) : EMU_ERROR_NOT_FOUND;
	case EMU_OP_GET_CONFIG:
		*value = server->devices[h->dev].config;
		return 0;
	case EMU_OP_SET_CONFIG:
		return set_config(server, h, r->b);
	case EMU_OP_SET_ALT:
		return r->b == INTERFACE && r->c == 0 ? 0 : EMU_ERROR_NOT_FOUND;
	case EMU_OP_RESET:
		return reset_device(server, process, h);
	}
	return EMU_ERROR_INVALID;
}

static void describe(const struct bench_usb *usb, unsigned int index, struct emu_device *d)
{
	*d = (struct emu_device) {
		.index = index,
		.bus = (uint8_t)usb->bus,
		.address = (uint8_t)usb->address,
		.n_ports = (uint8_t)(usb->n_ports < EMU_MAX_PORTS ? usb->n_ports : EMU_MAX_PORTS),
		.config_length = (uint32_t)usb->config_length,
	};
	if (d->config_length > EMU_MAX_CONFIG)
		abort();
	if (d->n_ports)
		memcpy(d->ports, usb->ports, d->n_ports);
	memcpy(d->descriptor, usb->device_descriptor, sizeof(d->descriptor));
	memcpy(d->config, usb->config_descriptor, usb->config_length);
}

static void send_list(struct server *server, struct conn *conn, struct emu_result *result)
{
	struct emu_device devices[EMU_MAX_DEVICES];
	unsigned int n = 0;

	for (unsigned int i = 0; i < server->n_devices && n < EMU_MAX_DEVICES; i++) {
		const struct bench_usb *usb = bench_usb(server->bench, i);

		if (usb->attached)
			describe(usb, i, &devices[n++]);
	}
	result->length = n * (uint32_t)sizeof(*devices);
	server_send(conn, result, sizeof(*result), devices, result->length);
}

static void timer(struct server *server, struct process *process, const struct emu_request *r,
		  struct emu_result *result)
{
	int64_t now = bench_now(server->bench);

	if (process->alarm != BENCH_NEVER) {
		/* 0 would say that it is off. */
		result->first_ns = process->alarm > now ? process->alarm - now : 1;
		result->interval_ns = process->alarm_interval;
	}
	if (r->op != EMU_OP_SET_TIMER)
		return;
	process->alarm = r->first_ns > 0 ? now + r->first_ns : BENCH_NEVER;
	process->alarm_interval = r->interval_ns > 0 ? r->interval_ns : 0;
}

void server_request(struct server *server, struct conn *conn, const struct emu_request *r)
{
	struct emu_result result = { .msg.type = EMU_RESULT, .seq = r->seq };

	switch (r->op) {
	case EMU_OP_LIST:
		send_list(server, conn, &result);
		return;
	case EMU_OP_OPEN:
		result.status = open_device(server, conn->process, r->a, &result.value);
		break;
	case EMU_OP_SET_TIMER:
	case EMU_OP_GET_TIMER:
		timer(server, conn->process, r, &result);
		break;
	default:
		result.status = handle_request(server, conn->process, r, &result.value);
	}
	server_send(conn, &result, sizeof(result), NULL, 0);
}
