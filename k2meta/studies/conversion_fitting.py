"""Mean and SD of skewed data from quantiles: quantile estimation and the Box-Cox method (McGrath 2020)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from k2meta.errors import DataError
from k2meta.kernels.special_functions import special
from k2meta.records import FloatArray
from k2meta.studies.conversion_quantiles import mean_from_quantiles, sd_from_quantiles

__all__ = ["box_cox_mean_sd", "quantile_estimation"]

_GOLDEN = (math.sqrt(5) - 1) / 2
_CUT = 6.0  # standard deviations kept of the Box-Cox normal: all but 2e-9 of it


def _points(
    n: float, median: float, q1: float, q3: float, minimum: float, maximum: float
) -> tuple[FloatArray, FloatArray]:
    """Printed numbers and the probabilities they stand for (the extremes: 1/n and 1 - 1/n)."""
    pairs = [(minimum, 1 / n), (q1, 0.25), (median, 0.5), (q3, 0.75), (maximum, 1 - 1 / n)]
    kept = [(x, p) for x, p in pairs if math.isfinite(x)]
    x, p = np.array(kept, dtype=np.float64).T if kept else (np.empty(0), np.empty(0))
    return x, p


def _complete(median: float, q1: float, q3: float, minimum: float, maximum: float) -> bool:
    return math.isfinite(median) and (math.isfinite(q1 + q3) or math.isfinite(minimum + maximum))


def quantile_estimation(
    n: float, median: float, q1: float, q3: float, minimum: float, maximum: float
) -> tuple[float, float]:
    r"""Fit candidate distributions to printed quantiles; mean and SD of the one that fits best.

    Normal, log-normal, gamma and Weibull (the last three for positive data) and beta (for data inside
    (0, 1)) are fitted by least squares between printed and theoretical quantiles; the extremes count as the
    1/n and 1 - 1/n quantiles.

    Parameters
    ----------
    n : float
        Size of the group.
    median, q1, q3, minimum, maximum : float
        As printed; NaN where not given.

    Returns
    -------
    mean, sd : float
        NaN when there is neither a range nor a pair of quartiles.

    Raises
    ------
    DataError
        When the extremes are given for fewer than 3 people (1/n is no tail then).

    Notes
    -----
    All families but the beta are linear in one parameter, so that the fit is an exact search over the other
    one; nothing depends on starting values. R: ``estmeansd::qe.mean.sd``.

    References
    ----------
    McGrath S, Zhao X, Steele R, et al. (2020). Estimating the sample mean and standard deviation from
    commonly reported quantiles in meta-analysis. Stat Methods Med Res 29:2520. doi:10.1177/0962280219889080.

    Examples
    --------
    >>> nan = float("nan")
    >>> [round(x, 4) for x in quantile_estimation(100, 4, nan, nan, 2, 9)]
    [4.3473, 1.5022]
    """
    if not _complete(median, q1, q3, minimum, maximum):
        return math.nan, math.nan
    if math.isfinite(minimum + maximum) and n < 3:
        raise DataError(
            f"n is {n:g}. Expected at least 3 people to use a range by quantile estimation. Use quartiles."
        )
    x, p = _points(n, median, q1, q3, minimum, maximum)
    fits = [_fit_normal(x, p)]
    if x.min() > 0:
        fits += [_fit_shape(x, p, family) for family in (_lognormal, _gamma, _weibull)]
    if x.min() > 0 and x.max() < 1:
        fits.append(_fit_beta(x, p))
    _, mean, sd = min(fits, key=lambda fit: fit[0])
    return mean, sd


_Fit = tuple[float, float, float]  # sum of squares, mean, SD


def _fit_normal(x: FloatArray, p: FloatArray) -> _Fit:
    z = special.ndtri(p)
    design = np.column_stack([np.ones_like(z), z])
    (mu, sigma), *_ = np.linalg.lstsq(design, x, rcond=None)
    return float(((x - design @ [mu, sigma]) ** 2).sum()), float(mu), float(sigma)


# A family of unit scale: (quantiles for a shape, mean, SD), the shape on the log scale.
_Unit = tuple[FloatArray, float, float]


def _lognormal(p: FloatArray, log_shape: float) -> _Unit:
    sigma = math.exp(log_shape)
    mean = math.exp(sigma**2 / 2)
    return np.exp(sigma * special.ndtri(p)), mean, mean * math.sqrt(math.expm1(sigma**2))


def _gamma(p: FloatArray, log_shape: float) -> _Unit:
    shape = math.exp(
        -2 * log_shape
    )  # so that a small argument means a narrow distribution, as for the log-normal
    quantiles: FloatArray = np.asarray(special.gammaincinv(shape, p), dtype=np.float64) / shape
    return quantiles, 1.0, math.exp(log_shape)


def _weibull(p: FloatArray, log_shape: float) -> _Unit:
    inverse = math.exp(log_shape)
    mean = math.gamma(1 + inverse)
    spread = math.exp(special.gammaln(1 + 2 * inverse) - 2 * special.gammaln(1 + inverse)) - 1
    return (-np.log1p(-p)) ** inverse, mean, mean * math.sqrt(max(spread, 0.0))


def _fit_shape(x: FloatArray, p: FloatArray, family: Callable[[FloatArray, float], _Unit]) -> _Fit:
    """Profile the scale out (the quantiles are linear in it) and search the shape."""

    def scale_of(q: FloatArray) -> float:
        return float((x * q).sum() / (q * q).sum())

    def loss(log_shape: float) -> float:
        q, _, _ = family(p, log_shape)
        return float(((x - scale_of(q) * q) ** 2).sum())

    best = _minimise(loss, math.log(1e-3), math.log(5.0))
    q, mean, sd = family(p, best)
    scale = scale_of(q)
    return loss(best), scale * mean, scale * sd


def _minimise(loss: Callable[[float], float], low: float, high: float) -> float:
    """Global minimum on an interval: a grid, then a golden-section search about its best point."""
    grid = np.linspace(low, high, 80)
    values = [loss(float(g)) for g in grid]
    i = int(np.nanargmin(values))
    a, b = float(grid[max(i - 1, 0)]), float(grid[min(i + 1, grid.size - 1)])
    c, d = b - _GOLDEN * (b - a), a + _GOLDEN * (b - a)
    fc, fd = loss(c), loss(d)
    for _ in range(60):  # 60 golden steps leave 3e-13 of the bracket
        if fc < fd:
            b, d, fd = d, c, fc
            c = b - _GOLDEN * (b - a)
            fc = loss(c)
        else:
            a, c, fc = c, d, fd
            d = a + _GOLDEN * (b - a)
            fd = loss(d)
    return (a + b) / 2


def _fit_beta(x: FloatArray, p: FloatArray) -> _Fit:
    from scipy.optimize import minimize  # only here: a heavy import for a rare need

    def loss(theta: FloatArray) -> float:
        alpha, beta = np.exp(np.clip(theta, -12, 12))
        gap: float = float(((x - special.betaincinv(alpha, beta, p)) ** 2).sum())
        return gap if math.isfinite(gap) else 1e6

    centre = float(np.median(x))
    spread = max((float(x.max() - x.min()) / 4) ** 2, 1e-8)
    total = max(centre * (1 - centre) / spread - 1, 0.5)
    start = np.log([centre * total, (1 - centre) * total])
    options: Any = {"xatol": 1e-10, "fatol": 1e-18, "maxiter": 2000}
    theta = minimize(loss, start, method="Nelder-Mead", options=options).x
    alpha, beta = np.exp(np.clip(theta, -12, 12))
    mean = alpha / (alpha + beta)
    return loss(theta), float(mean), float(math.sqrt(mean * (1 - mean) / (alpha + beta + 1)))


def box_cox_mean_sd(
    n: float, median: float, q1: float, q3: float, minimum: float, maximum: float
) -> tuple[float, float]:
    r"""Make the quantiles symmetric by a power, estimate there, and come back by integration.

    The power :math:`\lambda` is the one for which the transformed quantiles lie symmetrically about the
    median (least squares when there are two pairs); mean and SD of the transformed data follow from Luo 2018
    and Wan 2014; mean and SD of the data are integrals of the inverse transform over that normal
    distribution.

    Parameters
    ----------
    n : float
        Size of the group.
    median, q1, q3, minimum, maximum : float
        As printed, > 0; NaN where not given.

    Returns
    -------
    mean, sd : float
        NaN when there is neither a range nor a pair of quartiles.

    Raises
    ------
    DataError
        When a number is not above 0, or the mean or SD after transforming back is infinite.

    Notes
    -----
    Data are divided by the median first, which makes the answer independent of the unit. The normal is cut
    symmetrically where the transform ends (:math:`1 + \lambda y = 0`), and at 6 SDs. The integral replaces
    the Monte Carlo draws of ``estmeansd::bc.mean.sd`` (R), whose answers vary from run to run.

    References
    ----------
    McGrath S et al. (2020). doi:10.1177/0962280219889080. Box GEP, Cox DR (1964). J R Stat Soc B 26:211.

    Examples
    --------
    >>> nan = float("nan")
    >>> [round(x, 3) for x in box_cox_mean_sd(100, 4, nan, nan, 2, 9)]
    [4.227, 1.339]
    """
    if not _complete(median, q1, q3, minimum, maximum):
        return math.nan, math.nan
    given = [x for x in (minimum, q1, median, q3, maximum) if math.isfinite(x)]
    if min(given) <= 0:
        raise DataError(
            f"the lowest quantile is {min(given):g}. Expected numbers above 0, which the Box-Cox transform "
            "needs. Use convert='qe' or 'luo-wan-shi'."
        )
    pairs = [
        (math.log(low / median), math.log(high / median))
        for low, high in ((minimum, maximum), (q1, q3))
        if math.isfinite(low + high)
    ]
    power = _symmetric_power(pairs)
    names = ("minimum", "maximum", "q1", "q3")
    values = (minimum, maximum, q1, q3)
    moved = {
        name: _box_cox(math.log(x / median), power)
        for name, x in zip(names, values, strict=True)
        if math.isfinite(x)
    }
    ends = {name: moved.get(name) for name in names}
    mu = float(mean_from_quantiles(n, 0.0, method="luo", **ends))
    sigma = float(sd_from_quantiles(n, method="wan", **ends))
    mean, sd = _back(mu, sigma, power)
    return median * mean, median * sd


def _box_cox(log_x: float, power: float) -> float:
    """Transform of exp(log_x)."""
    return log_x if power == 0 else math.expm1(power * log_x) / power


def _symmetric_power(pairs: list[tuple[float, float]]) -> float:
    """Power that makes each (low, high) pair of log ratios to the median symmetric about 0."""
    ends = [end for pair in pairs for end in pair]
    if min(ends) == 0 or max(ends) == 0 or any(low == 0 or high == 0 for low, high in pairs):
        raise DataError(
            "the median equals a quartile or an extreme. Expected numbers that differ, for a power to "
            "make them symmetric. Use convert='qe' or 'luo-wan-shi'."
        )
    limit = 30 / max(abs(end) for end in ends)  # keeps exp(power * log ratio) within 1e13
    if len(pairs) == 1:
        ((low, high),) = pairs

        # increases with the power everywhere, so the root is unique
        def skew(power: float) -> float:
            return _box_cox(low, power) + _box_cox(high, power)

        a, b = -limit, limit
        if skew(a) > 0 or skew(b) < 0:
            return a if skew(a) > 0 else b
        for _ in range(200):
            middle = (a + b) / 2
            a, b = (middle, b) if skew(middle) < 0 else (a, middle)
        return (a + b) / 2
    return _minimise(
        lambda power: sum((_box_cox(u, power) + _box_cox(v, power)) ** 2 for u, v in pairs), -limit, limit
    )


def _back(mu: float, sigma: float, power: float) -> tuple[float, float]:
    """Mean and SD of the inverse transform of a normal variable, cut symmetrically."""
    edge = abs((1 + power * mu) / (power * sigma)) if power != 0 else math.inf
    if 1 + power * mu <= 0 or (edge < _CUT and -2 <= power < 0):
        raise DataError(
            f"the Box-Cox method (power {power:.3g}) has no finite mean and SD for these quantiles. "
            "Expected milder skewness. Use convert='qe'."
        )
    # z = reach * sin(angle) takes the roots at the ends out of the integrand
    nodes, weights = np.polynomial.legendre.leggauss(200)
    reach = min(edge, _CUT)
    angle = nodes * math.pi / 2
    z = reach * np.sin(angle)
    density = weights * np.cos(angle) * np.exp(-(z**2) / 2)
    density /= density.sum()
    y = mu + sigma * z
    # log1p keeps the digits when the power is near 0
    x = np.exp(y) if power == 0 else np.exp(np.log1p(power * y) / power)
    mean = float((density * x).sum())
    return mean, math.sqrt(float((density * (x - mean) ** 2).sum()))
