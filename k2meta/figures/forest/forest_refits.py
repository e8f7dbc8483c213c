"""Rows that are fits of their own: without one study each, or with one study more each."""

from __future__ import annotations

import math
from collections.abc import Sequence

from k2meta.analysis.cumulative import CumulativeResult
from k2meta.analysis.leaving_out import LeaveOneOutResult
from k2meta.figures.forest.forest_entry import Entry, Refits

__all__ = ["changes_conclusion", "refit_entries", "refit_numbers"]


def refit_entries(result: Refits) -> list[Entry]:
    """Return one row for each refit; the last one of a cumulative result holds all studies: a diamond."""
    where: Sequence[int] = range(result.fit.k)
    if isinstance(result, CumulativeResult):
        where = [int(i) for i in result.order]
    rows = [
        Entry(
            "study",
            result.study[step],
            float(result.estimate[step]),
            float(result.ci_low[step]),
            float(result.ci_high[step]),
            share=1.0,
            position=position,
            data_row=int(result.fit.effects.row[position]),
            step=step,
        )
        for step, position in enumerate(where)
    ]
    fit = result.fit
    everything = Entry("pooled", "", fit.estimate, fit.ci.low, fit.ci.high, fit=fit)
    if isinstance(result, LeaveOneOutResult):
        return [*rows, Entry("space"), everything]
    last = rows[-1]
    final = Entry(
        "pooled",
        last.label,
        fit.estimate,
        fit.ci.low,
        fit.ci.high,
        fit=fit,
        position=last.position,
        data_row=last.data_row,
        step=last.step,
    )
    return [*rows[:-1], final]


def refit_numbers(result: Refits, entry: Entry) -> tuple[float, float, float]:
    """P value, tau2 and I2 (percent) of a row; those of the whole fit for a diamond."""
    if entry.kind == "pooled" or entry.step < 0:
        return result.fit.p_value, result.fit.tau2, result.fit.i2
    step = entry.step
    return float(result.p_value[step]), float(result.tau2[step]), float(result.i2[step])


def changes_conclusion(result: object, entry: Entry) -> bool:
    """Whether the answer to the test at the fit's level is another one without the study."""
    if not isinstance(result, LeaveOneOutResult) or entry.kind != "study":
        return False
    known = math.isfinite(result.p_value[entry.step]) and math.isfinite(result.fit.p_value)
    return known and bool(result.changes_conclusion[entry.step])
