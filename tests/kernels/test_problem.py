"""The weighted sums against dense matrices, and the two kinds of problem against each other."""

from __future__ import annotations

import numpy as np
import pytest

from k2meta.kernels.design import stack_design
from k2meta.kernels.likelihood import log_likelihood, maximise, tau2_upper_bound
from k2meta.kernels.problem import stack
from k2meta.kernels.tau2 import TAU2_ESTIMATORS


def example(k: int = 9, seed: int = 3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(1, k)), 10.0 ** rng.uniform(-3, 1, size=(1, k))


def projection(w, x):
    wx = w[:, None] * x
    return np.diag(w) - wx @ np.linalg.solve(x.T @ wx, wx.T)


def designs(k: int):
    one = np.ones((k, 1))
    return [one, np.column_stack([one, np.arange(k)]), np.eye(3)[np.arange(k) % 3]]


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("tau2", [0.0, 0.3, 50.0])
def test_moments_equal_dense_matrices(which: int, tau2: float) -> None:
    y, v = example()
    x = designs(9)[which]
    w = 1 / (v[0] + tau2)
    p = projection(w, x)
    problems = [stack_design(y, v, x)] + ([stack(y, v)] if which == 0 else [])
    for problem in problems:
        m = problem.moments(np.array([tau2]), order=2)
        assert m.q[0] == pytest.approx(y[0] @ p @ y[0], rel=1e-11)
        assert m.yppy[0] == pytest.approx(y[0] @ p @ p @ y[0], rel=1e-11)
        assert m.ypppy[0] == pytest.approx(y[0] @ p @ p @ p @ y[0], rel=1e-10)
        assert m.trace_p[0] == pytest.approx(np.trace(p), rel=1e-11)
        assert m.trace_pp[0] == pytest.approx(np.trace(p @ p), rel=1e-10)
        assert m.sum_w[0] == pytest.approx(w.sum(), rel=1e-14)
        assert m.sum_w2[0] == pytest.approx((w * w).sum(), rel=1e-14)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_traces_equal_dense_matrices(which: int) -> None:
    y, v = example()
    x = designs(9)[which]
    a = np.random.default_rng(8).uniform(0.1, 3, size=(1, 9))
    p, big = projection(a[0], x), np.diag(v[0])
    problems = [stack_design(y, v, x)] + ([stack(y, v)] if which == 0 else [])
    for problem in problems:
        t = problem.traces(a)
        dense = [
            y[0] @ p @ y[0],
            np.trace(p),
            np.trace(p @ big),
            np.trace(p @ p),
            np.trace(p @ big @ p),
            np.trace(p @ big @ p @ big),
        ]
        for mine, theirs in zip(t, dense, strict=True):
            assert mine[0] == pytest.approx(theirs, rel=1e-10)


def test_sums_do_not_cancel_when_one_study_dominates() -> None:
    """tr P and y'PPy against exact rational arithmetic, weights over 12 orders of magnitude."""
    from fractions import Fraction

    y = [Fraction(1, 3), Fraction(9, 10), Fraction(-2, 7)]
    v = [Fraction(1, 10**12), Fraction(1), Fraction(3, 2)]
    w = [1 / x for x in v]
    total = sum(w)
    mean = sum(a * b for a, b in zip(w, y, strict=True)) / total
    trace = total - sum(a * a for a in w) / total
    yppy = sum((a * (b - mean)) ** 2 for a, b in zip(w, y, strict=True))
    pij = [[(w[i] if i == j else 0) - w[i] * w[j] / total for j in range(3)] for i in range(3)]
    trace2 = sum(a * a for row in pij for a in row)
    m = stack(np.array([[float(a) for a in y]]), np.array([[float(a) for a in v]])).moments(np.zeros(1), 2)
    assert m.trace_p[0] == pytest.approx(float(trace), rel=1e-13)
    assert m.trace_pp[0] == pytest.approx(float(trace2), rel=1e-13)
    assert m.yppy[0] == pytest.approx(float(yppy), rel=1e-13)


@pytest.mark.parametrize("code", sorted(TAU2_ESTIMATORS))
def test_design_of_ones_equals_the_intercept_problem(code: str) -> None:
    y, v = example(12)
    weights = 1 / np.sqrt(v)
    estimator = TAU2_ESTIMATORS[code]
    plain, design = stack(y, v), stack_design(y, v, np.ones((12, 1)))
    tau2 = estimator.estimate(plain, weights).tau2
    assert estimator.estimate(design, weights).tau2 == pytest.approx(tau2, rel=1e-9, abs=1e-13)
    assert estimator.standard_error(design, tau2, weights) == pytest.approx(
        estimator.standard_error(plain, tau2, weights), rel=1e-10
    )
    assert log_likelihood(design, tau2, True) == pytest.approx(log_likelihood(plain, tau2, True), rel=1e-12)
    assert design.estimate(tau2)[0] == pytest.approx(plain.estimate(tau2)[0], rel=1e-11)


def test_regression_at_tau2_zero_equals_statsmodels_wls() -> None:
    import statsmodels.api as sm

    y, v = example(10)
    x = designs(10)[1]
    beta, covariance = stack_design(y, v, x).estimate(np.zeros(1))
    wls = sm.WLS(y[0], x, weights=1 / v[0]).fit()
    assert beta[0] == pytest.approx(wls.params, rel=1e-10)
    assert covariance[0] == pytest.approx(wls.normalized_cov_params, rel=1e-10)


def test_score_is_negative_above_the_bound() -> None:
    for seed in range(30):
        y, v = example(2 + seed % 7, seed)
        problem = stack(y, v)
        bound = tau2_upper_bound(problem)
        for factor in (1.0, 1.5, 10.0, 1e3):
            m = problem.moments(bound * factor)
            assert m.yppy[0] <= m.trace_p[0]


@pytest.mark.parametrize(
    ("restricted", "y", "v"),
    [
        (True, [-3.2, 1.1, -0.8, 1.1], [2.347, 0.138, 15.989, 0.014]),
        (False, [-1.7, -1.3, -1.2, -0.1, -1.0], [0.58, 0.483, 0.466, 0.009, 7.547]),
    ],
)
def test_two_maxima_are_both_seen_and_the_higher_is_taken(restricted: bool, y, v) -> None:
    problem = stack(np.array([y]), np.array([v]))
    found = maximise(problem, restricted)
    assert found.optima[0] == 2
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 1e3, 20001)])
    heights = log_likelihood(problem.repeat(grid.size), grid, restricted)
    inner = (heights[1:-1] > heights[:-2]) & (heights[1:-1] > heights[2:])
    assert inner.sum() + (heights[0] > heights[1]) == 2
    assert log_likelihood(problem, found.tau2, restricted)[0] >= heights.max()


def test_rank_deficient_design_is_refused() -> None:
    y, v = example(5)
    with pytest.raises(np.linalg.LinAlgError):
        stack_design(y, v, np.ones((5, 2)))
