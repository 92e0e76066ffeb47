/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chips.h"

#include <string.h>
#include <strings.h>

/*
 * Dies. Ids and register counts: tables in BK7231GUIFlashTool
 * (BKFlashList.cs) and Beken SDK flash.c. Times: typical values of the maker's
 * data sheet where there is a public one (W25Q32JV, W25Q64JV, W25X05CL,
 * GD25Q16C, EN25QH16B, MX25V1635F, Puya P25Q16H for the Puya dies), otherwise
 * those of a die like it.
 */
struct die {
	const char *part;
	const char *settings;
};

static const struct die en25qh16b = { "EN25QH16B",
	"jedec_id=1c7015 res_id=14 size=2097152 sfdp=yes bp_decode=eon sr_count=1 "
	"wrsr_two_byte=no wrsr_31=no wrsr_50=yes "
	"tpp_us=700 tse_ms=50 tbe32_ms=150 tbe64_ms=250 tce_ms=8000 tw_ms=10" };
static const struct die en25qh16b_4kbl = { "EN25QH16B",
	"jedec_id=1c7015 res_id=14 size=2097152 sfdp=yes bp_decode=eon-4kbl sr_count=1 "
	"wrsr_two_byte=no wrsr_31=no wrsr_50=yes "
	"tpp_us=700 tse_ms=50 tbe32_ms=150 tbe64_ms=250 tce_ms=8000 tw_ms=10" };
static const struct die th25q16hb = { "TH25Q16HB",
	"jedec_id=eb6015 res_id=14 size=2097152 sfdp=yes bp_decode=gd sr_count=2 "
	"wrsr_one_byte=keeps wrsr_two_byte=yes wrsr_31=yes wrsr_50=yes "
	"tpp_us=700 tse_ms=45 tbe32_ms=120 tbe64_ms=150 tce_ms=8000 tw_ms=10" };
static const struct die xt25f32b = { "XT25F32B",
	"jedec_id=0b4016 res_id=15 size=4194304 sfdp=yes bp_decode=gd sr_count=2 "
	"wrsr_one_byte=keeps wrsr_two_byte=yes wrsr_31=no wrsr_50=yes "
	"tpp_us=500 tse_ms=70 tbe32_ms=180 tbe64_ms=300 tce_ms=15000 tw_ms=10" };
static const struct die xt25f16b = { "XT25F16B",
	"jedec_id=0b4015 res_id=14 size=2097152 sfdp=yes bp_decode=gd sr_count=2 "
	"wrsr_one_byte=keeps wrsr_two_byte=yes wrsr_31=no wrsr_50=yes "
	"tpp_us=500 tse_ms=70 tbe32_ms=180 tbe64_ms=300 tce_ms=8000 tw_ms=10" };
static const struct die w25q32 = { "W25Q32",
	"jedec_id=ef4016 res_id=15 size=4194304 sfdp=yes bp_decode=winbond sr_count=3 "
	"wrsr_one_byte=keeps wrsr_two_byte=yes wrsr_31=yes wrsr_50=yes "
	"tpp_us=700 tse_ms=45 tbe32_ms=120 tbe64_ms=150 tce_ms=10000 tw_ms=10" };
static const struct die w25q64 = { "W25Q64",
	"jedec_id=ef4017 res_id=16 size=8388608 sfdp=yes bp_decode=winbond sr_count=3 "
	"wrsr_one_byte=keeps wrsr_two_byte=yes wrsr_31=yes wrsr_50=yes "
	"tpp_us=700 tse_ms=45 tbe32_ms=120 tbe64_ms=150 tce_ms=20000 tw_ms=10" };
/* W25Q256JV data sheet. */
static const struct die w25q256 = { "W25Q256",
	"jedec_id=ef4019 res_id=18 size=33554432 sfdp=yes bp_decode=winbond-4bp sr_count=3 "
	"wrsr_one_byte=keeps wrsr_two_byte=yes wrsr_31=yes wrsr_50=yes "
	"tpp_us=700 tse_ms=50 tbe32_ms=120 tbe64_ms=150 tce_ms=80000 tw_ms=10" };
