"""Confidence limits for tau2: Q-profile and profile likelihood.

References
----------
Viechtbauer W (2007). Confidence intervals for the amount of heterogeneity in meta-analysis.
Stat Med 26:37-52. doi:10.1002/sim.2514
Hardy RJ, Thompson SG (1996). A likelihood approach to meta-analysis with random effects.
Stat Med 15:619-629.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from k2meta.kernels.distributions import chi2_ppf
from k2meta.kernels.estimating import solve_q
from k2meta.kernels.likelihood import log_likelihood, maximise, tau2_upper_bound
from k2meta.kernels.roots import solve_decreasing
from k2meta.kernels.stacks import Problem
from k2meta.records import BoolArray, FloatArray, IntArray

__all__ = ["Limits", "profile_likelihood", "q_profile"]

# Points between tau2 = 0 and the upper bound at which the likelihood is compared with its cut-off.
SCAN = 64


class Limits(NamedTuple):
    """Limits for tau2, shape (n,) each; both NaN where the confidence set is empty."""

    low: FloatArray
    high: FloatArray
    empty: BoolArray


def q_profile(problem: Problem, level: float) -> Limits:
    """All tau2 at which Q(tau2) lies between its chi-squared quantiles.

    The limits are roots of ``Q(tau2) = quantile``, found to rounding error. When even Q(0) is under
    the lower quantile the set is empty: the studies agree better than chance would have them.
    """
    df = problem.df
    some = df > 0
    safe = np.maximum(df, 1.0)
    tail = 0.5 * (1.0 - level)
    upper_quantile = chi2_ppf(1.0 - tail, safe)
    lower_quantile = chi2_ppf(tail, safe)
    low = solve_q(problem, np.where(some, upper_quantile, np.inf)).tau2 if some.all() else None
    if low is None:
        low, high = np.full(problem.n, np.nan), np.full(problem.n, np.nan)
        if some.any():
            part = q_profile(problem.select(some), level)
            low[some], high[some] = part.low, part.high
        return Limits(low, high, np.isnan(high))
    high = solve_q(problem, lower_quantile).tau2
    empty = problem.at_zero.q < lower_quantile
    return Limits(np.where(empty, np.nan, low), np.where(empty, np.nan, high), empty)


def profile_likelihood(problem: Problem, level: float, restricted: bool) -> Limits:
    """All tau2 whose log-likelihood is within ``chi2(level, 1) / 2`` of the maximum.

    Should the likelihood cross its cut-off more often than twice, the outermost crossings are given.
    """
    n = problem.n
    if bool((problem.df <= 0).any()):
        raise ValueError("profile likelihood needs k > p")
    best = maximise(problem, restricted).tau2
    cut = log_likelihood(problem, best, restricted) - 0.5 * chi2_ppf(level, 1.0)
    v_min = problem.v_min
    top = np.maximum(tau2_upper_bound(problem), v_min)
    for _ in range(200):
        inside = log_likelihood(problem, top, restricted) >= cut
        if not inside.any():
            break
        top = np.where(inside, 4.0 * top, top)
    u = np.log(v_min)[:, None] + np.log1p(top / v_min)[:, None] * np.linspace(0.0, 1.0, SCAN + 1)
    u_best = np.log(v_min + best)
    u = np.sort(np.concatenate([u, u_best[:, None]], axis=1), axis=1)
    grid = np.maximum(np.exp(u) - v_min[:, None], 0.0)
    grid[:, 0] = 0.0
    above = np.stack(
        [log_likelihood(problem, grid[:, j], restricted) >= cut for j in range(SCAN + 2)], axis=1
    )
    above |= np.abs(u - u_best[:, None]) <= 1e-12
    first = above.argmax(axis=1)
    last = SCAN + 1 - above[:, ::-1].argmax(axis=1)
    rows = np.arange(n)
    high = _crossing(problem, cut, restricted, u[rows, last], u[rows, np.minimum(last + 1, SCAN + 1)], 1.0)
    low = np.zeros(n)
    later = first > 0
    if later.any():
        part = problem.select(later)
        i, j = rows[later], first[later]
        # the function rises there: solve its mirror image
        low[later] = _crossing(part, cut[later], restricted, u[i, j - 1], u[i, j], -1.0)
    return Limits(low, high, np.zeros(n, dtype=bool))


def _crossing(
    problem: Problem, cut: FloatArray, restricted: bool, a: FloatArray, b: FloatArray, sign: float
) -> FloatArray:
    """tau2 where the log-likelihood passes its cut-off between exp(a) - v_min and exp(b) - v_min."""
    v_min = problem.v_min

    def function(x: FloatArray, rows: IntArray | None) -> tuple[FloatArray, FloatArray]:
        sub, shift, goal = (
            (problem, v_min, cut) if rows is None else (problem.select(rows), v_min[rows], cut[rows])
        )
        spread = np.exp(sign * x)
        t = np.maximum(spread - shift, 0.0)
        m = sub.moments(t)
        score = 0.5 * (m.yppy - (m.trace_p if restricted else m.sum_w))
        return log_likelihood(sub, t, restricted) - goal, sign * score * spread

    low, high = (a, b) if sign > 0 else (-b, -a)
    roots = solve_decreasing(function, low, high, 0.5 * (low + high))
    out: FloatArray = np.maximum(np.exp(sign * roots.x) - v_min, 0.0)
    return out
