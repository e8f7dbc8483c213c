"""Bracketed Newton steps: they end, whatever the function's rounding error does."""

from __future__ import annotations

import numpy as np
import pytest

from k2meta.kernels.roots import MAX_ITERATIONS, solve_decreasing


def test_roots_of_smooth_functions_are_exact() -> None:
    goal = np.array([0.3, 2.0, -4.0, 11.5])

    def function(x, rows):
        g = goal if rows is None else goal[rows]
        return np.expm1(g - x), -np.exp(g - x)

    roots = solve_decreasing(function, goal - 20.0, goal + 3.0, goal - 1.0)
    assert roots.converged.all()
    assert roots.x == pytest.approx(goal, rel=1e-14)
    assert roots.iterations < 40


@pytest.mark.parametrize("noise", [1e-15, 1e-14, 1e-13, 1e-12])
def test_rounding_error_near_the_root_does_not_keep_it_going(noise: float) -> None:
    """A value that is noise near its root gives steps of random sign that never shrink."""
    rng = np.random.default_rng(5)
    n = 2000

    def function(x, rows):
        return 1.0 - x + noise * rng.uniform(-1, 1, x.size), np.full(x.size, -1.0)

    roots = solve_decreasing(function, np.full(n, -30.0), np.full(n, 40.0), np.full(n, -29.0))
    assert roots.converged.all()
    assert roots.iterations < 60 < MAX_ITERATIONS
    assert np.abs(roots.x - 1.0).max() < 100 * noise


def test_a_useless_slope_ends_in_bisection() -> None:
    def function(x, rows):
        return np.where(x < 0.7, 1.0, -1.0), np.zeros(x.size)

    roots = solve_decreasing(function, np.zeros(3), np.ones(3), np.full(3, 0.5))
    assert roots.converged.all()
    assert roots.x == pytest.approx(0.7, abs=1e-14)
