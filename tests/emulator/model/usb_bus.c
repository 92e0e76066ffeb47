/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usb_bus.h"

#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "usb_control.h"

#define PACKET CH341A_PACKET
/* USB 2.0, 5.8.4: 33 bulk transactions of 32 bytes fit in a full-speed frame;
 * token, handshake and turn-arounds, then 8.125 bits a byte with mean stuffing. */
#define TRANSACTION_NS 8600
#define WIRE_BYTE_NS 677
/* Start of frame, full speed. */
#define FRAME_NS 1000000
/* Joined answers end a host's transfer as single ones do. */
#define JOINED_MAX (PACKET - 1)
/* Three short transactions of a control transfer. */
#define CONTROL_NS 40000

struct packet {
	uint8_t data[PACKET];
	size_t length;
	int64_t ready;
};

struct queue {
	struct bench_urb *head, *tail;
};

enum flight { FLIGHT_NONE, FLIGHT_OUT, FLIGHT_IN };

struct usb_bus {
	const struct settings *set;
	const struct trace *trace;
	struct ch341a *chip;
	struct wires *wires;
	struct rng rng;

	struct queue out, in, interrupt, control, finished;
	struct usb_control endpoint_0;
	bool gone, wedged;
	int64_t unplug_at;	/* BENCH_NEVER: not, or not again */
	int64_t scan_at;	/* a deadline or a cancelled URB is due then */

	/* The transaction on the wire, at the heads of out or in. */
	enum flight flight;
	int64_t flight_end;
	size_t flight_length;

	int64_t chip_next;	/* BENCH_NEVER: idle */
	int64_t out_start;	/* of the last OUT transaction */
	int64_t out_earliest;	/* slow host */

	struct packet *replies;	/* ring */
	size_t replies_size, reply_first, reply_count;

	uint64_t urbs, out_urbs, in_urbs, out_packets, in_packets, made;
};

/* ---- lists ---- */

static void append(struct queue *queue, struct bench_urb *urb)
{
	urb->priv.next = NULL;
	if (queue->tail)
		queue->tail->priv.next = urb;
	else
		queue->head = urb;
	queue->tail = urb;
}

static void take_out(struct queue *queue, struct bench_urb *urb)
{
	struct bench_urb *before = NULL;

	for (struct bench_urb *u = queue->head; u != urb; u = u->priv.next)
		before = u;
	if (before)
		before->priv.next = urb->priv.next;
	else
		queue->head = urb->priv.next;
	if (queue->tail == urb)
		queue->tail = before;
}

static struct queue *queue_of(struct usb_bus *bus, uint8_t endpoint)
{
	switch (endpoint) {
	case 0x02:
		return &bus->out;
	case 0x82:
		return &bus->in;
	case 0x81:
		return &bus->interrupt;
	case 0x00:
	case 0x80:
		return &bus->control;
	default:
		return NULL;
	}
}

static const char *status_name(enum bench_urb_status status)
{
	static const char *const names[] = {
		[BENCH_URB_OK] = "", [BENCH_URB_STALL] = " stall",
		[BENCH_URB_OVERFLOW] = " overflow", [BENCH_URB_ERROR] = " error",
		[BENCH_URB_CANCELLED] = " cancelled", [BENCH_URB_TIMED_OUT] = " timed-out",
		[BENCH_URB_GONE] = " gone",
	};

	return names[status];
}

static void finish(struct usb_bus *bus, struct queue *queue, struct bench_urb *urb, int64_t now,
		   enum bench_urb_status status)
{
	take_out(queue, urb);
	urb->actual = urb->priv.progress;
	urb->status = status;
	append(&bus->finished, urb);
	if (queue == &bus->out || queue == &bus->in)
		trace_line(bus->trace, now, "usb %s %zu%s", queue == &bus->out ? "out" : "in",
			   urb->actual, status_name(status));
}

static void finish_all(struct usb_bus *bus, int64_t now, enum bench_urb_status status)
{
	struct queue *queues[] = { &bus->out, &bus->in, &bus->interrupt, &bus->control };

	for (unsigned int i = 0; i < 4; i++)
		while (queues[i]->head)
			finish(bus, queues[i], queues[i]->head, now, status);
	bus->flight = FLIGHT_NONE;
}

struct bench_urb *usb_finished(struct usb_bus *bus)
{
	struct bench_urb *urb = bus->finished.head;

