"""The faces that text is set in: which face draws which character, and how wide a text is.

The package ships ``k2meta Arimo`` (Latin, Greek, Cyrillic, maths; four styles) and ``k2meta Sans SC``
(Chinese; Regular and Bold), built by ``tools/build_fonts.py`` without kerning and hinting. So the width
of a run is the sum of its advances, whatever the resolution and the matplotlib version, and a Chinese
figure comes out right on a machine without any Chinese font.

A text is cut into runs (:func:`split_runs`), each drawn by exactly one face. Widths
(:func:`measure`) come from the same runs. Registering the faces with matplotlib's font manager, once and
under names that nobody else uses, is the only act here that outlives a call.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from k2meta.errors import MissingGlyphError, unknown_option
from k2meta.figures.drawing import drawing_context
from k2meta.figures.system_fonts import can_be_set, find_cjk_font

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

__all__ = [
    "HAN_FAMILY",
    "LATIN_FAMILY",
    "Extent",
    "Face",
    "Run",
    "drawing_context",
    "face_stack",
    "font_properties",
    "is_han",
    "measure",
    "require_glyphs",
    "split_runs",
    "trailing_blank",
]

LATIN_FAMILY = "k2meta Arimo"
HAN_FAMILY = "k2meta Sans SC"
FACE_FILES = {  # (family, bold, italic) -> file; there is no slanted Chinese
    (LATIN_FAMILY, False, False): "k2metaArimo-Regular.ttf",
    (LATIN_FAMILY, True, False): "k2metaArimo-Bold.ttf",
    (LATIN_FAMILY, False, True): "k2metaArimo-Italic.ttf",
    (LATIN_FAMILY, True, True): "k2metaArimo-BoldItalic.ttf",
    (HAN_FAMILY, False, False): "k2metaSansSC-Regular.ttf",
    (HAN_FAMILY, True, False): "k2metaSansSC-Bold.ttf",
}
# Both faces have these; beside a Chinese character they are Chinese punctuation.
AMBIGUOUS = frozenset("·—‘’“”…")
# Full-width marks whose ink fills the left half only: flush right they look indented.
LEFT_HALF_MARKS = frozenset("）》」』】〉、，。；：！？")


class Extent(NamedTuple):
    """Size of a text in points: advance width, ink height, and ink depth below the baseline."""

    width: float
    height: float
    descent: float


@dataclass(eq=False)
class Face:
    """One font file, with the metrics of its characters.

    Attributes
    ----------
    family : str
        Family name as matplotlib knows it.
    path : Path
        The file.
    bold, italic : bool
        What the file draws.
    """

    family: str
    path: Path
    bold: bool = False
    italic: bool = False
    _metrics: dict[str, tuple[float, float, float]] = field(default_factory=dict, repr=False)
    _font: Any = field(default=None, repr=False)
    _codes: frozenset[int] = field(default=frozenset(), repr=False)

    def _open(self) -> Any:
        if self._font is None:
            from matplotlib.ft2font import FT2Font

            # An object of our own: drawing sets sizes on the shared ones.
            font = FT2Font(str(self.path))
            self._codes = frozenset(font.get_charmap())
            self._font = font
        return self._font

    def covers(self, char: str) -> bool:
        """Whether the face has a glyph for the character."""
        if self._font is None:
            self._open()
        return ord(char) in self._codes

    def metrics(self, char: str) -> tuple[float, float, float]:
        """Return advance, lowest and highest ink of a character, in em."""
        known = self._metrics.get(char)
        if known is None:
            font = self._open()
            glyph = font.load_char(ord(char), flags=_no_scale())
            em = float(font.units_per_EM)
            known = (glyph.horiAdvance / em, glyph.bbox[1] / em, glyph.bbox[3] / em)
            self._metrics[char] = known
        return known

    def properties(self, size: float) -> FontProperties:
        """Return the matplotlib properties that select exactly this file.

        Parameters
        ----------
        size : float
            Type size in points.
        """
        from matplotlib.font_manager import FontProperties

        _register()
        return FontProperties(
            family=[self.family],
            style="italic" if self.italic else "normal",
            weight="bold" if self.bold else "normal",
            size=size,
            fname=str(self.path),
        )


class Run(NamedTuple):
    """A piece of text that one face draws."""

    text: str
    face: Face


@cache
def _no_scale() -> Any:
    """Return the flag for unscaled metrics; matplotlib 3.10 moved it into an enumeration."""
    from matplotlib import ft2font

    module: Any = ft2font
    return module.LoadFlags.NO_SCALE if hasattr(module, "LoadFlags") else module.LOAD_NO_SCALE


@cache
def _bundled(family: str, bold: bool, italic: bool) -> Face:
    """Return a face of the package; Chinese has no italic and falls back on the upright."""
    key = (family, bold, italic)
    if key not in FACE_FILES:
        key = (family, bold, False)
    path = Path(str(files("k2meta.figures") / "fonts" / FACE_FILES[key]))
    return Face(family, path, key[1], key[2])


@cache
def _register() -> None:
    """Make the faces known to matplotlib, once per process; their names are nobody else's."""
    from matplotlib.font_manager import fontManager

    for key in FACE_FILES:
        fontManager.addfont(str(_bundled(*key).path))


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


