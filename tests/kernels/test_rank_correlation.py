"""Kendall's tau by another road: every permutation, and scipy."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from k2meta.kernels.rank_correlation import EXACT_UP_TO, kendall


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6, 7])
def test_exact_p_counts_permutations(k) -> None:
    x = np.arange(k, dtype=float)
    orders = list(itertools.permutations(range(k)))
    scores = np.array([kendall(x, np.array(order, dtype=float)).score for order in orders])
    for order, score in list(zip(orders, scores, strict=True))[:: max(1, len(orders) // 40)]:
        tail = min((scores <= score).mean(), (scores >= score).mean())
        found = kendall(x, np.array(order, dtype=float))
        assert found.exact
        assert found.p_value == pytest.approx(min(1.0, 2.0 * tail), rel=1e-13)


@pytest.mark.parametrize("k", [8, 49, 50, 120, EXACT_UP_TO, EXACT_UP_TO + 1])
def test_without_ties_as_scipy(k) -> None:
    rng = np.random.default_rng(k)
    x = rng.normal(size=k)
    y = 0.3 * x + rng.normal(size=k)
    found = kendall(x, y)
    other = stats.kendalltau(x, y, method="exact" if k <= EXACT_UP_TO else "asymptotic")
    assert found.exact == (k <= EXACT_UP_TO)
    assert found.tau == pytest.approx(other.statistic, rel=1e-13)
    assert found.p_value == pytest.approx(other.pvalue, rel=1e-10)


@pytest.mark.parametrize("k", [5, 20, 90])
def test_with_ties_as_scipy(k) -> None:
    rng = np.random.default_rng(100 + k)
    x = rng.integers(0, 1 + k // 2, k).astype(float)
    y = np.round(0.2 * x + rng.normal(size=k), 1)
    found, other = kendall(x, y), stats.kendalltau(x, y, method="asymptotic")
    assert not found.exact
    assert found.tau == pytest.approx(other.statistic, rel=1e-13)
    assert found.p_value == pytest.approx(other.pvalue, rel=1e-12)


def test_a_perfect_order_and_no_order() -> None:
    x = np.arange(30.0)
    assert kendall(x, x).tau == 1.0
    assert kendall(x, -x).tau == -1.0
    assert kendall(x, x).p_value == pytest.approx(2.0 / math.factorial(30), rel=1e-12)
    assert math.isnan(kendall(x, np.ones(30)).tau)
    assert math.isnan(kendall(np.ones(30), x).p_value)
    assert kendall(np.array([1.0, 1.0]), np.array([1.0, 2.0])).exact is False
