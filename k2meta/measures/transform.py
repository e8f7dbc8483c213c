"""Transformations between analysis scales and the scales people read.

Each pair is exact to the last digits over the whole range; values outside the range of a
transformation go to the nearest end of it, as confidence limits may.
"""

from __future__ import annotations

import numpy as np

from k2meta.kernels.special_functions import special
from k2meta.records import FloatArray

__all__ = [
    "arcsine_root",
    "arcsine_root_inverse",
    "exponential",
    "fisher_z",
    "fisher_z_inverse",
    "freeman_tukey_of_proportion",
    "freeman_tukey_of_rate",
    "freeman_tukey_proportion",
    "freeman_tukey_proportion_inverse",
    "freeman_tukey_rate",
    "freeman_tukey_rate_inverse",
    "harmonic_mean",
    "identity",
    "inverse_logit",
    "logarithm",
    "logit_of",
    "square",
    "square_root",
]


def identity(x: FloatArray) -> FloatArray:
    """Return the values unchanged."""
    return x


def exponential(x: FloatArray) -> FloatArray:
    """Return exp(x): from logs to ratios, proportions or rates. R: ``exp``."""
    with np.errstate(over="ignore", under="ignore"):
        out: FloatArray = np.exp(x)
    return out


def logarithm(x: FloatArray) -> FloatArray:
    """Return log(x); -inf at 0, NaN below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        out: FloatArray = np.log(x)
    return out


def inverse_logit(x: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-x)): from log odds to proportions. R: ``transf.ilogit``."""
    out: FloatArray = special.expit(np.asarray(x, dtype=np.float64))
    return out


def logit_of(p: FloatArray) -> FloatArray:
    """Return log(p / (1 - p)); infinite at 0 and 1. R: ``transf.logit``."""
    out: FloatArray = special.logit(np.asarray(p, dtype=np.float64))
    return out


def fisher_z(r: FloatArray) -> FloatArray:
    """Return artanh(r). R: ``transf.rtoz``.

    References
    ----------
    Fisher RA (1921). On the "probable error" of a coefficient of correlation deduced from a small
    sample. Metron 1:1-32. hdl:2440/15169
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        out: FloatArray = np.arctanh(r)
    return out


def fisher_z_inverse(z: FloatArray) -> FloatArray:
    """Return tanh(z): from Fisher's z to a correlation. R: ``transf.ztor``."""
    out: FloatArray = np.tanh(z)
    return out


def arcsine_root(p: FloatArray) -> FloatArray:
    """Return arcsin(sqrt(p)). R: ``transf.arcsin``."""
    with np.errstate(invalid="ignore"):
        out: FloatArray = np.arcsin(np.sqrt(p))
    return out


def arcsine_root_inverse(x: FloatArray) -> FloatArray:
    """Return sin(x)^2, 0 below 0 and 1 above pi/2. R: ``transf.iarcsin``."""
    out: FloatArray = np.sin(np.clip(x, 0.0, np.pi / 2)) ** 2
    return out


def square_root(x: FloatArray) -> FloatArray:
    """Return sqrt(x)."""
    with np.errstate(invalid="ignore"):
        out: FloatArray = np.sqrt(x)
    return out


def square(x: FloatArray) -> FloatArray:
    """Return x^2, 0 below 0: from root rates to rates. R: ``transf.isqrt``."""
    out: FloatArray = np.maximum(x, 0.0) ** 2
    return out


def harmonic_mean(sizes: FloatArray) -> float:
    """Return the harmonic mean of group sizes or person-times.

    The size at which a pooled Freeman-Tukey value is usually transformed back.

    References
    ----------
    Miller JJ (1978). The inverse of the Freeman-Tukey double arcsine transformation.
    Am Stat 32:138. doi:10.1080/00031305.1978.10479283

    Examples
    --------
    >>> import numpy as np
    >>> harmonic_mean(np.array([10.0, 20.0, 40.0])).__round__(4)
    17.1429
    """
    sizes = np.asarray(sizes, dtype=np.float64)
    return float(sizes.size / np.sum(1.0 / sizes))


