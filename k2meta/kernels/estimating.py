"""tau2 from an equation in Cochran's Q, for the whole stack at once.

``Q(tau2) = y'Py`` falls strictly in tau2 (unless all effects are equal), so each of these equations
has one root or none; where there is none, tau2 is 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from k2meta.kernels.problem import Moments
from k2meta.kernels.roots import solve_decreasing
from k2meta.kernels.stacks import Problem
from k2meta.records import BoolArray, FloatArray, IntArray

__all__ = ["Root", "solve_dl_iterated", "solve_q"]


class Root(NamedTuple):
    """tau2 (n,), scale-free residual of its equation there (n,), rounds, success (n,)."""

    tau2: FloatArray
    gradient: FloatArray
    iterations: int
    converged: BoolArray


def _bracket(problem: Problem, target: FloatArray) -> tuple[FloatArray, FloatArray]:
    # rss / (v_max + t) <= Q(t) <= rss / (v_min + t), so the root lies between these
    ratio = problem.rss / target
    low = np.maximum(ratio - problem.v_max, 0.0)
    # a hair wider than the algebra, for rounding
    return low * (1 - 1e-9), np.maximum(ratio - problem.v_min, 0.0) * (1 + 1e-9)


def solve_q(problem: Problem, target: FloatArray) -> Root:
    """Solve Q(tau2) = target; 0 where Q(0) <= target already.

    Newton's method on log Q against log(tau2 + v_min): with equal variances that is a straight
    line, and one step ends it.
    """
    n = problem.n
    tau2, iterations = np.zeros(n), 0
    converged = np.ones(n, dtype=bool)
    q0 = problem.at_zero.q
    positive = (q0 > target) & (target > 0)
    gradient = np.where(positive, 0.0, q0 / target - 1.0) if (target > 0).all() else np.zeros(n)
    if positive.any():
        every = bool(positive.all())
        part = problem if every else problem.select(positive)
        wanted = target if every else target[positive]
        goal, v_min = np.log(wanted), part.v_min
        low, high = _bracket(part, wanted)

        def function(u: FloatArray, rows: IntArray | None) -> tuple[FloatArray, FloatArray]:
            sub, shift, aim = (
                (part, v_min, goal) if rows is None else (part.select(rows), v_min[rows], goal[rows])
            )
            spread = np.exp(u)
            m = sub.moments(np.maximum(spread - shift, 0.0))
            return np.log(m.q) - aim, -m.yppy / m.q * spread

        u_low, u_high = np.log(low + v_min), np.log(high + v_min)
        # steps double the digits: after one of 1e-8, _polish makes the last one
        roots = solve_decreasing(function, u_low, u_high, 0.5 * (u_low + u_high), tolerance=1e-8)
        root, residual = _polish(part, wanted, np.maximum(np.exp(roots.x) - v_min, 0.0))
        tau2[positive], gradient[positive] = root, residual
        converged[positive] = roots.converged
        iterations = roots.iterations
    return Root(tau2, gradient, iterations, converged)


def _polish(problem: Problem, target: FloatArray, tau2: FloatArray) -> tuple[FloatArray, FloatArray]:
    # tau2 = exp(u) - v_min loses digits when tau2 << v_min; one step in tau2 itself restores them
    m = problem.moments(tau2)
    tau2 = np.maximum(tau2 + (m.q - target) / m.yppy, 0.0)
    return tau2, problem.moments(tau2).q / target - 1.0


def solve_dl_iterated(problem: Problem) -> Root:
    """Fixed point of the DerSimonian-Laird formula with weights 1 / (v + tau2).

    Solves ``Q(t) - (k - p) - t tr P(t) = 0``. Since t P <= I the derivative is at most -y'PPy < 0,
    so the fixed point is unique.
    """
    n = problem.n
    df = problem.df
    tau2, iterations = np.zeros(n), 0
    converged = np.ones(n, dtype=bool)
    zero: Moments[FloatArray] = problem.at_zero
    with np.errstate(divide="ignore", invalid="ignore"):
        gradient = np.where(df > 0, zero.q / df - 1.0, 0.0)
    positive = (zero.q > df) & (df > 0)
    if positive.any():
        part, part_df = problem.select(positive), df[positive]
        v_min = part.v_min
        _, high = _bracket(part, part_df)

        def function(u: FloatArray, rows: IntArray | None) -> tuple[FloatArray, FloatArray]:
            sub, shift, d = (
                (part, v_min, part_df) if rows is None else (part.select(rows), v_min[rows], part_df[rows])
            )
            spread = np.exp(u)
            t = np.maximum(spread - shift, 0.0)
            m = sub.moments(t, order=2)
            value = (m.q - t * m.trace_p) / d - 1.0
            return value, (-m.yppy - m.trace_p + t * m.trace_pp) / d * spread

        u_low = np.log(v_min)
        u_high = np.log(high + v_min)
        roots = solve_decreasing(function, u_low, u_high, 0.5 * (u_low + u_high))
        t = np.maximum(np.exp(roots.x) - v_min, 0.0)
        m = part.moments(t, order=2)
        slope = -m.yppy - m.trace_p + t * m.trace_pp
        t = np.maximum(t - (m.q - part_df - t * m.trace_p) / slope, 0.0)
        m = part.moments(t)
        tau2[positive] = t
        gradient[positive] = (m.q - t * m.trace_p) / part_df - 1.0
        converged[positive] = roots.converged
        iterations = roots.iterations
    return Root(tau2, gradient, iterations, converged)
