"""Stratified estimators on counts: Mantel-Haenszel, Peto, and the tests that go with them.

Every function takes arrays of shape (..., k), works along the last axis and lets a keep-mask
choose the tables, so that leave-one-out or a bootstrap is one call. A table that is not kept
adds nothing. No correction is made here: the counts are pooled as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from k2meta.records import BoolArray, FloatArray

__all__ = [
    "MANTEL_HAENSZEL",
    "Homogeneity",
    "Pooled",
    "breslow_day",
    "cmh_chi2",
    "person_time_chi2",
    "peto_score",
    "pool_peto",
]


@dataclass(frozen=True, eq=False, slots=True)
class Pooled:
    """A pooled effect.

    Attributes
    ----------
    estimate : ndarray, shape (...)
        On the analysis scale (log for ratios); NaN where it does not exist.
    variance : ndarray, shape (...)
    weights : ndarray, shape (..., k)
        Weight of each table, unscaled; 0 for tables that are not kept.
    """

    estimate: FloatArray
    variance: FloatArray
    weights: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class Homogeneity:
    """Breslow-Day statistic, with Tarone's correction, and its degrees of freedom; each (...)."""

    breslow_day: FloatArray
    tarone: FloatArray
    df: FloatArray


PoolRule = Callable[..., Pooled]
_MANTEL_HAENSZEL: dict[str, PoolRule] = {}
MANTEL_HAENSZEL: Mapping[str, PoolRule] = MappingProxyType(_MANTEL_HAENSZEL)


def _rule(code: str) -> Callable[[PoolRule], PoolRule]:
    def add(function: PoolRule) -> PoolRule:
        _MANTEL_HAENSZEL[code] = function
        return function

    return add


def _total(values: FloatArray, keep: BoolArray | None) -> FloatArray:
    kept = values if keep is None else np.where(keep, values, 0.0)
    out: FloatArray = np.sum(kept, axis=-1)
    return out


def _kept(weights: FloatArray, keep: BoolArray | None) -> FloatArray:
    return weights if keep is None else np.where(keep, weights, 0.0)


def _divide(top: FloatArray, bottom: FloatArray) -> FloatArray:
    """Quotient, NaN where the denominator is not positive."""
    top, bottom = np.broadcast_arrays(top, bottom)
    out: FloatArray = np.full(bottom.shape, np.nan)
    np.divide(top, bottom, out=out, where=bottom > 0)
    return out


def _log_ratio(top: FloatArray, bottom: FloatArray) -> FloatArray:
    """Return log(top / bottom), NaN unless both are positive."""
    top, bottom = np.broadcast_arrays(top, bottom)
    fine = (top > 0) & (bottom > 0)
    out: FloatArray = np.full(fine.shape, np.nan)
    np.log(top, out=out, where=fine)
    np.subtract(out, np.log(np.where(fine, bottom, 1.0)), out=out)
    return out


@_rule("RR")
def _pool_rr(
    a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray, keep: BoolArray | None = None
) -> Pooled:
    """Risk ratio: R = sum(a n2/N), S = sum(c n1/N), log(R/S); variance sum(P)/(R S)."""
    n1, n2 = a + b, c + d
    n = n1 + n2
    weights = c * n1 / n
    r, s = _total(a * n2 / n, keep), _total(weights, keep)
    # P = (n1 n2 (a + c) - a c N) / N^2 in Greenland & Robins, without the difference that cancels
    p = (a * n1 * d + c * n2 * b) / n**2
    return Pooled(_log_ratio(r, s), _divide(_total(p, keep), r * s), _kept(weights, keep))


@_rule("OR")
def _pool_or(
    a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray, keep: BoolArray | None = None
) -> Pooled:
    """Odds ratio: R = sum(a d/N), S = sum(b c/N), log(R/S); variance of Robins, Breslow & Greenland."""
    n = a + b + c + d
    p, q = (a + d) / n, (b + c) / n
    r, s = a * d / n, b * c / n
    big_r, big_s = _total(r, keep), _total(s, keep)
    variance = 0.5 * (
        _divide(_total(p * r, keep), big_r**2)
        + _divide(_total(p * s + q * r, keep), big_r * big_s)
        + _divide(_total(q * s, keep), big_s**2)
    )
    return Pooled(_log_ratio(big_r, big_s), variance, _kept(s, keep))


