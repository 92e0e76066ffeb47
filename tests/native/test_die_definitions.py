# SPDX-License-Identifier: GPL-2.0-or-later
"""What the patches make of a tree: for each die one definition, with which protection can be cleared."""
import csv
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FLASHROM = [path.parent.name for path in sorted(ROOT.glob("patches/flashrom-*/series"))]
FLASHPROG = [path.parent.name for path in sorted(ROOT.glob("patches/flashprog-*/series"))]
N_DIES = 88


def read_rows():
    lines = [line for line in (ROOT / "dies" / "dies.csv").read_text().splitlines() if line and line[0] != "#"]
    rows = [{key.strip(): cell.strip() for key, cell in row.items()}
            for row in csv.DictReader(lines, skipinitialspace=True)]
    return {row["id"]: row for row in rows}


ROWS = read_rows()
each_die = pytest.mark.parametrize("jedec_id", ROWS)
each_style = pytest.mark.parametrize("style", ["flashrom", "flashprog"])


# ---- a tree that has as little as a release may have ----

# Makers of the dies that all releases know, by the first byte of the ID.
KNOWN_MAKERS = {"0b": ("XTX", "XTX_ID", "XTX Technology Limited"), "1c": ("EON", "EON_ID_NOPREFIX", "Eon"),
                "20": ("XMC", "ST_ID", "XMC"), "68": ("BOYA_BOHONG", "BOYA_BOHONG_ID", "Boya/BoHong Microelectronics"),
                "ba": ("ZETTA", "ZETTA_ID", "Zetta Device"), "c2": ("MACRONIX", "MACRONIX_ID", "Macronix"),
                "c8": ("GIGADEVICE", "GIGADEVICE_ID", "GigaDevice"), "ef": ("WINBOND", "WINBOND_NEX_ID", "Winbond")}
# What is new goes before the next maker in the alphabet.
LAST = "baffff"
FUNCTIONS = {"flashrom": ("SPI_BLOCK_ERASE_20", "SPI_DISABLE_BLOCKPROTECT_BP4_SRWD, /* SR1 only */"),
             "flashprog": ("spi_block_erase_20", "spi_disable_blockprotect_bp4_srwd, /* SR1 only */")}


def model_macro(jedec_id):
    return f"{KNOWN_MAKERS[jedec_id[:2]][0]}_OLD{jedec_id[2:].upper()}"


def bare_entry(style, jedec_id):
    """A definition without write protection. flashprog has QE in some, and sets up access."""
    _, maker, vendor = KNOWN_MAKERS[jedec_id[:2]]
    erase, unlock = FUNCTIONS[style]
    lines = [f'.vendor\t\t= "{vendor}",', f'.name\t\t= "OLD{jedec_id.upper()}",', f".manufacture_id\t= {maker},",
             f".model_id\t= {model_macro(jedec_id)},", ".feature_bits\t= FEATURE_WRSR_WREN | FEATURE_OTP,",
             f".block_erase = {erase},", f".unlock\t\t= {unlock}"]
    if style == "flashprog":
        lines += [".write\t\t= spi_chip_write_256,", ".reg_bits\t=", "{", "\t.qe\t= {STATUS2, 1, RW},", "},",
                  ".prepare_access\t= spi_prepare_io,", ".finish_access\t= spi_finish_io,"]
    return "\t{\n" + "".join(f"\t\t{line}\n" for line in lines) + "\t},\n"


