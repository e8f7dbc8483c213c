"""From medians, quartiles and ranges to means and standard deviations (Wan 2014, Luo 2018, Shi 2020)."""

from __future__ import annotations

from typing import Any

import numpy as np

from k2meta.errors import DataError, unknown_option
from k2meta.kernels.distributions import normal_ppf
from k2meta.records import BoolArray, FloatArray
from k2meta.studies.conversion_inputs import arrays, require, require_size

__all__ = [
    "QUANTILE_METHODS",
    "mean_from_quantiles",
    "mean_sd_from_quantiles",
    "quantiles_skewed",
    "sd_from_quantiles",
]

#: Method codes and what they stand for.
QUANTILE_METHODS = {
    "luo-wan-shi": "mean after Luo 2018; SD after Wan 2014 (three numbers) or Shi 2020 (five numbers)",
    "luo-wan": "mean after Luo 2018; SD after Wan 2014",
    "wan": "mean and SD after Wan 2014",
    "qe": "quantile estimation after McGrath 2020",
    "bc": "Box-Cox method after McGrath 2020",
}


_PAIRS = (("q1", "q3"), ("minimum", "maximum"))


def _summary(n: Any, median: Any, q1: Any, q3: Any, minimum: Any, maximum: Any) -> tuple[FloatArray, ...]:
    """Check and broadcast; what was not given becomes NaN."""
    given = {"median": median, "q1": q1, "q3": q3, "minimum": minimum, "maximum": maximum}
    filled = {name: np.nan if values is None else values for name, values in given.items()}
    n, *numbers = arrays(n=n, **filled)
    require_size(n)
    named = dict(zip(filled, numbers, strict=True))
    chain = ("minimum", "q1", "median", "q3", "maximum")
    for i, low in enumerate(chain):
        for high in chain[i + 1 :]:
            ok = (named[low] <= named[high]) | np.isnan(named[high])
            require(
                ok,
                low,
                named[low],
                f"{low} <= {high}",
                "Look for swapped columns, or an SD typed as a quartile.",
            )
    return (n, *numbers)


def _require_pair(**given: Any) -> None:
    """Refuse a summary from which no spread follows."""
    if not any(given[a] is not None and given[b] is not None for a, b in _PAIRS):
        told = ", ".join(name for name, values in given.items() if values is not None) or "nothing"
        raise DataError(
            f"the spread of the data is not known: {told} given. Expected q1 and q3, or minimum and maximum, "
            "or all four. Give both of a pair (NaN where a study lacks them)."
        )


def _require_spread(q1: FloatArray, q3: FloatArray, minimum: FloatArray, maximum: FloatArray) -> None:
    """Refuse quantiles that coincide."""
    for name, spread in (("maximum - minimum", maximum - minimum), ("q3 - q1", q3 - q1)):
        require(spread > 0, name, spread, "a spread above 0", "The numbers tell nothing about the SD then.")


def _wan_range(n: FloatArray) -> FloatArray:
    """Expected range of n standard normal numbers, after Blom (Wan 2014, eq. 9)."""
    out: FloatArray = 2 * np.asarray(normal_ppf((n - 0.375) / (n + 0.25)), dtype=np.float64)
    return out


def _wan_iqr(n: FloatArray) -> FloatArray:
    """Expected interquartile range of n standard normal numbers (Wan 2014, eq. 16)."""
    out: FloatArray = 2 * np.asarray(normal_ppf((0.75 * n - 0.125) / (n + 0.25)), dtype=np.float64)
    return out


