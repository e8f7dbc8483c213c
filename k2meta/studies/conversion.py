"""From SE, CI, t and p of means to standard deviations.

Every function works on numbers and on arrays alike (NumPy broadcasting) and raises
:class:`~k2meta.errors.DataError` for impossible inputs; NaN in gives NaN out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from k2meta.kernels.distributions import t_ppf
from k2meta.records import FloatArray
from k2meta.studies.conversion_inputs import arrays, critical, require, require_order, require_p, require_size

__all__ = [
    "sd_from_ci",
    "sd_from_difference_ci",
    "sd_from_difference_p",
    "sd_from_difference_se",
    "sd_from_difference_t",
    "sd_from_se",
]


def sd_from_se(se: Any, n: Any) -> FloatArray:
    r"""Return the standard deviation behind the standard error of a mean.

    :math:`SD = SE \sqrt{n}`.

    Parameters
    ----------
    se : array_like
        Standard error of the mean, > 0.
    n : array_like
        Size of the group, >= 2.

    Returns
    -------
    ndarray
        Standard deviation, in the unit of ``se``.

    Raises
    ------
    DataError
        When an SE is not above 0 or a group is smaller than 2.

    References
    ----------
    Cochrane Handbook for Systematic Reviews of Interventions, version 6, section 6.5.2.2.

    Examples
    --------
    >>> float(sd_from_se(0.5, 100))
    5.0
    """
    se, n = arrays(se=se, n=n)
    require(se > 0, "se", se, "a standard error above 0", "Check the column.")
    require_size(n)
    out: FloatArray = se * np.sqrt(n)
    return out


def sd_from_ci(low: Any, high: Any, n: Any, *, level: float = 0.95, distribution: str = "auto") -> FloatArray:
    r"""Return the standard deviation behind the confidence interval of a mean.

    :math:`SD = \sqrt{n} (high - low) / (2 c)`, c the quantile of t with n - 1 degrees of freedom or of the
    normal.

    Parameters
    ----------
    low, high : array_like
        Limits of the interval, ``low < high``.
    n : array_like
        Size of the group, >= 2.
    level : float
        Coverage of the interval.
    distribution : {"auto", "t", "normal"}
        What the interval was made with; ``"auto"`` takes t for n < 60 and the normal from 60 on,
        as the Handbook advises.

    Returns
    -------
    ndarray

    Raises
    ------
    DataError
        When limits are reversed or a group is smaller than 2.

    References
    ----------
    Cochrane Handbook, version 6, section 6.5.2.2.

    Examples
    --------
    The Handbook's own example prints 5.09:

    >>> round(float(sd_from_ci(30.0, 34.2, 25)), 2)
    5.09
    """
    low, high, n = arrays(low=low, high=high, n=n)
    require_order(low, high)
    require_size(n)
    out: FloatArray = np.sqrt(n) * (high - low) / (2 * critical(level, n - 1, distribution, n))
    return out


def sd_from_difference_se(se: Any, n1: Any, n2: Any) -> FloatArray:
    r"""Return the average within-arm standard deviation behind the SE of a difference in means.

    :math:`SD = SE / \sqrt{1/n_1 + 1/n_2}`; the same SD serves both arms.

    Parameters
    ----------
    se : array_like
        Standard error of the difference, > 0.
    n1, n2 : array_like
        Sizes of the arms.

    Returns
    -------
    ndarray

    Raises
    ------
    DataError
        When an SE is not above 0 or an arm is empty.

    References
    ----------
    Cochrane Handbook, version 6, section 6.5.2.3.

    Examples
    --------
    >>> round(float(sd_from_difference_se(1.37, 25, 22)), 2)
    4.69
    """
    se, n1, n2 = arrays(se=se, n1=n1, n2=n2)
    require(se > 0, "se", se, "a standard error above 0", "Check the column.")
    for name, n in (("n1", n1), ("n2", n2)):
        require(n >= 1, name, n, "at least 1 person", "Check the column.")
    require(n1 + n2 > 2, "n1 + n2", n1 + n2, "more than 2 people in both arms together", "Check the columns.")
    out: FloatArray = se / np.sqrt(1 / n1 + 1 / n2)
    return out


def sd_from_difference_ci(
    low: Any, high: Any, n1: Any, n2: Any, *, level: float = 0.95, distribution: str = "auto"
) -> FloatArray:
    r"""Return the average within-arm standard deviation behind the CI of a difference in means.

    The SE is :math:`(high - low) / (2 c)`, c from t with n1 + n2 - 2 degrees of freedom when an arm has fewer
    than 60 people (``distribution="auto"``), else from the normal; then as :func:`sd_from_difference_se`.

    Parameters
    ----------
    low, high : array_like
        Limits of the interval of the difference.
    n1, n2 : array_like
        Sizes of the arms.
    level : float
        Coverage.
    distribution : {"auto", "t", "normal"}

    Returns
    -------
    ndarray

    Raises
    ------
    DataError
        As :func:`sd_from_ci`.

    References
    ----------
    Cochrane Handbook, version 6, section 6.5.2.3.

    Examples
    --------
    >>> round(float(sd_from_difference_ci(1.0, 6.6, 25, 22)), 3)
    4.756
    """
    low, high, n1, n2 = arrays(low=low, high=high, n1=n1, n2=n2)
    require_order(low, high)
    c = critical(level, n1 + n2 - 2, distribution, np.minimum(n1, n2))
    return sd_from_difference_se((high - low) / (2 * c), n1, n2)


def sd_from_difference_t(difference: Any, t: Any, n1: Any, n2: Any) -> FloatArray:
    r"""Return the average within-arm standard deviation behind a t statistic.

    :math:`SE = |MD / t|`, then as :func:`sd_from_difference_se`.

    Parameters
    ----------
    difference : array_like
        Difference in means, not 0.
    t : array_like
        The two-sample t statistic, not 0; its sign does not matter.
    n1, n2 : array_like
        Sizes of the arms.

    Returns
    -------
    ndarray

    Raises
    ------
    DataError
        When the difference or t is 0: nothing follows from them then.

    References
    ----------
    Cochrane Handbook, version 6, section 6.5.2.3.

    Examples
    --------
    >>> round(float(sd_from_difference_t(3.8, 2.78, 25, 22)), 2)
    4.68
    """
    difference, t, n1, n2 = arrays(difference=difference, t=t, n1=n1, n2=n2)
    remedy = "No standard error follows from it: look for the CI or SE."
    require(difference != 0, "difference", difference, "a difference other than 0", remedy)
    require(t != 0, "t", t, "a t statistic other than 0", remedy)
    return sd_from_difference_se(np.abs(difference / t), n1, n2)


def sd_from_difference_p(difference: Any, p: Any, n1: Any, n2: Any) -> FloatArray:
    r"""Return the average within-arm standard deviation behind the p-value of a t test.

    The t statistic is the 1 - p/2 quantile of t with n1 + n2 - 2 degrees of freedom.

    Parameters
    ----------
    difference : array_like
        Difference in means, not 0.
    p : array_like
        Two-sided p-value, above 0 and below 1.
    n1, n2 : array_like
        Sizes of the arms.

    Returns
    -------
    ndarray

    Raises
    ------
    DataError
        When p is not in (0, 1) or the difference is 0.

    References
    ----------
    Cochrane Handbook, version 6, section 6.5.2.3.

    Examples
    --------
    The Handbook's example (MD 3.8, P = 0.008, 25 and 22 people) prints 4.69, after rounding the SE to 1.37
    on the way:

    >>> round(float(sd_from_difference_p(3.8, 0.008, 25, 22)), 2)
    4.68
    """
    difference, p, n1, n2 = arrays(difference=difference, p=p, n1=n1, n2=n2)
    require_p(p)
    require(n1 + n2 > 2, "n1 + n2", n1 + n2, "more than 2 people in both arms together", "Check the columns.")
    with np.errstate(invalid="ignore"):
        t = -np.asarray(t_ppf(p / 2, n1 + n2 - 2), dtype=np.float64)
    return sd_from_difference_t(difference, t, n1, n2)
