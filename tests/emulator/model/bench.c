/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "assignments.h"
#include "beken_soc.h"
#include "bench_parts.h"
#include "boards.h"
#include "ch341a_model.h"
#include "chips.h"
#include "device_trace.h"
#include "nor_die.h"
#include "settings.h"
#include "usb_bus.h"
#include "usb_descriptors.h"
#include "wires.h"

#define MAX_ADDRESS 127	/* USB 2.0, 9.4.6 */

struct device {
	struct settings set;
	struct trace trace;
	struct descriptors descriptors;
	struct bench_usb usb;
	struct nor_die *die;
	struct beken_soc *soc;
	struct wires *wires;
	struct ch341a *chip;
	struct usb_bus *bus;
};

struct bench {
	struct assignments assignments;
	int64_t now;
	bool running;
	struct device devices[ASSIGNMENTS_MAX_DEVICES];
	bench_event_fn *event_fn;
	void *event_arg;
};

struct bench *bench_new(void)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	if (!bench)
		abort();
	assignments_init(&bench->assignments);
	return bench;
}

static void free_device(struct device *device)
{
	usb_free(device->bus);
	ch341a_free(device->chip);
	wires_free(device->wires);
	soc_free(device->soc);
	nor_free(device->die);
}

void bench_free(struct bench *bench)
{
	if (!bench)
		return;
	assignments_clear(&bench->assignments);
	for (unsigned int i = 0; i < ASSIGNMENTS_MAX_DEVICES; i++)
		free_device(&bench->devices[i]);
	free(bench);
}

/* ---- settings ---- */

int bench_set(struct bench *bench, const char *assignment, char *err, size_t err_size)
{
	if (!bench->running)
		return assignments_add(&bench->assignments, assignment, err, err_size);
	snprintf(err, err_size, "%s: the bench has power already.", assignment);
	return -1;
}

void bench_print_chips(FILE *out)
{
	chips_print(out);
}

void bench_print_settings(FILE *out)
{
	fprintf(out, "Whole bench\n");
	settings_print_line(out, "devices", "0..8", "1", "boards");
	settings_print_line(out, "seed", "0..", "1", "all that is left to chance follows from it");
	fprintf(out, "Each device (key=value for all, N.key=value for device N, from 0)\n");
	settings_print_line(out, "chip", "see the list of chips", CHIPS_DEFAULT,
			    "chip and die; gives the defaults marked (chip)");
	settings_print_line(out, "board", "usual|strict", BOARDS_DEFAULT,
			    "strict: all less comfortable readings at once, see below");
	settings_print(out);
	boards_print(out);
}

/* ---- power on ---- */

static const char *driver_name(int driver)
{
	static const char *const names[] = {
		[USB_DRIVER_NONE] = NULL, [USB_DRIVER_SPI_CH341] = "spi-ch341",
		[USB_DRIVER_USBSERIAL] = "usbserial",
	};

	return names[driver];
}

static void describe_usb(struct device *device)
{
	const struct settings *set = &device->set;

	descriptors_make(&device->descriptors, set);
	device->usb = (struct bench_usb){
		.attached = true,
		.bus = (unsigned int)set->usb_bus,
		.address = (unsigned int)set->usb_address,
		.ports = set->usb_ports,
		.n_ports = set->usb_n_ports,
		.device_descriptor = device->descriptors.device,
		.config_descriptor = device->descriptors.config,
		.config_length = CONFIG_DESCRIPTOR_SIZE,
		.access = (enum bench_access)set->usb_access,
		.kernel_driver = driver_name(set->usb_kernel_driver),
	};
}

static void build(struct bench *bench, unsigned int dev)
{
	struct device *device = &bench->devices[dev];

	device->trace = (struct trace){
		.dev = dev, .fn = bench->event_fn, .arg = bench->event_arg,
	};
	describe_usb(device);
	device->die = nor_new(&device->set, &device->trace);
	device->soc = soc_new(&device->set, &device->trace, device->die);
	device->wires = wires_new(&device->set, &device->trace, device->soc);
	device->chip = ch341a_new(&device->set, device->wires);
	device->bus = usb_new(&device->set, &device->trace, &device->descriptors, device->chip,
			      device->wires);
	if (device->usb.kernel_driver)
		bench_kernel_driver(bench, dev, true);
}

