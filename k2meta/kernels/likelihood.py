"""The global maximum of the (restricted) likelihood in tau2, for the whole stack at once.

The profile likelihood of tau2 can have several local maxima (Shuster et al.; Jackson, Riley and White
note it for ML). Scoring from one starting value finds one of them. Here the sign of the score is
read on a grid that is even in log(tau2 + v_min), the scale on which each study's weight is a smooth
step of width about 1; every passage from + to - is refined by a bracketed Newton iteration, and
the highest of the maxima (tau2 = 0 among them where the score there is not positive) is the answer.

References
----------
Harville DA (1977). Maximum likelihood approaches to variance component estimation.
J Am Stat Assoc 72:320-338. doi:10.1080/01621459.1977.10480998
Viechtbauer W (2005). Bias and efficiency of meta-analytic variance estimators.
J Educ Behav Stat 30:261-293. doi:10.3102/10769986030003261
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from k2meta.kernels.problem import Moments
from k2meta.kernels.roots import solve_decreasing
from k2meta.kernels.stacks import Problem
from k2meta.records import BoolArray, FloatArray, IntArray

__all__ = ["Tau2Estimate", "log_likelihood", "maximise", "tau2_upper_bound"]

# Grid step in log(tau2 + v_min). A study's weight passes from 12 % to 88 % of its range over 4 units,
# so the score cannot rise and fall between two points that are half a unit apart without showing a
# bend, and bends are looked into (_suspects).
GRID_STEP = 0.5
# How many tau2 values are evaluated in one call when a stack is small enough to be bound by overhead
SMALL_STACK = 40_000


class Tau2Estimate(NamedTuple):
    """tau2 for each problem, with how it was found; each has shape (n,).

    ``gradient`` is what is 0 at an inner optimum or root, free of scale: of a likelihood, the score times
    (tau2 + v_min), divided by k - p. ``optima`` counts the local maxima. ``sums`` are the moments at tau2
    (order 2) where the search ended with them, else None.
    """

    tau2: FloatArray
    gradient: FloatArray
    iterations: int
    optima: IntArray
    converged: BoolArray
    sums: Moments[FloatArray] | None = None


def log_likelihood(problem: Problem, tau2: FloatArray, restricted: bool) -> FloatArray:
    """Log-likelihood profiled over the coefficients, shape (n,).

    Full: ``-1/2 [k log 2 pi + log|V + tau2| + y'Py]``. Restricted:
    ``-1/2 [(k - p) log 2 pi - log|X'X| + log|V + tau2| + log|X'WX| + y'Py]``.
    """
    log_v, log_xwx = problem.log_det(tau2)
    value = log_v + problem.moments(tau2).q
    if restricted:
        value = value + log_xwx - problem.log_det_design
    n_free = problem.df if restricted else problem.k
    out: FloatArray = -0.5 * (n_free * np.log(2.0 * np.pi) + value)
    return out


def tau2_upper_bound(problem: Problem) -> FloatArray:
    """A tau2 above which the score of both likelihoods is negative, shape (n,).

    y'PPy <= rss / t^2 and tr P >= (k - p) / (v_max + t): the positive root of
    t^2 - s2 t - s2 v_max, with s2 = rss / (k - p).
    """
    df = problem.df
    with np.errstate(divide="ignore", invalid="ignore"):
        s2 = np.where(df > 0, problem.rss / df, 0.0)
    out: FloatArray = 0.5 * (s2 + np.sqrt(s2 * s2 + 4.0 * s2 * problem.v_max)) * (1.0 + 1e-9)
    return out


def _log_ratio(m: Moments[FloatArray], restricted: bool) -> FloatArray:
    # positive exactly where the score is: 2 * score = y'PPy - tr P (or - sum w)
    out: FloatArray = np.log(m.yppy / (m.trace_p if restricted else m.sum_w))
    return out


def _grid_values(problem: Problem, grid: FloatArray, restricted: bool) -> FloatArray:
    """The log ratio on a grid (n, g) of tau2, shape (n, g)."""
    n, g = grid.shape
    if n * g * float(problem.k.max(initial=1.0)) <= SMALL_STACK:
        # one problem broadcasts against its grid as it is
        repeated = problem if n == 1 else problem.repeat(g)
        return _log_ratio(repeated.moments(grid.ravel()), restricted).reshape(n, g)
    columns = [_log_ratio(problem.moments(np.ascontiguousarray(grid[:, j])), restricted) for j in range(g)]
    return np.stack(columns, axis=1)


def _suspects(h: FloatArray) -> BoolArray:
    """Grid points where the score comes near zero without crossing it, shape (n, g)."""
    out = np.zeros(h.shape, dtype=bool)
    mid, left, right = h[:, 1:-1], h[:, :-2], h[:, 2:]
    peak = (mid < 0) & (mid > left) & (mid >= right)
    trough = (mid > 0) & (mid < left) & (mid <= right)
    # could the parabola through the three points reach zero? Allow it twice its height.
    reach = 2.0 * np.maximum(np.abs(mid - left), np.abs(mid - right))
    out[:, 1:-1] = (peak | trough) & (np.abs(mid) <= reach)
    return out


class _Brackets(NamedTuple):
    row: IntArray
    low: FloatArray
    high: FloatArray
    start: FloatArray


def _crossings(u: FloatArray, h: FloatArray) -> _Brackets:
    """Passages of h from + to - along each row; u and h have shape (n, g)."""
    row, j = np.nonzero((h[:, :-1] > 0) & (h[:, 1:] <= 0))
    low, high, h_low, h_high = u[row, j], u[row, j + 1], h[row, j], h[row, j + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        line = low + (high - low) * h_low / (h_low - h_high)
        start = _inverse_cubic(u, h, row, j)
    start = np.where((start > low) & (start < high), start, line)
    return _Brackets(row, low, high, np.where(np.isfinite(start), start, 0.5 * (low + high)))


def _inverse_cubic(u: FloatArray, h: FloatArray, row: IntArray, j: IntArray) -> FloatArray:
    """Where the cubic u(h) through four grid points around point j passes h = 0; saves a Newton step."""
    near = np.clip(j - 1, 0, u.shape[1] - 4)[:, None] + np.arange(4)
    x, f = u[row[:, None], near], h[row[:, None], near]
    for order in range(1, 4):  # Neville's scheme
        x = x[:, 1:] - f[:, order:] * (x[:, 1:] - x[:, :-1]) / (f[:, order:] - f[:, :-order])
    out: FloatArray = x[:, 0]
    return out


def _scan(
    problem: Problem, restricted: bool, u_low: FloatArray, u_high: FloatArray
) -> tuple[_Brackets, FloatArray]:
    """Brackets of all maxima inside, and the log ratio at tau2 = 0."""
    steps = int(max(4, np.ceil(float((u_high - u_low).max()) / GRID_STEP)))
    u = u_low[:, None] + (u_high - u_low)[:, None] * np.linspace(0.0, 1.0, steps + 1)
    v_min = problem.v_min
    grid = np.maximum(np.exp(u) - v_min[:, None], 0.0)
    grid[:, 0] = 0.0
    h = _grid_values(problem, grid, restricted)
    h[:, -1] = np.minimum(h[:, -1], -0.0)
    brackets = _crossings(u, h)
    suspects = _suspects(h)
    if not suspects.any():
        return brackets, h[:, 0]
    row, j = np.nonzero(suspects)
    fine = u[row, j - 1][:, None] + (u[row, j + 1] - u[row, j - 1])[:, None] * np.linspace(0.0, 1.0, 33)
    part = problem.select(row)
    fine_h = _grid_values(part, np.maximum(np.exp(fine) - v_min[row][:, None], 0.0), restricted)
    extra = _crossings(fine, fine_h)
    # a refined triple may repeat a crossing that the coarse grid saw; the same maximum twice is harmless
    merged = _Brackets(
        np.concatenate([brackets.row, row[extra.row]]),
        *(np.concatenate([a, b]) for a, b in zip(brackets[1:], extra[1:], strict=True)),
    )
    return merged, h[:, 0]


def maximise(problem: Problem, restricted: bool) -> Tau2Estimate:
    """Find the global maximum of each likelihood over tau2 >= 0.

    Parameters
    ----------
    problem : Problem
        A stack of n problems.
    restricted : bool
        Restricted (REML) or full (ML) likelihood.
    """
    n = problem.n
    tau2, optima = np.zeros(n), np.ones(n, dtype=np.int64)
    converged, gradient, iterations = np.ones(n, dtype=bool), np.zeros(n), 0
    bound = tau2_upper_bound(problem)
    live = bound > 0
    if not live.any():
        return Tau2Estimate(tau2, gradient, iterations, optima, converged)
    part = problem if live.all() else problem.select(live)
    v_min = part.v_min
    u_low, u_high = np.log(v_min), np.log(v_min + bound[live])
    brackets, h0 = _scan(part, restricted, u_low, u_high)
    best = np.zeros(part.n)
    at_zero = h0 <= 0
    count = at_zero.astype(np.int64)
    if brackets.row.size:
        t, iterations, ok = _refine(part, restricted, brackets)
        np.add.at(count, brackets.row, 1)
        single = count[brackets.row] == 1
        best[brackets.row[single]] = t[single]
        if not single.all():
            _choose(part, restricted, brackets.row[~single], t[~single], best, at_zero)
        part_ok = np.ones(part.n, dtype=bool)
        np.logical_and.at(part_ok, brackets.row, ok)
        converged[live] = part_ok
    tau2[live], optima[live] = best, np.maximum(count, 1)
    sums = part.moments(best, order=2)
    score = 0.5 * (sums.yppy - (sums.trace_p if restricted else sums.sum_w))
    gradient[live] = score * (best + v_min) / part.df
    return Tau2Estimate(tau2, gradient, iterations, optima, converged, sums if part is problem else None)


def _refine(problem: Problem, restricted: bool, brackets: _Brackets) -> tuple[FloatArray, int, BoolArray]:
    """Newton's method on the log ratio against log(tau2 + v_min), then one step in tau2."""
    every = brackets.row.size == problem.n and bool((brackets.row == np.arange(problem.n)).all())
    part = problem if every else problem.select(brackets.row)
    v_min = part.v_min

    def function(u: FloatArray, rows: IntArray | None) -> tuple[FloatArray, FloatArray]:
        sub, shift = (part, v_min) if rows is None else (part.select(rows), v_min[rows])
        spread = np.exp(u)
        m = sub.moments(np.maximum(spread - shift, 0.0), order=2)
        if restricted:
            size, fall = m.trace_p, m.trace_pp
        else:
            size, fall = m.sum_w, m.sum_w2
        return np.log(m.yppy / size), (fall / size - 2.0 * m.ypppy / m.yppy) * spread

    roots = solve_decreasing(function, brackets.low, brackets.high, brackets.start, tolerance=1e-8)
    t = np.maximum(np.exp(roots.x) - v_min, 0.0)
    # exp(u) - v_min loses digits when tau2 << v_min; a last Newton step on the score restores them
    m = part.moments(t, order=2)
    size, fall = (m.trace_p, m.trace_pp) if restricted else (m.sum_w, m.sum_w2)
    curvature = 2.0 * m.ypppy - fall
    with np.errstate(divide="ignore", invalid="ignore"):
        step = (m.yppy - size) / curvature
    safe = (curvature > 0) & (np.abs(step) <= 1e-6 * (t + v_min))
    return np.maximum(np.where(safe, t + step, t), 0.0), roots.iterations, roots.converged


def _choose(
    problem: Problem,
    restricted: bool,
    row: IntArray,
    t: FloatArray,
    best: FloatArray,
    at_zero: BoolArray,
) -> None:
    """Write into ``best`` the candidate of the highest likelihood for rows that have several."""
    rows = np.unique(row)
    height = np.full(problem.n, -np.inf)
    zeros = rows[at_zero[rows]]
    if zeros.size:
        height[zeros] = log_likelihood(problem.select(zeros), np.zeros(zeros.size), restricted)
    values = log_likelihood(problem.select(row), t, restricted)
    for i, candidate, value in zip(row, t, values, strict=True):
        if value > height[i]:
            height[i], best[i] = value, candidate
