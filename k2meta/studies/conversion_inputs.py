"""What the converters share: arrays of one shape, refusals, critical values."""

from __future__ import annotations

from typing import Any

import numpy as np

from k2meta.errors import DataError, unknown_option
from k2meta.kernels.distributions import normal_ppf, t_ppf
from k2meta.records import FloatArray
from k2meta.studies.numeric import number_array
from k2meta.studies.problems import shown

__all__ = [
    "arrays",
    "coverage",
    "critical",
    "require",
    "require_order",
    "require_p",
    "require_sds",
    "require_size",
]

_LARGE_GROUP = 60  # Cochrane Handbook 6.5.2.2: below about 60 per group the interval will be a t interval


def arrays(**given: Any) -> list[FloatArray]:
    """Floats of a common shape; refuses what is no number, and infinities other than degrees of freedom."""
    read = {name: number_array(name, values) for name, values in given.items()}
    for name, values in read.items():
        if name != "df" and np.isinf(values).any():
            raise DataError(f"{name} is infinite. Expected a finite number. Look for a division by zero.")
    try:
        return [np.array(x) for x in np.broadcast_arrays(*read.values())]
    except ValueError:
        told = ", ".join(f"{name} {values.shape}" for name, values in read.items() if values.ndim)
        raise DataError(
            f"arrays of unequal shape: {told}. Expected numbers, or arrays of numbers of one shape. "
            "Check that no value was dropped from one of them."
        ) from None


def require(ok: Any, name: str, values: Any, expected: str, remedy: str) -> None:
    """Refuse values that break a rule; NaN passes (it means missing)."""
    broken = ~(np.asarray(ok) | np.isnan(values))
    if broken.any():
        first = shown(np.asarray(values)[broken].ravel()[0])
        raise DataError(f"{name} is {first}. Expected {expected}. {remedy}")


def coverage(level: float) -> float:
    """Check a coverage between 0 and 1."""
    if isinstance(level, bool) or not (isinstance(level, (int, float)) and 0 < level < 1):
        hint = (
            f" Did you mean {level / 100:g}?" if isinstance(level, (int, float)) and 1 < level < 100 else ""
        )
        raise DataError(f"level is {level!r}. Expected a coverage between 0 and 1, such as 0.95.{hint}")
    return float(level)


def critical(level: float, df: FloatArray, distribution: str, n_per_group: FloatArray) -> FloatArray:
    """Half-width of an interval in standard errors: t, normal, or the one fitting the size of the groups."""
    if distribution not in ("auto", "t", "normal"):
        raise unknown_option("distribution", distribution, ["auto", "t", "normal"])
    upper = 0.5 + coverage(level) / 2
    z = np.full(df.shape, float(normal_ppf(upper)))
    if distribution == "normal":
        return z
    with np.errstate(invalid="ignore"):
        t = np.asarray(t_ppf(np.full(df.shape, upper), df), dtype=np.float64)
    out: FloatArray = t if distribution == "t" else np.where(n_per_group < _LARGE_GROUP, t, z)
    return out


def require_order(low: FloatArray, high: FloatArray) -> None:
    """Refuse reversed limits."""
    remedy = "Swap them if they were typed the wrong way round."
    require((high > low) | np.isnan(low), "the upper limit", high, "more than the lower limit", remedy)


def require_size(n: FloatArray, name: str = "n") -> None:
    """Refuse groups too small for a standard deviation."""
    require(n >= 2, name, n, "at least 2 people", "One person has no standard deviation.")


def require_sds(**sds: FloatArray) -> None:
    """Refuse standard deviations that are not above 0."""
    for name, sd in sds.items():
        require(sd > 0, name, sd, "a standard deviation above 0", "Check the column.")


def require_p(p: FloatArray) -> None:
    """Refuse p-values from which no standard error follows."""
    remedy = "For 'p < 0.001' give 0.001 and say so; no SE follows from p = 1."
    require((p > 0) & (p < 1), "p", p, "a two-sided p-value above 0 and below 1", remedy)
