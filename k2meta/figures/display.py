"""The display list: everything that is drawn, in points from the top left corner of the page.

Items in ``space="plot"`` have x on the analysis scale (so that a mark stands at its estimate to the
last bit) and y in points like everything else. A drawer walks the list in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from k2meta.figures.model import Row

__all__ = ["Item", "Layout", "Page", "PlotBox", "Segments", "Shape", "Squares", "Stroke", "Text"]

Space = Literal["page", "plot"]
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A stretch of text in one style; x is its left end, y its baseline."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    italic: bool = False
    colour: str = "black"
    gid: str = ""


@dataclass(frozen=True, slots=True)
class Stroke:
    """An open line."""

    points: Points
    width: float
    colour: str
    gid: str
    space: Space = "page"
    dashes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Segments:
    """Many straight lines of one look in one artist."""

    lines: tuple[Points, ...]
    width: float
    colour: str
    gid: str
    space: Space = "plot"


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled polygon, cut at the edges of the plot where ``clipped``."""

    points: Points
    fill: str
    gid: str
    edge: str = "none"
    edge_width: float = 0.0
    space: Space = "page"
    clipped: bool = False


@dataclass(frozen=True, slots=True)
class Squares:
    """The study squares: one artist, area (pt2) proportional to the weight, without exception.

    ``shown`` is False for an estimate beyond the axis: it keeps its place and area and gets no ink.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    area: tuple[float, ...]
    shown: tuple[bool, ...]
    colour: str
    gid: str = "k2:study-square"


Item = Text | Stroke | Segments | Shape | Squares


@dataclass(frozen=True, slots=True)
class PlotBox:
    """Where the plot stands (pt) and what its horizontal axis spans (analysis scale)."""

    left: float
    top: float
    width: float
    height: float
    low: float
    high: float

    def x(self, value: float) -> float:
        """Position of a value in pt from the left edge of the page."""
        return self.left + (value - self.low) / (self.high - self.low) * self.width


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its size and what is on it.

    Attributes
    ----------
    width, height : float
        In pt.
    plot : PlotBox
    items : tuple of Item
    rows : tuple of int
        Rows of the figure model that stand on it, in order.
    """

    width: float
    height: float
    plot: PlotBox
    items: tuple[Item, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A laid-out figure: one or more pages, and what was done to make it fit.

    Attributes
    ----------
    pages : tuple of Page
    size : float
        Type size used, pt.
    dropped : tuple of str
        Keys of the columns left out for want of room.
    merged : bool
        Whether each arm's columns were merged.
    wrapped : bool
        Whether study labels were wrapped.
    ticks : tuple of (float, str)
        Position on the analysis scale, label.
    rows : tuple of Row
        The rows as laid out; the numbers in ``Page.rows`` point here.
    columns : tuple of str
        Keys of the columns shown, left to right.
    """

    pages: tuple[Page, ...]
    size: float
    dropped: tuple[str, ...]
    merged: bool
    wrapped: bool
    ticks: tuple[tuple[float, str], ...]
    rows: tuple[Row, ...]
    columns: tuple[str, ...]
