"""Ready-made estimates (``"GEN"``): SE from a variance, a CI or a p-value; ratios to the log scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from k2meta.kernels.distributions import normal_ppf
from k2meta.records import BoolArray, FloatArray
from k2meta.studies.columns import Column
from k2meta.studies.effects import Conversion
from k2meta.studies.problems import Problem, shown

__all__ = ["SOURCES", "GenericEffects", "generic_effects"]

#: Where the standard error may come from: one of these groups of roles.
SOURCES: tuple[tuple[str, ...], ...] = (("se",), ("var",), ("ci_low", "ci_high"), ("p",))

_OFF_CENTRE = 0.5  # half-widths from the middle; exact intervals of sparse counts stay below


@dataclass(slots=True)
class GenericEffects:
    """Effects and standard errors, with faults, doubts and conversions met on the way."""

    yi: FloatArray
    sei: FloatArray
    problems: list[Problem] = field(default_factory=list)
    doubts: list[Problem] = field(default_factory=list)
    conversions: list[Conversion] = field(default_factory=list)


def generic_effects(
    columns: Mapping[str, Column], use: BoolArray, labels: Sequence[str], scale: str, level: float
) -> GenericEffects:
    """Turn estimates into effects and standard errors on the analysis scale.

    Parameters
    ----------
    columns : mapping of str to Column
        ``estimate`` and one of :data:`SOURCES`.
    use : ndarray of bool
        Rows to be used.
    labels : sequence of str
    scale : {"identity", "log"}
        ``"log"``: estimates and limits are ratios on the natural scale and are logged; ``se`` and ``var``
        always are on the analysis scale (of the log ratio), because that is what papers and software give.
    level : float
        Coverage of the interval.
    """
    estimate = columns["estimate"]
    out = GenericEffects(estimate.values.copy(), np.full(use.size, np.nan))
    if scale == "log":
        out.problems += [
            _not_positive(columns[role], use) for role in ("estimate", "ci_low", "ci_high") if role in columns
        ]
        out.problems = [problem for problem in out.problems if problem.rows]
        out.yi = _log(estimate.values)
    if "se" in columns:
        out.sei = columns["se"].values.copy()
    elif "var" in columns:
        with np.errstate(invalid="ignore"):
            out.sei = np.sqrt(columns["var"].values)
    elif "p" in columns:
        _from_p(out, columns["p"], estimate, use, labels)
    else:
        _from_interval(out, columns, use, labels, scale, level)
    return out


def _log(values: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        logged: FloatArray = np.log(values)
    return np.where(np.isfinite(logged), logged, np.nan)


def _not_positive(column: Column, use: BoolArray) -> Problem:
    rows = np.flatnonzero(use & (column.values <= 0))
    return Problem(
        f"ratio not above 0 in {column.where}",
        tuple((int(i), shown(column.values[i])) for i in rows),
        "ratios on the natural scale, as scale='log' says",
        "If these are logarithms already, leave scale out.",
    )


def _pair_problem(what: str, rows: np.ndarray, texts: Sequence[str], expected: str, remedy: str) -> Problem:
    return Problem(
        what, tuple((int(row), text) for row, text in zip(rows, texts, strict=True)), expected, remedy
    )


def _from_interval(
    out: GenericEffects,
    columns: Mapping[str, Column],
    use: BoolArray,
    labels: Sequence[str],
    scale: str,
    level: float,
) -> None:
    low, high, estimate = (columns[role] for role in ("ci_low", "ci_high", "estimate"))
    reversed_ = use & (low.values >= high.values)
    outside = use & ~reversed_ & ((estimate.values < low.values) | (estimate.values > high.values))
    limits = [f"{shown(a)} to {shown(b)}" for a, b in zip(low.values, high.values, strict=True)]
    if reversed_.any():
        rows = np.flatnonzero(reversed_)
        what = f"reversed or empty interval: {low.where} >= {high.where}"
        remedy = "Swap the limits if they were typed the wrong way round."
        out.problems.append(_pair_problem(what, rows, [limits[i] for i in rows], "ci_low < ci_high", remedy))
    if outside.any():
        rows = np.flatnonzero(outside)
        texts = [f"{shown(estimate.values[i])} is not in {limits[i]}" for i in rows]
        what = f"interval that does not contain its estimate: {estimate.where}, {low.where}, {high.where}"
        remedy = "One of the three is mistyped or misprinted: compare with the paper."
        out.problems.append(_pair_problem(what, rows, texts, "ci_low <= estimate <= ci_high", remedy))
    a, b = (_log(low.values), _log(high.values)) if scale == "log" else (low.values, high.values)
    z = float(normal_ppf(0.5 + level / 2))
    out.sei = (b - a) / (2 * z)
    method = (
        f"SE = ({'log high - log low' if scale == 'log' else 'high - low'}) / (2 * {z:.4f}), {level:.0%} "
        "interval"
    )
    good = use & ~reversed_ & ~outside & np.isfinite(out.sei)
    for i in map(int, np.flatnonzero(good)):
        inputs = {"ci_low": float(low.values[i]), "ci_high": float(high.values[i]), "level": level}
        out.conversions.append(Conversion(i, labels[i], "se", method, inputs, float(out.sei[i])))
    _doubt_scale(out, estimate, low, high, good, scale)


def _lopsided(y: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Distance of the estimate from the middle of its interval, in half-widths."""
    with np.errstate(invalid="ignore", divide="ignore"):
        out: FloatArray = np.abs((a + b) / 2 - y) / ((b - a) / 2)
    return out


