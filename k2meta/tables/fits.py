"""Tables of pooled results: one row for each fit, on the scale people read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.tables.notes import checked_language, method_note
from k2meta.tables.numbers import format_p
from k2meta.tables.table import Column, Table

if TYPE_CHECKING:
    from k2meta.models.result import MetaResult

__all__ = ["effect_decimals", "fit_record", "fits_table", "study_records"]

_HEADS = {
    "label": ("Analysis", "分析"),
    "k": ("k", "k"),
    "estimate": ("{measure}", "{measure}"),
    "ci_low": ("CI low", "CI下限"),
    "ci_high": ("CI high", "CI上限"),
    "p_value": ("P", "P"),
    "tau2": ("tau²", "τ²"),
    "i2": ("I² %", "I² %"),
    "pi_low": ("PI low", "PI下限"),
    "pi_high": ("PI high", "PI上限"),
    "method": ("Method", "方法"),
}


def short_method(fit: MetaResult) -> str:
    """Name the method in a few codes: ``"REML, knapp-hartung"``, ``"Mantel-Haenszel"``."""
    options = fit.options
    if fit.k == 1:
        return "one study"
    if options.pooling != "inverse variance":
        return options.pooling
    return f"{'common effect' if options.model == 'common' else options.tau2}, {options.test}"


def effect_decimals(fit: MetaResult) -> int:
    """Give the decimals for effects: 2 for ratios, 3 for proportions, more for finely measured differences.

    Differences known to a hundredth or better (bone density in g/cm2, say) would lose their digits at two
    decimals: the half-width of the median study's interval decides.
    """
    from k2meta.measures import get_measure

    if get_measure(fit.measure).family == "proportion":
        return 3
    if fit.effects.scale == "log":
        return 2
    half = 1.96 * float(np.median(fit.effects.sei))
    return min(max(2, math.ceil(0.5 - math.log10(half))), 6) if half > 0 else 2


def fit_record(fit: MetaResult, label: str = "") -> dict[str, Any]:
    """Give the numbers of a fit on the natural scale (ratios, not logarithms), unrounded.

    Parameters
    ----------
    fit : MetaResult
    label : str

    Returns
    -------
    dict
        ``label, measure, k, estimate, ci_low, ci_high, p_value, tau2, i2, i2_q, q, q_df, q_p,
        pi_low, pi_high, method``; NaN where a number does not exist.
    """
    prediction = fit.prediction_interval()
    limits = np.array([fit.estimate, fit.ci.low, fit.ci.high, prediction.low, prediction.high])
    natural = fit.effects.natural(limits, pooled=True)
    several = fit.k > 1
    return {
        "label": label,
        "measure": fit.measure,
        "k": fit.k,
        "estimate": float(natural[0]),
        "ci_low": float(natural[1]),
        "ci_high": float(natural[2]),
        "p_value": float(fit.p_value),
        "tau2": float(fit.tau2) if several and fit.options.model == "random" else math.nan,
        "i2": float(fit.i2) if several else math.nan,
        "i2_q": float(fit.i2_q) if several else math.nan,
        "q": float(fit.q) if several else math.nan,
        "q_df": float(fit.q_df) if several else math.nan,
        "q_p": float(fit.q_p) if several else math.nan,
        "pi_low": float(natural[3]),
        "pi_high": float(natural[4]),
        "method": short_method(fit),
    }


def study_records(fit: MetaResult) -> list[dict[str, Any]]:
    """Give each pooled study's effect and interval on the natural scale, and its weight in percent.

    Returns
    -------
    list of dict
        ``row`` (position in the data, from 0), ``study, estimate, ci_low, ci_high, weight`` and, on
        the analysis scale, ``yi, vi``.
    """
    from k2meta.kernels.distributions import normal_ppf

    effects = fit.effects
    margin = float(normal_ppf(0.5 + fit.options.level / 2.0)) * effects.sei
    limits = (effects.yi, effects.yi - margin, effects.yi + margin)
    estimate, low, high = (effects.natural(values) for values in limits)
    return [
        {
            "row": int(effects.row[i]),
            "study": effects.study[i],
            "estimate": float(estimate[i]),
            "ci_low": float(low[i]),
            "ci_high": float(high[i]),
            "weight": float(fit.weights[i]),
            "yi": float(effects.yi[i]),
            "vi": float(effects.vi[i]),
        }
        for i in range(effects.k)
    ]


def fits_table(
    fits: Mapping[str, MetaResult],
    title: str = "",
    *,
    lang: str = "en",
    decimals: int | None = None,
    notes: Iterable[str] = (),
    describe: bool = False,
) -> Table:
    """Put pooled results into one table.

    Parameters
    ----------
    fits : mapping of str to MetaResult
        By label.
    title : str
    lang : {"en", "zh"}
    decimals : int, optional
        Of estimates and limits; as many as the studies' precision asks for by default.
    notes : iterable of str
    describe : bool
        Whether to add how each fit was made to the notes.
    """
    language = 0 if checked_language(lang) == "en" else 1
    places = max((effect_decimals(fit) for fit in fits.values()), default=2) if decimals is None else decimals
    records = [fit_record(fit, label) for label, fit in fits.items()]
    named = {"GEN": ("Effect", "效应")[language]}
    measures = "/".join(dict.fromkeys(named.get(r["measure"], r["measure"]) for r in records))

    def head(key: str) -> str:
        return _HEADS[key][language].format(measure=measures)

    columns = [
        Column("label", head("label")),
        Column("k", head("k"), "right"),
        *(Column(key, head(key), "right", places) for key in ("estimate", "ci_low", "ci_high")),
        Column("p_value", head("p_value"), "right", show=format_p),
        Column("tau2", head("tau2"), "right", 3),
        Column("i2", head("i2"), "right", 0),
        *(Column(key, head(key), "right", places) for key in ("pi_low", "pi_high")),
        Column("method", head("method")),
    ]
    lines = list(notes)
    if describe:
        described: dict[str, list[str]] = {}
        for label, fit in fits.items():
            described.setdefault(method_note(fit, lang), []).append(label)
        lines += [f"{', '.join(labels)}: {note}" for note, labels in described.items()]
    return Table.build(title, columns, records, lines)
