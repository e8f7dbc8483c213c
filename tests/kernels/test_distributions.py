"""Tails and quantiles against scipy.stats and against each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from k2meta.kernels import distributions as d

DFS = [1.0, 2.0, 3.0, 7.5, 30.0, 1e4]


@pytest.mark.parametrize("df", DFS)
def test_t(df: float) -> None:
    for q in (0.5, 0.9, 0.975, 0.9995, 1e-8, 0.2):
        x = d.t_ppf(q, df)
        assert stats.t.cdf(x, df) == pytest.approx(q, rel=1e-12)
    for t in (0.0, 0.3, 2.0, 40.0):
        assert d.t_two_sided(t, df) == pytest.approx(2 * stats.t.sf(t, df), rel=1e-11)


def test_t_with_infinite_df_is_normal_and_with_none_is_nan() -> None:
    assert d.t_ppf(0.975, np.inf) == pytest.approx(stats.norm.ppf(0.975), rel=1e-15)
    assert np.isnan(d.t_ppf(0.975, 0.0))
    assert d.two_sided(np.array([1.0, 1.0]), np.array([np.inf, 5.0])) == pytest.approx(
        [2 * stats.norm.sf(1), 2 * stats.t.sf(1, 5)], rel=1e-13
    )


def test_far_tails_do_not_vanish() -> None:
    assert d.normal_two_sided(38.0) == pytest.approx(2 * stats.norm.sf(38.0), rel=1e-12)
    assert d.chi2_sf(1200.0, 3.0) == pytest.approx(stats.chi2.sf(1200.0, 3), rel=1e-12)
    assert d.f_sf(500.0, 2.0, 40.0) == pytest.approx(stats.f.sf(500.0, 2, 40), rel=1e-11)
    assert d.normal_sf(-1.0) == pytest.approx(stats.norm.sf(-1.0), rel=1e-14)


@pytest.mark.parametrize("df", [1.0, 4.0, 59.0])
def test_chi2_quantile_inverts_the_tail(df: float) -> None:
    for q in (0.025, 0.5, 0.975):
        assert d.chi2_sf(d.chi2_ppf(q, df), df) == pytest.approx(1 - q, rel=1e-12)
