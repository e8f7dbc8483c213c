"""How far the axis reaches: what of the data must be seen, and what may be cut with an arrow."""

from __future__ import annotations

import math
from collections.abc import Sequence

from k2meta.figures.looks.model import Panel, Row, Scale

__all__ = ["data_limits"]


def data_limits(panel: Panel) -> tuple[float, float]:
    """Limits that the data ask for, on the analysis scale.

    First the range of the estimates, the null, the pooled intervals, the prediction intervals and the bands
    (each up to twice the width of all study intervals beyond them: with k = 2 or 3 a t interval can be
    hundreds of times wider than the data). Then study intervals: whole for studies with at least half the
    average weight, for the others up to half the range on each side (seven tenths, where that saves
    cutting an interval by a hair). Refits have no weights: those with an interval of up to two and a half
    times the middle one are shown whole (the first steps of a cumulative analysis may be far wider).
    """
    marks = [row for row in panel.rows if row.has_mark]
    points = [row.x for row in marks if math.isfinite(row.x)]
    if panel.scale.null is not None:
        points.append(panel.scale.null)
    if not points:
        return (-1.0, 1.0)
    studies = [row for row in marks if row.kind == "study"] or marks
    low, high = min(points), max(points)
    inner = (min([low, *(r.lo for r in studies)]), max([high, *(r.hi for r in studies)]))
    reach = 2.0 * ((inner[1] - inner[0]) or 1.0)
    for row in marks:
        if row.kind != "study":
            low = min(low, max(row.lo, inner[0] - reach))
            high = max(high, min(row.hi, inner[1] + reach))
    for first, last, _ in panel.bands:
        low = min(low, max(first, inner[0] - reach))
        high = max(high, min(last, inner[1] + reach))
    for row in _shown_whole(studies, panel.equal_squares):
        low, high = min(low, row.lo), max(high, row.hi)
    spread = (high - low) or (inner[1] - inner[0]) or 1.0
    low = min(low, inner[0] if low - inner[0] <= 0.7 * spread else low - 0.5 * spread)
    high = max(high, inner[1] if inner[1] - high <= 0.7 * spread else high + 0.5 * spread)
    return _within_bounds(low, high, panel.scale)


def _shown_whole(studies: Sequence[Row], refits: bool) -> list[Row]:
    """Rows whose interval the axis must hold from end to end."""
    if refits:
        widths = sorted(row.hi - row.lo for row in studies)
        return [row for row in studies if row.hi - row.lo <= 2.5 * widths[len(widths) // 2]]
    known = [row.weight for row in studies if math.isfinite(row.weight)]
    heavy = 0.5 * math.fsum(known) / len(known) if known else math.inf
    return [row for row in studies if row.weight >= heavy]


def _within_bounds(low: float, high: float, scale: Scale) -> tuple[float, float]:
    first, last = scale.ends
    if math.isfinite(first):
        low = max(low, first)
    if math.isfinite(last):
        high = min(high, last)
    if not high > low:
        low, high = low - 0.5, high + 0.5
    return low, high
