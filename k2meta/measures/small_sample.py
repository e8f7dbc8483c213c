"""Hedges' exact small-sample factor J(m), accurate from m = 2 to m = 1e9."""

from __future__ import annotations

import numpy as np

from k2meta.kernels.special_functions import special
from k2meta.records import FloatArray

__all__ = ["bias_factor", "log_bias_factor", "unbiased_variance_share"]

# Above this the series is exact to the last digit and differences of gammaln are not:
# gammaln(5e7) is about 8e8, so their difference would carry an absolute error of 1e-7.
_SERIES_FROM = 30.0


def _log_gamma_step(z: FloatArray) -> FloatArray:
    """Return log(Gamma(z + 1/2) / (Gamma(z) sqrt(z))) by its asymptotic series, z >= 30."""
    w = 1.0 / (z * z)
    tail = 1 / 640 - w * (17 / 14336 - w * (31 / 18432 - w * 691 / 180224))
    out: FloatArray = (-1 / 8 + w * (1 / 192 - w * tail)) / z
    return out


def log_bias_factor(m: FloatArray) -> FloatArray:
    """Logarithm of J(m) = Gamma(m/2) / (sqrt(m/2) Gamma((m - 1)/2)); NaN for m <= 1.

    References
    ----------
    Hedges LV (1981). Distribution theory for Glass's estimator of effect size and related
    estimators. J Educ Stat 6:107-128. doi:10.3102/10769986006002107
    """
    m = np.asarray(m, dtype=np.float64)
    usable = np.where(m > 1.0, m, np.nan)
    z = (usable - 1.0) / 2.0
    low, high = np.minimum(z, _SERIES_FROM), np.maximum(z, _SERIES_FROM)
    exact = special.gammaln(low + 0.5) - special.gammaln(low) - 0.5 * np.log(low + 0.5)
    series = 0.5 * np.log1p(-0.5 / (high + 0.5)) + _log_gamma_step(high)
    out: FloatArray = np.where(z < _SERIES_FROM, exact, series)
    return out


def bias_factor(m: FloatArray) -> FloatArray:
    """Hedges' J(m), the factor that makes Cohen's d unbiased; NaN for m <= 1.

    Parameters
    ----------
    m : ndarray
        Degrees of freedom of the standard deviation.

    Examples
    --------
    >>> import numpy as np
    >>> bias_factor(np.array([2.0, 20.0])).round(6).tolist()
    [0.56419, 0.961945]
    """
    out: FloatArray = np.exp(log_bias_factor(m))
    return out


def unbiased_variance_share(m: FloatArray) -> FloatArray:
    """Return 1 - (m - 2) / (m J(m)^2), without cancellation for large m; NaN for m < 2.

    The factor of g^2 in the unbiased sampling variance of Hedges' g.

    References
    ----------
    Hedges LV (1983). A random effects model for effect sizes. Psychol Bull 93:388-395.
    doi:10.1037/0033-2909.93.2.388
    """
    m = np.asarray(m, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):  # m = 2 has log 0, smaller m no value
        out: FloatArray = -np.expm1(np.log1p(-2.0 / m) - 2.0 * log_bias_factor(m))
    return out
