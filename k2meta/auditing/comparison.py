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
from k2meta.auditing.words import Words
from k2meta.tables.numbers import format_significant

if TYPE_CHECKING:
    from k2meta.models.result import MetaResult

__all__ = ["compare_fit", "compare_number", "natural_triple"]

FAR = 20.0  # units of the last digit beyond which their number says nothing more


def natural_triple(fit: MetaResult) -> dict[str, float]:
    """Give the estimate and limits of a fit as they are printed: ratios, not logarithms."""
    values = fit.effects.natural(np.array([fit.estimate, fit.ci.low, fit.ci.high]), pooled=True)
    return dict(zip(("estimate", "ci_low", "ci_high"), map(float, values), strict=True))


def compare_number(
    labels: tuple[str, str, str],
    quantity: str,
    printed: PrintedNumber | None,
    recomputed: float,
    convention: str,
    lang: str = "en",
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
    lang : {"en", "zh"}
    """
    words = Words(lang)
    if printed is None:
        note = words("not printed")
        return AuditRow(*labels, quantity, "", recomputed, recomputed, convention, "not checkable", note)
    if math.isnan(recomputed):
        return AuditRow(*labels, quantity, printed.shown, math.nan, math.nan, convention, "not checkable")
    if printed.shows(recomputed):
        return AuditRow(*labels, quantity, printed.shown, recomputed, recomputed, convention, "reproduced")
    away = abs(recomputed - printed.value)
    units = away / (2.0 * printed.half_unit)
    key = "off by" if units < FAR else "far off"
    note = words(key, away=format_significant(away), units=f"{units:.3g}")
    return AuditRow(
        *labels, quantity, printed.shown, recomputed, recomputed, convention, "contradicted", note
    )


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
    lang: str = "en",
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
    lang : {"en", "zh"}
    """
    labels = (printed.source, printed.outcome, printed.subgroup)
    ours = natural_triple(fit)
    rows = []
    for quantity in ("estimate", "ci_low", "ci_high"):
        number: PrintedNumber | None = getattr(printed, quantity)
        rows.append(compare_number(labels, quantity, number, ours[quantity], convention, lang))
    if printed.p is not None:
        rows.append(_compare_p(labels, printed.p, float(fit.p_value), convention))
    for quantity in ("k", "n"):
        text = getattr(printed, quantity)
        if counts is None or quantity not in counts:
            continue
        rows.append(
            compare_number(
                labels, quantity, parse_number(text), float(counts[quantity]), Words(lang)("counted"), lang
            )
        )
    if printed.i2:
        rows.append(compare_number(labels, "i2", parse_number(printed.i2), float(fit.i2), convention, lang))
    return rows
