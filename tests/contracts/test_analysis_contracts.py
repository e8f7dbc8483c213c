"""What questions put to a fit promise, whatever the data: order, shift, scale, mirror, and subsets."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import k2meta as k2
from k2meta.analysis.envelope import qq_envelope
from k2meta.analysis.likelihood_curves import profile_curve
from k2meta.analysis.p_values import p_value_curves
from k2meta.kernels.pooling import TESTS
from k2meta.kernels.tau2 import TAU2_ESTIMATORS

sys.path.insert(0, str(Path(__file__).parent))
from random_sets import random_sets

CODES = sorted(set(TAU2_ESTIMATORS) - {"GENQ"})
HARD = [case for case in random_sets(200, seed=7) if case[1].size >= 3]
FREE = ("rstudent", "dffits", "dfbetas", "rstandard")  # change sign with the effects
SQUARES = ("cooks_distance", "cov_ratio", "hat", "weight")


@st.composite
def sets(draw, largest: int = 8):
    k = draw(st.integers(2, largest))
    effects = draw(st.lists(st.integers(-300, 300), min_size=k, max_size=k))
    variances = draw(st.lists(st.integers(1, 400), min_size=k, max_size=k))
    yi, vi = np.array(effects) / 100.0, np.array(variances) / 400.0
    method = draw(st.sampled_from([{"model": "common"}, *({"tau2": code} for code in CODES)]))
    tests = ["z", "t"] if "model" in method else list(TESTS)
    return yi, vi, method | {"test": draw(st.sampled_from(tests))}


def influence(yi, vi, options):
    return k2.influence(k2.meta_analysis(yi=yi, vi=vi, **options))


def agree(a, b, scale: float = 1.0) -> None:
    assert np.allclose(a, b, rtol=1e-6, atol=1e-7 * scale, equal_nan=True)


@settings(deadline=None, max_examples=150)
@given(sets(), st.randoms(use_true_random=False))
def test_influence_does_not_know_the_order(case, random) -> None:
    yi, vi, options = case
    order = np.array(random.sample(range(yi.size), yi.size))
    plain, mixed = influence(yi, vi, options), influence(yi[order], vi[order], options)
    for name in (*FREE, *SQUARES, "tau2_deleted", "q_deleted"):
        agree(getattr(mixed, name), getattr(plain, name)[order])


@settings(deadline=None, max_examples=150)
@given(sets(), st.sampled_from([-1.0, 0.01, 40.0]), st.sampled_from([0.0, 2.5]))
def test_influence_follows_shift_and_scale(case, factor: float, shift: float) -> None:
    yi, vi, options = case
    plain, moved = influence(yi, vi, options), influence(factor * yi + shift, factor**2 * vi, options)
    for name in FREE:
        agree(getattr(moved, name), np.sign(factor) * getattr(plain, name))
    for name in SQUARES:
        agree(getattr(moved, name), getattr(plain, name))
    agree(moved.tau2_deleted, factor**2 * plain.tau2_deleted, factor**2)
    assert np.allclose(plain.hat.sum(), 1.0)
    assert (plain.cooks_distance[~np.isnan(plain.cooks_distance)] >= 0).all()


@pytest.mark.parametrize("code", [*CODES, "common"])
def test_influence_never_fails_on_hard_data(code: str) -> None:
    method = {"model": "common"} if code == "common" else {"tau2": code, "test": "z"}
    for kind, yi, vi in HARD:
        found = influence(yi, vi, method)
        for name in (*FREE, *SQUARES, "tau2_deleted", "q_deleted"):
            assert np.isfinite(getattr(found, name)).all(), (kind, name)
        if code == "common":
            # of known variances the standardised residual is the deleted one
            assert np.allclose(found.rstandard, found.rstudent, rtol=1e-6, atol=1e-7), kind


@settings(deadline=None, max_examples=60)
@given(sets(largest=6))
def test_gosh_holds_the_fit_its_deletions_and_each_study(case) -> None:
    yi, vi, options = case
    fit = k2.meta_analysis(yi=yi, vi=vi, **options)
    cloud, left = k2.gosh(fit, "all"), k2.leave_one_out(fit)
    assert cloud.n == 2**yi.size - 1
    agree(cloud.estimate[-1], fit.estimate)
    agree(cloud.tau2[-1], fit.tau2)
    alone = cloud.k == 1
    agree(cloud.estimate[alone], yi)
    assert not cloud.q[alone].any()
    assert not cloud.tau2[alone].any()
    # binary order: without study i is 2^k - 1 - 2^i, and place is one less
    places = 2**yi.size - 2 - 2 ** np.arange(yi.size)
    agree(cloud.estimate[places], left.estimate)
    agree(cloud.tau2[places], left.tau2)
    agree(cloud.q[places], left.q)
    assert (cloud.tau2 >= 0).all()
    assert ((cloud.i2 >= 0) & (cloud.i2 <= 100)).all()


@settings(deadline=None, max_examples=60)
@given(st.integers(5, 90), st.integers(1, 400), st.integers(0, 2**32))
def test_drawn_subsets_are_distinct(k: int, n: int, seed: int) -> None:
    fit = k2.meta_analysis(yi=np.linspace(0, 1, k), vi=np.full(k, 0.1), model="common")
    cloud = k2.gosh(fit, n, seed=seed)
    assert cloud.n == min(n, 2**k - 1)
    assert np.unique(cloud.included, axis=0).shape[0] == cloud.n
    assert cloud.k.min() >= 1


@settings(deadline=None, max_examples=40)
@given(sets(largest=6), st.floats(0.5, 0.99))
def test_specifications_equal_their_fits(case, level: float) -> None:
    yi, vi, options = case
    effects = k2.meta_analysis(yi=yi, vi=vi).effects
    tau2 = "common" if "model" in options else options["tau2"]
    curve = k2.specification_curve(
        effects,
        tau2=[tau2, 0.25],
        test=options["test"] if tau2 != "common" else "z",
        level=level,
        min_studies=1,
    )
    assert curve.n == 2 * (yi.size + 1)
    for i in range(curve.n):
        one = curve.fit(i)
        agree(curve.estimate[i], one.estimate)
        agree([curve.ci_low[i], curve.ci_high[i]], list(one.ci))
        agree(curve.p_value[i], one.p_value)
        assert curve.k[i] == one.k
    assert curve.estimate.min() <= curve.median <= curve.estimate.max()


@settings(deadline=None, max_examples=60)
@given(sets())
def test_p_value_curves_fall_from_their_peaks(case) -> None:
    yi, vi, options = case
    fit = k2.meta_analysis(yi=yi, vi=vi, **options)
    curves = p_value_curves(fit)
    for peak, values in zip((*yi, fit.estimate), (*curves.studies, curves.pooled), strict=True):
        assert ((values >= 0) & (values <= 1)).all()
        assert (np.diff(values[curves.grid <= peak]) >= -1e-14).all()
        assert (np.diff(values[curves.grid >= peak]) <= 1e-14).all()


@settings(deadline=None, max_examples=60)
@given(sets())
def test_profile_is_inside_its_interval_above_the_cut(case) -> None:
    yi, vi, options = case
    if "model" in options:
        options = {"tau2": "ML"}
    curve = profile_curve(k2.meta_analysis(yi=yi, vi=vi, **options))
    assert curve.tau2[0] == 0
    assert (np.diff(curve.tau2) > 0).all()
    assert curve.log_likelihood.max() <= curve.max_log_likelihood + 1e-9
    outside = (curve.tau2 < curve.interval.low) | (curve.tau2 > curve.interval.high)
    assert (curve.log_likelihood[outside] < curve.cut + 1e-9).all()


@settings(deadline=None, max_examples=25)
@given(sets(), st.integers(0, 1000))
def test_envelopes_are_ordered(case, seed: int) -> None:
    yi, vi, options = case
    found = qq_envelope(k2.meta_analysis(yi=yi, vi=vi, **options), reps=50, seed=seed)
    for values in (found.residuals, found.low, found.high):
        assert (np.diff(values) >= 0).all()
    assert (found.low <= found.high).all()
