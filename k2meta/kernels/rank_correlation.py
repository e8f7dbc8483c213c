"""Kendall's rank correlation with its exact or normal p-value."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from k2meta.kernels.distributions import normal_two_sided
from k2meta.records import FloatArray

__all__ = ["Kendall", "kendall"]

# Beyond this the exact distribution differs from the normal one in the fourth digit and takes long.
EXACT_UP_TO = 200


@dataclass(frozen=True, slots=True)
class Kendall:
    """Kendall's tau.

    Attributes
    ----------
    tau : float
        tau-b; NaN when all values of a variable are tied.
    score : int
        Concordant minus discordant pairs.
    z : float
        The score by its standard deviation under independence, given the ties.
    p_value : float
        Two-sided.
    exact : bool
        Whether ``p_value`` comes from the permutation distribution of the score (no ties) or from the
        normal one.
    """

    tau: float
    score: int
    z: float
    p_value: float
    exact: bool


def kendall(x: FloatArray, y: FloatArray) -> Kendall:
    """Kendall's tau of two variables, shape (k,) each, k at least 2.

    Notes
    -----
    Variance of the score under ties: Kendall MG (1970), Rank Correlation Methods, 4th ed., ch. 3-4, without
    a continuity correction. R counterpart: ``cor.test(x, y, method = "kendall", exact = TRUE)``.
    """
    k = x.size
    score = sum(int((np.sign(x[i + 1 :] - x[i]) * np.sign(y[i + 1 :] - y[i])).sum()) for i in range(k - 1))
    ties_x, ties_y = _ties(x), _ties(y)
    pairs = k * (k - 1) / 2.0
    untied = (pairs - _pairs(ties_x)) * (pairs - _pairs(ties_y))
    if untied <= 0:
        return Kendall(math.nan, score, math.nan, math.nan, False)
    z = score / math.sqrt(_score_variance(k, ties_x, ties_y))
    exact = ties_x.size == ties_y.size == 0 and k <= EXACT_UP_TO
    p_value = _exact_two_sided(score, k) if exact else float(normal_two_sided(z))
    return Kendall(max(-1.0, min(1.0, score / math.sqrt(untied))), score, z, p_value, exact)


def _ties(values: FloatArray) -> FloatArray:
    """Sizes of the groups of equal values."""
    counts = np.unique(values, return_counts=True)[1]
    return np.asarray(counts[counts > 1], dtype=float)


def _pairs(sizes: FloatArray) -> float:
    return float((sizes * (sizes - 1.0)).sum() / 2.0)


def _score_variance(k: int, tx: FloatArray, ty: FloatArray) -> float:
    def fall(t: FloatArray) -> float:
        return float((t * (t - 1.0) * (2.0 * t + 5.0)).sum())

    def three(t: FloatArray) -> float:
        return float((t * (t - 1.0) * (t - 2.0)).sum())

    variance = (k * (k - 1.0) * (2.0 * k + 5.0) - fall(tx) - fall(ty)) / 18.0
    variance += 4.0 * _pairs(tx) * _pairs(ty) / (2.0 * k * (k - 1.0))
    if k > 2:
        variance += three(tx) * three(ty) / (9.0 * k * (k - 1.0) * (k - 2.0))
    return variance


def _exact_two_sided(score: int, k: int) -> float:
    """Twice the lower tail of the number of discordant pairs of a random order, at most 1."""
    total = k * (k - 1) // 2
    fewest = (total - abs(score)) // 2
    share = np.ones(1)  # of the orders of the first i items with 0, 1, 2 ... discordant pairs
    for i in range(2, k + 1):
        sums = np.concatenate(([0.0], np.cumsum(share)))
        size = min(share.size + i - 1, fewest + 1)
        high = np.minimum(np.arange(1, size + 1), share.size)
        low = np.clip(np.arange(size) - i + 1, 0, share.size)
        # item i comes before 0 to i - 1 of the others, each alike
        share = (sums[high] - sums[low]) / i
    return min(1.0, 2.0 * math.fsum(share[: fewest + 1]))
