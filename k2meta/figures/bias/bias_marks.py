"""Marks of risk-of-bias judgements: a dot with a dark edge and a glyph, so that colour is never all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from k2meta.errors import unknown_option
from k2meta.figures.bias.bias_judgements import JUDGEMENTS
from k2meta.figures.looks.display import Item, Points, Shape, Stroke

__all__ = ["PALETTES", "Look", "bias_dot", "bias_glyph", "gid_part", "look_of", "palette_names"]

EDGE = "#1A1A1A"
EDGE_WIDTH = 0.5
CORNERS = 48  # of the polygon that stands for a circle: its edge is within 0.2 % of the radius
THINNEST = 0.45

# Told apart by colour-blind eyes and in grey prints: delta E is 10 or more between any two under protanopia,
# deuteranopia, tritanopia and in grey, and black on each has a contrast of 4.5:1 or more.
_SAFE = {
    "low": "#48C797",
    "middle": "#F2D136",
    "high": "#E66C32",
    "worst": "#AE559B",
    "unknown": "#F3F3F3",
    "none": "#FFFFFF",
}
# The colours that readers of Cochrane reviews know; there the glyph has to carry the difference.
_COCHRANE = {
    "low": "#02C100",
    "middle": "#E2DF07",
    "high": "#BF0000",
    "worst": "#820000",
    "unknown": "#4EA1F7",
    "none": "#FFFFFF",
}
PALETTES: Mapping[str, Mapping[str, str]] = MappingProxyType({"safe": _SAFE, "cochrane": _COCHRANE})
# judgement -> (colour, glyph)
_KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "low": ("low", "plus"),
        "some concerns": ("middle", "minus"),
        "moderate": ("middle", "minus"),
        "unclear": ("middle", "question"),
        "high": ("high", "cross"),
        "serious": ("high", "cross"),
        "very high": ("worst", "exclamation"),
        "critical": ("worst", "exclamation"),
        "star": ("low", "star"),
        "two stars": ("low", "two stars"),
        "no star": ("high", "minus"),
        "no information": ("unknown", "question"),
        "not applicable": ("none", "slash"),
    }
)


@dataclass(frozen=True, slots=True)
class Look:
    """How a judgement is shown.

    Attributes
    ----------
    fill : str
        Colour of its dots and bars.
    ink : str
        Colour of its glyph: black, but white on the one colour where black has too little contrast.
    glyph : str
        ``"plus"``, ``"minus"``, ``"cross"``, ``"question"``, ``"exclamation"``, ``"slash"``, ``"star"`` or
        ``"two stars"``.
    text : str
        Colour of text on its bars: white on colours too dark for black text.
    """

    fill: str
    ink: str
    glyph: str
    text: str = "black"


def palette_names() -> tuple[str, ...]:
    """Names of the palettes.

    Examples
    --------
    >>> palette_names()
    ('safe', 'cochrane')
    """
    return tuple(PALETTES)


def look_of(judgement: str, palette: str = "safe") -> Look:
    """Return how a judgement is shown.

    Parameters
    ----------
    judgement : str
        A key of :data:`k2meta.figures.bias.bias_judgements.JUDGEMENTS`.
    palette : {"safe", "cochrane"}

    Raises
    ------
    OptionError
        When either is not known.

    Examples
    --------
    >>> look_of("low").glyph, look_of("critical", "cochrane").ink
    ('plus', 'white')
    """
    if palette not in PALETTES:
        raise unknown_option("palette", palette, PALETTES)
    if judgement not in _KINDS:
        raise unknown_option("judgement", judgement, JUDGEMENTS)
    colour, glyph = _KINDS[judgement]
    fill = PALETTES[palette][colour]
    ink = "white" if fill == _COCHRANE["worst"] else "black"
    return Look(fill, ink, glyph, "white" if fill == _COCHRANE["high"] else ink)


def gid_part(judgement: str) -> str:
    """Return a judgement as a part of a gid: without blanks, which ids in SVG must not have.

    Examples
    --------
    >>> gid_part("some concerns")
    'some-concerns'
    """
    return judgement.replace(" ", "-")


def bias_dot(
    x: float, y: float, diameter: float, judgement: str, palette: str = "safe", gid: str = "k2:rob"
) -> Iterator[Item]:
    """Draw one judgement: a filled circle with a dark edge, and its glyph.

    Parameters
    ----------
    x, y : float
        Centre in pt from the top left corner of the page.
    diameter : float
        In pt.
    judgement : str
        A key of :data:`k2meta.figures.bias.bias_judgements.JUDGEMENTS`; ``""`` draws nothing.
    palette : {"safe", "cochrane"}
    gid : str
        Of the circle; parts of the glyph get ``":glyph"`` behind it.

    Yields
    ------
    Shape, Stroke
        Items in page space.

    Examples
    --------
    >>> [type(item).__name__ for item in bias_dot(10, 10, 8, "low")]
    ['Shape', 'Stroke', 'Stroke']
    """
    if not judgement:
        return
    look = look_of(judgement, palette)
    radius = (diameter - EDGE_WIDTH) / 2
    yield Shape(_circle(x, y, radius), look.fill, gid, EDGE, EDGE_WIDTH)
    yield from bias_glyph(x, y, diameter, judgement, palette, f"{gid}:glyph")


def bias_glyph(
    x: float, y: float, diameter: float, judgement: str, palette: str, gid: str, ink: str = ""
) -> Iterator[Item]:
    """Draw the glyph of a judgement without its circle, sized for a circle of this diameter (pt)."""
    look = look_of(judgement, palette)
    pen = _Pen(x, y, diameter / 2, max(THINNEST, 0.105 * diameter), ink or look.ink, gid)
    yield from _GLYPHS[look.glyph](pen)


def _circle(x: float, y: float, radius: float) -> Points:
    turns = [2 * math.pi * corner / CORNERS for corner in range(CORNERS)]
    return tuple((x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns)


@dataclass(frozen=True, slots=True)
class _Pen:
    """Draws in units of the radius, from the centre, y downwards."""

    x: float
    y: float
    radius: float
    width: float
    ink: str
    gid: str

    def _place(self, *points: tuple[float, float]) -> Points:
        return tuple((self.x + u * self.radius, self.y + v * self.radius) for u, v in points)

    def line(self, *points: tuple[float, float]) -> Stroke:
        return Stroke(self._place(*points), self.width, self.ink, self.gid)

    def blot(self, u: float, v: float) -> Shape:
        (x, y), half = self._place((u, v))[0], 0.58 * self.width
        corners = ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))
        return Shape(corners, self.ink, self.gid)

    def star(self, u: float, v: float, size: float) -> Shape:
        corners = []
        for corner in range(10):
            turn, reach = math.pi * (corner / 5 - 0.5), size * (1.0 if corner % 2 == 0 else 0.42)
            corners.append((u + reach * math.cos(turn), v + reach * math.sin(turn)))
        return Shape(self._place(*corners), self.ink, self.gid)


def _plus(pen: _Pen) -> Iterator[Item]:
    yield pen.line((-0.52, 0), (0.52, 0))
    yield pen.line((0, -0.52), (0, 0.52))


def _minus(pen: _Pen) -> Iterator[Item]:
    yield pen.line((-0.52, 0), (0.52, 0))


def _cross(pen: _Pen) -> Iterator[Item]:
    yield pen.line((-0.4, -0.4), (0.4, 0.4))
    yield pen.line((-0.4, 0.4), (0.4, -0.4))


def _slash(pen: _Pen) -> Iterator[Item]:
    yield pen.line((-0.35, 0.45), (0.35, -0.45))


def _exclamation(pen: _Pen) -> Iterator[Item]:
    yield pen.line((0, -0.62), (0, 0.2))
    yield pen.blot(0, 0.5)


def _question(pen: _Pen) -> Iterator[Item]:
    # three quarters of a ring from the left over the top, then a stem down the middle
    ring = [math.pi * (1.05 - 0.15 * step) for step in range(11)]
    bow = [(0.3 * math.cos(turn), -0.3 - 0.3 * math.sin(turn)) for turn in ring]
    yield pen.line(*bow, (0.0, 0.05), (0.0, 0.24))
    yield pen.blot(0, 0.54)


def _star(pen: _Pen) -> Iterator[Item]:
    yield pen.star(0, 0.03, 0.66)


def _two_stars(pen: _Pen) -> Iterator[Item]:
    yield pen.star(-0.38, 0.02, 0.42)
    yield pen.star(0.38, 0.02, 0.42)


_GLYPHS: Mapping[str, Callable[[_Pen], Iterator[Item]]] = MappingProxyType(
    {
        "plus": _plus,
        "minus": _minus,
        "cross": _cross,
        "slash": _slash,
        "question": _question,
        "exclamation": _exclamation,
        "star": _star,
        "two stars": _two_stars,
    }
)
