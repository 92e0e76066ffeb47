# SPDX-License-Identifier: GPL-2.0-or-later
"""dies/dies.csv, and that the table in C and the chip patches are what it says."""
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RELEASES = sorted(path.parent.name for path in ROOT.glob("patches/*/series"))
# A die that no table has, by a maker that all patches have.
NEW_ROW = ("cd7116, TH25Q32UC, 4096, 7c, 2, SR2.6, 01, SR2.1, tool, a test, TH25Q32UC, "
           "4K=20 32K=52 64K=d8 chip=60 chip=c7, 2300-3600, -, -, Puya dies,")


def generate(root, *arguments):
    return subprocess.run([ROOT / "dies" / "generate.py", "--root", root, *arguments], capture_output=True, text=True,
                          check=False)


@pytest.fixture
def copy(tmp_path):
    """The table and what is made from it, to be changed."""
    for name in ("dies", "patches"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for path in c_tables(ROOT):
        (tmp_path / path.relative_to(ROOT)).parent.mkdir(parents=True)
        shutil.copy(path, tmp_path / path.relative_to(ROOT))
    return tmp_path


def c_tables(root):
    name = re.search(r'^C_TABLE = "(.*)"', (ROOT / "dies" / "generate.py").read_text(), re.M)[1]
    return [root / name]


def replace(path, pattern, text):
    before = path.read_text()
    after, n = re.subn(pattern, text, before, count=1, flags=re.M)
    assert n == 1 and after != before
    path.write_text(after)


def all_ids(root):
    return re.findall(r"^([0-9a-f]{6}),", (root / "dies" / "dies.csv").read_text(), re.M)


def changed_files(told):
    return set(re.findall(r"^--- (\S+)", told.stdout, re.M))


def patch_name(release):
    return f"patches/{release}/0003-flashchips-add-dies-of-Beken-chips.patch"


def test_what_is_committed_is_what_the_table_says():
    told = generate(ROOT, "--check")
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def test_every_release_has_its_places():
    assert [path.stem for path in sorted((ROOT / "dies" / "places").glob("*.txt"))] == RELEASES


# ---- the check can fail ----

def test_a_fact_of_the_programmer_that_differs_is_shown(copy):
    replace(copy / "dies" / "dies.csv", r"^(c84015, .*?) 7c,", r"\1 3c,")
    told = generate(copy, "--check")
    assert told.returncode == 1
    # The releases' own definitions of the die lack its bits.
    assert changed_files(told) == {str(path.relative_to(copy)) for path in c_tables(copy)} | {
        patch_name(release) for release in RELEASES}
    assert '-\t{ 0xc84015, "GD25Q16B", 2 * MIB, 0x7c, CMP },' in told.stdout
    assert '+\t{ 0xc84015, "GD25Q16B", 2 * MIB, 0x3c, CMP },' in told.stdout


def test_a_fact_of_a_definition_that_differs_is_shown_in_each_patch(copy):
    replace(copy / "dies" / "dies.csv", r"^(eb6015, .*)2300-3600", r"\g<1>2700-3600")
    told = generate(copy, "--check")
    assert told.returncode == 1
    assert changed_files(told) == {patch_name(release) for release in RELEASES}


def test_patches_that_were_changed_by_hand_are_shown_and_made_anew(copy):
    paths = [copy / patch_name(release) for release in RELEASES]
    before = [path.read_text() for path in paths]
    for path in paths:
        replace(path, "^(.*TSINGTENG.*)0x6015$", r"\g<1>0x6016")
    changed = [path.read_text() for path in paths]
    told = generate(copy, "--check")
    assert told.returncode == 1 and changed_files(told) == {patch_name(release) for release in RELEASES}
    assert [path.read_text() for path in paths] == changed, "--check writes nothing"
    assert generate(copy).returncode == 0
    assert [path.read_text() for path in paths] == before


@pytest.mark.parametrize("pattern, text, problem", [
    (r"^(c84015, \S+ +)2048", r"\g<1>4096", "not the size"),
    (r"^c86015", "c84015", "sorted"),
    (r"^c84015", "c83015", "sorted"),
    (r"^(c84015, .*?) 7c,", r"\1 7e,", "bp is '7e'"),
    (r"^(c84015, .*?) sheet,", r"\1 sure,", "certainty is 'sure'"),
    (r"^(c84015, .*?) 2,  SR2\.6, 01,", r"\1 1,  SR2.6, -,", "not there"),
    (r"^(c84015, .*?) 2,  SR2\.6, 01,", r"\1 2,  SR2.6, -,", "second register"),
    (r"^(eb6015, .*)2300-3600", r"\g<1>-", "mV"),
    (r"^(c84015, .*)GUIFlashTool,", r"\g<1>GUIFlashTool", "cells"),
], ids=["size", "twice", "unsorted", "bp", "certainty", "cmp", "sr2_write", "chip", "cells"])
def test_a_row_that_cannot_be_right_is_refused_with_its_line(copy, pattern, text, problem):
    replace(copy / "dies" / "dies.csv", pattern, text)
    told = generate(copy)
    assert told.returncode == 2 and not told.stdout
    assert re.match(r"generate\.py: dies\.csv:\d+: ", told.stderr) and problem in told.stderr


def test_a_maker_that_is_not_known_is_named(copy):
    replace(copy / "dies" / "makers.csv", r"^c4,.*\n", "")
    told = generate(copy)
    assert told.returncode == 2 and "makers.csv has no row for c4" in told.stderr


def test_a_die_without_a_place_is_not_lost(copy):
    replace(copy / "dies" / "places" / "flashrom-1.6.0.txt", r"^\+\{chips GIANTEC\}\n", "")
    told = generate(copy)
    assert told.returncode == 2 and "flashrom-1.6.0.txt has no place for c44010, " in told.stderr


# ---- one row is enough ----

def test_a_new_die_costs_one_row(copy):
    replace(copy / "dies" / "dies.csv", r"^(cd7115, .*\n)", rf"\1{NEW_ROW}\n")
    assert generate(copy).returncode == 0
    assert '\t{ 0xcd7116, "TH25Q32UC", 4 * MIB, 0x7c, CMP },\n' in c_tables(copy)[0].read_text()
    for release in RELEASES:
        text = (copy / patch_name(release)).read_text()
        assert '+\t\t.name\t\t= "TH25Q32UC",' in text, release
        assert "+#define TSINGTENG_TH25Q32UC\t0x7116\n" in text, release
        assert "+\t\t\t\t.eraseblocks = { {4 * 1024, 1024} },\n" in text, release
        assert "  CD 71 16  TH25Q32UC" in text, release


def test_a_die_that_a_release_has_is_not_defined_again(copy):
    replace(copy / "dies" / "dies.csv", r"^(cd7115, .*\n)", rf"\1{NEW_ROW}\n")
    replace(copy / "dies" / "places" / "flashrom-1.7.0.txt", r"^spelling", "has cd7116\nspelling")
    assert generate(copy).returncode == 0
    has_it = {release for release in RELEASES if "TH25Q32UC" in (copy / patch_name(release)).read_text()}
    assert has_it == set(RELEASES) - {"flashrom-1.7.0"}


def test_no_definition_has_a_function_for_unlocking(copy):
    """It is called for reads as well, and writes the status register for them."""
    for release in RELEASES:
        assert not re.search(r"^\+\t\t\.unlock\t\t= spi_", (copy / patch_name(release)).read_text(), re.M), release


@pytest.mark.parametrize("mask, wanted", [
    ("1c", ["BP2_SRWD", ".bp "]), ("3c", ["BP3_SRWD", ".bp ", ".tb "]), ("7c", ["BP4_SRWD", ".bp ", ".tb ", ".sec "]),
])
def test_protection_bits_of_a_definition_are_those_of_the_row(copy, mask, wanted):
    replace(copy / "dies" / "dies.csv", r"^(cd7115, .*\n)", r"\1" + NEW_ROW.replace("7c", mask) + "\n")
    assert generate(copy).returncode == 0
    text = (copy / patch_name("flashrom-1.8.0")).read_text()
    definition = text[text.index('"TH25Q32UC"'):].split("+\t},")[0]
    found = [word for word in ("BP2_SRWD", "BP3_SRWD", "BP4_SRWD", ".bp ", ".tb ", ".sec ") if word in definition]
    assert found == wanted


# ---- a definition that a release has gets the fields that it lacks ----

TREE = """\
	{
		.name		= "TH25Q16HB",
		.feature_bits	= FEATURE_WRSR_WREN,
		.voltage	= {2300, 3600},
	},
"""
AMENDED = """\
	{
		.name		= "TH25Q16HB",
		.feature_bits	= FEATURE_WRSR_WREN | FEATURE_WRSR_EXT2,
		.voltage	= {2300, 3600},
		.reg_bits	=
		{
			.srp    = {STATUS1, 7, RW},
			.bp     = {{STATUS1, 2, RW}, {STATUS1, 3, RW}, {STATUS1, 4, RW}},
			.tb     = {STATUS1, 5, RW}, /* BP3 */
			.sec    = {STATUS1, 6, RW}, /* BP4 */
			.cmp    = {STATUS2, 6, RW},
		},
		.decode_range	= DECODE_RANGE_SPI25,
	},
"""
AMENDMENT = """\
spelling flashrom-1.4
message flashrom.txt test-unlocked.txt
has {all}
file flashchips.c
@@ 2
 		.name		= "TH25Q16HB",
-		.feature_bits	= FEATURE_WRSR_WREN,
+		.feature_bits	= FEATURE_WRSR_WREN | FEATURE_WRSR_EXT2,
 		.voltage	= {2300, 3600},
+{field reg_bits eb6015}
+{field decode_range eb6015}
 	},
"""


@pytest.mark.skipif(not shutil.which("patch"), reason="patch is not installed")
def test_fields_can_be_added_to_a_definition(copy):
    places = AMENDMENT.replace("{all}", " ".join(all_ids(copy)))
    (copy / "dies" / "places" / "flashrom-1.9.0.txt").write_text(places)
    (copy / "patches" / "flashrom-1.9.0").mkdir()
    told = generate(copy)
    assert told.returncode == 0, told.stderr
    text = (copy / patch_name("flashrom-1.9.0")).read_text()
    assert " 1 file changed, 10 insertions(+), 1 deletion(-)\n" in text
    (copy / "flashchips.c").write_text(TREE)
    subprocess.run(["patch", "-p1", "-F0", "-s", "-d", copy], input=text, text=True, check=True)
    assert (copy / "flashchips.c").read_text() == AMENDED


def test_a_field_that_does_not_exist_is_named(copy):
    places = AMENDMENT.replace("{all}", " ".join(all_ids(copy))).replace("field decode_range", "field wps")
    (copy / "dies" / "places" / "flashrom-1.9.0.txt").write_text(places)
    told = generate(copy)
    assert told.returncode == 2 and "eb6015 has no field wps" in told.stderr


# ---- places are found in a tree ----

def entry(vendor, name, maker, model, *more):
    return "\n".join(["\t{", f'\t\t.vendor\t\t= "{vendor}",', f'\t\t.name\t\t= "{name}",',
                      f"\t\t.manufacture_id\t= {maker},", f"\t\t.model_id\t= {model},",
                      "\t\t.feature_bits\t= FEATURE_WRSR_WREN,",
                      "\t\t.block_erase = SPI_BLOCK_ERASE_20,", *more, "\t},\n"])


MACROS = """\
#define GIGADEVICE_ID\t\t0xC8
#define GIGADEVICE_GD25Q16\t0x4015
#define GIGADEVICE_GD25WQ16E\t0x6515
#define GIGADEVICE_GD25WQ80E\t0x6514

#define SST_ID\t\t\t0xBF
#define SST_SST25\t\t0x4141

/* Winbond of old. */
#define WINBOND_ID\t\t0xDA

#define XTX_ID\t\t\t0x0B
#define XTX_XT25F16B\t\t0x4015
#define XTX_XT25F64B\t\t0x4017

#define ZETTA_ID\t\t0xBA
"""
ENTRIES = {
    "gigadevice": [entry("GigaDevice", "GD25Q16(B)", "GIGADEVICE_ID", "GIGADEVICE_GD25Q16"),
                   entry("GigaDevice", "GD25WQ80E", "GIGADEVICE_ID", "GIGADEVICE_GD25WQ80E")],
    "sst": [entry("SST", "SST25", "SST_ID", "SST_SST25")],
    "winbond": [entry("Winbond", "W25", "WINBOND_ID", "0x1234")],
    # One that has all bits but CMP.
    "xtx": [entry("XTX Technology Limited", "XT25F16B", "XTX_ID", "XTX_XT25F16B", "\t\t.reg_bits\t=", "\t\t{",
                  "\t\t\t.srp    = {STATUS1, 7, RW},", "\t\t},"),
            entry("XTX Technology Limited", "XT25F64B", "XTX_ID", "XTX_XT25F64B")],
    "zetta": [entry("Zetta Device", "ZD25", "ZETTA_ID", "0x1234")],
}


NEW_FILES = ["boya_bohong", "eon", "fremont", "fudan", "giantec", "macronix", "pn", "puya", "tsingteng", "ucun", "xmc", "zb"]


def put_tree(root, in_folder):
    (root / "include").mkdir(parents=True)
    (root / "include" / "flashchips.h").write_text("\n" + MACROS)
    if not in_folder:
        entries = [text for texts in ENTRIES.values() for text in texts]
        (root / "flashchips.c").write_text("\n".join(["const struct flashchip flashchips[] = {\n", *entries, "};\n"]))
        return
    (root / "flashchips").mkdir()
    for name, texts in ENTRIES.items():
        (root / "flashchips" / f"{name}.c").write_text("/* A maker. */\n\n" + "\n".join(texts))
    (root / "flashchips.c").write_text('#include "flashchips/amd.c"\n' + "".join(
        f'#include "flashchips/{name}.c"\n' for name in ENTRIES))


def survey(copy, tree):
    return subprocess.run([copy / "dies" / "survey.py", tree], capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(not shutil.which("patch"), reason="patch is not installed")
@pytest.mark.parametrize("in_folder", [False, True], ids=["one file", "folder"])
def test_survey_finds_places_for_what_a_tree_lacks(copy, in_folder):
    tree = copy / "tree"
    put_tree(tree, in_folder)
    places = survey(copy, tree)
    known = "0b4015 0b4017 c84015 c86514"
    assert f"has {known}\n" in places and "named c86515\n" in places
    (copy / "dies" / "places" / "flashrom-1.9.0.txt").write_text(places)
    (copy / "patches" / "flashrom-1.9.0").mkdir()
    told = generate(copy)
    assert told.returncode == 0, told.stderr
    subprocess.run(["patch", "-p1", "-F0", "-s", "-d", tree, "-i", copy / patch_name("flashrom-1.9.0")], check=True)
    # All is known now, and nothing is left to change.
    after = survey(copy, tree)
    lines = (copy / "dies" / "dies.csv").read_text().splitlines()
    assert re.findall(r"^has (.*)$", after, re.M) == [
        " ".join(line[:6] for line in lines if " 4K=" in line or line[:6] in known.split())]
    assert "\nfile " not in after and "\nnew " not in after
    xtx = (tree / ("flashchips/xtx.c" if in_folder else "flashchips.c")).read_text()
    amended = xtx[xtx.index('"XT25F16B"'):].split("\n\t},")[0]
    assert "FEATURE_WRSR_WREN | FEATURE_WRSR_EXT2" in amended and "\t\t\t.cmp    = {STATUS2, 6, RW},\n\t\t}," in amended
    assert "decode_range" in amended and amended.count(".reg_bits") == 1
    assert xtx.index('"XT25F16B"') < xtx.index('"XT25F32B"') < xtx.index('"XT25F64B"')
    if in_folder:
        assert (tree / "flashchips.c").read_text() == "".join(
            f'#include "flashchips/{name}.c"\n' for name in sorted([*ENTRIES, "amd", *NEW_FILES]))
    header = (tree / "include" / "flashchips.h").read_text()
    macros = re.findall(r"#define (\w+)", header)
    assert len(macros) == len(set(macros))
    assert [name for name in macros if name.endswith("_ID") or "_ID_" in name] == [
        "BOYA_BOHONG_ID", "EON_ID_NOPREFIX", "FREMONT_ID", "FUDAN_ID_NOPREFIX", "GD25D_ID", "GIANTEC_ID",
        "GIGADEVICE_ID", "MACRONIX_ID", "PN_ID", "PUYA_ID", "SST_ID", "TSINGTENG_ID_EB", "TSINGTENG_ID_CD",
        "UCUN_ID", "WINBOND_ID", "ST_ID", "XTX4B_ID", "XTX_ID", "ZB_ID", "ZETTA_ID"]