static bool same_place(const struct settings *a, const struct settings *b)
{
	if (a->usb_bus != b->usb_bus)
		return false;
	return a->usb_address == b->usb_address ||
	       (a->usb_n_ports == b->usb_n_ports &&
		!memcmp(a->usb_ports, b->usb_ports, a->usb_n_ports));
}

static int check_places(const struct bench *bench, char *err, size_t err_size)
{
	for (unsigned int i = 0; i < bench->assignments.n_devices; i++) {
		for (unsigned int j = 0; j < i; j++) {
			if (!same_place(&bench->devices[i].set, &bench->devices[j].set))
				continue;
			snprintf(err, err_size, "Devices %u and %u have the same usb_address or "
				 "usb_ports on one usb_bus.", j, i);
			return -1;
		}
	}
	return 0;
}

int bench_power_on(struct bench *bench, char *err, size_t err_size)
{
	if (assignments_check(&bench->assignments, err, err_size))
		return -1;
	for (unsigned int i = 0; i < bench->assignments.n_devices; i++)
		assignments_apply(&bench->assignments, i, &bench->devices[i].set);
	if (check_places(bench, err, err_size))
		return -1;
	for (unsigned int i = 0; i < bench->assignments.n_devices; i++)
		build(bench, i);
	bench->running = true;
	return 0;
}

uint8_t *bench_flash(struct bench *bench, unsigned int dev, size_t *size)
{
	return nor_array(bench->devices[dev].die, size);
}

/* ---- time ---- */

int64_t bench_now(const struct bench *bench)
{
	return bench->now;
}

static int64_t device_next(const struct device *device)
{
	int64_t next = usb_next(device->bus), other = soc_next(device->soc);

	if (other < next)
		next = other;
	other = wires_next(device->wires);
	return other < next ? other : next;
}

int64_t bench_next_event(const struct bench *bench)
{
	int64_t next = BENCH_NEVER;

	for (unsigned int i = 0; i < bench_device_count(bench); i++) {
		int64_t due = usb_has_finished(bench->devices[i].bus) ? bench->now :
			      device_next(&bench->devices[i]);

		if (due < next)
			next = due;
	}
	return next < bench->now ? bench->now : next;
}

int64_t bench_next_transfer(const struct bench *bench)
{
	int64_t next = BENCH_NEVER;

	for (unsigned int i = 0; i < bench_device_count(bench); i++) {
		const struct usb_bus *bus = bench->devices[i].bus;
		int64_t due = usb_has_finished(bus) ? bench->now : usb_next_transfer(bus);

		if (due < next)
			next = due;
	}
	return next < bench->now ? bench->now : next;
}

static void step(struct bench *bench, struct device *device)
{
	if (device_next(device) > bench->now)
		return;
	soc_pass_time(device->soc, bench->now);
	wires_pass_time(device->wires, bench->now);
	usb_step(device->bus, bench->now);
	device->usb.attached = usb_attached(device->bus);
}

static void deliver(struct bench *bench)
{
	for (unsigned int i = 0; i < bench_device_count(bench); i++) {
		struct bench_urb *urb;

		while ((urb = usb_finished(bench->devices[i].bus)) != NULL)
			urb->done(bench, urb);
	}
}

void bench_run_until(struct bench *bench, int64_t t)
{
	for (;;) {
		int64_t next;

		deliver(bench);
		next = bench_next_event(bench);
		if (next > t)
			break;
		bench->now = next;
		for (unsigned int i = 0; i < bench_device_count(bench); i++)
			step(bench, &bench->devices[i]);
	}
	if (t > bench->now)
		bench->now = t;
}

/* ---- the USB host's side ---- */

unsigned int bench_device_count(const struct bench *bench)
{
	return bench->running ? (unsigned int)bench->assignments.n_devices : 0;
}

const struct bench_usb *bench_usb(const struct bench *bench, unsigned int dev)
{
	return &bench->devices[dev].usb;
}

/* Linux drivers/spi/spi-ch341.c: probe configures the stream and drives the
 * pins, disconnect lets go of them. usbserial leaves the pins alone. */