	if (urb)
		take_out(&bus->finished, urb);
	return urb;
}

bool usb_has_finished(const struct usb_bus *bus)
{
	return bus->finished.head != NULL;
}

/* ---- answers ---- */

static struct packet *reply_at(struct usb_bus *bus, size_t i)
{
	return &bus->replies[(bus->reply_first + i) % bus->replies_size];
}

static void clear_replies(struct usb_bus *bus)
{
	bus->reply_count = 0;
	bus->wedged = false;
}

static void drop_reply(struct usb_bus *bus)
{
	bus->reply_first = (bus->reply_first + 1) % bus->replies_size;
	bus->reply_count--;
}

/* konelav/bluepill_ch341a collects bytes: a packet leaves when it has 31 of
 * them, or at the start of a USB frame. */
static int64_t next_frame(int64_t t)
{
	return (t / FRAME_NS + 1) * FRAME_NS;
}

/* Puts what fits to the last answer, unless that is on its way. Returns how much. */
static size_t join_reply(struct usb_bus *bus, int64_t ready, const uint8_t *data, size_t length)
{
	struct packet *packet;
	size_t n;

	if (!bus->reply_count || (bus->flight == FLIGHT_IN && bus->reply_count == 1))
		return 0;
	packet = reply_at(bus, bus->reply_count - 1);
	if (packet->length >= JOINED_MAX)
		return 0;
	n = JOINED_MAX - packet->length < length ? JOINED_MAX - packet->length : length;
	memcpy(packet->data + packet->length, data, n);
	packet->length += n;
	if (packet->length == JOINED_MAX)
		packet->ready = ready;
	return n;
}

static void push_reply(struct usb_bus *bus, int64_t ready, const uint8_t *data, size_t length)
{
	struct packet *packet;

	if (bus->set->answers_joined && length) {
		size_t joined = join_reply(bus, ready, data, length);

		data += joined;
		length -= joined;
		if (!length)
			return;
		ready = length < JOINED_MAX ? next_frame(ready) : ready;
	}
	if (bus->set->in_buffer_strict && bus->reply_count >= (size_t)bus->set->in_buffer_packets) {
		bus->wedged = true;
		return;
	}
	if (bus->reply_count == bus->replies_size)
		return;
	packet = reply_at(bus, bus->reply_count++);
	memcpy(packet->data, data, length);
	packet->length = length;
	packet->ready = ready;
}

static void push_stale(struct usb_bus *bus, int64_t now, size_t length)
{
	uint8_t data[PACKET];

	for (size_t i = 0; i < length; i++)
		data[i] = (uint8_t)rng_next(&bus->rng);
	push_reply(bus, now, data, length);
}

/* One answer of the chip, with the faults that were asked for. */
static void make_reply(struct usb_bus *bus, int64_t now, const uint8_t *data, size_t length)
{
	const struct settings *set = bus->set;
	int64_t n = (int64_t)++bus->made;
	int64_t ready = n == set->late_reply_at ? now + set->late_reply : now;

	if (n == set->drop_reply_at)
		return;
	if (n == set->empty_reply_at)
		length = 0;
	else if (n == set->short_reply_at)
		length--;
	push_reply(bus, ready, data, length);
	if (n == set->extra_reply_at)
		push_stale(bus, ready, length ? length : 1);
}

static void collect_reply(struct usb_bus *bus, int64_t now)
{
	size_t length;
	const uint8_t *data = ch341a_reply(bus->chip, &length);

	if (length && bus->set->host_floor)
		bus->out_earliest = bus->out_start + bus->set->host_floor;
	while (length) {
		size_t n = length < PACKET ? length : PACKET;

		make_reply(bus, now, data, n);
		data += n;
		length -= n;
	}
}

static void run_chip(struct usb_bus *bus, int64_t now)
{
	if (bus->chip_next > now)
		return;
	do {
		bus->chip_next = ch341a_advance(bus->chip, now);
		collect_reply(bus, now);
	} while (bus->chip_next <= now);
}

/* ---- transactions ---- */

