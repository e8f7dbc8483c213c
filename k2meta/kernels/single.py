"""One meta-analysis in plain floats: the stack's equations without the stack's overhead.

A stack of one spends nearly all of its time on numpy calls that handle a single number. Here the
sums of one problem come from one small matrix product, and everything after them is float arithmetic.
The searches are those of :mod:`k2meta.kernels.likelihood` and :mod:`k2meta.kernels.estimating`, for the
ordinary course; whatever is out of the ordinary (several maxima, a bend near zero) goes back to them.

Sums of powers, ``sum w^i y^j``, are safe here because effects are measured from the most precise study's:
that study alone contributes at least a k-th of each sum of squares round the mean, so no
difference loses more than a factor of about k.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from k2meta.kernels.likelihood import GRID_STEP, maximise
from k2meta.kernels.problem import Moments, stack
from k2meta.records import FloatArray

__all__ = ["MAX_STUDIES", "SingleEstimate", "SingleProblem", "maximise_single", "solve_q_single"]

# Above this many studies the arithmetic outweighs the overhead, and the factor of k begins to matter.
MAX_STUDIES = 256

_ROUNDS = 60

# (tau2, tau2 + v0) -> value and slope of the equation in log(tau2 + v0), and Newton's step in tau2
Step = Callable[[float, float], tuple[float, float, float]]


class SingleEstimate(NamedTuple):
    """tau2 and how it was found, with the sums there.

    ``mean`` is the pooled effect at tau2, ``sums`` are the moments (order 2).
    """

    tau2: float
    sums: Moments[float]
    mean: float
    gradient: float = 0.0
    iterations: int = 0
    optima: int = 1
    converged: bool = True


class SingleProblem:
    """One meta-analysis without moderators; see :class:`~k2meta.kernels.problem.InterceptProblem`.

    Attributes
    ----------
    k, df : float
    v0, v_max : float
        Smallest and largest sampling variance.
    origin : float
        Effect of the most precise study; ``y`` is measured from it.
    rss : float
        Unweighted residual sum of squares.
    at_zero : Moments
        Moments at tau2 = 0.
    """

    __slots__ = (
        "_mean_at_zero",
        "_powers",
        "_weights",
        "at_zero",
        "df",
        "k",
        "origin",
        "rss",
        "v",
        "v0",
        "v_max",
        "vi",
        "yi",
    )

    def __init__(self, yi: FloatArray, vi: FloatArray) -> None:
        self.yi, self.vi = yi, vi
        anchor = int(vi.argmin())
        self.k = float(yi.size)
        self.df = self.k - 1.0
        self.v0, self.origin = float(vi[anchor]), float(yi[anchor])
        self.v_max = float(vi.max())
        self.v = vi.copy()
        self.v[anchor] = math.inf
        self._powers = np.ones((yi.size, 3))
        y = self._powers[:, 1]
        np.subtract(yi, self.origin, out=y)
        np.multiply(y, y, out=self._powers[:, 2])
        self._weights = np.empty((3, yi.size))
        _, total, squares = self._powers.sum(axis=0).tolist()
        self.rss = max(squares - total * total / self.k, 0.0)
        self.at_zero, self._mean_at_zero = self._sums(0.0)

    def _sums(self, tau2: float) -> tuple[Moments[float], float]:
        """Moments (order 2) at tau2, and the pooled effect measured from ``origin``."""
        w = self._weights
        first = w[0]
        np.add(self.v, tau2, out=first)
        np.divide(1.0, first, out=first)
        np.multiply(first, first, out=w[1])
        np.multiply(w[1], first, out=w[2])
        (a, b, c), (a2, b2, c2), (a3, b3, c3) = (w @ self._powers).tolist()
        w0 = 1.0 / (self.v0 + tau2)
        total = w0 + a
        mean = b / total
        square = mean * mean
        z0 = -w0 * mean
        share = w0 / total
        # with z = w (y - mean) and z' = z - z0: sums of w z' and of w z'^2 over the other studies
        wz = b2 - mean * a2 - z0 * a
        wzz = c3 - 2.0 * mean * b3 + square * a3 - 2.0 * z0 * (b2 - mean * a2) + z0 * z0 * a
        return (
            Moments(
                q=c - mean * b,
                yppy=c2 - 2.0 * mean * b2 + square * a2 + z0 * z0,
                trace_p=share * a + a - a2 / total,
                sum_w=total,
                sum_w2=w0 * w0 + a2,
                ypppy=wzz - wz * wz / total,
                trace_pp=(share * a) ** 2
                + 2.0 * share * share * a2
                + a2
                - 2.0 * a3 / total
                + (a2 / total) ** 2,
            ),
            mean,
        )

    def moments(self, tau2: float) -> Moments[float]:
        """Moments (order 2) at tau2."""
        return self._sums(tau2)[0]

    def at(
        self, tau2: float, gradient: float = 0.0, iterations: int = 0, optima: int = 1, converged: bool = True
    ) -> SingleEstimate:
        """An answer at tau2, with the sums there."""
        sums, mean = (self.at_zero, self._mean_at_zero) if tau2 == 0.0 else self._sums(tau2)
        return SingleEstimate(tau2, sums, self.origin + mean, gradient, iterations, optima, converged)

    def log_ratio_on(self, grid: FloatArray, restricted: bool) -> list[float]:
        """log(y'PPy / tr P), or with sum w for the full likelihood, at several tau2."""
        w = self.v + grid[:, None]
        np.divide(1.0, w, out=w)
        first = w @ self._powers
        np.multiply(w, w, out=w)
        second = w @ self._powers
        w0 = 1.0 / (self.v0 + grid)
        a, a2 = first[:, 0], second[:, 0]
        total = w0 + a
        mean = first[:, 1] / total
        yppy = second[:, 2] - mean * (2.0 * second[:, 1] - mean * (a2 + w0 * w0))
        size = (w0 * a - a2) / total + a if restricted else total
        out: list[float] = np.log(yppy / size).tolist()
        return out


def _from_stack(problem: SingleProblem, restricted: bool) -> SingleEstimate:
    found = maximise(stack(problem.yi[None], problem.vi[None]), restricted)
    return problem.at(
        float(found.tau2[0]),
        float(found.gradient[0]),
        found.iterations,
        int(found.optima[0]),
        bool(found.converged[0]),
    )


def _gradient(problem: SingleProblem, sums: Moments[float], tau2: float, restricted: bool) -> float:
    score = 0.5 * (sums.yppy - (sums.trace_p if restricted else sums.sum_w))
    return score * (tau2 + problem.v0) / problem.df


def _one_crossing(h: list[float]) -> int | None:
    """Index before the only passage from + to -; -1 if h is negative throughout; None if not so simple."""
    crossing = -1
    for j in range(len(h) - 1):
        if h[j] > 0.0 >= h[j + 1]:
            if crossing >= 0 or h[0] <= 0.0:
                return None
            crossing = j
    for left, mid, right in zip(h, h[1:], h[2:], strict=False):
        bend = (mid < 0.0 and mid > left and mid >= right) or (mid > 0.0 and mid < left and mid <= right)
        if bend and abs(mid) <= 2.0 * max(abs(mid - left), abs(mid - right)):
            return None
    return crossing


def _start(u_low: float, step: float, h: list[float], j: int) -> float:
    """Root of the cubic u(h) through four grid points round the crossing; the chord's where that strays."""
    first = min(max(j - 1, 0), len(h) - 4)
    x = [u_low + step * i for i in range(first, first + 4)]
    f = h[first : first + 4]
    for order in (1, 2, 3):
        for i in range(4 - order):
            gap = f[i + order] - f[i]
            if gap == 0.0:
                gap = math.inf
            x[i] -= f[i] * (x[i + 1] - x[i]) / gap
    low, high = u_low + step * j, u_low + step * (j + 1)
    if low < x[0] < high:
        return x[0]
    return low + step * h[j] / (h[j] - h[j + 1]) if math.isfinite(h[j + 1]) else 0.5 * (low + high)


def maximise_single(problem: SingleProblem, restricted: bool) -> SingleEstimate:
    """Find the global maximum of the likelihood over tau2 >= 0; see :func:`.likelihood.maximise`."""
    df, v0 = problem.df, problem.v0
    if df <= 0.0 or problem.rss <= 0.0:
        return problem.at(0.0)
    s2 = problem.rss / df
    bound = 0.5 * (s2 + math.sqrt(s2 * s2 + 4.0 * s2 * problem.v_max)) * (1.0 + 1e-9)
    u_low, u_high = math.log(v0), math.log(v0 + bound)
    steps = max(4, math.ceil((u_high - u_low) / GRID_STEP))
    step_size = (u_high - u_low) / steps
    grid = np.arange(steps + 1.0)
    grid *= step_size
    grid += u_low
    np.exp(grid, out=grid)
    grid -= v0
    grid[0] = 0.0
    h = problem.log_ratio_on(np.maximum(grid, 0.0), restricted)
    h[-1] = min(h[-1], -0.0)
    j = _one_crossing(h)
    if j is None:
        return _from_stack(problem, restricted)
    if j < 0:
        return problem.at(0.0, _gradient(problem, problem.at_zero, 0.0, restricted))

    def step(tau2: float, spread: float) -> tuple[float, float, float]:
        m = problem.moments(tau2)
        size, fall = (m.trace_p, m.trace_pp) if restricted else (m.sum_w, m.sum_w2)
        curvature = 2.0 * m.ypppy - fall
        change = (m.yppy - size) / curvature if curvature > 0.0 else 0.0
        return math.log(m.yppy / size), (fall / size - 2.0 * m.ypppy / m.yppy) * spread, change

    low = u_low + step_size * j
    tau2, rounds, converged = _search(step, v0, low, low + step_size, _start(u_low, step_size, h, j))
    found = problem.at(tau2, 0.0, rounds, 1, converged)
    return found._replace(gradient=_gradient(problem, found.sums, tau2, restricted))


def _search(step: Step, v0: float, low: float, high: float, u: float) -> tuple[float, int, bool]:
    """Bracketed Newton steps in u = log(tau2 + v0), the last one in tau2; tau2, rounds, success.

    :func:`.roots.solve_decreasing` for one problem in plain floats.
    """
    last = high - low
    tau2 = change = 0.0
    for rounds in range(1, _ROUNDS + 1):
        spread = math.exp(u)
        tau2 = max(spread - v0, 0.0)
        value, slope, change = step(tau2, spread)
        if value > 0.0:
            low = u
        else:
            high = u
        new = u - value / slope if slope != 0.0 else math.inf
        if not (low <= new <= high and abs(new - u) <= 0.5 * last + 1e-8):
            new = 0.5 * (low + high)
        last = abs(new - u)
        if last <= 1e-8 * max(1.0, abs(new)) or high - low <= 1e-15 * max(1.0, abs(new)):
            # exp(u) - v0 loses digits when tau2 << v0; a step in tau2 itself restores them
            return max(tau2 + change, 0.0), rounds, True
        u = new
    return tau2, _ROUNDS, False


def solve_q_single(problem: SingleProblem, target: float) -> SingleEstimate:
    """Solve Q(tau2) = target; see :func:`k2meta.kernels.estimating.solve_q`."""
    zero, v0 = problem.at_zero, problem.v0
    if target <= 0.0 or zero.q <= target:
        gradient = zero.q / target - 1.0 if target > 0.0 else 0.0
        return problem.at(0.0, gradient)
    ratio = problem.rss / target
    t_low = max(ratio - problem.v_max, 0.0) * (1.0 - 1e-9)
    t_high = max(ratio - v0, 0.0) * (1.0 + 1e-9)
    low, high = math.log(t_low + v0), math.log(t_high + v0)
    goal = math.log(target)
    start = (zero.q - target) / zero.trace_p
    u = math.log(start + v0) if t_low < start < t_high else 0.5 * (low + high)

    def step(tau2: float, spread: float) -> tuple[float, float, float]:
        m = problem.moments(tau2)
        return math.log(m.q) - goal, -m.yppy / m.q * spread, (m.q - target) / m.yppy

    tau2, rounds, converged = _search(step, v0, low, high, u)
    found = problem.at(tau2, 0.0, rounds, 1, converged)
    return found._replace(gradient=found.sums.q / target - 1.0)