void bench_kernel_driver(struct bench *bench, unsigned int dev, bool bound)
{
	static const uint8_t config[] = { 0xaa, 0x61, 0x00 };
	static const uint8_t enable[] = { 0xab, 0xb7, 0x7f, 0x20 };
	static const uint8_t disable[] = { 0xab, 0xb7, 0x40, 0x20 };
	struct device *device = &bench->devices[dev];

	if (device->set.usb_kernel_driver != USB_DRIVER_SPI_CH341)
		return;
	if (bound) {
		usb_inject(device->bus, bench->now, config, sizeof(config));
		usb_inject(device->bus, bench->now, enable, sizeof(enable));
	} else {
		usb_inject(device->bus, bench->now, disable, sizeof(disable));
	}
}

int bench_submit(struct bench *bench, struct bench_urb *urb)
{
	int taken;

	if (urb->dev >= bench_device_count(bench))
		return -1;
	taken = usb_submit(bench->devices[urb->dev].bus, bench->now, urb);
	bench->devices[urb->dev].usb.attached = usb_attached(bench->devices[urb->dev].bus);
	return taken;
}

void bench_cancel(struct bench *bench, struct bench_urb *urb)
{
	usb_cancel(bench->devices[urb->dev].bus, bench->now, urb);
}

void bench_unplug(struct bench *bench, unsigned int dev)
{
	usb_unplug(bench->devices[dev].bus, bench->now);
	bench->devices[dev].usb.attached = false;
}

static bool address_in_use(const struct bench *bench, unsigned int bus, unsigned int address)
{
	for (unsigned int i = 0; i < bench_device_count(bench); i++) {
		const struct bench_usb *usb = &bench->devices[i].usb;

		if (usb->attached && usb->bus == bus && usb->address == address)
			return true;
	}
	return false;
}

void bench_plug(struct bench *bench, unsigned int dev)
{
	struct bench_usb *usb = &bench->devices[dev].usb;

	if (usb->attached)
		return;
	do
		usb->address = usb->address % MAX_ADDRESS + 1;
	while (address_in_use(bench, usb->bus, usb->address));
	usb_plug(bench->devices[dev].bus, bench->now);
	usb->attached = true;
}

void bench_usb_reset(struct bench *bench, unsigned int dev)
{
	usb_reset(bench->devices[dev].bus, bench->now);
}

struct bench_parts bench_parts(struct bench *bench, unsigned int dev)
{
	struct device *device = &bench->devices[dev];

	return (struct bench_parts){ &device->set, device->wires, device->soc };
}

/* ---- what happened ---- */

void bench_on_event(struct bench *bench, bench_event_fn *fn, void *arg)
{
	bench->event_fn = fn;
	bench->event_arg = arg;
	for (unsigned int i = 0; i < ASSIGNMENTS_MAX_DEVICES; i++) {
		bench->devices[i].trace.fn = fn;
		bench->devices[i].trace.arg = arg;
	}
}

const char *bench_wire_name(enum bench_wire wire)
{
	static const char *const names[BENCH_WIRES] = {
		[BENCH_WIRE_CEN] = "CEN", [BENCH_WIRE_CS0] = "CS0", [BENCH_WIRE_CS1] = "CS1",
		[BENCH_WIRE_CS2] = "CS2", [BENCH_WIRE_SCK] = "SCK", [BENCH_WIRE_MOSI] = "MOSI",
		[BENCH_WIRE_MISO] = "MISO",
	};

	return names[wire];
}

void bench_on_wire(struct bench *bench, bench_wire_fn *fn, void *arg)
{
	for (unsigned int i = 0; i < bench_device_count(bench); i++) {
		bench->devices[i].trace.wire_fn = fn;
		bench->devices[i].trace.wire_arg = arg;
		wires_show(bench->devices[i].wires, bench->now);
	}
}

void bench_print_report(const struct bench *bench, FILE *out)
{
	fprintf(out, "emulated_ms %.3f\n", (double)bench->now / 1e6);
	for (unsigned int i = 0; i < bench_device_count(bench); i++) {
		const struct device *device = &bench->devices[i];

		usb_report(device->bus, out);
		wires_report(device->wires, out);
		soc_report(device->soc, bench->now, out);
		nor_report(device->die, bench->now, out);
	}
}