/* GD25Q16C data sheet: a one-byte 01 clears CMP, QE and SRP1. */
static const struct die gd25q16c = { "GD25Q16C",
	"jedec_id=c84015 res_id=14 size=2097152 sfdp=yes bp_decode=gd sr_count=2 "
	"wrsr_one_byte=clears wrsr_two_byte=yes wrsr_31=no wrsr_50=yes "
	"tpp_us=600 tse_ms=50 tbe32_ms=150 tbe64_ms=250 tce_ms=7000 tw_ms=5" };
/* tuya-cloudcutter/bk7231tools issue 23: a two-byte 01 changes nothing. */
static const struct die p25q16hb = { "P25Q16HB",
	"jedec_id=854215 res_id=14 size=2097152 sfdp=yes bp_decode=gd sr_count=2 "
	"wrsr_one_byte=keeps wrsr_two_byte=no wrsr_31=yes wrsr_50=yes "
	"tpp_us=2000 tse_ms=16 tbe32_ms=16 tbe64_ms=16 tce_ms=20 tw_ms=8" };
static const struct die p25q16hbk = { "P25Q16HBK",
	"jedec_id=852015 res_id=14 size=2097152 sfdp=yes bp_decode=gd sr_count=2 "
	"wrsr_one_byte=keeps wrsr_two_byte=yes wrsr_31=yes wrsr_50=yes "
	"tpp_us=2000 tse_ms=16 tbe32_ms=16 tbe64_ms=16 tce_ms=20 tw_ms=8" };
static const struct die p25q32hb = { "P25Q32HB",
	"jedec_id=852016 res_id=15 size=4194304 sfdp=yes bp_decode=gd sr_count=2 "
	"wrsr_one_byte=keeps wrsr_two_byte=yes wrsr_31=yes wrsr_50=yes "
	"tpp_us=2000 tse_ms=16 tbe32_ms=16 tbe64_ms=16 tce_ms=20 tw_ms=8" };
/* MX25V1635F data sheet: the second register is read by 15, written by 01. */
static const struct die mx25v1635f = { "MX25V1635F",
	"jedec_id=c22315 res_id=35 size=2097152 sfdp=yes bp_decode=mx sr_count=2 sr2_at=15 "
	"wrsr_one_byte=keeps wrsr_two_byte=yes wrsr_31=no wrsr_50=no "
	"tpp_us=850 tse_ms=36 tbe32_ms=170 tbe64_ms=340 tce_ms=7500 tw_ms=10" };
static const struct die w25x05 = { "W25X05",
	"jedec_id=ef3010 res_id=05 size=65536 sfdp=no bp_decode=winbond sr_count=1 "
	"wrsr_two_byte=no wrsr_31=no wrsr_50=yes "
	"tpp_us=400 tse_ms=30 tbe32_ms=120 tbe64_ms=150 tce_ms=250 tw_ms=10" };
static const struct die w25x10 = { "W25X10",
	"jedec_id=ef3011 res_id=10 size=131072 sfdp=no bp_decode=winbond sr_count=1 "
	"wrsr_two_byte=no wrsr_31=no wrsr_50=yes "
	"tpp_us=700 tse_ms=45 tbe32_ms=120 tbe64_ms=150 tce_ms=500 tw_ms=10" };
/* No real die: TH25Q16HB cut to 128 KiB, for quick tests of CMP and SFDP. */
static const struct die th25q_small = { "(small TH25Q)",
	"jedec_id=eb6011 res_id=10 size=131072 sfdp=yes bp_decode=gd sr_count=2 "
	"wrsr_one_byte=keeps wrsr_two_byte=yes wrsr_31=yes wrsr_50=yes "
	"tpp_us=700 tse_ms=45 tbe32_ms=120 tbe64_ms=150 tce_ms=500 tw_ms=10" };

struct chip {
	const char *name, *soc;	/* soc NULL: plain die */
	const struct die *die;
	const char *protection;
	const char *more;	/* settings over those of the die */
};

/*
 * Protection: what the firmware is known to leave. 7c and 34: OpenBK7231T and
 * BDK flash.c for EN25QH16B; 4004: BDK 3.0.70 flash.c, boot log in
 * OpenBK7231T_App issue 1112; 06b4: BK7231GUIFlashTool issue 51; 3c:
 * tiancj/hid_download_py test/bekenprogram_writer.log.
 */