def _risk_difference(
    a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray, keep: BoolArray | None
) -> tuple[FloatArray, FloatArray]:
    n1, n2 = a + b, c + d
    weights = n1 * n2 / (n1 + n2)
    # a n2 - c n1 = a d - b c
    return _divide(_total((a * d - b * c) / (n1 + n2), keep), _total(weights, keep)), weights


@_rule("RD")
def _pool_rd(
    a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray, keep: BoolArray | None = None
) -> Pooled:
    """Risk difference, weights n1 n2/N; variance of Sato, Greenland & Robins (1989)."""
    n1, n2 = a + b, c + d
    n = n1 + n2
    estimate, weights = _risk_difference(a, b, c, d, keep)
    p = (n1**2 * c - n2**2 * a + n1 * n2 * (n2 - n1) / 2.0) / n**2
    q = (a * d + b * c) / (2.0 * n)
    top = estimate * _total(p, keep) + _total(q, keep)
    return Pooled(estimate, _divide(top, _total(weights, keep) ** 2), _kept(weights, keep))


@_rule("RD/Greenland-Robins")
def _pool_rd_greenland(
    a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray, keep: BoolArray | None = None
) -> Pooled:
    """Risk difference, weights n1 n2/N; variance of Greenland & Robins (1985), as in RevMan 5."""
    n1, n2 = a + b, c + d
    estimate, weights = _risk_difference(a, b, c, d, keep)
    top = _total((a * b * n2**3 + c * d * n1**3) / (n1 * n2 * (n1 + n2) ** 2), keep)
    return Pooled(estimate, _divide(top, _total(weights, keep) ** 2), _kept(weights, keep))


@_rule("IRR")
def _pool_irr(
    x1: FloatArray, t1: FloatArray, x2: FloatArray, t2: FloatArray, keep: BoolArray | None = None
) -> Pooled:
    """Rate ratio: R = sum(x1 t2/T), S = sum(x2 t1/T); variance sum((x1 + x2) t1 t2/T^2)/(R S)."""
    t = t1 + t2
    weights = x2 * t1 / t
    r, s = _total(x1 * t2 / t, keep), _total(weights, keep)
    top = _total((x1 + x2) * (t1 / t) * (t2 / t), keep)
    return Pooled(_log_ratio(r, s), _divide(top, r * s), _kept(weights, keep))


@_rule("IRD")
def _pool_ird(
    x1: FloatArray, t1: FloatArray, x2: FloatArray, t2: FloatArray, keep: BoolArray | None = None
) -> Pooled:
    """Rate difference, weights t1 t2/T; variance sum(w^2 (x1/t1^2 + x2/t2^2)) / (sum w)^2."""
    t = t1 + t2
    weights = t1 / t * t2
    total = _total(weights, keep)
    estimate = _divide(_total(x1 * t2 / t - x2 * t1 / t, keep), total)
    top = _total(weights**2 * (x1 / t1**2 + x2 / t2**2), keep)
    return Pooled(estimate, _divide(top, total**2), _kept(weights, keep))


