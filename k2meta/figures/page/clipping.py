"""Curves and areas cut at the edges of a plot, so that no drawer has to."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from k2meta.figures.looks.display import PlotBox, Points

__all__ = ["clip_area", "clip_curve"]

Limits = tuple[float, float, float, float]


def _limits(plot: PlotBox) -> Limits:
    if plot.bottom_value is None or plot.top_value is None:
        ends = (plot.top, plot.top + plot.height)
    else:
        ends = (plot.bottom_value, plot.top_value)
    return (*sorted((plot.low, plot.high)), *sorted(ends))  # type: ignore[return-value]


def _clip_piece(
    a: tuple[float, float], b: tuple[float, float], limits: Limits
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The part of a straight piece inside the limits (Liang and Barsky)."""
    left, right, low, high = limits
    dx, dy = b[0] - a[0], b[1] - a[1]
    first, last = 0.0, 1.0
    for step, room in ((-dx, a[0] - left), (dx, right - a[0]), (-dy, a[1] - low), (dy, high - a[1])):
        if step == 0:
            if room < 0:
                return None
            continue
        share = room / step
        if step < 0:
            first = max(first, share)
        else:
            last = min(last, share)
        if first > last:
            return None
    start = a if first == 0 else (a[0] + first * dx, a[1] + first * dy)
    end = b if last == 1 else (a[0] + last * dx, a[1] + last * dy)
    return start, end


def clip_curve(points: Sequence[tuple[float, float]], plot: PlotBox) -> list[Points]:
    """Cut a curve into the pieces that run inside a plot.

    Parameters
    ----------
    points : sequence of (x, y)
        In the units of the plot's axes; a point that is not finite interrupts the curve.
    plot : PlotBox

    Returns
    -------
    list of tuple of (x, y)
        Each with two points or more.

    Examples
    --------
    >>> clip_curve([(-1, 0.5), (2, 0.5)], PlotBox(0, 0, 10, 10, 0, 1, 0, 1))
    [((0.0, 0.5), (1.0, 0.5))]
    """
    limits = _limits(plot)
    pieces: list[list[tuple[float, float]]] = []
    for a, b in itertools.pairwise(points):
        if not all(math.isfinite(v) for v in (*a, *b)):
            continue
        kept = _clip_piece(a, b, limits)
        if kept is None:
            continue
        if pieces and pieces[-1][-1] == kept[0]:
            pieces[-1].append(kept[1])
        else:
            pieces.append(list(kept))
    return [tuple((float(x), float(y)) for x, y in piece) for piece in pieces if len(piece) > 1]


def clip_area(points: Sequence[tuple[float, float]], plot: PlotBox) -> Points:
    """Cut an area at the edges of a plot (Sutherland and Hodgman); empty where nothing is left.

    Examples
    --------
    >>> clip_area([(-1, 0), (0.5, 0), (0.5, 1), (-1, 1)], PlotBox(0, 0, 10, 10, 0, 1, 0, 1))
    ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    """
    left, right, low, high = _limits(plot)
    area = [(float(x), float(y)) for x, y in points]
    for axis, edge, sign in ((0, left, 1), (0, right, -1), (1, low, 1), (1, high, -1)):
        out: list[tuple[float, float]] = []
        for before, here in zip([area[-1], *area[:-1]] if area else [], area, strict=True):
            inside, was = sign * (here[axis] - edge) >= 0, sign * (before[axis] - edge) >= 0
            if inside != was:
                share = (edge - before[axis]) / (here[axis] - before[axis])
                other = before[1 - axis] + share * (here[1 - axis] - before[1 - axis])
                out.append((edge, other) if axis == 0 else (other, edge))
            if inside:
                out.append(here)
        area = out
    return tuple((float(x), float(y)) for x, y in area)
