/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usbip_exports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "usbip_say.h"

struct export {
	char busid[USBIP_BUSID_SIZE];
	bool imported, was_attached;
	int64_t plug_at;	/* BENCH_NEVER: not planned */
};

struct usbip_exports {
	struct bench *bench;
	int64_t replug_after;
	unsigned int n;
	struct export *list;
};

/* BUS-PORT[.PORT]... as sysfs names the device. */
static void make_busid(char *busid, const struct bench_usb *usb)
{
	size_t n = (size_t)snprintf(busid, USBIP_BUSID_SIZE, "%u", usb->bus);

	for (unsigned int i = 0; i < usb->n_ports && n < USBIP_BUSID_SIZE; i++)
		n += (size_t)snprintf(busid + n, USBIP_BUSID_SIZE - n, "%c%u", i ? '.' : '-',
				      usb->ports[i]);
}

struct usbip_exports *usbip_exports_new(struct bench *bench, int64_t replug_after)
{
	struct usbip_exports *exports = must(calloc(1, sizeof(*exports)));

	exports->bench = bench;
	exports->replug_after = replug_after;
	exports->n = bench_device_count(bench);
	exports->list = must(calloc(exports->n + 1, sizeof(*exports->list)));
	for (unsigned int i = 0; i < exports->n; i++) {
		make_busid(exports->list[i].busid, bench_usb(bench, i));
		exports->list[i].was_attached = true;
		exports->list[i].plug_at = BENCH_NEVER;
	}
	return exports;
}

void usbip_exports_free(struct usbip_exports *exports)
{
	if (!exports)
		return;
	free(exports->list);
	free(exports);
}

struct bench *usbip_exports_bench(const struct usbip_exports *exports)
{
	return exports->bench;
}

unsigned int usbip_exports_count(const struct usbip_exports *exports)
{
	return exports->n;
}

const char *usbip_exports_busid(const struct usbip_exports *exports, unsigned int dev)
{
	return exports->list[dev].busid;
}

bool usbip_exports_available(const struct usbip_exports *exports, unsigned int dev)
{
	return bench_usb(exports->bench, dev)->attached && !exports->list[dev].imported;
}

int usbip_exports_find(const struct usbip_exports *exports, const char *busid)
{
	for (unsigned int i = 0; i < exports->n; i++)
		if (!strcmp(exports->list[i].busid, busid))
			return (int)i;
	return -1;
}

enum usbip_op_status usbip_exports_import(struct usbip_exports *exports, unsigned int dev, const char *client)
{
	struct export *export = &exports->list[dev];

	if (!bench_usb(exports->bench, dev)->attached)
		return USBIP_ST_NODEV;
	if (export->imported)
		return USBIP_ST_DEV_BUSY;
	export->imported = true;
	usbip_say("%s imported by %s", export->busid, client);
	return USBIP_ST_OK;
}

void usbip_exports_release(struct usbip_exports *exports, unsigned int dev)
{
	struct export *export = &exports->list[dev];

	export->imported = false;
	bench_usb_reset(exports->bench, dev);
	bench_run_until(exports->bench, bench_now(exports->bench));
	usbip_say("%s released", export->busid);
}

void usbip_exports_unplug(struct usbip_exports *exports, unsigned int dev)
{
	bench_unplug(exports->bench, dev);
	usbip_exports_look(exports);
}

void usbip_exports_plug(struct usbip_exports *exports, unsigned int dev)
{
	bench_plug(exports->bench, dev);
	usbip_exports_look(exports);
}

static void notice(struct usbip_exports *exports, unsigned int dev)
{
	struct export *export = &exports->list[dev];
	const struct bench_usb *usb = bench_usb(exports->bench, dev);

	if (usb->attached == export->was_attached)
		return;
	export->was_attached = usb->attached;
	export->plug_at = BENCH_NEVER;
	if (usb->attached) {
		usbip_say("%s plugged in, address %u", export->busid, usb->address);
		return;
	}
	usbip_say("%s unplugged", export->busid);
	if (exports->replug_after != BENCH_NEVER)
		export->plug_at = bench_now(exports->bench) + exports->replug_after;
}

int64_t usbip_exports_look(struct usbip_exports *exports)
{
	int64_t next = BENCH_NEVER;

	for (unsigned int i = 0; i < exports->n; i++) {
		struct export *export = &exports->list[i];

		notice(exports, i);
		/* First its importer has to see that it is gone. */
		if (!export->imported && export->plug_at <= bench_now(exports->bench)) {
			bench_plug(exports->bench, i);
			notice(exports, i);
		}
		if (export->plug_at < next)
			next = export->plug_at;
	}
	return next;
}