def _face_of(char: str, neighbours: str, bold: bool, italic: bool) -> Face | None:
    """Return the face that draws a character between its neighbours, None when there is none."""
    latin, han = _bundled(LATIN_FAMILY, bold, italic), _bundled(HAN_FAMILY, bold, False)
    chinese = is_han(char) or (char in AMBIGUOUS and any(is_han(other) for other in neighbours))
    for face in (han, latin) if chinese else (latin, han):
        if face.covers(char):
            return face
    return next((face for face in _found_faces if face.covers(char)), None)


@lru_cache(maxsize=65536)
def _runs(text: str, bold: bool, italic: bool) -> tuple[Run, ...]:
    """Cut a text into runs. Only successes are cached, so a face found later is seen."""
    runs: list[tuple[list[str], Face]] = []
    missing = []
    for index, char in enumerate(text):
        if char == " " and runs:  # a space goes with what stands before it
            face: Face | None = runs[-1][1]
        else:
            face = _face_of(char, text[max(index - 1, 0) : index + 2], bold, italic)
        if face is None:
            missing.append(char)
        elif runs and runs[-1][1] is face:
            runs[-1][0].append(char)
        else:
            runs.append(([char], face))
    if missing:
        raise _missing(missing, [text])
    return tuple(Run("".join(chars), face) for chars, face in runs)


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
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    return _runs(composed, bold, italic)


@lru_cache(maxsize=65536)
def _em_extent(text: str, bold: bool, italic: bool) -> tuple[float, float, float]:
    """Return width, lowest and highest ink of a text, in em."""
    width, low, high = 0.0, 0.0, 0.0
    for run, face in split_runs(text, bold, italic):
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
    width, low, high = _em_extent(text, bold, italic)
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
    _register()
    # Latin first in both: digits and Latin words in Chinese text keep one look.
    return [LATIN_FAMILY, HAN_FAMILY, *(face.family for face in _found_faces)]


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
        f"no face draws {named}, found in {where[:60]!r}: the faces of k2meta hold Latin, Greek, Cyrillic "
        "and GB 2312, and no TrueType font here (static, embeddable) has every missing character. Replace or "
        "remove them (emoji, control characters, joined and right-to-left scripts cannot be printed), or "
        "install a font that has them, such as WenQuanYi Zen Hei"
    )


def require_glyphs(texts: Iterable[str]) -> None:
    """Make sure that every character of the texts can be drawn, before anything is laid out.

    Characters that the package's faces lack are looked for in the fonts of this machine
    (:func:`k2meta.figures.system_fonts.find_cjk_font`); a face found is used for these characters only.

    Parameters
    ----------
    texts : iterable of str
        Everything that will be printed.

    Raises
    ------
    MissingGlyphError
        Naming the characters that no face has. Nothing is ever drawn as an empty box.
    """
    composed = [unicodedata.normalize("NFC", text) for text in texts]
    chars = sorted(set().union(*composed)) if composed else []
    lacking = [c for c in chars if (face := _face_of(c, "", False, False)) is None or face in _found_faces]
    hopeless = [char for char in lacking if not can_be_set(char)]
    lacking = [char for char in lacking if _face_of(char, "", False, False) is None]
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