def put_tree(root, style):
    """With a bare definition of each die that is not in any patch."""
    old = [*(jedec_id for jedec_id, row in ROWS.items() if row["chip"] == "-"), LAST]
    old.sort(key=lambda jedec_id: (KNOWN_MAKERS[jedec_id[:2]][2], jedec_id))
    lines = [f"#define {macro}\t{int(byte, 16):#04x}\n" + "".join(
        f"#define {model_macro(jedec_id)}\t0x{jedec_id[2:].upper()}\n" for jedec_id in sorted(old) if jedec_id[:2] == byte)
        for byte, (_, macro, _) in sorted(KNOWN_MAKERS.items(), key=lambda pair: pair[1])]
    (root / "include").mkdir(parents=True)
    (root / "include" / "flashchips.h").write_text("\n" + "\n".join(lines))
    entries = [bare_entry(style, jedec_id) for jedec_id in old]
    (root / "flashchips.c").write_text("const struct flashchip flashchips[] = {\n\n" + "\n".join(entries) + "\n};\n")


def parse(text):
    """Values of fields, with those of register bits under their names."""
    fields = {}
    for name, value in re.findall(r"^\t+\.([a-z_.]+)\s*=\s*(.+?),?(?: /\*.*\*/)?$", text, re.M):
        fields.setdefault(name, []).append(value.rstrip(","))
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def entries_of(root):
    """By JEDEC ID."""
    header = (root / "include" / "flashchips.h").read_text()
    macros = dict(re.findall(r"^#define (\w+)\s+0x([0-9a-fA-F]+)", header, re.M))
    found = {}
    for text in re.findall(r"^\t\{\n(.*?)^\t\},$", (root / "flashchips.c").read_text(), re.M | re.S):
        entry = parse(text)
        jedec_id = f"{int(macros[entry['manufacture_id']], 16):02x}{int(macros[entry['model_id']], 16):04x}"
        found.setdefault(jedec_id, []).append(entry)
    return found


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """By style, what is in a tree after the patch that is made for it."""
    found = {}
    for style in FUNCTIONS:
        root = tmp_path_factory.mktemp(style)
        put_tree(root / "tree", style)
        shutil.copytree(ROOT / "dies", root / "dies")
        (root / "programmer" / "engine").mkdir(parents=True)
        shutil.copy(ROOT / "programmer" / "engine" / "nor_dies.c", root / "programmer" / "engine")
        shutil.rmtree(root / "dies" / "places")
        (root / "dies" / "places").mkdir()
        (root / "patches" / "tree").mkdir(parents=True)
        places = subprocess.run([root / "dies" / "survey.py", root / "tree"], capture_output=True, text=True, check=True)
        (root / "dies" / "places" / "tree.txt").write_text(places.stdout)
        subprocess.run([ROOT / "dies" / "generate.py", "--root", root], check=True, capture_output=True)
        subprocess.run(["patch", "-p1", "-F0", "-s", "-d", root / "tree", "-i",
                        root / "patches" / "tree" / "0003-flashchips-add-dies-of-Beken-chips.patch"], check=True)
        found[style] = entries_of(root / "tree")
    return found


@pytest.fixture
def entry(trees, style, jedec_id):
    found = trees[style].get(jedec_id, [])
    assert len(found) == 1, "one definition, and no second one with the same ID"
    return found[0]


pytestmark = pytest.mark.skipif(not shutil.which("patch"), reason="patch is not installed")


# ---- each die ----

def wanted_bits(row):
    """Register bits that the row tells of, as flashrom names them."""
    mask = int(row["bp"], 16)
    counts_to_15 = row["id"].startswith("c2")
    n_bp = 4 if counts_to_15 else 3
    bits = {"srp": "{STATUS1, 7, RW}",
            "bp": "{" + ", ".join(f"{{STATUS1, {2 + i}, RW}}" for i in range(n_bp)) + "}"}
    if mask & 0x20 and not counts_to_15:
        bits["tb"] = "{STATUS1, 5, RW}"
    if mask & 0x40:
        bits["sec"] = "{STATUS1, 6, RW}"
    if row["srl"] == "yes":
        bits["srl"] = "{STATUS2, 0, RW}"
    if row["cmp"] != "-":
        register, number = re.fullmatch(r"SR(\d)\.(\d)", row["cmp"]).groups()
        bits["cmp"] = f"{{STATUS{register}, {number}, RW}}"
    return bits