static int64_t transaction_ns(size_t length)
{
	return TRANSACTION_NS + (int64_t)length * WIRE_BYTE_NS;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When an OUT transaction can start, or BENCH_NEVER as things are. */
static int64_t out_start(const struct usb_bus *bus)
{
	const struct bench_urb *urb = bus->out.head;
	bool full = !bus->set->in_buffer_strict &&
		    bus->reply_count >= (size_t)bus->set->in_buffer_packets;

	if (!urb || bus->wedged || ((full || !ch341a_ready(bus->chip)) && !bus->endpoint_0.halted_out))
		return BENCH_NEVER;
	return later(urb->priv.ready, bus->out_earliest);
}

static int64_t in_start(const struct usb_bus *bus)
{
	const struct bench_urb *urb = bus->in.head;
	bool stalls = urb && (bus->endpoint_0.halted_in || (int64_t)urb->priv.number == bus->set->stall_in_at);

	if (!urb || bus->wedged)
		return BENCH_NEVER;
	if (stalls)
		return urb->priv.ready;
	if (!bus->reply_count || (ch341a_busy(bus->chip) && !bus->set->in_overlap))
		return BENCH_NEVER;
	return later(urb->priv.ready, bus->replies[bus->reply_first].ready);
}

static void start_out(struct usb_bus *bus, int64_t now)
{
	struct bench_urb *urb = bus->out.head;
	size_t left = urb->length - urb->priv.progress;

	if ((int64_t)urb->priv.number == bus->set->stall_out_at)
		bus->endpoint_0.halted_out = true;
	if (bus->endpoint_0.halted_out) {
		finish(bus, &bus->out, urb, now, BENCH_URB_STALL);
		return;
	}
	bus->flight = FLIGHT_OUT;
	bus->flight_length = left < PACKET ? left : PACKET;
	bus->flight_end = now + transaction_ns(bus->flight_length);
	bus->out_start = now;
}

static void start_in(struct usb_bus *bus, int64_t now)
{
	struct bench_urb *urb = bus->in.head;

	if ((int64_t)urb->priv.number == bus->set->stall_in_at)
		bus->endpoint_0.halted_in = true;
	if (bus->endpoint_0.halted_in) {
		finish(bus, &bus->in, urb, now, BENCH_URB_STALL);
		return;
	}
	bus->flight = FLIGHT_IN;
	bus->flight_length = reply_at(bus, 0)->length;
	bus->flight_end = now + transaction_ns(bus->flight_length);
}

/* Answers go first, except that with overlap the chip is kept at work. */
static void start_transaction(struct usb_bus *bus, int64_t now)
{
	bool out = out_start(bus) <= now, in = in_start(bus) <= now;

	if (bus->flight != FLIGHT_NONE)
		return;
	if (in && !(out && bus->set->in_overlap))
		start_in(bus, now);
	else if (out)
		start_out(bus, now);
}

/* A URB whose end was put off by a transaction may be due now. */
static void look_again(struct usb_bus *bus, int64_t now, const struct bench_urb *urb)
{
	bus->scan_at = sooner(bus->scan_at, urb->priv.cancelled ? now : urb->deadline);
}

static void end_out(struct usb_bus *bus, int64_t now)
{
	struct bench_urb *urb = bus->out.head;
	const uint8_t *data = urb->data + urb->priv.progress;

	bus->out_packets++;
	urb->priv.progress += bus->flight_length;
	if (bus->flight_length) {
		ch341a_begin(bus->chip, now, data, bus->flight_length);
		bus->chip_next = now;
	}
	if (urb->priv.progress == urb->length)
		finish(bus, &bus->out, urb, now, BENCH_URB_OK);
	else
		look_again(bus, now, urb);
}

static void end_in(struct usb_bus *bus, int64_t now)
{
	struct bench_urb *urb = bus->in.head;
	const struct packet *packet = reply_at(bus, 0);

	if (packet->length > urb->length - urb->priv.progress) {
		if (!bus->set->overflow_keeps)
			drop_reply(bus);
		finish(bus, &bus->in, urb, now, BENCH_URB_OVERFLOW);
		return;
	}
	bus->in_packets++;
	if (packet->length)
		memcpy(urb->data + urb->priv.progress, packet->data, packet->length);
	urb->priv.progress += packet->length;
	drop_reply(bus);
	if (packet->length < PACKET || urb->priv.progress == urb->length)
		finish(bus, &bus->in, urb, now, BENCH_URB_OK);
	else
		look_again(bus, now, urb);
}

static void end_transaction(struct usb_bus *bus, int64_t now)
{
	enum flight flight = bus->flight;

	if (flight == FLIGHT_NONE || bus->flight_end > now)
		return;
	bus->flight = FLIGHT_NONE;
	if (flight == FLIGHT_OUT)
		end_out(bus, now);
	else
		end_in(bus, now);
}

static void do_control(struct usb_bus *bus, int64_t now)
{
	struct bench_urb *urb = bus->control.head;
	enum bench_urb_status status;

	if (!urb || urb->priv.ready > now)
		return;
	status = usb_control_request(&bus->endpoint_0, urb);
	if (bus->endpoint_0.clears_buffers)
		clear_replies(bus);
	finish(bus, &bus->control, urb, now, status);
}

/* ---- URBs ---- */

static bool in_flight(const struct usb_bus *bus, const struct bench_urb *urb)
{
	return (bus->flight == FLIGHT_OUT && urb == bus->out.head) ||
	       (bus->flight == FLIGHT_IN && urb == bus->in.head);
}

static void scan_queue(struct usb_bus *bus, struct queue *queue, int64_t now)
{
	struct bench_urb *next;

	for (struct bench_urb *urb = queue->head; urb; urb = next) {
		next = urb->priv.next;
		if (in_flight(bus, urb))
			continue;	/* end_out() and end_in() look again */
		if (urb->priv.cancelled)
			finish(bus, queue, urb, now, BENCH_URB_CANCELLED);
		else if (urb->deadline <= now)
			finish(bus, queue, urb, now, BENCH_URB_TIMED_OUT);
		else
			bus->scan_at = sooner(bus->scan_at, urb->deadline);
	}
}

static void scan(struct usb_bus *bus, int64_t now)
{
	if (bus->scan_at > now)
		return;
	bus->scan_at = BENCH_NEVER;
	scan_queue(bus, &bus->out, now);
	scan_queue(bus, &bus->in, now);
	scan_queue(bus, &bus->interrupt, now);
	scan_queue(bus, &bus->control, now);
}

static int64_t host_latency(struct usb_bus *bus)
{
	const struct settings *set = bus->set;
	int64_t latency = set->latency;

	if (set->host_stall_every && bus->urbs % (uint64_t)set->host_stall_every == 0)
		latency += set->host_stall[0] +
			   (int64_t)(rng_unit(&bus->rng) *
				     (double)(set->host_stall[1] - set->host_stall[0]));
	return latency;
}

int usb_submit(struct usb_bus *bus, int64_t now, struct bench_urb *urb)
{
	struct queue *queue = queue_of(bus, urb->endpoint);

	if (bus->gone || !queue)
		return -1;
	bus->urbs++;
	memset(&urb->priv, 0, sizeof(urb->priv));
	urb->actual = 0;
	urb->priv.ready = now + host_latency(bus);
	if (queue == &bus->control)
		urb->priv.ready += CONTROL_NS;
	else if (queue == &bus->out)
		urb->priv.number = ++bus->out_urbs;
	else if (queue == &bus->in)
		urb->priv.number = ++bus->in_urbs;
	append(queue, urb);
	bus->scan_at = sooner(bus->scan_at, urb->deadline);
	if ((int64_t)bus->urbs == bus->set->unplug_at_transfer)
		usb_unplug(bus, now);
	return 0;
}

void usb_cancel(struct usb_bus *bus, int64_t now, struct bench_urb *urb)
{
	urb->priv.cancelled = true;
	if (!in_flight(bus, urb))
		bus->scan_at = sooner(bus->scan_at, now);
}

void usb_unplug(struct usb_bus *bus, int64_t now)
{
	if (bus->gone)
		return;
	trace_line(bus->trace, now, "usb unplug");
	bus->gone = true;
	finish_all(bus, now, BENCH_URB_GONE);
	clear_replies(bus);
	bus->chip_next = BENCH_NEVER;
	wires_unplug(bus->wires, now);
	ch341a_reset(bus->chip, now);
}

void usb_plug(struct usb_bus *bus, int64_t now)
{
	if (!bus->gone)
		return;
	trace_line(bus->trace, now, "usb plug");
	bus->gone = false;
	usb_control_reset(&bus->endpoint_0);
	bus->scan_at = BENCH_NEVER;
	if (bus->unplug_at <= now)
		bus->unplug_at = BENCH_NEVER;
	wires_plug(bus->wires, now);
}

void usb_reset(struct usb_bus *bus, int64_t now)
{
	if (bus->gone)
		return;
	trace_line(bus->trace, now, "usb reset");
	finish_all(bus, now, BENCH_URB_ERROR);
	clear_replies(bus);
	usb_control_reset(&bus->endpoint_0);
	bus->chip_next = BENCH_NEVER;
	ch341a_reset(bus->chip, now);
}

bool usb_attached(const struct usb_bus *bus)
{
	return !bus->gone;
}

void usb_inject(struct usb_bus *bus, int64_t now, const uint8_t *packet, size_t length)
{
	if (bus->gone)
		return;
	run_chip(bus, BENCH_NEVER - 1);
	ch341a_begin(bus->chip, now, packet, length);
	while (ch341a_advance(bus->chip, BENCH_NEVER - 1) != BENCH_NEVER)
		;
	bus->chip_next = BENCH_NEVER;
}

/* ---- time ---- */

static int64_t next_on_cable(const struct usb_bus *bus)
{
	int64_t next = bus->control.head ? bus->control.head->priv.ready : BENCH_NEVER;

	if (bus->flight != FLIGHT_NONE)
		return sooner(next, bus->flight_end);
	return sooner(next, sooner(out_start(bus), in_start(bus)));
}

int64_t usb_next(const struct usb_bus *bus)
{
	int64_t next = sooner(bus->scan_at, bus->chip_next);

	if (bus->gone)
		return BENCH_NEVER;
	return sooner(sooner(next, bus->unplug_at), next_on_cable(bus));
}

int64_t usb_next_transfer(const struct usb_bus *bus)
{
	return bus->gone ? BENCH_NEVER : sooner(bus->chip_next, next_on_cable(bus));
}

void usb_step(struct usb_bus *bus, int64_t now)
{
	if (bus->gone)
		return;
	end_transaction(bus, now);
	run_chip(bus, now);
	scan(bus, now);
	do_control(bus, now);
	start_transaction(bus, now);
	if (now >= bus->unplug_at)
		usb_unplug(bus, now);
}

struct usb_bus *usb_new(const struct settings *settings, const struct trace *trace,
			const struct descriptors *descriptors, struct ch341a *chip,
			struct wires *wires)
{
	struct usb_bus *bus = calloc(1, sizeof(*bus));

	if (!bus)
		abort();
	bus->set = settings;
	bus->trace = trace;
	bus->endpoint_0 = (struct usb_control){ .set = settings, .descriptors = descriptors };
	bus->chip = chip;
	bus->wires = wires;
	bus->rng = rng_make((uint64_t)settings->seed, trace->dev, 4);
	bus->chip_next = bus->scan_at = BENCH_NEVER;
	bus->unplug_at = settings->unplug_at ? settings->unplug_at : BENCH_NEVER;
	usb_control_reset(&bus->endpoint_0);
	/* Room for the longest answer and stale packets on top of the limit. */
	bus->replies_size = (size_t)settings->in_buffer_packets +
			    (size_t)(settings->stale_at_open < 1000 ? settings->stale_at_open : 1000) +
			    CH341A_REPLY_MAX / PACKET + 2;
	bus->replies = calloc(bus->replies_size, sizeof(*bus->replies));
	if (!bus->replies)
		abort();
	for (int64_t i = 0; i < settings->stale_at_open && i < 1000; i++)
		push_stale(bus, 0, PACKET - 1);
	return bus;
}

void usb_free(struct usb_bus *bus)
{
	if (!bus)
		return;
	free(bus->replies);
	free(bus);
}

void usb_report(const struct usb_bus *bus, FILE *out)
{
	unsigned int dev = bus->trace->dev;

	fprintf(out, "device%u.attached %s\n", dev, bus->gone ? "no" : "yes");
	fprintf(out, "device%u.transfers %llu\n", dev, (unsigned long long)bus->urbs);
	fprintf(out, "device%u.out_urbs %llu\n", dev, (unsigned long long)bus->out_urbs);
	fprintf(out, "device%u.in_urbs %llu\n", dev, (unsigned long long)bus->in_urbs);
	fprintf(out, "device%u.packets %llu\n", dev, (unsigned long long)bus->out_packets);
	fprintf(out, "device%u.in_packets %llu\n", dev, (unsigned long long)bus->in_packets);
	fprintf(out, "device%u.unread_packets %zu\n", dev, bus->reply_count);
	fprintf(out, "device%u.wedged %s\n", dev, bus->wedged ? "yes" : "no");
}
