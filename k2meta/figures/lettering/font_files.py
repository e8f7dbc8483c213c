"""The font files of the package, and the metrics of their characters.

``k2meta Arimo`` and ``k2meta Tinos`` (Latin, Greek, Cyrillic, maths; four styles each) and
``k2meta Sans SC`` (Chinese; Regular and Bold) are built by ``tools/build_fonts.py`` without kerning and
hinting. So the width of a text is the sum of its advances, whatever the resolution and the matplotlib
version.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

__all__ = ["FACE_FILES", "HAN_FAMILY", "LATIN_FAMILY", "SERIF_FAMILY", "Face", "bundled", "register_faces"]

LATIN_FAMILY = "k2meta Arimo"
SERIF_FAMILY = "k2meta Tinos"
HAN_FAMILY = "k2meta Sans SC"
FACE_FILES = {  # (family, bold, italic) -> file; there is no slanted Chinese
    (LATIN_FAMILY, False, False): "k2metaArimo-Regular.ttf",
    (LATIN_FAMILY, True, False): "k2metaArimo-Bold.ttf",
    (LATIN_FAMILY, False, True): "k2metaArimo-Italic.ttf",
    (LATIN_FAMILY, True, True): "k2metaArimo-BoldItalic.ttf",
    (SERIF_FAMILY, False, False): "k2metaTinos-Regular.ttf",
    (SERIF_FAMILY, True, False): "k2metaTinos-Bold.ttf",
    (SERIF_FAMILY, False, True): "k2metaTinos-Italic.ttf",
    (SERIF_FAMILY, True, True): "k2metaTinos-BoldItalic.ttf",
    (HAN_FAMILY, False, False): "k2metaSansSC-Regular.ttf",
    (HAN_FAMILY, True, False): "k2metaSansSC-Bold.ttf",
}


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

        register_faces()
        return FontProperties(
            family=[self.family],
            style="italic" if self.italic else "normal",
            weight="bold" if self.bold else "normal",
            size=size,
            fname=str(self.path),
        )


@cache
def _no_scale() -> Any:
    """Return the flag for unscaled metrics; matplotlib 3.10 moved it into an enumeration."""
    from matplotlib import ft2font

    module: Any = ft2font
    return module.LoadFlags.NO_SCALE if hasattr(module, "LoadFlags") else module.LOAD_NO_SCALE


@cache
def bundled(family: str, bold: bool, italic: bool) -> Face:
    """Return a face of the package; Chinese has no italic and falls back on the upright."""
    key = (family, bold, italic)
    if key not in FACE_FILES:
        key = (family, bold, False)
    path = Path(str(files("k2meta.figures.lettering") / "fonts" / FACE_FILES[key]))
    return Face(family, path, key[1], key[2])


@cache
def register_faces() -> None:
    """Make the faces known to matplotlib, once per process; their names are nobody else's."""
    from matplotlib.font_manager import fontManager

    for key in FACE_FILES:
        fontManager.addfont(str(bundled(*key).path))