def mean_from_quantiles(
    n: Any,
    median: Any,
    *,
    q1: Any = None,
    q3: Any = None,
    minimum: Any = None,
    maximum: Any = None,
    method: str = "luo",
) -> FloatArray:
    r"""Estimate the mean from the median with the range, the quartiles, or both.

    Parameters
    ----------
    n : array_like
        Size of the group, >= 2.
    median, q1, q3, minimum, maximum : array_like
        The summary as printed. Where both pairs are given all five numbers are used; NaN is missing.
    method : {"luo", "wan"}
        ``"luo"``: weights that depend on n, optimal for normal data. ``"wan"``: the older fixed weights.

    Returns
    -------
    ndarray
        NaN where the summary is too small.

    Raises
    ------
    DataError
        When the numbers are not in order or n < 2.
    OptionError
        For an unknown method.

    Notes
    -----
    Luo: :math:`w (a + b)/2 + (1 - w) m` with :math:`w = 4/(4 + n^{0.75})` (range);
    :math:`w (q_1 + q_3)/2 + (1 - w) m` with :math:`w = 0.7 + 0.39/n` (quartiles); with five numbers the
    weights are :math:`2.2/(2.2 + n^{0.75})` for the mid-range and :math:`0.7 - 0.72/n^{0.55}` for the
    mid-quartile range.
    Wan: :math:`(a + 2m + b)/4`, :math:`(q_1 + m + q_3)/3`, :math:`(a + 2q_1 + 2m + 2q_3 + b)/8`.
    R: ``metafor::conv.fivenum``.

    References
    ----------
    Luo D, Wan X, Liu J, Tong T (2018). Stat Methods Med Res 27:1785. doi:10.1177/0962280216669183.
    Wan X, Wang W, Liu J, Tong T (2014). BMC Med Res Methodol 14:135. doi:10.1186/1471-2288-14-135.

    Examples
    --------
    >>> round(float(mean_from_quantiles(100, 15, q1=10, q3=22)), 4)
    15.7039
    """
    if method not in ("luo", "wan"):
        raise unknown_option("method for the mean", method, ["luo", "wan"])
    _require_pair(median=median, q1=q1, q3=q3, minimum=minimum, maximum=maximum)
    n, m, q1, q3, a, b = _summary(n, median, q1, q3, minimum, maximum)
    middle, quartile = (a + b) / 2, (q1 + q3) / 2
    if method == "wan":
        from_range, from_iqr = (middle + m) / 2, (2 * quartile + m) / 3
        from_both = (2 * middle + 4 * quartile + 2 * m) / 8
    else:
        w = 4 / (4 + n**0.75)
        from_range = w * middle + (1 - w) * m
        w = 0.7 + 0.39 / n
        from_iqr = w * quartile + (1 - w) * m
        wide, narrow = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
        from_both = wide * middle + narrow * quartile + (1 - wide - narrow) * m
    return _best_of(from_both, from_iqr, from_range)


def _best_of(from_both: FloatArray, from_iqr: FloatArray, from_range: FloatArray) -> FloatArray:
    """Five numbers before quartiles before the range."""
    out: FloatArray = np.where(
        np.isnan(from_both), np.where(np.isnan(from_iqr), from_range, from_iqr), from_both
    )
    return out


def sd_from_quantiles(
    n: Any,
    *,
    q1: Any = None,
    q3: Any = None,
    minimum: Any = None,
    maximum: Any = None,
    method: str = "shi",
) -> FloatArray:
    r"""Estimate the standard deviation from the range, the quartiles, or both.

    Parameters
    ----------
    n : array_like
        Size of the group, >= 2.
    q1, q3, minimum, maximum : array_like
        The summary as printed; NaN is missing.
    method : {"shi", "wan"}
        How range and quartiles are joined when both are given: ``"shi"`` weighs them by n,
        ``"wan"`` takes their plain average. With one pair the two agree.

    Returns
    -------
    ndarray

    Raises
    ------
    DataError
        When the numbers are not in order, the spread is 0, or n < 2.
    OptionError
        For an unknown method.

    Notes
    -----
    :math:`\xi = 2\Phi^{-1}\{(n - 0.375)/(n + 0.25)\}`, :math:`\eta = 2\Phi^{-1}\{(0.75 n - 0.125)/(n +
    0.25)\}`; SD is :math:`(b - a)/\xi`, :math:`(q_3 - q_1)/\eta`, or
    :math:`w (b - a)/\xi + (1 - w)(q_3 - q_1)/\eta` with :math:`w = 1/(1 + 0.07 n^{0.6})` (Shi) or 1/2 (Wan).
    R: ``metafor::conv.fivenum``.

    References
    ----------
    Wan X et al. (2014). doi:10.1186/1471-2288-14-135. Shi J, Luo D, Weng H, et al. (2020). Optimally
    estimating the sample standard deviation from the five-number summary. Res Synth Methods 11:641.
    doi:10.1002/jrsm.1429.

    Examples
    --------
    >>> round(float(sd_from_quantiles(20, minimum=3, q1=8, q3=13, maximum=20)), 4)
    4.3833
    """
    if method not in ("shi", "wan"):
        raise unknown_option("method for the SD", method, ["shi", "wan"])
    _require_pair(q1=q1, q3=q3, minimum=minimum, maximum=maximum)
    n, _, q1, q3, a, b = _summary(n, None, q1, q3, minimum, maximum)
    _require_spread(q1, q3, a, b)
    from_range, from_iqr = (b - a) / _wan_range(n), (q3 - q1) / _wan_iqr(n)
    w = 1 / (1 + 0.07 * n**0.6) if method == "shi" else 0.5
    return _best_of(w * from_range + (1 - w) * from_iqr, from_iqr, from_range)