def freeman_tukey_proportion(events: FloatArray, n: FloatArray) -> FloatArray:
    """Return (arcsin sqrt(x/(n+1)) + arcsin sqrt((x+1)/(n+1))) / 2. R: ``transf.pft``.

    References
    ----------
    Freeman MF, Tukey JW (1950). Transformations related to the angular and the square root.
    Ann Math Stat 21:607-611. doi:10.1214/aoms/1177729756
    """
    out: FloatArray = 0.5 * (
        np.arcsin(np.sqrt(events / (n + 1))) + np.arcsin(np.sqrt((events + 1) / (n + 1)))
    )
    return out


def freeman_tukey_of_proportion(p: FloatArray, n: FloatArray) -> FloatArray:
    """Double arcsine of a proportion at size n; :func:`freeman_tukey_proportion_inverse` undoes it.

    Examples
    --------
    >>> import numpy as np
    >>> x = freeman_tukey_of_proportion(np.array([0.3]), np.array([10.0]))
    >>> freeman_tukey_proportion_inverse(x, np.array([10.0])).round(10).tolist()
    [0.3]
    """
    return freeman_tukey_proportion(np.asarray(p, dtype=np.float64) * n, n)


def freeman_tukey_proportion_inverse(x: FloatArray, n: FloatArray) -> FloatArray:
    """Proportion whose double arcsine at group size n is x. R: ``transf.ipft``, ``transf.ipft.hm``.

    Parameters
    ----------
    x : ndarray
        Double arcsine values (the mean of the two angles, as in R metafor).
    n : ndarray or float
        Group size; for a pooled value the harmonic mean of the sizes (:func:`harmonic_mean`).

    Notes
    -----
    With t = 2x and s = sin t + (sin t - 1/sin t)/n, p = (1 - sign(cos t) sqrt(1 - s^2))/2;
    0 below the transform of 0 events in n, 1 above that of n events.

    References
    ----------
    Miller JJ (1978). Am Stat 32:138. doi:10.1080/00031305.1978.10479283

    Examples
    --------
    >>> import numpy as np
    >>> x = freeman_tukey_proportion(np.array([0.0, 3.0, 10.0]), np.array([10.0]))
    >>> freeman_tukey_proportion_inverse(x, np.array([10.0])).round(10).tolist()
    [0.0, 0.3, 1.0]
    """
    x, n = np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64)
    lowest = freeman_tukey_proportion(np.zeros_like(n), n)
    inside = np.clip(x, lowest, np.pi / 2 - lowest)
    sine = np.sin(2.0 * inside)
    s = np.clip(sine + (sine - 1.0 / sine) / n, 0.0, 1.0)
    root = np.sqrt((1.0 - s) * (1.0 + s))
    smaller = 0.5 * s * s / (1.0 + root)  # (1 - root)/2 without cancellation
    out: FloatArray = np.where(np.cos(2.0 * inside) >= 0.0, smaller, 1.0 - smaller)
    out = np.where(x <= lowest, 0.0, np.where(x >= np.pi / 2 - lowest, 1.0, out))
    return np.where(np.isnan(x) | np.isnan(n), np.nan, out)


def freeman_tukey_rate(events: FloatArray, time: FloatArray) -> FloatArray:
    """Return (sqrt(x/t) + sqrt((x+1)/t)) / 2. R: ``transf.irft``.

    References
    ----------
    Freeman MF, Tukey JW (1950). doi:10.1214/aoms/1177729756
    """
    out: FloatArray = 0.5 * (np.sqrt(events / time) + np.sqrt((events + 1) / time))
    return out


def freeman_tukey_of_rate(rate: FloatArray, time: FloatArray) -> FloatArray:
    """Freeman-Tukey value of a rate over a person-time; the inverse of :func:`freeman_tukey_rate_inverse`."""
    return freeman_tukey_rate(np.asarray(rate, dtype=np.float64) * time, time)


def freeman_tukey_rate_inverse(x: FloatArray, time: FloatArray) -> FloatArray:
    """Rate whose Freeman-Tukey value at person-time t is x: (x - 1/(4 t x))^2. R: ``transf.iirft``.

    Parameters
    ----------
    x : ndarray
    time : ndarray or float
        Person-time; for a pooled value the harmonic mean of the person-times.
    """
    x, time = np.asarray(x, dtype=np.float64), np.asarray(time, dtype=np.float64)
    floor = 0.5 / np.sqrt(time)  # the value of no events
    root = np.where(x > floor, x - 0.25 / (time * np.maximum(x, floor)), 0.0)
    return np.where(np.isnan(x) | np.isnan(time), np.nan, root * root)
