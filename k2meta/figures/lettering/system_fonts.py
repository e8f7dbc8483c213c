"""Find a font on this machine that can be embedded and has all the characters asked for.

A list of family names is not enough: a name says nothing about coverage, a variable font is drawn in
its lightest weight, and CFF outlines come out broken in PDF. So each file's tables are read.
"""

from __future__ import annotations

import struct
import unicodedata
from functools import cache
from pathlib import Path

__all__ = ["can_be_set", "can_embed", "find_cjk_font", "table_directory"]

# Names in the order of preference, matched against file names in lower case.
PREFERRED = ("msyh", "yahei", "simhei", "simsun", "wqy", "wenquanyi")
UNWANTED_STYLES = ("bold", "italic", "oblique", "mono", "light", "thin", "black", "condensed")
RESTRICTED = 0x0002  # OS/2 fsType: restricted licence, must not be embedded
BITMAP_ONLY = 0x0200  # OS/2 fsType: outlines must not be embedded


# Indic scripts, Tibetan, Myanmar, Khmer and Mongolian: letters change their shape and place.
SHAPED = ((0x0900, 0x0DFF), (0x0F00, 0x109F), (0x1780, 0x18AF))


def can_be_set(char: str) -> bool:
    """Whether looking for a font makes sense.

    Emoji are refused, so that all machines agree, and so are scripts that would come out garbled: right to
    left, joined or stacked letters.

    Examples
    --------
    >>> can_be_set("堃"), can_be_set("م")
    (True, False)
    """
    if unicodedata.bidirectional(char) in ("R", "AL") or any(a <= ord(char) <= b for a, b in SHAPED):
        return False
    return char.isprintable() and not (unicodedata.category(char) == "So" and ord(char) >= 0x1F000)


def table_directory(path: Path) -> dict[str, int]:
    """Return the offset of each table of a TrueType file (of the first face of a collection).

    Examples
    --------
    >>> from k2meta.figures.lettering.font_files import bundled
    >>> "glyf" in table_directory(bundled("k2meta Arimo", False, False).path)
    True
    """
    with path.open("rb") as stream:
        start = 0
        head = stream.read(16)
        if head[:4] == b"ttcf":
            start = struct.unpack(">I", head[12:16])[0]
        stream.seek(start)
        _, count = struct.unpack(">IH", stream.read(6))
        stream.seek(start + 12)
        records = [struct.unpack(">4sIII", stream.read(16)) for _ in range(count)]
    return {tag.decode("latin-1"): offset for tag, _, offset, _ in records}


@cache
def can_embed(path: Path) -> bool:
    """Whether a font file has TrueType outlines, is static, and may be embedded.

    Parameters
    ----------
    path : Path
        A ``.ttf``, ``.ttc`` or ``.otf`` file; anything unreadable counts as no.
    """
    try:
        tables = table_directory(path)
        if "glyf" not in tables or "fvar" in tables or "CFF " in tables:
            return False
        if "OS/2" not in tables:
            return True
        with path.open("rb") as stream:
            stream.seek(tables["OS/2"] + 8)
            fs_type = struct.unpack(">H", stream.read(2))[0]
    except (OSError, struct.error):
        return False
    return not fs_type & (RESTRICTED | BITMAP_ONLY)


@cache
def _characters(path: Path) -> frozenset[int]:
    """Return the code points of a font file; empty when FreeType cannot read it."""
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(FT2Font(str(path)).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()


def _rank(path: Path) -> tuple[int, bool, str]:
    """Order candidates: preferred names, then upright regular ones, then by path: a stable choice."""
    name = path.name.lower()
    preferred = next((i for i, known in enumerate(PREFERRED) if known in name), len(PREFERRED))
    return preferred, any(word in name for word in UNWANTED_STYLES), str(path)


def find_cjk_font(chars: str) -> Path | None:
    r"""Find an embeddable font on this machine that has every character asked for.

    Parameters
    ----------
    chars : str
        The characters.

    Returns
    -------
    Path or None
        The file: YaHei, SimHei, SimSun or WenQuanYi where they qualify, else the first by name;
        None when no font has all of the characters, ``glyf`` outlines, no ``fvar`` table and a
        licence flag (OS/2 ``fsType``) that allows embedding.

    Examples
    --------
    >>> find_cjk_font("\U0010fffe") is None
    True
    """
    from matplotlib.font_manager import findSystemFonts

    wanted = {ord(char) for char in chars}
    for path in sorted({Path(name) for name in findSystemFonts()}, key=_rank):
        if can_embed(path) and wanted <= _characters(path):
            return path
    return None
