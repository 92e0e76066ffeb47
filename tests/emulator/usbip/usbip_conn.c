/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usbip_conn.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "complain.h"
#include "usbip_buffer.h"
#include "usbip_say.h"
#include "usbip_socket.h"
#include "usbip_wire.h"

#define NS_PER_S 1000000000LL
/* A client must have said what it wants by then. */
#define HANDSHAKE_NS (10 * NS_PER_S)
/* ... and have taken the last answers by then. */
#define FAREWELL_NS (5 * NS_PER_S)
/* At least so much room for the bytes of a long message. */
#define READ_SIZE 65536
/* As much as Linux lets all users of usbfs have together (usbfs_memory_mb). */
#define MAX_URB_LENGTH (16u << 20)
/* Of all URBs of one client. */
#define MAX_PENDING_LENGTH (64u << 20)
#define MAX_PENDING 4096
/* A client that does not take its answers is not asked for more requests. */
#define MAX_UNSENT (1u << 20)

#define PORT_RESET 4	/* USB 2.0, table 11-17 */

enum state { HANDSHAKE, IMPORTED, FAREWELL, OVER };

struct urb {
	struct bench_urb urb;
	struct usbip_conn *conn;
	struct urb *next, **link;
	uint32_t seqnum, flags, unlink_seqnum;
	bool unlinked;
};

struct usbip_conn {
	int fd;
	char name[64];
	struct usbip_exports *exports;
	struct usbip_clock *clock;
	struct bench *bench;
	enum state state;
	int64_t deadline;
	bool left;	/* the client has nothing more to say */
	bool has_device;
	unsigned int dev;
	uint32_t devid;
	struct usbip_buffer in, out;
	size_t whole;	/* length of the command whose header is in `in` */
	struct urb *urbs;
	size_t n_urbs, urbs_length;
};

struct usbip_conn *usbip_conn_new(int fd, const char *name, struct usbip_exports *exports,
				  struct usbip_clock *clock)
{
	struct usbip_conn *conn = must(calloc(1, sizeof(*conn)));

	conn->fd = fd;
	snprintf(conn->name, sizeof(conn->name), "%s", name);
	conn->exports = exports;
	conn->bench = usbip_exports_bench(exports);
	conn->clock = clock;
	conn->deadline = usbip_clock_real(clock) + HANDSHAKE_NS;
	return conn;
}

static void free_urb(struct urb *urb)
{
	free(urb->urb.data);
	free(urb);
}

/* All URBs come back from the bench on the way. */
static void give_device_back(struct usbip_conn *conn)
{
	if (!conn->has_device)
		return;
	conn->has_device = false;
	for (struct urb *urb = conn->urbs; urb; urb = urb->next)
		urb->conn = NULL;
	conn->urbs = NULL;
	usbip_exports_release(conn->exports, conn->dev);
}

void usbip_conn_free(struct usbip_conn *conn)
{
	if (!conn)
		return;
	give_device_back(conn);
	close(conn->fd);
	usbip_buffer_free(&conn->in);
	usbip_buffer_free(&conn->out);
	free(conn);
}

int usbip_conn_fd(const struct usbip_conn *conn)
{
	return conn->fd;
}

short usbip_conn_events(const struct usbip_conn *conn)
{
	bool reads = conn->state == HANDSHAKE || conn->state == IMPORTED;
	short events = usbip_buffer_length(&conn->out) ? POLLOUT : 0;

	if (reads && usbip_buffer_length(&conn->out) < MAX_UNSENT)
		events |= POLLIN;
	return events;
}

bool usbip_conn_is_over(const struct usbip_conn *conn)
{
	return conn->state == OVER;
}

int64_t usbip_conn_deadline(const struct usbip_conn *conn)
{
	return conn->deadline;
}

/* ---- the end ---- */

/* What is in the buffer still goes out; usbip_conn_write() sets the deadline. */
static void say_farewell(struct usbip_conn *conn)
{
	if (conn->state == OVER)
		return;
	conn->state = FAREWELL;
	conn->deadline = BENCH_NEVER;
	usbip_buffer_free(&conn->in);
}

