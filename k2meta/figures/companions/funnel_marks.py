"""What stands behind the points of a funnel plot: contours, pseudo limits, lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from k2meta.figures.companions.funnel_scales import FunnelScale
from k2meta.figures.looks.display import Item, PlotBox, Shape, Stroke
from k2meta.figures.page.clipping import clip_area, clip_curve
from k2meta.kernels.distributions import normal_ppf
from k2meta.records import FloatArray

__all__ = ["DASHES", "EGGER", "GREYS", "LINE", "FunnelLines", "funnel_items"]

# From the null outwards: the band next to it is the darkest, as in Peters et al. (2008).
GREYS = ("#B8B8B8", "#D2D2D2", "#ECECEC")
LINE = "#333333"
EGGER = "#7F1D1D"
DASHES = ((3.0, 2.0), (1.2, 1.6), (5.0, 1.6, 1.2, 1.6))  # pseudo limits, one for each level
EGGER_DASHES = (6.0, 1.8, 1.4, 1.8)
ADJUSTED_DASHES = (1.0, 1.4)
STEPS = 241


@dataclass(frozen=True, slots=True)
class FunnelLines:
    """Everything but the points.

    Attributes
    ----------
    scale : FunnelScale
    centre : float
        Round which the pseudo limits stand.
    levels : tuple of float
        Of the pseudo limits.
    tau2 : float
        Added to the variances for the pseudo limits.
    null : float or None
        Round which the contours stand.
    contours : tuple of float
        P values, the largest first.
    other : float or None
        A second vertical line.
    egger : tuple or None
        Limit, slope and name of the predictor.
    """

    scale: FunnelScale
    centre: float
    levels: tuple[float, ...]
    tau2: float = 0.0
    null: float | None = None
    contours: tuple[float, ...] = ()
    other: float | None = None
    egger: tuple[float, float, str] | None = None


def funnel_items(lines: FunnelLines, plot: PlotBox, number: int) -> Iterator[Item]:
    """Bands from the outside in, then lines, all cut at the edges of the plot."""
    y = _upright(lines.scale, plot)
    yield from _contours(lines, y, plot, number)
    ends = (y[0], y[-1])
    if lines.null is not None and lines.contours:
        yield from _curve([lines.null] * 2, ends, plot, number, 0.5, "#777777", "k2:bg:null")
    if lines.scale.base == "se":
        se = lines.scale.back(y)
        for place, level in enumerate(lines.levels):
            reach = normal_ppf(0.5 + 0.5 * level) * np.sqrt(se**2 + lines.tau2)
            for side, x in (("lo", lines.centre - reach), ("hi", lines.centre + reach)):
                gid = f"k2:bg:limit:{place}:{side}"
                yield from _curve(x, y, plot, number, 0.6, LINE, gid, DASHES[place])
    yield from _curve([lines.centre] * 2, ends, plot, number, 0.7, LINE, "k2:bg:centre")
    if lines.other is not None:
        yield from _curve(
            [lines.other] * 2, ends, plot, number, 0.8, LINE, "k2:bg:unadjusted", ADJUSTED_DASHES
        )
    if lines.egger is not None:
        limit, slope, predictor = lines.egger
        values = lines.scale.predictor(predictor, y)
        if values is not None:
            x = limit + slope * values
            yield from _curve(x, y, plot, number, 1.0, EGGER, "k2:curve:egger", EGGER_DASHES)


def _upright(scale: FunnelScale, plot: PlotBox) -> FloatArray:
    """Places along the vertical axis, closer together next to 0, where inverse scales bend."""
    if plot.bottom_value is None or plot.top_value is None:
        raise ValueError("a funnel plot has an upright axis")
    low, high = sorted((plot.bottom_value, plot.top_value))
    shares = np.linspace(0.0, 1.0, STEPS) ** 2
    if not scale.descending or scale.base == "n":
        shares[0] = shares[1] / 4  # 1/0
    out: FloatArray = low + (high - low) * shares
    return out


def _curve(
    x: object,
    y: object,
    plot: PlotBox,
    number: int,
    width: float,
    colour: str,
    gid: str,
    dashes: tuple[float, ...] = (),
) -> Iterator[Item]:
    points = list(zip(np.asarray(x, dtype=float).tolist(), np.asarray(y, dtype=float).tolist(), strict=True))
    for piece in clip_curve(points, plot):
        yield Stroke(piece, width, colour, gid, "plot", dashes, number)


def _contours(lines: FunnelLines, y: FloatArray, plot: PlotBox, number: int) -> Iterator[Item]:
    if not lines.contours or lines.null is None:
        return
    low, high = sorted((float(plot.bottom_value or 0.0), float(plot.top_value or 0.0)))
    whole = ((plot.low, low), (plot.high, low), (plot.high, high), (plot.low, high))
    greys = GREYS[-len(lines.contours) :] if len(lines.contours) < 3 else GREYS
    yield Shape(whole, greys[-1], "k2:bg:contour:outside", space="plot", panel=number)
    se = lines.scale.back(y)
    fills = ("white", *greys[:-1])
    for p, fill in reversed(list(zip(lines.contours, fills, strict=True))):
        reach = normal_ppf(1.0 - 0.5 * p) * se
        right = list(zip((lines.null + reach).tolist(), y.tolist(), strict=True))
        left = list(zip((lines.null - reach).tolist(), y.tolist(), strict=True))
        area = clip_area([*left, *reversed(right)], plot)
        if area:
            yield Shape(area, fill, f"k2:bg:contour:{p:g}", space="plot", panel=number)
