"""Marks in the plot: squares, intervals, diamonds, prediction bars, reference lines, arrows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from k2meta.figures.forest.layout_prediction import draw_arrows, draw_prediction
from k2meta.figures.forest.layout_rows import RowBox
from k2meta.figures.looks.display import Item, PlotBox, Segments, Shape, Squares, Stroke
from k2meta.figures.looks.model import Panel
from k2meta.figures.looks.themes import Theme

__all__ = ["draw_marks", "draw_reference", "marked"]

INTERVAL = 0.7
LARGEST = 0.72  # side of the largest square, in rows
EVEN = 0.42  # side of equal squares, in rows
DIAMOND = 0.64  # height of a diamond, in rows
EDGE = 0.6  # line round a diamond, pt
# half the width of a mark of area 1 at its middle, where the interval runs through it
HALF_WIDTHS = {"square": 0.5, "diamond": math.sqrt(0.5), "circle": math.sqrt(1 / math.pi)}


def marked(boxes: Sequence[RowBox]) -> list[RowBox]:
    """Rows that enter the truth record, in order; their place in it is the number in their gids."""
    return [box for box in boxes if box.row.kind in ("study", "pooled", "prediction")]


def draw_reference(panel: Panel, boxes: Sequence[RowBox], plot: PlotBox) -> Iterator[Item]:
    """Shaded band, null line and pooled lines, under everything else."""
    bottom = plot.top + plot.height
    for number, (*ends, colour) in enumerate(panel.bands):
        low, high = (min(max(v, plot.low), plot.high) for v in ends)
        corners = ((low, plot.top), (high, plot.top), (high, bottom), (low, bottom))
        if low < high:
            yield Shape(corners, colour, f"k2:bg:band{number or ''}", space="plot")
    null = panel.scale.null
    if null is not None and plot.low <= null <= plot.high:
        yield Stroke(((null, plot.top), (null, bottom)), 0.6, "black", "k2:bg:null", "plot")
    for number, value in enumerate(panel.pooled_lines):
        if plot.low <= value <= plot.high:
            ends = [
                b.centre for b in boxes if b.row.kind == "pooled" and b.row.level == 0 and b.row.x == value
            ]
            end = ends[-1] if ends else bottom
            gid = f"k2:bg:pooled:{number}"
            yield Stroke(((value, plot.top), (value, end)), 0.5, "#555555", gid, "plot", (3.0, 2.0))


def _squares(
    panel: Panel, rows: list[tuple[int, RowBox]], plot: PlotBox, theme: Theme, pitch: float
) -> Squares | None:
    weights = [box.row.weight for _, box in rows]
    if not rows:
        return None
    # one scale for all pages: the largest weight of the whole model has the largest square
    largest = max((r.weight for r in panel.rows if r.kind == "study" and r.has_mark), default=1.0)
    side = (EVEN if panel.equal_squares else LARGEST) * pitch
    area = tuple(side * side * (w / largest) for w in weights)
    shown = tuple(plot.low - 1e-12 <= box.row.x <= plot.high + 1e-12 for _, box in rows)
    return Squares(
        tuple(box.row.x for _, box in rows),
        tuple(box.centre for _, box in rows),
        area,
        shown,
        theme.square,
        mark=theme.mark,
    )


def _interval(index: int, box: RowBox, plot: PlotBox, theme: Theme) -> Iterator[Item]:
    low, high = max(box.row.lo, plot.low), min(box.row.hi, plot.high)
    if low <= high:
        ends = ((low, box.centre), (high, box.centre))
        yield Stroke(ends, INTERVAL, theme.interval, f"k2:ci:{index}", "plot")


def _inner_lines(squares: Squares, rows: list[tuple[int, RowBox]], plot: PlotBox) -> Iterator[Item]:
    """White interval inside each mark, which would otherwise hide it."""
    per_point = (plot.high - plot.low) / plot.width
    lines = []
    for (_, box), area, shown in zip(rows, squares.area, squares.shown, strict=True):
        half = math.sqrt(area) * HALF_WIDTHS[squares.mark] * per_point
        low = max(box.row.lo, plot.low, box.row.x - half)
        high = min(box.row.hi, plot.high, box.row.x + half)
        if shown and high > low:
            lines.append(((low, box.centre), (high, box.centre)))
    if lines:
        yield Segments(tuple(lines), INTERVAL, "white", "k2:interval-inside")


def _ticks(squares: Squares, rows: list[tuple[int, RowBox]], theme: Theme, pitch: float) -> Iterator[Item]:
    """A tick at each estimate, under the squares: it shows where a square is too small to be seen."""
    half = 0.45 * pitch / 2
    lines = [
        ((box.row.x, box.centre - half), (box.row.x, box.centre + half))
        for (_, box), shown in zip(rows, squares.shown, strict=True)
        if shown
    ]
    if lines:
        yield Segments(tuple(lines), 0.6, theme.interval, "k2:estimate-tick")


def _whiskers(index: int, box: RowBox, plot: PlotBox, theme: Theme, pitch: float) -> Iterator[Item]:
    half = 0.18 * pitch
    for side, end in (("lo", box.row.lo), ("hi", box.row.hi)):
        if plot.low <= end <= plot.high:
            points = ((end, box.centre - half), (end, box.centre + half))
            yield Stroke(points, INTERVAL, theme.interval, f"k2:whisker:{index}:{side}", "plot")


def _diamond(index: int, box: RowBox, plot: PlotBox, theme: Theme, pitch: float) -> Iterator[Item]:
    row = box.row
    colour = theme.subtotal if row.level else theme.total
    half = DIAMOND * pitch / 2
    y = box.centre
    corners = ((row.lo, y), (row.x, y - half), (row.hi, y), (row.x, y + half))
    edge = theme.diamond_edge
    gid, width = f"k2:diamond:{index}", 0.0 if edge == "none" else EDGE
    yield Shape(corners, colour, gid, edge, width, space="plot", clipped=True)
    yield from draw_arrows(index, box, plot, colour if edge == "none" else edge, outside=True)


def draw_marks(
    panel: Panel, boxes: Sequence[RowBox], plot: PlotBox, theme: Theme, pitch: float
) -> Iterator[Item]:
    """All marks of a page, in drawing order."""
    rows = [(i, box) for i, box in enumerate(marked(boxes)) if box.row.has_mark]
    studies = [(i, box) for i, box in rows if box.row.kind == "study"]
    for index, box in studies:
        yield from _interval(index, box, plot, theme)
        if theme.whiskers:
            yield from _whiskers(index, box, plot, theme, pitch)
    squares = _squares(panel, studies, plot, theme, pitch)
    if squares is not None:
        yield from _ticks(squares, studies, theme, pitch)
        yield squares
        yield from _inner_lines(squares, studies, plot)
    for index, box in studies:
        yield from draw_arrows(index, box, plot, theme.interval, outside=False)
    pooled = None
    for index, box in rows:
        if box.row.kind == "pooled":
            pooled = box
        elif box.row.kind == "prediction":
            yield from draw_prediction(index, box, pooled, plot, theme, pitch)
    for index, box in rows:
        if box.row.kind == "pooled":
            yield from _diamond(index, box, plot, theme, pitch)
