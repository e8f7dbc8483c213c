"""Zero-cell rules: who receives the continuity correction, who gets no effect."""

from __future__ import annotations

import numpy as np

from k2meta.measures.building import Rows, Settings
from k2meta.records import BoolArray, FloatArray

__all__ = ["corrected_count", "corrected_counts", "corrected_proportion", "corrected_tables"]


def _amount(has_zero: BoolArray, settings: Settings) -> FloatArray:
    """Amount added to each study's cells, shape of ``has_zero``."""
    everyone = np.full(has_zero.shape, settings.add)
    if settings.to == "all":
        return everyone
    if settings.to == "only0":
        return np.where(has_zero, settings.add, 0.0)
    if settings.to == "if0all" and bool(np.any(has_zero)):
        return everyone
    return np.zeros(has_zero.shape)


def corrected_tables(rows: Rows, settings: Settings) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Cells a, b, c, d of the 2 x 2 tables (events and non-events, arm 1 then arm 2).

    With ``drop00`` a table without events in both arms, or with events only, becomes NaN before
    the correction, so that it cannot trigger ``to="if0all"``.
    """
    a, c = rows["events1"], rows["events2"]
    b, d = rows["n1"] - a, rows["n2"] - c
    if settings.drop00:
        empty = ((a == 0) & (c == 0)) | ((b == 0) & (d == 0))
        a, b, c, d = (np.where(empty, np.nan, cell) for cell in (a, b, c, d))
    extra = _amount((a == 0) | (b == 0) | (c == 0) | (d == 0), settings)
    return a + extra, b + extra, c + extra, d + extra


def corrected_counts(rows: Rows, settings: Settings) -> tuple[FloatArray, FloatArray]:
    """Event counts of both arms, for person-time data."""
    first, second = rows["events1"], rows["events2"]
    if settings.drop00:
        empty = (first == 0) & (second == 0)
        first, second = np.where(empty, np.nan, first), np.where(empty, np.nan, second)
    extra = _amount((first == 0) | (second == 0), settings)
    return first + extra, second + extra


def corrected_proportion(rows: Rows, settings: Settings) -> tuple[FloatArray, FloatArray]:
    """Events and size of one group; the correction goes to events and to non-events."""
    events, size = rows["events"], rows["n"]
    extra = _amount((events == 0) | (events == size), settings)
    return events + extra, size + 2.0 * extra


def corrected_count(rows: Rows, settings: Settings) -> FloatArray:
    """Events of one group observed over person-time."""
    events = rows["events"]
    return events + _amount(events == 0, settings)
