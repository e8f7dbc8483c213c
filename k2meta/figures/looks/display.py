"""The display list: everything that is drawn, in points from the top left corner of the page.

Items in ``space="plot"`` have x in the units of the axis (so that a mark stands at its estimate to the
last bit), and y too where the plot has a vertical axis; in forest plots y is in points like everything
else. ``panel`` says which plot of the page is meant. A drawer walks the list in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from k2meta.figures.looks.model import Row

__all__ = [
    "SHAPES",
    "Item",
    "Layout",
    "Marks",
    "Page",
    "PlotBox",
    "Segments",
    "Shape",
    "Squares",
    "Stroke",
    "Text",
]

Space = Literal["page", "plot"]
SHAPES = ("circle", "square", "diamond", "triangle", "triangle-down", "cross", "plus")
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A stretch of text in one style; x is its left end, y its baseline.

    ``angle`` turns it about that point, in degrees against the clock (90 reads upwards).
    """

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    italic: bool = False
    colour: str = "black"
    gid: str = ""
    angle: float = 0.0


@dataclass(frozen=True, slots=True)
class Stroke:
    """An open line."""

    points: Points
    width: float
    colour: str
    gid: str
    space: Space = "page"
    dashes: tuple[float, ...] = ()
    panel: int = 0


@dataclass(frozen=True, slots=True)
class Segments:
    """Many straight lines of one look in one artist."""

    lines: tuple[Points, ...]
    width: float
    colour: str
    gid: str
    space: Space = "plot"
    panel: int = 0


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
    panel: int = 0


@dataclass(frozen=True, slots=True)
class Squares:
    """The study marks: one artist, area (pt2) proportional to the weight, without exception.

    ``mark`` is their shape, one of ``SHAPES`` that is filled.

    ``shown`` is False for an estimate beyond the axis: it keeps its place and area and gets no ink.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    area: tuple[float, ...]
    shown: tuple[bool, ...]
    colour: str
    gid: str = "k2:study-square"
    panel: int = 0
    mark: str = "square"


@dataclass(frozen=True, slots=True)
class Marks:
    """Points of one shape, in one artist; ``area`` is the area of each in pt2, to the last bit.

    ``fill`` is one colour for all or one for each; ``"none"`` leaves them open. ``pixels`` draws them as
    pixels inside a vector file, for clouds of many thousands.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    area: tuple[float, ...]
    shape: str
    fill: str | tuple[str, ...]
    gid: str
    edge: str = "none"
    edge_width: float = 0.0
    space: Space = "plot"
    panel: int = 0
    pixels: bool = False


Item = Text | Stroke | Segments | Shape | Squares | Marks


@dataclass(frozen=True, slots=True)
class PlotBox:
    """Where a plot stands (pt) and what its axes span.

    Attributes
    ----------
    left, top, width, height : float
        In pt, from the top left corner of the page.
    low, high : float
        Ends of the horizontal axis.
    bottom_value, top_value : float or None
        Ends of the vertical axis, the lower edge first; None where vertical positions are in pt.
    name : str
        The axes are ``fig.parts[name]``.
    """

    left: float
    top: float
    width: float
    height: float
    low: float
    high: float
    bottom_value: float | None = None
    top_value: float | None = None
    name: str = "plot"

    def x(self, value: float) -> float:
        """Position of a value in pt from the left edge of the page."""
        return self.left + (value - self.low) / (self.high - self.low) * self.width

    def y(self, value: float) -> float:
        """Position of a value in pt from the top edge of the page."""
        if self.bottom_value is None or self.top_value is None:
            return value
        return self.top + (self.top_value - value) / (self.top_value - self.bottom_value) * self.height


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its size and what is on it.

    Attributes
    ----------
    width, height : float
        In pt.
    plots : tuple of PlotBox
        The plots; the ``panel`` of an item points here. A diagram has none.
    items : tuple of Item
    rows : tuple of int
        Rows of the figure model that stand on it, in order.
    latin : str
        ``"sans"`` or ``"serif"``: the faces of Latin text.
    """

    width: float
    height: float
    plots: tuple[PlotBox, ...]
    items: tuple[Item, ...]
    rows: tuple[int, ...] = ()
    latin: Literal["sans", "serif"] = "sans"

    @property
    def plot(self) -> PlotBox:
        """The first plot."""
        return self.plots[0]


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
