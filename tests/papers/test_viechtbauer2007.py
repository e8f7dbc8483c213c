"""Viechtbauer W (2007). Confidence intervals for the amount of heterogeneity in meta-analysis.

Stat Med 26:37-52. doi:10.1002/sim.2514, p. 44, Table II: diuretics and pre-eclampsia (Collins et al. 1985).
Three decimals as in metafor's replication of the table, which itself rounds more.
"""

from __future__ import annotations

import pytest

import k2meta as k2


@pytest.fixture(scope="module")
def effects():
    rows = k2.load_dataset("collins1985b")
    return k2.effect_sizes(rows, "OR", events1="preeclampsia1", events2="preeclampsia2")


@pytest.mark.parametrize(
    ("method", "text"), [("DL", "0.230"), ("ML", "0.239"), ("REML", "0.301"), ("SJ", "0.456")]
)
def test_estimates(effects, as_printed, method, text):
    as_printed(k2.meta_analysis(effects, tau2=method).tau2, text)


@pytest.mark.parametrize(
    ("estimator", "method", "low", "high"),
    [("DL", "QP", "0.072", "2.203"), ("ML", "PL", "0.027", "1.131"), ("REML", "PL", "0.043", "1.475")],
)
def test_intervals(effects, as_printed, estimator, method, low, high):
    interval = k2.meta_analysis(effects, tau2=estimator).heterogeneity(method).tau2_ci
    as_printed(interval.low, low)
    as_printed(interval.high, high)