def _rounding(values: FloatArray) -> FloatArray:
    """Half a unit of the last digit typed."""
    out = np.empty_like(values)
    for i, value in enumerate(values):
        digits = f"{value:.10f}".rstrip("0").partition(".")[2] if np.isfinite(value) else ""
        out[i] = 0.5 * 10.0 ** -len(digits)
    return out


def _doubt_scale(
    out: GenericEffects, estimate: Column, low: Column, high: Column, good: BoolArray, scale: str
) -> None:
    """Doubt the scale when an interval is clearly lopsided on the one said and even on the other."""
    y, a, b = (np.where(good, column.values, np.nan) for column in (estimate, low, high))
    # 1.00 is typed as 1: the number with the most digits tells the precision of all three
    slack = np.minimum.reduce([_rounding(y), _rounding(a), _rounding(b)])
    plain = _lopsided(y, a, b)
    logged = _lopsided(_log(y), _log(a), _log(b))
    with np.errstate(invalid="ignore", divide="ignore"):
        # typing errors of half a unit in each number move the middle by at most two of them
        loose_plain = 4 * slack / (b - a)
        loose_log = 2 * slack * (1 / a + 1 / y) / (np.log(b) - np.log(a))
    said, loose, other, loose_other = (
        (logged, loose_log, plain, loose_plain) if scale == "log" else (plain, loose_plain, logged, loose_log)
    )
    doubtful = good & (said > 0.1 + loose) & (other <= 0.05 + loose_other) & (other < said / 2)
    _doubt_centre(out, good & ~doubtful & (said > _OFF_CENTRE + loose), said, (estimate, low, high))
    if not doubtful.any():
        return
    rows = np.flatnonzero(doubtful)
    texts = [f"{shown(y[i])} ({shown(a[i])} to {shown(b[i])})" for i in rows]
    if scale == "log":
        what = "intervals even on the natural scale, not on the log scale"
        expected = "intervals of ratios to be even on the log scale"
        remedy = "Compare with the paper: these may be differences, or intervals not made on the log scale."
    else:
        what = "intervals even on the log scale, not on the scale given"
        expected = "intervals of differences to be even about their estimate"
        remedy = "If these are ratios, say scale='log'."
    out.doubts.append(_pair_problem(what, rows, texts, expected, remedy))


def _doubt_centre(
    out: GenericEffects, doubtful: BoolArray, lopsided: FloatArray, columns: tuple[Column, Column, Column]
) -> None:
    """Doubt estimates near one end of their interval: a limit may be mistyped, and the SE with it."""
    if not doubtful.any():
        return
    estimate, low, high = columns
    rows = np.flatnonzero(doubtful)
    texts = [
        f"{shown(estimate.values[i])} ({shown(low.values[i])} to {shown(high.values[i])}), "
        f"{lopsided[i]:.0%} of the way from the middle to a limit"
        for i in rows
    ]
    what = f"estimates far from the middle of their intervals: {estimate.where}, {low.where}, {high.where}"
    remedy = (
        "Compare the three with the paper: the SE is taken from the width. Exact and profile intervals may "
        "be that uneven."
    )
    expected = "estimates near the middle, on the scale of the analysis"
    out.doubts.append(_pair_problem(what, rows, texts, expected, remedy))


def _from_p(out: GenericEffects, p: Column, estimate: Column, use: BoolArray, labels: Sequence[str]) -> None:
    with np.errstate(invalid="ignore", divide="ignore"):
        z = -np.asarray(normal_ppf(np.clip(p.values, 0, 1) / 2), dtype=np.float64)
        out.sei = np.abs(out.yi) / z
    hopeless = use & ((p.values == 1) | ((out.yi == 0) & (p.values < 1) & (p.values > 0)))
    if hopeless.any():
        rows = np.flatnonzero(hopeless)
        texts = [f"estimate {shown(estimate.values[i])}, p {shown(p.values[i])}" for i in rows]
        what = f"no SE follows from {p.where}"
        remedy = "Look for the CI or the SE in the paper."
        out.problems.append(
            _pair_problem(what, rows, texts, "an effect other than none, and p below 1", remedy)
        )
    for i in map(int, np.flatnonzero(use & ~hopeless & np.isfinite(out.sei))):
        inputs = {"estimate": float(estimate.values[i]), "p": float(p.values[i])}
        method = "SE = |effect| / z of the two-sided p-value (Cochrane Handbook 6.3.1, 6.3.2)"
        out.conversions.append(Conversion(i, labels[i], "se", method, inputs, float(out.sei[i])))
