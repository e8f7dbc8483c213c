"""Confidence limits for tau2 are exact roots of their equations."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from k2meta.kernels.likelihood import log_likelihood, maximise
from k2meta.kernels.problem import stack
from k2meta.kernels.profile import profile_likelihood, q_profile

sys.path.insert(0, str(Path(__file__).parents[1] / "contracts"))
from random_sets import random_sets

SETS = list(random_sets(300, seed=11))


def test_q_profile_limits_are_roots() -> None:
    interior = 0
    for _, y, v in SETS:
        problem = stack(y[None], v[None])
        limits = q_profile(problem, 0.95)
        low_q, high_q = stats.chi2.ppf([0.025, 0.975], y.size - 1)
        q0 = problem.moments(np.zeros(1)).q[0]
        assert bool(limits.empty[0]) == (q0 < low_q)
        if limits.empty[0]:
            assert np.isnan(limits.low[0])
            assert np.isnan(limits.high[0])
            continue
        assert problem.moments(limits.high).q[0] == pytest.approx(low_q, rel=1e-10)
        if limits.low[0] > 0:
            interior += 1
            assert problem.moments(limits.low).q[0] == pytest.approx(high_q, rel=1e-10)
        else:
            assert q0 <= high_q * (1 + 1e-12)
    assert interior > 50


@pytest.mark.parametrize("restricted", [True, False])
def test_profile_likelihood_limits_are_roots(restricted: bool) -> None:
    drop = 0.5 * stats.chi2.ppf(0.95, 1)
    interior = 0
    for _, y, v in SETS[:150]:
        problem = stack(y[None], v[None])
        limits = profile_likelihood(problem, 0.95, restricted)
        best = maximise(problem, restricted).tau2
        top = log_likelihood(problem, best, restricted)[0]
        assert limits.low[0] <= best[0] <= limits.high[0]
        at_high = log_likelihood(problem, limits.high, restricted)[0]
        assert top - at_high == pytest.approx(drop, rel=1e-7)
        if limits.low[0] > 0:
            interior += 1
            assert top - log_likelihood(problem, limits.low, restricted)[0] == pytest.approx(drop, rel=1e-7)
        else:
            assert top - log_likelihood(problem, np.zeros(1), restricted)[0] <= drop * (1 + 1e-9)
    assert interior > 20


def test_upper_limit_may_exceed_one_hundred() -> None:
    """metafor looks no further than tau2.max = 100 unless told to."""
    problem = stack(np.array([[0.0, 60.0, -45.0]]), np.full((1, 3), 0.5))
    limits = q_profile(problem, 0.95)
    assert limits.high[0] > 1e4
    assert problem.moments(limits.high).q[0] == pytest.approx(stats.chi2.ppf(0.025, 2), rel=1e-10)


def test_one_study_has_no_interval() -> None:
    limits = q_profile(stack(np.array([[0.3]]), np.array([[0.1]])), 0.95)
    assert limits.empty[0]
    with pytest.raises(ValueError, match="k > p"):
        profile_likelihood(stack(np.array([[0.3]]), np.array([[0.1]])), 0.95, True)
