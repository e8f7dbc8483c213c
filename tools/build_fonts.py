#!/usr/bin/env python3
r"""Build the faces that k2meta ships: small, static, unhinted TrueType under names of their own.

Run by maintainers only; the results are kept in ``k2meta/figures/lettering/fonts``. Needs fontTools
(``pip install "k2meta[fonts]"``).

    python tools/build_fonts.py --latin /usr/share/fonts/truetype/croscore \
                                --han node_modules/@expo-google-fonts/noto-sans-sc
    python tools/build_fonts.py --make-list /usr/share/unicode/Unihan_OtherMappings.txt.bz2

Sources
-------
Latin
    Arimo and Tinos in four styles each, ``Arimo-Regular.ttf`` and so on: Debian's ``fonts-croscore``
    (version 1.33, SIL Open Font License 1.1; older releases were Apache-2.0).
Han
    Noto Sans SC at weights 400 and 700. Either static files (``npm pack
    @expo-google-fonts/noto-sans-sc``; a folder that holds ``*_400Regular.ttf`` and
    ``*_700Bold.ttf``) or one variable file ``*.ttf`` with a ``wght`` axis, which is then
    instanced. SIL Open Font License 1.1; the Reserved Font Name is 'Source'.
Characters
    GB 2312 (6,763 hanzi, from Python's codec), the Table of General Standard Chinese Characters of 2013
    (8,105 hanzi, ``common_use_characters.txt`` beside this file) and characters of personal names. The
    table is the field kTGH of Unicode's Unihan database (Debian's ``unicode-data``, 15.0.0), under
    ``LICENSE-Unicode.txt``; ``--make-list`` extracts it anew.

What is done, and why
---------------------
* Family names of our own (``k2meta Arimo``, ``k2meta Tinos``, ``k2meta Sans SC``): an installed Arimo or
  Noto Sans SC of another version, or a variable one that matplotlib would draw in Thin, is never picked up.
* ``glyf`` outlines only: matplotlib embeds these as clean TrueType in PDF (CFF comes out broken).
* No hinting and no layout tables (kern, GPOS, GSUB): a string is exactly as wide as the sum of its
  advances, in every matplotlib version, at every resolution. Measured width = drawn width.
* Fixed time stamps (``SOURCE_DATE_EPOCH``, else 0): the same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import bz2
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

TARGET = Path(__file__).resolve().parent.parent / "k2meta" / "figures" / "lettering" / "fonts"
COMMON_USE = Path(__file__).resolve().parent / "common_use_characters.txt"
MAC_EPOCH = 2082844800  # seconds from 1904-01-01, where head.modified starts, to 1970-01-01

LATIN_RANGES = (
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x017F),  # Latin-1, Latin Extended-A
    (0x0192, 0x0192),
    (0x01A0, 0x01A1),  # Vietnamese o and u with horn
    (0x01AF, 0x01B0),
    (0x0218, 0x021B),  # Romanian
    (0x02C6, 0x02DD),  # spacing accents
    (0x0384, 0x03CE),  # Greek
    (0x03D1, 0x03D6),
    (0x0400, 0x045F),  # Cyrillic
    (0x1E80, 0x1E85),
    (0x1EA0, 0x1EF9),  # Vietnamese
    (0x2000, 0x200A),  # spaces, the thin one (U+2009) included
    (0x2010, 0x2027),  # dashes, quotation marks, daggers, bullets, dots
    (0x202F, 0x203A),  # narrow space, per mille, primes
    (0x2044, 0x2044),
    (0x2070, 0x208E),  # superscripts, subscripts
    (0x20AC, 0x20AC),
    (0x2113, 0x2126),
    (0x2150, 0x215E),  # fractions
    (0x2190, 0x2195),  # arrows
    (0x2202, 0x221E),  # maths, the minus sign (U+2212) included
    (0x2248, 0x2265),
    (0x25A0, 0x25CF),  # squares, triangles, circles
)
HAN_RANGES = (
    (0x0020, 0x007E),
    (0x00A0, 0x00A0),
    (0x00B7, 0x00B7),  # the dot within foreign names
    (0x2014, 0x2014),  # dash; GB 2312's own codes map to U+2015 and U+30FB in Python
    (0x2018, 0x2026),
    (0x2460, 0x2473),  # circled numbers
    (0x3000, 0x3017),  # CJK punctuation
    (0x3220, 0x3229),
    (0x338E, 0x33A1),  # mg, kg, mm, cm, km, m2 as one character
    (0xFF01, 0xFF5E),  # full-width forms
    (0xFFE0, 0xFFE5),
)
# Common in personal names and yet not in GB 2312.
NAME_CHARACTERS = (
    "堃喆玥昇翀珺犇彧烜祎旸昉暐瑨瑄珮珈璟赟淼焱燚骉晗曌煊熠琎玙"
    "琬芃蓁翊翾頔颀飏祺禛勍嫕姮婳媖嬿榕禤璐璇甯囍燊堉翚铱锘镕瞾贇"
)


@dataclass(frozen=True)
class Style:
    """What a face is called and how heavy and slanted it says it is."""

    name: str
    weight: int
    bold: bool = False
    italic: bool = False


STYLES = {
    "Regular": Style("Regular", 400),
    "Bold": Style("Bold", 700, bold=True),
    "Italic": Style("Italic", 400, italic=True),
    "BoldItalic": Style("Bold Italic", 700, bold=True, italic=True),
}


def latin_characters() -> set[int]:
    """Return the code points of the Latin faces."""
    return {code for low, high in LATIN_RANGES for code in range(low, high + 1)}


def gb2312_characters() -> set[int]:
    """Return every character of GB 2312: 6,763 hanzi and 682 symbols, from the codec of Python."""
    found = set()
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes([row, cell]).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def listed_characters(path: Path) -> str:
    """Return the characters of a list: UTF-8, blanks left out, lines that begin with ``#`` are remarks."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "".join("".join(line.split()) for line in lines if not line.startswith("#"))