static const struct chip chips[] = {
	{ "BK7231T", "BK7231T", &en25qh16b, "7c", "" },
	{ "BK7231T-34", "BK7231T", &en25qh16b, "34", "" },
	{ "BK7231T-4KBL", "BK7231T", &en25qh16b_4kbl, "7c", "" },
	{ "BK7231N", "BK7231N", &th25q16hb, "4004", "" },
	{ "BK7231N-nosfdp", "BK7231N", &th25q16hb, "4004", "sfdp=no" },
	{ "BK7231N-06B4", "BK7231N", &th25q16hb, "06b4", "" },
	{ "BK7231N-4204", "BK7231N", &th25q16hb, "4204", "" },
	{ "BK7231-GD25Q16C", "BK7231U", &gd25q16c, "3c", "" },
	{ "BK7238-P25Q16HB", "BK7238", &p25q16hb, "4004", "firmware_sr_count=1" },
	{ "BK7252", "BK7252", &xt25f32b, "4004", "" },
	{ "BK7252-XT25F16B", "BK7252", &xt25f16b, "4004", "" },
	{ "BK7252-W25Q32", "BK7252", &w25q32, "4004", "" },
	{ "BK7252-EN25QH16B", "BK7252", &en25qh16b, "7c", "" },
	{ "BK7252N", "BK7252N", &th25q16hb, "4004", "" },
	{ "BK-MX25V1635F", "BK7231U", &mx25v1635f, "3c", "" },
	{ "BK-P25Q16HBK", "BK7238", &p25q16hbk, "4004", "" },
	{ "BK-P25Q32HB", "BK7238", &p25q32hb, "4004", "" },
	{ "BK-SMALL", "BK7231T", &w25x05, "3c", "" },
	{ "BK-SMALL-CMP", "BK7231N", &th25q_small, "4004", "" },
	{ "W25Q256", NULL, &w25q256, "none", "" },
	{ "W25Q64", NULL, &w25q64, "none", "" },
	{ "W25Q32", NULL, &w25q32, "none", "" },
	{ "GD25Q16C", NULL, &gd25q16c, "none", "" },
	{ "EN25QH16B", NULL, &en25qh16b, "none", "" },
	{ "MX25V1635F", NULL, &mx25v1635f, "none", "" },
	{ "W25X10", NULL, &w25x10, "none", "" },
	{ "W25X05", NULL, &w25x05, "none", "" },
};

#define N_CHIPS (sizeof(chips) / sizeof(chips[0]))

static void apply(struct settings *settings, const struct chip *chip)
{
	char own[128];

	/* Dies leave out what means nothing with one register. */
	settings_apply_own(settings, "wrsr_one_byte=keeps sr2_at=35 sr2_absent=idle "
				     "firmware_sr_count=2");
	settings_apply_own(settings, chip->die->settings);
	snprintf(own, sizeof(own), "protect=%s soc=%s supply=%s %s", chip->protection,
		 chip->soc ? "beken" : "none", chip->soc ? "external" : "usb", chip->more);
	settings_apply_own(settings, own);
}

bool chips_apply(struct settings *settings, const char *name)
{
	for (size_t i = 0; i < N_CHIPS; i++) {
		if (!strcasecmp(chips[i].name, name)) {
			apply(settings, &chips[i]);
			return true;
		}
	}
	return false;
}

void chips_names(char *names, size_t size)
{
	size_t used = 0;

	names[0] = 0;
	for (size_t i = 0; i < N_CHIPS && used < size; i++)
		used += (size_t)snprintf(names + used, size - used, "%s%s", i ? ", " : "",
					 chips[i].name);
}

static void print_size(char *text, size_t text_size, int64_t size)
{
	if (size < 1 << 20)
		snprintf(text, text_size, "%d KiB", (int)(size >> 10));
	else
		snprintf(text, text_size, "%d MiB", (int)(size >> 20));
}

void chips_print(FILE *out)
{
	for (size_t i = 0; i < N_CHIPS; i++) {
		struct settings settings;
		char size[16];

		settings_defaults(&settings, 0);
		apply(&settings, &chips[i]);
		print_size(size, sizeof(size), settings.size);
		fprintf(out, "%-17s %06X  %-7s  %-7s  %-13s  SFDP %-3s  %s\n", chips[i].name,
			(unsigned int)settings.jedec_id, size,
			chips[i].soc ? chips[i].soc : "-", chips[i].die->part,
			settings.sfdp ? "yes" : "no", chips[i].protection);
	}
}
