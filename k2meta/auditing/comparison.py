"""Recomputed results against printed ones: does each number round to the printed digits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from k2meta.auditing.bounds import overlap
from k2meta.auditing.digits import PrintedNumber, PrintedP, parse_number
from k2meta.auditing.published import PublishedResult
from k2meta.auditing.verdicts import AuditRow
from k2meta.tables.numbers import format_significant

if TYPE_CHECKING:
    from k2meta.models.result import MetaResult

__all__ = ["compare_fit", "compare_number", "natural_triple"]


def natural_triple(fit: MetaResult) -> dict[str, float]:
    """Give the estimate and limits of a fit as they are printed: ratios, not logarithms."""
    from k2meta.measures import get_measure

    values = get_measure(fit.measure).to_natural(np.array([fit.estimate, fit.ci.low, fit.ci.high]))
    return dict(zip(("estimate", "ci_low", "ci_high"), map(float, values), strict=True))


def compare_number(
    labels: tuple[str, str, str],
    quantity: str,
    printed: PrintedNumber | None,
    recomputed: float,
    convention: str,
    note: str = "",
) -> AuditRow:
    """Judge one number: ``reproduced`` when the recomputed value rounds to the printed digits.

    Parameters
    ----------
    labels : tuple of str
        Source, outcome, subgroup.
    quantity : str
    printed : PrintedNumber or None
        None where the paper prints nothing: the row then only shows what comes out.
    recomputed : float
    convention : str
    note : str
    """
    if printed is None:
        remark = "; ".join(part for part in ("not printed", note) if part)
        return AuditRow(*labels, quantity, "", recomputed, recomputed, convention, "not checkable", remark)
    if math.isnan(recomputed):
        return AuditRow(
            *labels, quantity, printed.shown, math.nan, math.nan, convention, "not checkable", note
        )
    verdict = "reproduced" if printed.shows(recomputed) else "contradicted"
    if verdict == "contradicted":
        away = abs(recomputed - printed.value)
        unit = 2.0 * printed.half_unit
        size = f"off by {format_significant(away, 3)}, {away / unit:.3g} units of the last digit"
        note = "; ".join(part for part in (note, size) if part)
    return AuditRow(*labels, quantity, printed.shown, recomputed, recomputed, convention, verdict, note)


def _compare_p(
    labels: tuple[str, str, str], printed: PrintedP, recomputed: float, convention: str
) -> AuditRow:
    reached = overlap((printed.low, printed.high), (recomputed, recomputed))
    verdict = "reproduced" if reached else "contradicted"
    return AuditRow(*labels, "p", printed.text, recomputed, recomputed, convention, verdict)


def compare_fit(
    printed: PublishedResult,
    fit: MetaResult,
    convention: str,
    *,
    counts: Mapping[str, float] | None = None,
) -> list[AuditRow]:
    """Judge every printed number of a result against a fit of its rows.

    Parameters
    ----------
    printed : PublishedResult
    fit : MetaResult
    convention : str
        How the fit was made, in words.
    counts : mapping of str to float, optional
        What the rows give for ``"k"`` and ``"n"``; rows without an effect count in ``k`` as papers
        count them.
    """
    labels = (printed.source, printed.outcome, printed.subgroup)
    ours = natural_triple(fit)
    rows = []
    for quantity in ("estimate", "ci_low", "ci_high"):
        number: PrintedNumber | None = getattr(printed, quantity)
        rows.append(compare_number(labels, quantity, number, ours[quantity], convention))
    if printed.p is not None:
        rows.append(_compare_p(labels, printed.p, float(fit.p_value), convention))
    for quantity in ("k", "n"):
        text = getattr(printed, quantity)
        if counts is None or quantity not in counts:
            continue
        rows.append(compare_number(labels, quantity, parse_number(text), float(counts[quantity]), "counted"))
    if printed.i2:
        rows.append(compare_number(labels, "i2", parse_number(printed.i2), float(fit.i2), convention))
    return rows