@each_style
@each_die
def test_protection_can_be_cleared_by_the_bits_of_the_table(entry, style, jedec_id):
    names = ("srp", "srl", "bp", "tb", "sec", "cmp", "wps")
    assert {name: entry[name] for name in names if name in entry} == wanted_bits(ROWS[jedec_id])
    assert entry["decode_range"] == ("DECODE_RANGE_SPI25" if style == "flashrom" else "decode_range_spi25")
    functions = [entry.get(name) for name in ("wp_read_cfg", "wp_write_cfg", "wp_get_ranges")]
    assert functions == (["spi_wp_read_cfg", "spi_wp_write_cfg", "spi_wp_get_available_ranges"]
                         if style == "flashprog" else [None] * 3)


@each_style
@each_die
def test_second_register_is_written_as_the_die_takes_it(entry, jedec_id):
    flag = {"-": set(), "01": {"FEATURE_WRSR_EXT2"}, "31": {"FEATURE_WRSR2"}}[ROWS[jedec_id]["sr2_write"]]
    features = set(entry["feature_bits"].split(" | "))
    assert {name for name in features if re.match(r"FEATURE_WRSR(_EXT.|.)$", name)} == flag
    assert "FEATURE_WRSR_WREN" in features


@each_style
@each_die
def test_a_read_writes_no_status_register(entry, style):
    """The unlock function is called for it."""
    assert entry.get("unlock") in (None, "NO_BLOCKPROTECT_FUNC" if style == "flashrom" else "NULL")


@each_style
@pytest.mark.parametrize("jedec_id", [jedec_id for jedec_id, row in ROWS.items() if row["chip"] != "-"])
def test_size_and_erasers_of_a_new_definition(entry, jedec_id):
    row = ROWS[jedec_id]
    size = int(row["KiB"]) << 10
    assert entry["name"] == f'"{row["chip"]}"' and entry["total_size"] == row["KiB"] and entry["page_size"] == "256"
    opcodes = re.findall(r"=([0-9a-f]{2})", row["erase"])
    assert [function[-2:].lower() for function in entry["block_erase"]] == opcodes
    blocks = [re.fullmatch(r"\{ \{([\d *]+), (\d+)\} \}", text).groups() for text in entry["eraseblocks"]]
    assert len(blocks) == len(opcodes)
    for length, count in blocks:
        product = 1
        for factor in length.split(" * "):
            product *= int(factor)
        assert product * int(count) == size


# ---- each release ----

def test_the_table_has_all_dies():
    assert len(ROWS) == N_DIES


def known_to(release):
    return set(re.search(r"^has (.*)$", (ROOT / "dies" / "places" / f"{release}.txt").read_text(), re.M)[1].split())


def patch_of(release):
    return (ROOT / "patches" / release / "0003-flashchips-add-dies-of-Beken-chips.patch").read_text()


@pytest.mark.parametrize("release", FLASHROM + FLASHPROG)
def test_every_die_is_in_the_release_or_in_its_patch(release):
    new = {"".join(words).lower() for words in re.findall(r"^  ([0-9A-F]{2}) ([0-9A-F]{2}) ([0-9A-F]{2})  ",
                                                          patch_of(release), re.M)}
    assert new | known_to(release) == set(ROWS)
    assert not new & known_to(release), "no second definition"
    assert patch_of(release).count("\n+\t\t.tested\t\t= TEST_UNTESTED,") == len(new)


@pytest.mark.parametrize("release", FLASHROM + FLASHPROG)
def test_no_definition_of_a_known_die_keeps_its_unlock_function(release):
    """Each has had one, but for a few that have several definitions."""
    taken_out = re.findall(r"^\+\t\t\.unlock\t\t= (\w+),$", patch_of(release), re.M)
    assert len(taken_out) >= len(known_to(release))
    assert set(taken_out) == {"NULL" if release in FLASHPROG else "NO_BLOCKPROTECT_FUNC"}
