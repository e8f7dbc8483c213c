"""The small frozen answers that everything else is built from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BoolArray", "Convergence", "FloatArray", "IntArray", "Interval", "Test", "readonly"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def readonly(values: FloatArray) -> FloatArray:
    """Return the array with writing switched off (results are facts, not scratch space)."""
    values.setflags(write=False)
    return values


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence, prediction or profile interval.

    Attributes
    ----------
    low, high : float
        Limits on the analysis scale (log for ratios).
    level : float
        Coverage between 0 and 1.
    method : str
        How it was made: ``"z"``, ``"t"``, ``"knapp-hartung"``, ``"QP"``, ``"PL"`` ...
    note : str
        Why it is empty, open or otherwise unusual; empty when there is nothing to say.
    """

    low: float
    high: float
    level: float = 0.95
    method: str = ""
    note: str = ""

    @property
    def width(self) -> float:
        """Distance between the limits."""
        return self.high - self.low

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter((self.low, self.high))


@dataclass(frozen=True, slots=True)
class Test:
    """A test statistic that knows its null distribution.

    When it cannot be computed, ``statistic`` and ``p_value`` are NaN and ``note`` says why.

    Attributes
    ----------
    name : str
        What is tested, in words.
    statistic : float
    df : float or tuple of float
        Degrees of freedom; ``inf`` for a normal statistic; a pair for F.
    p_value : float
    distribution : str
        ``"normal"``, ``"t"``, ``"chi2"`` or ``"F"``.
    estimate : float
        What the test estimates, where it estimates anything.
    note : str
        Why there is no answer, or what to keep in mind.
    """

    __test__ = False  # pytest must not collect a class of this name

    name: str
    statistic: float
    df: float | tuple[float, float]
    p_value: float
    distribution: str
    estimate: float = math.nan
    note: str = ""


@dataclass(frozen=True, slots=True)
class Convergence:
    """How the optimum was found.

    Attributes
    ----------
    converged : bool
    method : str
        ``"closed form"``, ``"safeguarded Newton"`` ...
    iterations : int
    gradient : float
        Scale-free gradient (or estimating equation) at the answer; 0 at an interior optimum,
        not positive at tau2 = 0.
    optima : int
        Number of local maxima seen on [0, infinity).
    """

    converged: bool
    method: str
    iterations: int = 0
    gradient: float = 0.0
    optima: int = 1
