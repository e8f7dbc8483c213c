"""The faces that text is set in: which face draws which character, and how wide a text is.

The package ships its faces (:mod:`k2meta.figures.lettering.font_files`), so a Chinese figure comes out right
on a machine without any Chinese font. Latin text is set in ``k2meta Arimo``, or in ``k2meta Tinos`` inside
``latin_face("serif")``; that choice holds for the block it stands over and for its thread only.

A text is cut into runs (:func:`split_runs`), each drawn by exactly one face. Widths
(:func:`measure`) come from the same runs. Registering the faces with matplotlib's font manager, once and
under names that nobody else uses, is the only act here that outlives a call.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from k2meta.errors import MissingGlyphError, unknown_option
from k2meta.figures.lettering.drawing import drawing_context
from k2meta.figures.lettering.font_files import (
    FACE_FILES,
    HAN_FAMILY,
    LATIN_FAMILY,
    SERIF_FAMILY,
    Face,
    bundled,
    register_faces,
)
from k2meta.figures.lettering.system_fonts import can_be_set, find_cjk_font

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

__all__ = [
    "FACE_FILES",
    "HAN_FAMILY",
    "LATIN_FAMILY",
    "LATIN_KINDS",
    "SERIF_FAMILY",
    "Extent",
    "Face",
    "LatinKind",
    "Run",
    "drawing_context",
    "face_stack",
    "font_properties",
    "is_han",
    "latin_face",
    "latin_kind",
    "measure",
    "require_glyphs",
    "split_runs",
    "trailing_blank",
]

LatinKind = Literal["sans", "serif"]
LATIN_KINDS: Mapping[str, str] = MappingProxyType({"sans": LATIN_FAMILY, "serif": SERIF_FAMILY})
_latin: ContextVar[LatinKind] = ContextVar("k2meta_latin", default="sans")

# Both faces have these; beside a Chinese character they are Chinese punctuation.
AMBIGUOUS = frozenset("·—‘’“”…")
# Full-width marks whose ink fills the left half only: flush right they look indented.
LEFT_HALF_MARKS = frozenset("）》」』】〉、，。；：！？")


def latin_kind() -> LatinKind:
    """Return the kind of Latin face now in force.

    Examples
    --------
    >>> latin_kind()
    'sans'
    """
    return _latin.get()


@contextmanager
def latin_face(kind: LatinKind) -> Iterator[None]:
    """Measure and cut Latin text in a face of one kind; the kind in force before comes back afterwards.

    Everything that lays out or draws text of one figure happens inside, so that what is measured in a face is
    drawn in it. Other threads and tasks are not touched.

    Parameters
    ----------
    kind : {"sans", "serif"}
        ``k2meta Arimo`` or ``k2meta Tinos``.

    Raises
    ------
    OptionError
        For another kind.

    Examples
    --------
    >>> with latin_face("serif"):
    ...     split_runs("P = 0.26")[0].face.family
    'k2meta Tinos'
    >>> split_runs("P = 0.26")[0].face.family
    'k2meta Arimo'
    """
    if kind not in LATIN_KINDS:
        raise unknown_option("latin", kind, LATIN_KINDS)
    before = _latin.set(kind)
    try:
        yield
    finally:
        _latin.reset(before)


class Extent(NamedTuple):
    """Size of a text in points: advance width, ink height, and ink depth below the baseline."""

    width: float
    height: float
    descent: float


class Run(NamedTuple):
    """A piece of text that one face draws."""

    text: str
    face: Face


# Faces found on this machine for characters that the package's own lack (see require_glyphs).
_found_faces: list[Face] = []


def is_han(char: str) -> bool:
    """Whether a character belongs to Chinese text (hanzi, CJK punctuation, full-width forms).

    Examples
    --------
    >>> is_han("研"), is_han("，"), is_han("a")
    (True, True, False)
    """
    code = ord(char)
    return 0x2E80 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0xFE30 <= code <= 0xFFEF or code >= 0x20000


def _face_of(char: str, neighbours: str, bold: bool, italic: bool, kind: LatinKind) -> Face | None:
    """Return the face that draws a character between its neighbours, None when there is none."""
    latin, han = bundled(LATIN_KINDS[kind], bold, italic), bundled(HAN_FAMILY, bold, False)
    chinese = is_han(char) or (char in AMBIGUOUS and any(is_han(other) for other in neighbours))
    for face in (han, latin) if chinese else (latin, han):
        if face.covers(char):
            return face
    return next((face for face in _found_faces if face.covers(char)), None)


@lru_cache(maxsize=65536)
def _runs(text: str, bold: bool, italic: bool, kind: LatinKind) -> tuple[Run, ...]:
    """Cut a text into runs. Only successes are cached, so a face found later is seen."""
    runs: list[tuple[list[str], Face]] = []
    missing = []
    for index, char in enumerate(text):
        if char == " " and runs:  # a space goes with what stands before it
            face: Face | None = runs[-1][1]
        else:
            face = _face_of(char, text[max(index - 1, 0) : index + 2], bold, italic, kind)
        if face is None:
            missing.append(char)
        elif runs and runs[-1][1] is face:
            runs[-1][0].append(char)
        else:
            runs.append(([char], face))
    if missing:
        raise _missing(missing, [text])
    return tuple(Run("".join(chars), face) for chars, face in runs)


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def split_runs(text: str, bold: bool = False, italic: bool = False) -> tuple[Run, ...]:
    """Cut a text into runs, each of which is drawn by exactly one face.

    Parameters
    ----------
    text : str
        One line. Letters with separate accents are composed first (Unicode NFC).
    bold, italic : bool
        The style wanted; Chinese stays upright.

    Returns
    -------
    tuple of Run
        Pairs (text, face); their texts join to the whole.

    Raises
    ------
    MissingGlyphError
        When no face known so far has a character; call :func:`require_glyphs` first.

    Examples
    --------
    >>> [(run.text, run.face.family) for run in split_runs("研究 A")]
    [('研究 ', 'k2meta Sans SC'), ('A', 'k2meta Arimo')]
    """
    return _runs(_composed(text), bold, italic, _latin.get())


@lru_cache(maxsize=65536)
def _em_extent(text: str, bold: bool, italic: bool, kind: LatinKind) -> tuple[float, float, float]:
    """Return width, lowest and highest ink of a text, in em."""
    width, low, high = 0.0, 0.0, 0.0
    for run, face in _runs(_composed(text), bold, italic, kind):
        known = face._metrics
        for char in run:
            advance, bottom, top = known.get(char) or face.metrics(char)
            width += advance
            low = bottom if bottom < low else low
            high = top if top > high else high
    return width, low, high


def measure(text: str, size: float, bold: bool = False, italic: bool = False) -> Extent:
    """Measure one line of text by its faces' own metrics, not by drawing it.

    Parameters
    ----------
    text : str
        One line, Latin and Chinese mixed at will.
    size : float
        Type size in points.
    bold, italic : bool
        The style.

    Returns
    -------
    Extent
        ``(width, height, descent)`` in points: sum of the advances, ink height, ink below the baseline.

    Examples
    --------
    >>> round(measure("研究", 8).width, 3)  # a Chinese character is 1 em wide
    16.0
    """
    width, low, high = _em_extent(text, bold, italic, _latin.get())
    return Extent(width * size, (high - low) * size, -low * size)


def trailing_blank(text: str, size: float) -> float:
    """Return the blank half of a full-width mark at the right end of a text, in points.

    A right-aligned column adds it, so that a closing bracket stands flush with the digits above it.

    Examples
    --------
    >>> trailing_blank("（合计）", 8), trailing_blank("Total", 8)
    (4.0, 0.0)
    """
    return size / 2 if text and text[-1] in LEFT_HALF_MARKS else 0.0


def face_stack(lang: str = "en") -> list[str]:
    """Return the family names for a language, in the order in which matplotlib should try them.

    Examples
    --------
    >>> face_stack("zh")
    ['k2meta Arimo', 'k2meta Sans SC']
    """
    if lang not in ("en", "zh", "en+zh"):
        raise unknown_option("lang", lang, ("en", "zh", "en+zh"))
    register_faces()
    # Latin first in both: digits and Latin words in Chinese text keep one look.
    return [LATIN_KINDS[_latin.get()], HAN_FAMILY, *(face.family for face in _found_faces)]


def font_properties(
    size: float, bold: bool = False, italic: bool = False, lang: str = "en"
) -> FontProperties:
    """Return matplotlib properties for text that is not cut into runs (tick labels, say).

    Parameters
    ----------
    size : float
        Type size in points.
    bold, italic : bool
        The style.
    lang : {"en", "zh", "en+zh"}
        Language of the text.
    """
    from matplotlib.font_manager import FontProperties

    return FontProperties(
        family=face_stack(lang),
        style="italic" if italic else "normal",
        weight="bold" if bold else "normal",
        size=size,
    )


def _missing(chars: Iterable[str], texts: Iterable[str]) -> MissingGlyphError:
    """The error that names the characters, where they stand, and what to do."""
    unique = sorted(set(chars))
    named = ", ".join(f"{c!r} (U+{ord(c):04X})" for c in unique[:8]) + (", ..." if len(unique) > 8 else "")
    where = next((text for text in texts if unique[0] in text), "")
    return MissingGlyphError(
        f"no face draws {named}, found in {where[:60]!r}: the faces of k2meta hold Latin, Greek, Cyrillic, "
        "GB 2312 and the 8,105 characters of general use, and no TrueType font here (static, embeddable) has "
        "every missing character. Replace or remove them (emoji, control characters, joined and "
        "right-to-left scripts cannot be printed), or "
        "install a font that has them, such as WenQuanYi Zen Hei"
    )


def require_glyphs(texts: Iterable[str]) -> None:
    """Make sure that every character of the texts can be drawn, before anything is laid out.

    Characters that the package's faces lack are looked for in the fonts of this machine
    (:func:`k2meta.figures.lettering.system_fonts.find_cjk_font`); a face found is used for these characters
    only.

    Parameters
    ----------
    texts : iterable of str
        Everything that will be printed.

    Raises
    ------
    MissingGlyphError
        Naming the characters that no face has. Nothing is ever drawn as an empty box.
    """
    kind = _latin.get()
    composed = [unicodedata.normalize("NFC", text) for text in texts]
    chars = sorted(set().union(*composed)) if composed else []
    drawn_by = {char: _face_of(char, "", False, False, kind) for char in chars}
    hopeless = [
        c for c, face in drawn_by.items() if (face is None or face in _found_faces) and not can_be_set(c)
    ]
    lacking = [char for char, face in drawn_by.items() if face is None]
    if not lacking and not hopeless:
        return
    path = None if hopeless else find_cjk_font("".join(lacking))
    if path is None:
        raise _missing(hopeless or lacking, composed)
    _found_faces.append(_system_face(path))


def _system_face(path: Path) -> Face:
    """Register a font file of this machine and return it as a face."""
    from matplotlib.font_manager import fontManager
    from matplotlib.ft2font import FT2Font

    fontManager.addfont(str(path))
    return Face(FT2Font(str(path)).family_name, path)