def mean_sd_from_quantiles(
    n: Any,
    median: Any,
    *,
    q1: Any = None,
    q3: Any = None,
    minimum: Any = None,
    maximum: Any = None,
    method: str = "luo-wan-shi",
) -> tuple[FloatArray, FloatArray]:
    """Estimate mean and standard deviation from a median with range, quartiles, or both.

    Parameters
    ----------
    n : array_like
        Size of the group, >= 2.
    median, q1, q3, minimum, maximum : array_like
        The summary as printed; NaN is missing.
    method : {"luo-wan-shi", "luo-wan", "wan", "qe", "bc"}
        The first three assume data near the normal; ``"qe"`` and ``"bc"`` allow skewed data.

    Returns
    -------
    mean, sd : ndarray

    Raises
    ------
    DataError
        When the numbers are not in order, the spread is 0, or n < 2.
    OptionError
        For an unknown method.

    See Also
    --------
    k2meta.studies.conversion_fitting : the methods ``"qe"`` and ``"bc"``.

    Examples
    --------
    >>> mean, sd = mean_sd_from_quantiles(100, 15, q1=10, q3=22)
    >>> round(float(mean), 4), round(float(sd), 4)
    (15.7039, 9.0265)
    """
    if method not in QUANTILE_METHODS:
        raise unknown_option("quantile method", method, QUANTILE_METHODS)
    parts = {"q1": q1, "q3": q3, "minimum": minimum, "maximum": maximum}
    if method in ("qe", "bc"):
        from k2meta.studies.conversion_fitting import box_cox_mean_sd, quantile_estimation

        _require_pair(median=median, **parts)
        n, median, *rest = _summary(n, median, q1, q3, minimum, maximum)
        _require_spread(*rest)
        fit = quantile_estimation if method == "qe" else box_cox_mean_sd
        out = np.full((2, n.size), np.nan)
        for i, row in enumerate(zip(n.flat, median.flat, *(x.flat for x in rest), strict=True)):
            out[:, i] = fit(*map(float, row))
        return out[0].reshape(n.shape), out[1].reshape(n.shape)
    mean = mean_from_quantiles(n, median, method="wan" if method == "wan" else "luo", **parts)
    sd = sd_from_quantiles(n, method="shi" if method == "luo-wan-shi" else "wan", **parts)
    return np.where(np.isnan(sd), np.nan, mean), np.where(np.isnan(mean), np.nan, sd)


def quantiles_skewed(
    n: Any, median: Any, *, q1: Any = None, q3: Any = None, minimum: Any = None, maximum: Any = None
) -> BoolArray:
    r"""Tell where printed quantiles are too lopsided for normal data (5 % tests of Shi 2023).

    Parameters
    ----------
    n, median, q1, q3, minimum, maximum : array_like
        The summary as printed.

    Returns
    -------
    ndarray of bool
        True where the range or the quartiles reject symmetry; False where nothing can be said.

    Raises
    ------
    DataError
        When the numbers are not in order or n < 2.

    Notes
    -----
    Range: :math:`|a + b - 2m|/(b - a) > 1/\ln(n + 9) + 2.5/(n + 1)`. Quartiles:
    :math:`|q_1 + q_3 - 2m|/(q_3 - q_1) > 2.65/\sqrt n - 6/n^2`. With five numbers either test counts.

    References
    ----------
    Shi J, Luo D, Wan X, et al. (2023). Detecting the skewness of data from the five-number summary and its
    application in meta-analysis. Stat Methods Med Res 32:1338. doi:10.1177/09622802231172043.

    Examples
    --------
    >>> bool(quantiles_skewed(100, 15, q1=14, q3=40)), bool(quantiles_skewed(100, 15, q1=10, q3=21))
    (True, False)
    """
    n, m, q1, q3, a, b = _summary(n, median, q1, q3, minimum, maximum)
    with np.errstate(invalid="ignore", divide="ignore"):
        wide = np.abs(a + b - 2 * m) / (b - a) > 1 / np.log(n + 9) + 2.5 / (n + 1)
        narrow = np.abs(q1 + q3 - 2 * m) / (q3 - q1) > 2.65 / np.sqrt(n) - 6 / n**2
    out: BoolArray = wide | narrow
    return out
