"""Prediction intervals: a bar in their row, a line through the diamond, or a density; arrowheads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from matplotlib.colors import to_hex, to_rgb

from k2meta.figures.forest.layout_rows import RowBox
from k2meta.figures.looks.display import Item, PlotBox, Points, Shape, Stroke
from k2meta.figures.looks.model import Row
from k2meta.figures.looks.themes import Theme

__all__ = ["draw_arrows", "draw_prediction"]

ARROW = 2.5  # length of an arrowhead, pt
BAR, LINE, BASE = 1.6, 1.0, 0.7  # line widths, pt
POINTS = 161  # of a density curve
TAIL = 0.003  # the curve ends where it is lower than this share of its peak


def draw_arrows(index: int, box: RowBox, plot: PlotBox, colour: str, *, outside: bool) -> Iterator[Item]:
    """Filled arrowheads where an interval is cut; outside the edge for diamonds, whose cut is flat."""
    for side, cut in (("lo", box.row.lo < plot.low), ("hi", box.row.hi > plot.high)):
        if cut:
            sign = -1.0 if side == "lo" else 1.0
            edge = plot.left if side == "lo" else plot.left + plot.width
            tip = edge + sign * ARROW * (1.0 if outside else 0.0)
            base = tip - sign * ARROW
            points = ((tip, box.centre), (base, box.centre - 1.5), (base, box.centre + 1.5))
            yield Shape(points, colour, f"k2:arrow:{index}:{side}")


def draw_prediction(
    index: int, box: RowBox, pooled: RowBox | None, plot: PlotBox, theme: Theme, pitch: float
) -> Iterator[Item]:
    """Draw a prediction interval as the theme says; ``pooled`` is the row of its diamond."""
    if theme.prediction_style == "line" and pooled is not None:
        yield from _line(index, replace(box, centre=pooled.centre), plot, theme, LINE)
    elif theme.prediction_style == "density" and box.row.spread is not None:
        yield from _density(index, box, box.row.spread, plot, theme)
    else:
        yield from _line(index, box, plot, theme, BAR)
        half = 0.2 * pitch
        for side, end in (("lo", box.row.lo), ("hi", box.row.hi)):
            if plot.low <= end <= plot.high:
                points = ((end, box.centre - half), (end, box.centre + half))
                yield Stroke(points, 0.8, theme.prediction, f"k2:pi-end:{index}:{side}", "plot")


def _line(index: int, box: RowBox, plot: PlotBox, theme: Theme, width: float) -> Iterator[Item]:
    low, high = max(box.row.lo, plot.low), min(box.row.hi, plot.high)
    if low <= high:
        ends = ((low, box.centre), (high, box.centre))
        yield Stroke(ends, width, theme.prediction, f"k2:pi:{index}", "plot")
    yield from draw_arrows(index, box, plot, theme.prediction, outside=True)


def _density(
    index: int, box: RowBox, spread: tuple[float, float], plot: PlotBox, theme: Theme
) -> Iterator[Item]:
    """The distribution on the analysis scale: tails pale, inside the interval dark, on a thin base line."""
    row, base = box.row, box.top + 0.92 * box.height
    height = 0.84 * box.height
    reach = _reach(spread)
    whole = (max(plot.low, row.x - reach), min(plot.high, row.x + reach))
    inner = (max(plot.low, row.lo), min(plot.high, row.hi))
    for (low, high), share, name in ((whole, 0.94, "tails"), (inner, 0.52, "density")):
        if low < high:
            curve = _curve(row, spread, low, high, base, height)
            yield Shape(curve, _paler(theme.prediction, share), f"k2:pi-{name}:{index}", space="plot")
    yield from _line(index, replace(box, centre=base), plot, theme, BASE)


def _relative(z: float, df: float) -> float:
    """Height of the t density over its peak."""
    return math.exp(-z * z / 2) if math.isinf(df) else (1 + z * z / df) ** (-(df + 1) / 2)


def _reach(spread: tuple[float, float]) -> float:
    sd, df = spread
    z = 2.0
    while _relative(z, df) > TAIL and z < 30:
        z *= 1.1
    return z * sd


def _curve(
    row: Row, spread: tuple[float, float], low: float, high: float, base: float, height: float
) -> Points:
    sd, df = spread
    xs = [low + (high - low) * i / (POINTS - 1) for i in range(POINTS)]
    top = [(x, base - height * _relative((x - row.x) / sd, df)) for x in xs]
    return ((low, base), *top, (high, base))


def _paler(colour: str, share: float) -> str:
    """Mix a colour with white: densities must not outweigh the diamonds, and EPS knows no transparency."""
    red, green, blue = (v + (1 - v) * share for v in to_rgb(colour))
    return to_hex((red, green, blue))
