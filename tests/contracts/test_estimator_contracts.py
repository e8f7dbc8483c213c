"""What every tau2 estimator in the registry promises, on data meant to break it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k2meta.kernels.likelihood import log_likelihood
from k2meta.kernels.problem import Moments, stack
from k2meta.kernels.single import SingleProblem
from k2meta.kernels.tau2 import TAU2_ESTIMATORS
from k2meta.records import FloatArray

sys.path.insert(0, str(Path(__file__).parent))
from random_sets import KINDS, random_sets

N_SETS = 2000
SETS = list(random_sets(N_SETS))


def estimate(code: str, y: FloatArray, v: FloatArray):
    return TAU2_ESTIMATORS[code].estimate(stack(y[None], v[None]), (1.0 / np.sqrt(v))[None])


def test_registry_holds_every_estimator_of_the_field() -> None:
    assert set(TAU2_ESTIMATORS) == {
        "DL", "DLIT", "HE", "HS", "HSk", "SJ", "SJIT", "ML", "REML", "EB", "PM", "PMM", "GENQ",
    }  # fmt: skip
    assert all(estimator.name_zh.endswith("法") for estimator in TAU2_ESTIMATORS.values())


def test_random_sets_cover_their_kinds_and_sizes() -> None:
    sizes = {y.size for _, y, _ in SETS}
    assert {kind for kind, _, _ in SETS} == set(KINDS)
    assert min(sizes) == 2
    assert max(sizes) == 60
    assert len(SETS) == N_SETS


@pytest.mark.parametrize("code", sorted(TAU2_ESTIMATORS))
def test_never_fails_and_ends_at_a_stationary_point(code: str) -> None:
    for kind, y, v in SETS:
        found = estimate(code, y, v)
        tau2, gradient = found.tau2[0], found.gradient[0]
        assert found.converged[0], (code, kind)
        assert found.iterations <= 40, (code, kind, found.iterations)
        assert np.isfinite(tau2), (code, kind)
        assert tau2 >= 0, (code, kind)
        if tau2 > 0:
            assert abs(gradient) < 1e-9, (code, kind, gradient)
        else:
            assert gradient <= 1e-12, (code, kind, gradient)
        se = TAU2_ESTIMATORS[code].standard_error(stack(y[None], v[None]), found.tau2, (1 / np.sqrt(v))[None])
        assert np.isfinite(se[0]), (code, kind)


@pytest.mark.parametrize("code", ["ML", "REML"])
def test_no_higher_likelihood_elsewhere(code: str) -> None:
    several = 0
    for kind, y, v in SETS:
        problem = stack(y[None], v[None])
        found = estimate(code, y, v)
        several += int(found.optima[0] > 1)
        height = log_likelihood(problem, found.tau2, code == "REML")[0]
        top = np.log(problem.v0[0] + 1e3 * (found.tau2[0] + y.var() + v.max()))
        grid = np.exp(np.linspace(np.log(problem.v0[0]), top, 800)) - problem.v0[0]
        grid = np.maximum(np.append(grid, 0.0), 0.0)
        others = log_likelihood(problem.repeat(grid.size), grid, code == "REML")
        assert others.max() <= height + 1e-10 * (1 + abs(height)), (code, kind)
    # the sets must contain the hard cases that the test is for
    assert several >= {"ML": 50, "REML": 3}[code]


def close(a: float, b: float, v_min: float) -> bool:
    """Equal to 1e-9 of tau2 + v_min: tau2 near 0 is a difference of numbers of the size of v."""
    return abs(a - b) <= 1e-9 * (max(a, b) + v_min)


numbers = st.floats(-50, 50, allow_nan=False).map(lambda x: round(x, 6))
variances = st.floats(-6, 6).map(lambda e: 10.0**e)


@st.composite
def study_sets(draw: st.DrawFn) -> tuple[FloatArray, FloatArray]:
    k = draw(st.integers(2, 15))
    y = draw(st.lists(numbers, min_size=k, max_size=k))
    v = draw(st.lists(variances, min_size=k, max_size=k))
    return np.array(y), np.array(v)


@pytest.mark.parametrize("code", sorted(TAU2_ESTIMATORS))
@settings(max_examples=60, deadline=None)
@given(
    data=study_sets(),
    scale=st.sampled_from([1e-8, 1e-3, 1 / 3, 7.0, 1e4, 1e8]),
    shift=st.sampled_from([-100.0, 0.25, 40.0]),
    seed=st.integers(0, 99),
)
def test_scale_shift_and_order_do_not_matter(code: str, data, scale: float, shift: float, seed: int) -> None:
    y, v = data
    tau2 = estimate(code, y, v).tau2[0]
    small = v.min()
    # GENQ's weights 1/sqrt(v) change scale with v by a common factor, which cancels
    assert close(estimate(code, y * scale, v * scale**2).tau2[0] / scale**2, tau2, small)
    order = np.random.default_rng(seed).permutation(y.size)
    assert close(estimate(code, y[order], v[order]).tau2[0], tau2, small)
    # shifting y rounds it to 1e-16 of the shifted size, which moves tau2 by that over v's own scale
    moved = estimate(code, y + shift, v).tau2[0]
    rounding = 1e-13 * (np.abs(y).max() + abs(shift)) * np.ptp(y) * (1 + v.max() / small)
    assert abs(moved - tau2) <= 1e-9 * (max(moved, tau2) + small) + rounding


@pytest.mark.parametrize("code", sorted(TAU2_ESTIMATORS))
@settings(max_examples=30, deadline=None)
@given(data=study_sets(), seed=st.integers(0, 99))
def test_mask_equals_subset(code: str, data, seed: int) -> None:
    y, v = data
    keep = np.random.default_rng(seed).random(y.size) < 0.6
    keep[:2] = True
    garbage_y, garbage_v = np.where(keep, y, np.nan), np.where(keep, v, np.nan)
    weights = (1.0 / np.sqrt(v))[None]
    masked = TAU2_ESTIMATORS[code].estimate(stack(garbage_y[None], garbage_v[None], keep[None]), weights)
    alone = estimate(code, y[keep], v[keep])
    assert close(masked.tau2[0], alone.tau2[0], v[keep].min())


@pytest.mark.parametrize("code", sorted(TAU2_ESTIMATORS))
def test_one_study_gives_zero(code: str) -> None:
    found = estimate(code, np.array([0.4]), np.array([0.1]))
    assert found.tau2[0] == 0.0
    assert found.converged[0]


@pytest.mark.parametrize("code", sorted(set(TAU2_ESTIMATORS) - {"ML", "HS", "PMM", "DLIT"}))
def test_equal_variances_have_the_textbook_answer(code: str) -> None:
    """With v_i = v the unbiased estimators all give s2 - v (SJ: its one-step form)."""
    y, v = np.array([0.1, 0.9, 0.4, 1.7, -0.6]), 0.05
    tau2 = estimate(code, y, np.full(5, v)).tau2[0]
    expected = y.var(ddof=1) - v
    if code == "SJ":
        start = y.var()
        expected = start * (y.size * start / (v + start)) / (y.size - 1)
    if code == "HSk":
        expected = y.var(ddof=1) - v
    assert tau2 == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("code", sorted(c for c, e in TAU2_ESTIMATORS.items() if e.single is not None))
def test_one_problem_in_floats_equals_a_stack_of_one(code: str) -> None:
    """tau2, its standard error and the sums behind every other number, to 12 digits and better."""
    estimator = TAU2_ESTIMATORS[code]
    for kind, y, v in SETS:
        single, stacked = SingleProblem(y, v), stack(y[None], v[None])
        mine, theirs = estimator.single(single), estimator.estimate(stacked, None)
        assert abs(mine.tau2 - theirs.tau2[0]) <= 2e-12 * (mine.tau2 + v.min()), (code, kind)
        assert mine.converged, (code, kind)
        if mine.tau2 > 0:
            assert abs(mine.gradient) < 1e-9, (code, kind)
        else:
            assert mine.gradient <= 1e-12, (code, kind)
        tau2 = np.array([mine.tau2])
        for name, a, b in zip(Moments._fields, mine.sums, stacked.moments(tau2, order=2), strict=True):
            assert abs(a - b[0]) <= 1e-11 * abs(b[0]), (code, kind, name)
        se = estimator.formula(single.at_zero, mine.sums, mine.tau2, single.k, single.df)
        other = estimator.standard_error(stacked, tau2, None)[0]
        assert abs(se - other) <= 1e-11 * other, (code, kind)
        mean, _ = stacked.estimate(tau2)
        assert abs(mine.mean - mean[0, 0]) <= 1e-12 * np.abs(y).max(), (code, kind)