def table_of_2013(unihan: Path) -> str:
    """Return the 8,105 characters of the Table of General Standard Chinese Characters, in its order.

    Parameters
    ----------
    unihan : path
        ``Unihan_OtherMappings.txt`` of the Unicode Character Database, or the same with ``.bz2``.
    """
    data = unihan.read_bytes()
    text = (bz2.decompress(data) if unihan.suffix == ".bz2" else data).decode("utf-8")
    found = {}
    for code, values in re.findall(r"^U\+([0-9A-F]+)\tkTGH\t(.+)$", text, re.MULTILINE):
        found |= {int(place): chr(int(code, 16)) for place in re.findall(r"2013:(\d+)", values)}
    if sorted(found) != list(range(1, 8106)):
        raise SystemExit(f"{unihan}: {len(found)} characters of the table of 2013; expected 1 to 8105")
    return "".join(found[place] for place in sorted(found))


def write_list(unihan: Path, target: Path) -> None:
    """Write the table as a list for ``--han-list``, with where it comes from."""
    characters = table_of_2013(unihan)
    lines = [characters[start : start + 50] for start in range(0, len(characters), 50)]
    remarks = (
        "# Table of General Standard Chinese Characters (2013), in its order: 3,500 of level 1, 3,000",
        "# of level 2, 1,605 of level 3. Extracted by build_fonts.py --make-list from the field kTGH of the",
        "# Unihan database, Unicode 15.0.0: a changed form of that file. Copyright 1991-2022 Unicode, Inc.;",
        "# see LICENSE-Unicode.txt.",
    )
    target.write_text("\n".join((*remarks, *lines)) + "\n", encoding="utf-8")


def han_characters(extra: str = "") -> set[int]:
    """Return the code points of the Han faces."""
    ranges = {code for low, high in HAN_RANGES for code in range(low, high + 1)}
    return gb2312_characters() | ranges | {ord(c) for c in NAME_CHARACTERS + extra if not c.isspace()}


def _rename(font: TTFont, family: str, style: Style, copyright_note: str) -> None:
    """Replace every name record; the old family name survives only in the copyright line."""
    old = font["name"]
    keep = {i: old.getDebugName(i) for i in (0, 5, 7, 13, 14)}
    post_script = f"{family}-{style.name}".replace(" ", "")
    records = {
        0: f"{keep[0]} {copyright_note}",
        1: family,
        2: style.name,
        3: f"{post_script};{keep[5]}",
        4: f"{family} {style.name}",
        5: keep[5],
        6: post_script,
        7: keep[7],
        13: keep[13],
        14: keep[14],
    }
    old.names = []
    for name_id, text in records.items():
        if text:
            old.setName(text, name_id, 3, 1, 0x409)


