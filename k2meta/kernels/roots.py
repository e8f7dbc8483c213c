"""Bracketed Newton steps for many one-dimensional problems at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from k2meta.records import BoolArray, FloatArray, IntArray

__all__ = ["Roots", "solve_decreasing"]

# Function of (points, rows) giving value and slope. Rows say which problems the points belong to;
# None means all of them, in order.
ValueAndSlope = Callable[[FloatArray, IntArray | None], tuple[FloatArray, FloatArray]]

MAX_ITERATIONS = 200
# A Newton step this small (relative to max(1, |x|)) that does not shrink any more is rounding error.
ROUNDING = 1e-11


class Roots(NamedTuple):
    """Roots (n,), the number of rounds, and whether each bracket shrank to rounding error."""

    x: FloatArray
    iterations: int
    converged: BoolArray


def solve_decreasing(
    function: ValueAndSlope, low: FloatArray, high: FloatArray, start: FloatArray, tolerance: float = 4e-15
) -> Roots:
    """Find where functions cross zero from above, starting from brackets that hold a crossing.

    ``function(low) >= 0 >= function(high)``. Each step is Newton's where that stays inside the
    bracket and the bracket keeps shrinking, else the middle, so that no input can make it fail: the
    worst case is bisection. Problems that are done leave the working set.

    Parameters
    ----------
    function : callable
        ``function(x, rows) -> (value, slope)``.
    low, high, start : ndarray, shape (n,)
        Brackets and first points.
    tolerance : float
        Step size, relative to ``max(1, |x|)``, under which a root counts as found.
    """
    x, low, high = np.clip(start, low, high), low.copy(), high.copy()
    out = x.copy()
    found = np.zeros(x.size, dtype=bool)
    rows: IntArray | None = None
    index = np.arange(x.size)
    last_step = high - low
    iteration = 0
    while iteration < MAX_ITERATIONS:
        iteration += 1
        value, slope = function(x, rows)
        above = value > 0
        low = np.where(above, x, low)
        high = np.where(above, high, x)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = -value / slope
        new = x + step
        # Newton must stay inside and halve its own step, or the middle is taken
        bad = ~((new >= low) & (new <= high) & (np.abs(step) <= 0.5 * last_step + tolerance))
        size = np.maximum(1.0, np.abs(x))
        stay_put = (value == 0) | (bad & (np.abs(step) <= ROUNDING * size))
        if bad.any():
            new = np.where(bad, 0.5 * (low + high), new)
        new = np.where(stay_put, x, new)
        last_step = np.abs(new - x)
        done = (last_step <= tolerance * size) | (high - low <= tolerance * size)
        x = new
        if done.all():
            out[index], found[index] = x, True
            break
        if done.any():
            finished = index[done]
            out[finished], found[finished] = x[done], True
            stay = ~done
            x, low, high, last_step, index = x[stay], low[stay], high[stay], last_step[stay], index[stay]
            rows = index
    else:
        out[index] = x
    return Roots(out, iteration, found)