static void refuse(struct usbip_conn *conn, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void refuse(struct usbip_conn *conn, const char *format, ...)
{
	char reason[160];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	usbip_warn("USB/IP client %s: %s; connection closed", conn->name, reason);
	say_farewell(conn);
}

/* ---- before the import ---- */

static void send_op(struct usbip_conn *conn, enum usbip_op_code code, uint32_t status)
{
	uint8_t bytes[USBIP_OP_SIZE];

	usbip_put_op(bytes, code, status);
	usbip_buffer_append(&conn->out, bytes, sizeof(bytes));
}

static void send_device(struct usbip_conn *conn, unsigned int dev)
{
	uint8_t bytes[USBIP_DEVICE_SIZE];

	usbip_put_device(bytes, bench_usb(conn->bench, dev), usbip_exports_busid(conn->exports, dev));
	usbip_buffer_append(&conn->out, bytes, sizeof(bytes));
}

static void send_devlist(struct usbip_conn *conn)
{
	unsigned int n = usbip_exports_count(conn->exports);
	uint8_t bytes[4];
	uint32_t available = 0;

	for (unsigned int i = 0; i < n; i++)
		available += usbip_exports_available(conn->exports, i);
	send_op(conn, USBIP_REP_DEVLIST, USBIP_ST_OK);
	usbip_put_number(bytes, available);
	usbip_buffer_append(&conn->out, bytes, sizeof(bytes));
	for (unsigned int i = 0; i < n; i++) {
		if (!usbip_exports_available(conn->exports, i))
			continue;
		send_device(conn, i);
		usbip_put_interface(bytes, bench_usb(conn->bench, i));
		usbip_buffer_append(&conn->out, bytes, USBIP_INTERFACE_SIZE);
	}
	say_farewell(conn);
}

static void take_busid(char *busid, const uint8_t *bytes)
{
	memcpy(busid, bytes, USBIP_BUSID_SIZE);
	busid[USBIP_BUSID_SIZE] = '\0';
	/* It may go to a terminal. */
	for (char *c = busid; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

static void import(struct usbip_conn *conn, const uint8_t *bytes)
{
	char busid[USBIP_BUSID_SIZE + 1];
	enum usbip_op_status status;
	int dev;

	take_busid(busid, bytes);
	dev = usbip_exports_find(conn->exports, busid);
	status = dev < 0 ? USBIP_ST_NODEV : usbip_exports_import(conn->exports, (unsigned int)dev, conn->name);
	send_op(conn, USBIP_REP_IMPORT, status);
	if (status != USBIP_ST_OK) {
		refuse(conn, "import of \"%s\" refused: %s", busid,
		       status == USBIP_ST_DEV_BUSY ? "another client has it" : "no such device is attached");
		return;
	}
	conn->has_device = true;
	conn->dev = (unsigned int)dev;
	conn->devid = usbip_devid(bench_usb(conn->bench, conn->dev));
	conn->deadline = BENCH_NEVER;
	conn->state = IMPORTED;
	send_device(conn, conn->dev);
}

static void take_op(struct usbip_conn *conn)
{
	const uint8_t *bytes = usbip_buffer_bytes(&conn->in);
	size_t length = usbip_buffer_length(&conn->in);
	struct usbip_op op;

	if (length < USBIP_OP_SIZE)
		return;
	usbip_get_op(bytes, &op);
	if (op.version != USBIP_VERSION) {
		refuse(conn, "USB/IP version %04x, not %04x", op.version, USBIP_VERSION);
	} else if (op.code == USBIP_REQ_DEVLIST) {
		send_devlist(conn);
	} else if (op.code != USBIP_REQ_IMPORT) {
		refuse(conn, "unknown operation %04x", op.code);
	} else if (length == USBIP_OP_SIZE + USBIP_BUSID_SIZE) {
		import(conn, bytes + USBIP_OP_SIZE);
		usbip_buffer_drop(&conn->in, length);
	}
}

/* ---- URBs ---- */

static void send_reply(struct usbip_conn *conn, enum usbip_command_code code, uint32_t seqnum, int32_t status,
		       uint32_t actual)
{
	uint8_t bytes[USBIP_HEADER_SIZE];

	usbip_put_reply(bytes, code, seqnum, status, actual);
	usbip_buffer_append(&conn->out, bytes, sizeof(bytes));
}

static int32_t status_of(const struct urb *urb)
{
	switch (urb->urb.status) {
	case BENCH_URB_OK:
		if (urb->flags & USBIP_SHORT_NOT_OK && urb->urb.actual < urb->urb.length &&
		    urb->urb.endpoint & 0x80)
			return -USBIP_EREMOTEIO;
		return 0;
	case BENCH_URB_STALL:
		return -USBIP_EPIPE;
	case BENCH_URB_OVERFLOW:
		return -USBIP_EOVERFLOW;
	case BENCH_URB_ERROR:
		return -USBIP_EPROTO;
	case BENCH_URB_CANCELLED:
		return -USBIP_ECONNRESET;
	case BENCH_URB_TIMED_OUT:
		return -USBIP_ETIMEDOUT;
	case BENCH_URB_GONE:
		return -USBIP_ESHUTDOWN;
	}
	abort();
}

static void send_result(struct usbip_conn *conn, const struct urb *urb)
{
	send_reply(conn, USBIP_RET_SUBMIT, urb->seqnum, status_of(urb), (uint32_t)urb->urb.actual);
	if (urb->urb.endpoint & 0x80)
		usbip_buffer_append(&conn->out, urb->urb.data, urb->urb.actual);
}

static void unlink_urb(struct urb *urb)
{
	*urb->link = urb->next;
	if (urb->next)
		urb->next->link = urb->link;
	urb->conn->n_urbs--;
	urb->conn->urbs_length -= urb->urb.length;
}

/* An unlinked URB gets no answer of its own, unless the unlinking came too late. */
static void urb_done(struct bench *bench, struct bench_urb *bench_urb)
{
	struct urb *urb = bench_urb->owner;
	struct usbip_conn *conn = urb->conn;
	bool cancelled = urb->unlinked && bench_urb->status == BENCH_URB_CANCELLED;

	(void)bench;
	if (conn) {
		unlink_urb(urb);
		if (!cancelled)
			send_result(conn, urb);
		if (urb->unlinked)
			send_reply(conn, USBIP_RET_UNLINK, urb->unlink_seqnum,
				   cancelled ? -USBIP_ECONNRESET : 0, 0);
	}
	free_urb(urb);
}

static struct urb *find_urb(const struct usbip_conn *conn, uint32_t seqnum)
{
	struct urb *urb = conn->urbs;

	while (urb && urb->seqnum != seqnum)
		urb = urb->next;
	return urb;
}

static struct urb *new_urb(struct usbip_conn *conn, const struct usbip_command *c, const uint8_t *data)
{
	struct urb *urb = must(calloc(1, sizeof(*urb)));
	bool in = c->direction == USBIP_DIR_IN;

	urb->conn = conn;
	urb->seqnum = c->seqnum;
	urb->flags = c->flags;
	urb->urb = (struct bench_urb) {
		.dev = conn->dev,
		.endpoint = (uint8_t)(c->endpoint | (in ? 0x80 : 0)),
		.data = must(calloc(1, (size_t)c->length + 1)),
		.length = c->length,
		.deadline = BENCH_NEVER,
		.done = urb_done,
		.owner = urb,
	};
	memcpy(urb->urb.setup, c->setup, sizeof(c->setup));
	if (!in && c->length)
		memcpy(urb->urb.data, data, c->length);
	return urb;
}

static void link_urb(struct usbip_conn *conn, struct urb *urb)
{
	urb->next = conn->urbs;
	urb->link = &conn->urbs;
	if (urb->next)
		urb->next->link = &urb->next;
	conn->urbs = urb;
	conn->n_urbs++;
	conn->urbs_length += urb->urb.length;
}

static bool has_endpoint(const struct usbip_command *c)
{
	bool in = c->direction == USBIP_DIR_IN;

	return c->endpoint == 0 || c->endpoint == 2 || (c->endpoint == 1 && in);
}

static uint16_t setup16(const struct usbip_command *c, unsigned int at)
{
	return (uint16_t)(c->setup[at] | c->setup[at + 1] << 8);
}

/* A request for the hub that the device hangs on. */
static bool is_port_reset(const struct usbip_command *c)
{
	return c->endpoint == 0 && c->setup[0] == 0x23 && c->setup[1] == 3 && setup16(c, 2) == PORT_RESET;
}

/* The data stage goes the other way than the client means. */
static bool is_contradictory(const struct usbip_command *c)
{
	bool in = c->direction == USBIP_DIR_IN;

	return c->endpoint == 0 && setup16(c, 6) && in != !!(c->setup[0] & 0x80);
}

static void submit(struct usbip_conn *conn, const struct usbip_command *c, const uint8_t *data)
{
	struct urb *urb;

	if (!has_endpoint(c)) {
		send_reply(conn, USBIP_RET_SUBMIT, c->seqnum, -USBIP_ENOENT, 0);
		return;
	}
	if (is_contradictory(c)) {
		send_reply(conn, USBIP_RET_SUBMIT, c->seqnum, -USBIP_EINVAL, 0);
		return;
	}
	if (is_port_reset(c)) {
		bench_usb_reset(conn->bench, conn->dev);
		send_reply(conn, USBIP_RET_SUBMIT, c->seqnum, 0, 0);
		return;
	}
	urb = new_urb(conn, c, data);
	if (bench_submit(conn->bench, &urb->urb)) {
		send_reply(conn, USBIP_RET_SUBMIT, c->seqnum, -USBIP_ESHUTDOWN, 0);
		free_urb(urb);
		return;
	}
	link_urb(conn, urb);
}

static void unlink_request(struct usbip_conn *conn, const struct usbip_command *c)
{
	struct urb *urb = find_urb(conn, c->unlink_seqnum);

	/* Its answer has been sent, or the first UNLINK of it will be answered. */
	if (!urb || urb->unlinked) {
		send_reply(conn, USBIP_RET_UNLINK, c->seqnum, 0, 0);
		return;
	}
	urb->unlinked = true;
	urb->unlink_seqnum = c->seqnum;
	bench_cancel(conn->bench, &urb->urb);
}

/* Says what is wrong with a request and refuses it; true if nothing is. */
static bool check_submit(struct usbip_conn *conn, const struct usbip_command *c)
{
	if (c->direction > USBIP_DIR_IN || c->endpoint > 15)
		refuse(conn, "submit for endpoint %u, direction %u", c->endpoint, c->direction);
	else if (c->n_packets && c->n_packets != UINT32_MAX)
		refuse(conn, "isochronous transfer of %u packets to a device that has none", c->n_packets);
	else if (c->length > MAX_URB_LENGTH)
		refuse(conn, "transfer of %u bytes, more than %u", c->length, MAX_URB_LENGTH);
	else if (conn->n_urbs >= MAX_PENDING || conn->urbs_length + c->length > MAX_PENDING_LENGTH)
		refuse(conn, "more than %u transfers or %u bytes at a time", MAX_PENDING, MAX_PENDING_LENGTH);
	else if (find_urb(conn, c->seqnum))
		refuse(conn, "sequence number %u used for a second transfer at a time", c->seqnum);
	else
		return true;
	return false;
}

static bool check_command(struct usbip_conn *conn, const struct usbip_command *c)
{
	if (c->command != USBIP_CMD_SUBMIT && c->command != USBIP_CMD_UNLINK)
		refuse(conn, "unknown command %08x", c->command);
	else if (c->devid != conn->devid)
		refuse(conn, "command for device %08x, not %08x", c->devid, conn->devid);
	else
		return c->command == USBIP_CMD_UNLINK || check_submit(conn, c);
	return false;
}

static void take_command(struct usbip_conn *conn)
{
	const uint8_t *bytes = usbip_buffer_bytes(&conn->in);
	size_t length = usbip_buffer_length(&conn->in);
	struct usbip_command c;

	if (length < USBIP_HEADER_SIZE)
		return;
	usbip_get_command(bytes, &c);
	/* Once is enough, however many pieces the data come in. */
	if (length == USBIP_HEADER_SIZE && !check_command(conn, &c))
		return;
	conn->whole = USBIP_HEADER_SIZE;
	if (c.command == USBIP_CMD_SUBMIT && c.direction == USBIP_DIR_OUT)
		conn->whole += c.length;
	if (length < conn->whole)
		return;
	if (c.command == USBIP_CMD_SUBMIT)
		submit(conn, &c, bytes + USBIP_HEADER_SIZE);
	else
		unlink_request(conn, &c);
	usbip_buffer_drop(&conn->in, length);
}

/* ---- bytes ---- */

/* How many bytes are missing to know more, or to act. */
static size_t wanted(const struct usbip_conn *conn)
{
	size_t length = usbip_buffer_length(&conn->in);

	if (conn->state == HANDSHAKE)
		return (length < USBIP_OP_SIZE ? USBIP_OP_SIZE : USBIP_OP_SIZE + USBIP_BUSID_SIZE) - length;
	return (length < USBIP_HEADER_SIZE ? USBIP_HEADER_SIZE : conn->whole) - length;
}

static void take_message(struct usbip_conn *conn)
{
	switch (conn->state) {
	case HANDSHAKE:
		take_op(conn);
		break;
	case IMPORTED:
		take_command(conn);
		break;
	case FAREWELL:
	case OVER:
		break;
	}
}

static void client_left(struct usbip_conn *conn)
{
	if (usbip_buffer_length(&conn->in))
		usbip_warn("USB/IP client %s: left in the middle of a message", conn->name);
	conn->state = OVER;
}

int64_t usbip_conn_receive(struct usbip_conn *conn)
{
	size_t size;
	ssize_t n;
	int64_t age = 0;

	if (conn->state != HANDSHAKE && conn->state != IMPORTED)
		return usbip_clock_real(conn->clock);
	/* No more than one message, so that the time is that of this message; and
	 * memory is for what has come, not for what is announced. */
	size = wanted(conn);
	size = size < READ_SIZE ? size : READ_SIZE;
	n = usbip_receive(conn->fd, usbip_buffer_room(&conn->in, size), size, &age);
	if (n > 0)
		usbip_buffer_add(&conn->in, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK))
		conn->left = true;
	return usbip_clock_real(conn->clock) - age;
}

void usbip_conn_handle(struct usbip_conn *conn)
{
	take_message(conn);
	if (conn->left)
		client_left(conn);
}

static void send_out(struct usbip_conn *conn)
{
	while (usbip_buffer_length(&conn->out)) {
		ssize_t n = send(conn->fd, usbip_buffer_bytes(&conn->out), usbip_buffer_length(&conn->out),
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			if (errno != EAGAIN && errno != EWOULDBLOCK)
				conn->state = OVER;
			return;
		}
		usbip_buffer_drop(&conn->out, (size_t)n);
	}
}

/* Closing a socket with unread bytes would throw away what we have sent. */
static void hang_up(struct usbip_conn *conn)
{
	char rest[4096];

	shutdown(conn->fd, SHUT_WR);
	while (recv(conn->fd, rest, sizeof(rest), MSG_DONTWAIT) > 0)
		;
	conn->state = OVER;
}

static void check_deadline(struct usbip_conn *conn)
{
	if (conn->state == OVER || usbip_clock_real(conn->clock) < conn->deadline)
		return;
	if (conn->state == HANDSHAKE)
		usbip_warn("USB/IP client %s: asked for nothing for %d s; connection closed", conn->name,
			 (int)(HANDSHAKE_NS / NS_PER_S));
	conn->state = OVER;
}

/* A device that was plugged in again is another one, with a new address. */
static bool device_left(const struct usbip_conn *conn)
{
	const struct bench_usb *usb = bench_usb(conn->bench, conn->dev);

	return !usb->attached || usbip_devid(usb) != conn->devid;
}

void usbip_conn_write(struct usbip_conn *conn)
{
	/* The answers of the URBs that it had go first. */
	if (conn->state == IMPORTED && device_left(conn) && !conn->urbs)
		say_farewell(conn);
	if (conn->state != OVER)
		send_out(conn);
	if (conn->state == FAREWELL) {
		if (conn->deadline == BENCH_NEVER) {
			/* The device need not wait for a slow client. */
			give_device_back(conn);
			conn->deadline = usbip_clock_real(conn->clock) + FAREWELL_NS;
		}
		if (!usbip_buffer_length(&conn->out))
			hang_up(conn);
	}
	check_deadline(conn);
}
