"""Tetrachoric correlation: the correlation of two normal variables behind a 2 x 2 table."""

from __future__ import annotations

import numpy as np

from k2meta.kernels.special_functions import special
from k2meta.records import FloatArray

__all__ = ["bivariate_normal_cdf", "tetrachoric"]


def bivariate_normal_cdf(h: FloatArray, k: FloatArray, angle: FloatArray) -> FloatArray:
    """Probability that two standard normal variables are below h and k.

    Parameters
    ----------
    h, k : ndarray
    angle : ndarray
        Arcsine of their correlation, in [-pi/2, pi/2]: it keeps 1 - rho^2 exact near +-1.

    References
    ----------
    Owen DB (1956). Tables for computing bivariate normal probabilities.
    Ann Math Stat 27:1075-1090. doi:10.1214/aoms/1177728074
    """
    rho, sigma = np.sin(angle), np.cos(angle)
    with np.errstate(all="ignore"):
        first = special.owens_t(h, (k - rho * h) / (h * sigma))
        second = special.owens_t(k, (h - rho * k) / (k * sigma))
        below = (h * k < 0.0) | ((h * k == 0.0) & (h + k < 0.0))
        value = 0.5 * (special.ndtr(h) + special.ndtr(k)) - first - second - np.where(below, 0.5, 0.0)
    both_zero = (h == 0.0) & (k == 0.0)
    out: FloatArray = np.where(both_zero, 0.25 + angle / (2.0 * np.pi), value)
    return out


def _density_by_angle(h: FloatArray, k: FloatArray, angle: FloatArray) -> FloatArray:
    """Return the derivative of the probability with respect to the angle."""
    sine, cosine = np.sin(angle), np.cos(angle)
    # (h - k)^2 + 2hk(1 - sin) has no cancellation near rho = 1
    square = (h - k) ** 2 + 2.0 * h * k * (1.0 - sine)
    out: FloatArray = np.exp(-square / (2.0 * cosine**2)) / (2.0 * np.pi)
    return out


def _solve(h: FloatArray, k: FloatArray, target: FloatArray) -> FloatArray:
    """Angle at which the probability is the target: bracketed Newton steps, all studies at once."""
    low = np.full(h.shape, -np.pi / 2)
    high = np.full(h.shape, np.pi / 2)
    angle = np.zeros(h.shape)
    for _ in range(200):  # bisection alone needs 55 steps for the last digit
        error = bivariate_normal_cdf(h, k, angle) - target
        low = np.where(error < 0.0, angle, low)
        high = np.where(error > 0.0, angle, high)
        step = angle - error / _density_by_angle(h, k, angle)
        inside = (step > low) & (step < high)
        following = np.where(error == 0.0, angle, np.where(inside, step, 0.5 * (low + high)))
        settled = np.abs(following - angle) <= 1e-16
        angle = following
        if np.all(settled | np.isnan(target)):
            break
    return angle


def _variance(cells: tuple[FloatArray, ...], h: FloatArray, k: FloatArray, angle: FloatArray) -> FloatArray:
    """Large-sample variance with estimated thresholds (Pearson 1900; Brown 1977)."""
    a, b, c, d = cells
    total = a + b + c + d
    rho, sigma = np.sin(angle), np.cos(angle)
    density = _density_by_angle(h, k, angle) / sigma
    row = special.ndtr((k - rho * h) / sigma) - 0.5
    column = special.ndtr((h - rho * k) / sigma) - 0.5
    spread = (
        (a + d) * (b + c) / 4.0
        + (a + c) * (b + d) * column**2
        + (a + b) * (c + d) * row**2
        + 2.0 * (a * d - b * c) * row * column
        - (a * b - c * d) * column
        - (a * c - b * d) * row
    )
    out: FloatArray = spread / total**3 / density**2
    return out


def tetrachoric(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Estimate the tetrachoric correlation and its variance.

    The thresholds reproduce the table's margins and the correlation its first cell: the
    maximum-likelihood estimate, to the last digits (R metafor stops its search earlier).
    With a zero cell the estimate is +-1 (or undefined) and no variance exists: NaN.

    Parameters
    ----------
    a, b, c, d : ndarray, shape (k,)
        Cells of the table, after the zero-cell rule.

    Returns
    -------
    yi, vi : ndarray, shape (k,)

    References
    ----------
    Pearson K (1900). Mathematical contributions to the theory of evolution. VII.
    Philos Trans R Soc A 195:1-47. doi:10.1098/rsta.1900.0022
    Brown MB (1977). Algorithm AS 116: The tetrachoric correlation and its asymptotic standard
    error. Appl Stat 26:343-351. doi:10.2307/2346975
    """
    a, b, c, d = np.atleast_1d(a, b, c, d)
    usable = (a > 0.0) & (b > 0.0) & (c > 0.0) & (d > 0.0)
    a, b, c, d = (np.where(usable, cell, np.nan) for cell in (a, b, c, d))
    total = a + b + c + d
    with np.errstate(all="ignore"):
        h, k = special.ndtri((a + b) / total), special.ndtri((a + c) / total)
        angle = _solve(h, k, a / total)
        return np.sin(angle), _variance((a, b, c, d), h, k, angle)
