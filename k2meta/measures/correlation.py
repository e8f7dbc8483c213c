"""Correlation coefficients of two quantitative variables, r from n pairs."""

from __future__ import annotations

import numpy as np

from k2meta.kernels.special_functions import special
from k2meta.measures.building import RawEffects, Rows, Settings, measure, weighted_mean
from k2meta.measures.transform import fisher_z, fisher_z_inverse
from k2meta.records import FloatArray

__all__ = ["hypergeometric_excess", "unbiased_correlation"]

_BOUNDS = (-1.0, 1.0)
_SERIES_FROM = 50.0


def hypergeometric_excess(a: float, b: float, c: FloatArray, z: FloatArray) -> FloatArray:
    """Return 2F1(a, b; c; z) - 1 without cancellation for large c.

    Parameters
    ----------
    a, b : float
        At most 1.
    c, z : ndarray
        c > 0, 0 <= z <= 1. From c = 50 on the power series is summed: its terms fall as fast as
        1/binomial(c + j, j).
    """
    big = np.maximum(c, _SERIES_FROM)
    term = np.broadcast_to(np.asarray(a * b / big * z, dtype=np.float64), np.broadcast(c, z).shape)
    total = term.copy()
    for j in range(1, 60):
        term = term * ((a + j) * (b + j) / ((big + j) * (1.0 + j)) * z)
        total = total + term
    small = special.hyp2f1(a, b, np.minimum(c, _SERIES_FROM), z) - 1.0
    out: FloatArray = np.where(c >= _SERIES_FROM, total, small)
    return out


def unbiased_correlation(r: FloatArray, n: FloatArray) -> FloatArray:
    """Olkin and Pratt's unbiased estimator G(r) = r 2F1(1/2, 1/2; (n-2)/2; 1 - r^2); n > 4.

    References
    ----------
    Olkin I, Pratt JW (1958). Unbiased estimation of certain correlation coefficients.
    Ann Math Stat 29:201-211. doi:10.1214/aoms/1177706717
    """
    rest = (1.0 - r) * (1.0 + r)
    out: FloatArray = r * (1.0 + hypergeometric_excess(0.5, 0.5, (n - 2.0) / 2.0, rest))
    return out


def _large_sample(r: FloatArray, n: FloatArray, settings: Settings) -> FloatArray:
    """(1 - rho^2)^2 / (n - 1) with the study's own (LS) or the average (AV) correlation."""
    rho = weighted_mean(r, n) if settings.vtype == "AV" else r
    out: FloatArray = ((1.0 - rho) * (1.0 + rho)) ** 2 / (n - 1.0)
    return out


@measure(
    "COR", "correlation", ("correlation coefficient", "相关系数"), "r n", bounds=_BOUNDS, vtypes=("LS", "AV")
)
def _raw(rows: Rows, settings: Settings) -> RawEffects:
    """Correlation coefficient as it is.

    y = r; v = (1 - r^2)^2/(n - 1) (LS), with the average correlation, weighted by n, for r (AV).
    Needs n >= 4.

    References
    ----------
    Borenstein M (2009). Effect sizes for continuous data. In: Cooper H, Hedges LV, Valentine JC
    (eds), The handbook of research synthesis and meta-analysis, 221-235 (equation 12.27).
    """
    r = np.where(np.abs(rows["r"]) <= 1.0, rows["r"], np.nan)
    vi = _large_sample(r, rows["n"], settings)
    return r, np.where(rows["n"] > 3.0, vi, np.nan)


def _unbiased_variance(r: FloatArray, g: FloatArray, n: FloatArray) -> FloatArray:
    """G^2 minus the unbiased estimate of rho^2, arranged so that no digits cancel.

    The textbook form G^2 - 1 + (n-3)/(n-2) (1-r^2) 2F1(1,1;n/2;1-r^2) loses log10(n) digits.
    """
    rest = (1.0 - r) * (1.0 + r)
    first = hypergeometric_excess(0.5, 0.5, (n - 2.0) / 2.0, rest)
    second = hypergeometric_excess(1.0, 1.0, n / 2.0, rest)
    gain = r * r * first * (2.0 + first)
    out: FloatArray = gain + rest * ((n - 3.0) / (n - 2.0) * second - 1.0 / (n - 2.0))
    return np.where(np.abs(g) == 1.0, 0.0, out)


@measure(
    "UCOR",
    "correlation",
    ("unbiased correlation coefficient", "无偏相关系数"),
    "r n",
    bounds=_BOUNDS,
    vtypes=("LS", "UB", "AV"),
)
def _unbiased(rows: Rows, settings: Settings) -> RawEffects:
    """Correlation coefficient without its small negative bias; see :func:`unbiased_correlation`.

    v = (1 - G^2)^2/(n - 1) (LS; AV with the average G); UB is G^2 minus the unbiased estimator
    1 - (n-3)/(n-2) (1-r^2) 2F1(1, 1; n/2; 1-r^2) of rho^2. Needs n >= 5.

    References
    ----------
    Olkin I, Pratt JW (1958). doi:10.1214/aoms/1177706717
    Hedges LV (1989). An unbiased correction for sampling error in validity generalization
    studies. J Appl Psychol 74:469-477. doi:10.1037/0021-9010.74.3.469
    """
    n = np.where(rows["n"] > 4.0, rows["n"], np.nan)
    r = np.where(np.abs(rows["r"]) <= 1.0, rows["r"], np.nan)
    g = unbiased_correlation(r, n)
    if settings.vtype == "UB":
        return g, _unbiased_variance(r, g, n)
    return g, _large_sample(g, n, settings)


@measure(
    "ZCOR",
    "correlation",
    ("correlation coefficient", "相关系数"),
    "r n",
    scale="fisher-z",
    to_natural=fisher_z_inverse,
    to_analysis=fisher_z,
    bounds=_BOUNDS,
)
def _fisher(rows: Rows, settings: Settings) -> RawEffects:  # noqa: ARG001
    """Fisher's z: y = artanh(r), v = 1/(n - 3). Needs n >= 4.

    References
    ----------
    Fisher RA (1921). On the "probable error" of a coefficient of correlation deduced from a small
    sample. Metron 1:1-32. hdl:2440/15169
    """
    n = np.where(rows["n"] > 3.0, rows["n"], np.nan)
    return np.arctanh(rows["r"]), 1.0 / (n - 3.0)