def _mark_style(font: TTFont, style: Style) -> None:
    """Make OS/2 and head say the style that the name says; embedding stays allowed."""
    os2, head = font["OS/2"], font["head"]
    os2.fsType = 0
    os2.usWeightClass = style.weight
    selection = os2.fsSelection & ~0b1100001
    selection |= (1 if style.italic else 0) | (32 if style.bold else 0)
    os2.fsSelection = selection | (0 if style.bold or style.italic else 64)
    head.macStyle = (1 if style.bold else 0) | (2 if style.italic else 0)
    stamp = MAC_EPOCH + int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    head.created = head.modified = stamp


def make_face(source: Path, target: Path, codes: Iterable[int], family: str, style: Style) -> Path:
    """Subset one face to the code points, strip it, rename it and write it.

    Parameters
    ----------
    source : path
        A static TrueType font, or a variable one with a ``wght`` axis.
    target : path
        The file to write.
    codes : iterable of int
        Code points to keep (those that the source has).
    family : str
        The new family name.
    style : Style
        The style, with its weight.
    """
    font = TTFont(source, recalcTimestamp=False)
    if "fvar" in font:
        font = instancer.instantiateVariableFont(font, {"wght": style.weight}, inplace=True)
    if "glyf" not in font:
        raise SystemExit(f"{source}: no glyf table; a TrueType font is needed (CFF breaks PDF embedding)")
    options = subset.Options(
        hinting=False,
        layout_features=[],
        notdef_outline=True,
        glyph_names=False,
        legacy_kern=False,
        name_IDs=["*"],
        recalc_average_width=True,
        recalc_timestamp=False,
    )
    options.drop_tables += ["BASE", "DSIG", "GDEF", "GPOS", "GSUB", "STAT", "gasp", "kern", "vhea", "vmtx"]
    worker = subset.Subsetter(options)
    worker.populate(unicodes=sorted(codes))
    worker.subset(font)
    _rename(font, family, style, "Subset, unhinted and renamed for k2meta.")
    _mark_style(font, style)
    font.save(target, reorderTables=True)
    return target


def _han_source(folder: Path, style: Style) -> Path:
    """Find the Han source of a weight in a folder, or take the file itself when one is given."""
    if folder.is_file():
        return folder
    found = sorted(folder.rglob(f"*_{style.weight}*.ttf")) or sorted(folder.rglob(f"*-{style.name}.ttf"))
    if not found:
        raise SystemExit(f"{folder}: no static file of weight {style.weight} (such as *_400Regular.ttf)")
    return found[0]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--latin", type=Path, help="folder with Arimo-*.ttf and Tinos-*.ttf")
    parser.add_argument("--han", type=Path, help="folder of static Noto Sans SC files, or a variable file")
    parser.add_argument(
        "--han-list",
        type=Path,
        default=COMMON_USE,
        help="characters to keep besides GB 2312 (%(default)s)",
    )
    parser.add_argument("--make-list", type=Path, help="Unihan_OtherMappings.txt[.bz2]: write the list anew")
    parser.add_argument("--out", type=Path, default=TARGET, help="folder to write to (%(default)s)")
    options = parser.parse_args(argv)
    if options.make_list:
        write_list(options.make_list, options.han_list)
        if not (options.latin or options.han):
            return 0
    options.out.mkdir(parents=True, exist_ok=True)
    written = []
    if options.latin:
        for name, (key, style) in product(("Arimo", "Tinos"), STYLES.items()):
            source = options.latin / f"{name}-{key}.ttf"
            target = options.out / f"k2meta{name}-{key}.ttf"
            written.append(make_face(source, target, latin_characters(), f"k2meta {name}", style))
    if options.han:
        extra = listed_characters(options.han_list)
        for key in ("Regular", "Bold"):
            source = _han_source(options.han, STYLES[key])
            target = options.out / f"k2metaSansSC-{key}.ttf"
            written.append(make_face(source, target, han_characters(extra), "k2meta Sans SC", STYLES[key]))
    if not written:
        parser.error("nothing to build: give --latin, --han or both")
    for path in written:
        print(f"{path.name:28s} {path.stat().st_size:>10,d} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
