"""From CI and p of an estimate to its standard error; ratios to the log scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from k2meta.kernels.distributions import t_ppf
from k2meta.records import FloatArray
from k2meta.studies.conversion_inputs import arrays, coverage, require, require_order, require_p

__all__ = [
    "log_ratio_from_ci",
    "se_from_ci",
    "se_from_p",
]


def se_from_ci(low: Any, high: Any, *, level: float = 0.95, df: Any = np.inf) -> FloatArray:
    r"""Return the standard error behind a confidence interval of an estimate.

    :math:`SE = (high - low) / (2 c)`.

    Parameters
    ----------
    low, high : array_like
        Limits, on the scale of the wanted SE (log them for ratios, or use :func:`log_ratio_from_ci`).
    level : float
        Coverage.
    df : array_like
        Degrees of freedom of a t interval; infinite (the default) for a normal one.

    Returns
    -------
    ndarray

    Raises
    ------
    DataError
        When limits are reversed.

    Notes
    -----
    R counterpart: ``conv.wald`` in metafor.

    References
    ----------
    Cochrane Handbook, version 6, section 6.3.1.

    Examples
    --------
    >>> round(float(se_from_ci(1, 3)), 6)
    0.510213
    """
    low, high, df = arrays(low=low, high=high, df=df)
    require_order(low, high)
    upper = np.full(df.shape, 0.5 + coverage(level) / 2)
    out: FloatArray = (high - low) / (2 * np.asarray(t_ppf(upper, df), dtype=np.float64))
    return out


def se_from_p(estimate: Any, p: Any, *, df: Any = np.inf) -> FloatArray:
    r"""Return the standard error behind an estimate and its two-sided p-value.

    :math:`SE = |estimate| / c`, c the 1 - p/2 quantile of the normal (or of t).

    Parameters
    ----------
    estimate : array_like
        On the analysis scale: the log of a ratio; not 0.
    p : array_like
        Two-sided p-value, above 0 and below 1.
    df : array_like
        Degrees of freedom of a t test; infinite (the default) for a normal one.

    Returns
    -------
    ndarray

    Raises
    ------
    DataError
        When p is not in (0, 1) or the estimate is 0.

    Notes
    -----
    R counterpart: ``conv.wald(pval=)`` in metafor, for the normal distribution.

    References
    ----------
    Cochrane Handbook, version 6, sections 6.3.1 (differences) and 6.3.2 (ratios). Altman DG, Bland JM
    (2011). BMJ 343:d2090. doi:10.1136/bmj.d2090.

    Examples
    --------
    The Handbook's example (risk difference 0.03, P = 0.008) prints 0.011:

    >>> round(float(se_from_p(0.03, 0.008)), 3)
    0.011
    """
    estimate, p, df = arrays(estimate=estimate, p=p, df=df)
    require_p(p)
    remedy = "Its p-value tells nothing about the SE then: look for the CI."
    require(estimate != 0, "estimate", estimate, "an estimate other than 0", remedy)
    out: FloatArray = np.abs(estimate) / -np.asarray(t_ppf(p / 2, df), dtype=np.float64)
    return out


def log_ratio_from_ci(
    ratio: Any, low: Any, high: Any, *, level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    r"""Return the log of a ratio and its standard error from the ratio and its CI.

    :math:`\log R` and :math:`(\log high - \log low) / (2 z)`.

    Parameters
    ----------
    ratio, low, high : array_like
        Risk, odds, rate or hazard ratio and its limits on the natural scale, > 0.
    level : float
        Coverage.

    Returns
    -------
    log_ratio, se : ndarray

    Raises
    ------
    DataError
        When a value is not above 0, limits are reversed, or the interval does not contain the ratio.

    Notes
    -----
    R counterpart: ``conv.wald(transf=log)`` in metafor.

    References
    ----------
    Cochrane Handbook, version 6, section 6.3.2.

    Examples
    --------
    >>> [round(float(x), 4) for x in log_ratio_from_ci(0.52, 0.36, 0.74)]
    [-0.6539, 0.1838]
    """
    ratio, low, high = arrays(ratio=ratio, low=low, high=high)
    for name, values in (("ratio", ratio), ("low", low), ("high", high)):
        require(
            values > 0,
            name,
            values,
            "a ratio above 0 on the natural scale",
            "If it is a logarithm, exp() it.",
        )
    require_order(low, high)
    inside = ((low <= ratio) & (ratio <= high)) | np.isnan(low) | np.isnan(high)
    require(inside, "ratio", ratio, "a ratio within its interval", "Compare with the paper.")
    return np.log(ratio), se_from_ci(np.log(low), np.log(high), level=level)