def peto_score(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Observed minus expected events in group 1 and its hypergeometric variance, each (..., k)."""
    n1, n2 = a + b, c + d
    n = n1 + n2
    # a - n1 (a + c)/N = (a d - b c)/N
    variance = n1 * n2 * (a + c) * (b + d) / (n**2 * np.maximum(n - 1.0, 1.0))
    return (a * d - b * c) / n, variance


def pool_peto(
    a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray, keep: BoolArray | None = None
) -> Pooled:
    """Log odds ratio sum(O - E)/sum(V), variance 1/sum(V) (Yusuf et al. 1985)."""
    score, information = peto_score(a, b, c, d)
    total = _total(information, keep)
    return Pooled(
        _divide(_total(score, keep), total),
        _divide(np.ones_like(total), total),
        _kept(information, keep),
    )


def _corrected_square(score: FloatArray, variance: FloatArray, correct: bool) -> FloatArray:
    """Squared score over its variance, 1/2 taken off the score when asked (never past 0)."""
    distance = np.abs(score)
    if correct:
        distance = np.maximum(distance - 0.5, 0.0)
    return _divide(distance**2, variance)


def cmh_chi2(
    a: FloatArray,
    b: FloatArray,
    c: FloatArray,
    d: FloatArray,
    keep: BoolArray | None = None,
    *,
    correct: bool = True,
) -> FloatArray:
    """Cochran-Mantel-Haenszel chi-squared, 1 df; NaN when no table has both outcomes."""
    score, variance = peto_score(a, b, c, d)
    return _corrected_square(_total(score, keep), _total(variance, keep), correct)


def person_time_chi2(
    x1: FloatArray,
    t1: FloatArray,
    x2: FloatArray,
    t2: FloatArray,
    keep: BoolArray | None = None,
    *,
    correct: bool = True,
) -> FloatArray:
    """Mantel-Haenszel chi-squared for person-time data, 1 df; NaN without any event."""
    t = t1 + t2
    score = _total(x1 * (t2 / t) - x2 * (t1 / t), keep)
    return _corrected_square(score, _total((x1 + x2) * (t1 / t) * (t2 / t), keep), correct)


def _expected_cell(row: FloatArray, other: FloatArray, column: FloatArray, psi: FloatArray) -> FloatArray:
    """Cell A of a table with fixed margins and odds ratio psi.

    A (other - column + A) = psi (row - A)(column - A), where ``row`` and ``column`` are the
    margins A lies in and ``other`` is the other row: a quadratic in A,
    ``(1 - psi) A^2 + q A - psi row column = 0``, with one root inside the table. It is written
    so that nothing cancels: the discriminant is a sum of non-negative terms, and the conjugate
    form is used where q is positive (psi = 1 needs no special case).
    """
    q = other - column + psi * (row + column)
    rest = row + other - column
    discriminant = (
        (other - column) ** 2 + 2.0 * psi * (row * other + column * rest) + (psi * (row - column)) ** 2
    )
    root = np.sqrt(discriminant)
    conjugate = _divide(2.0 * psi * row * column, q + root)
    # q < 0 is only possible for psi < 1, far enough from 1 to divide by 1 - psi
    return np.where(q < 0, _divide(root - q, 2.0 * (1.0 - psi)), conjugate)


def breslow_day(
    a: FloatArray,
    b: FloatArray,
    c: FloatArray,
    d: FloatArray,
    log_or: FloatArray,
    keep: BoolArray | None = None,
) -> Homogeneity:
    """Breslow-Day statistic at a common odds ratio, and Tarone's corrected one.

    Each expected cell is solved for on its own (not as a margin minus another cell), so that
    small cells keep their digits at extreme odds ratios. Tables where one outcome never occurs
    carry no information and do not count.

    Parameters
    ----------
    a, b, c, d : ndarray, shape (..., k)
    log_or : ndarray, shape (...)
        The Mantel-Haenszel log odds ratio; NaN gives NaN.
    keep : ndarray of bool, shape (..., k), optional

    References
    ----------
    Breslow & Day (1980), Statistical Methods in Cancer Research I, p. 142;
    Tarone (1985), doi 10.1093/biomet/72.1.91.
    """
    n1, n2, m1, m0 = a + b, c + d, a + c, b + d
    informative = (m1 > 0) & (m0 > 0) & (n1 > 0) & (n2 > 0)
    kept = informative if keep is None else informative & keep
    psi, inverse = np.exp(log_or)[..., None], np.exp(-log_or)[..., None]
    cells = (
        _expected_cell(n1, n2, m1, psi),
        _expected_cell(n1, n2, m0, inverse),
        _expected_cell(n2, n1, m1, inverse),
        _expected_cell(n2, n1, m0, psi),
    )
    # kept tables have positive expected cells; the others are set aside before dividing
    a0, b0, c0, d0 = (np.where(kept, cell, 1.0) for cell in cells)
    variance = 1.0 / (1.0 / a0 + 1.0 / b0 + 1.0 / c0 + 1.0 / d0)
    distance = a - cells[0]
    bd = _total(_divide(distance**2, variance), kept)
    total = _total(distance, kept)
    tarone = bd - _divide(total**2, _total(variance, kept))
    return Homogeneity(bd, tarone, np.sum(np.broadcast_to(kept, distance.shape), axis=-1) - 1.0)
