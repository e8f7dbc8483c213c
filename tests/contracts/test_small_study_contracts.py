"""What every test for small-study effects, trim and fill, LFK and cumulative fits promise on any data."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import k2meta as k2
from k2meta.errors import ConvergenceError

sys.path.insert(0, str(Path(__file__).parent))
from random_sets import random_sets

SETS = [(kind, y, v) for kind, y, v in random_sets(300, seed=7) if y.size >= 3]
TESTS = {
    "egger": lambda fit: k2.egger_test(fit),
    "egger, variances": lambda fit: k2.egger_test(fit, predictor="var"),
    "egger, meta-regression": lambda fit: k2.egger_test(fit, "meta-regression"),
    "begg": k2.begg_test,
}


@st.composite
def studies(draw, fewest: int = 3):
    """Effects and variances, none of them tied: 3 to 25 studies."""
    k = draw(st.integers(fewest, 25))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    v = np.exp(rng.normal(0.0, draw(st.sampled_from([0.3, 1.0, 2.0])), k))
    y = np.sqrt(v) * rng.normal(size=k) + draw(st.sampled_from([0.0, 0.5, 2.0])) * (
        rng.normal(size=k) + np.sqrt(v)
    )
    return y, v


def fit(y, v, **options):
    return k2.meta_analysis(yi=y, vi=v, **options)


def numbers(test):
    low, high = (math.nan, math.nan) if test.ci is None else test.ci
    return np.array([test.statistic, test.p_value, test.slope, test.slope_se, test.estimate, low, high])


def same(one, other, rel=1e-6, floor=1e-8) -> None:
    np.testing.assert_allclose(one, other, rtol=rel, atol=floor * max(1.0, float(np.nanmax(np.abs(other)))))


@pytest.mark.parametrize("name", list(TESTS))
@settings(max_examples=40, deadline=None)
@given(data=studies(), shift=st.floats(-5, 5), seed=st.integers(0, 1000))
def test_shift_mirror_and_order(name, data, shift, seed) -> None:
    y, v = data
    test = TESTS[name]
    plain = numbers(test(fit(y, v)))
    tau = name == "begg"  # its estimate is no effect
    moved = numbers(test(fit(y + shift, v)))
    expected = plain.copy()
    if not tau:
        expected[4:] += shift
    same(moved, expected)
    turned = numbers(test(fit(-y, v)))
    mirrored = plain * np.array([-1, 1, -1, 1, -1, 1, 1])
    mirrored[5:] = -plain[6], -plain[5]
    same(turned, mirrored)
    order = np.random.default_rng(seed).permutation(y.size)
    same(numbers(test(fit(y[order], v[order]))), plain)


@pytest.mark.parametrize("name", list(TESTS))
@pytest.mark.parametrize("factor", [1e-8, 1e8])
def test_no_unit_matters(name, factor) -> None:
    for kind, y, v in SETS[:80]:
        plain, scaled = TESTS[name](fit(y, v)), TESTS[name](fit(y * factor, v * factor**2))
        assert plain.computed == scaled.computed, kind
        if plain.computed and math.isfinite(plain.statistic) and abs(plain.statistic) < 1e6:
            assert scaled.statistic == pytest.approx(plain.statistic, rel=1e-5, abs=1e-6), kind
            assert scaled.p_value == pytest.approx(plain.p_value, rel=1e-4, abs=1e-12), kind


@pytest.mark.parametrize("name", list(TESTS))
def test_an_answer_or_a_reason(name) -> None:
    answered = 0
    for kind, y, v in SETS:
        found = TESTS[name](fit(y, v))
        if found.note:
            assert math.isnan(found.p_value), kind
            assert kind in ("equal variances", "identical effects"), kind
            continue
        answered += 1
        if not math.isnan(found.p_value):  # a level line on identical effects has no statistic
            assert 0.0 <= found.p_value <= 1.0, kind
        if found.ci is not None:
            assert found.ci.low <= found.estimate <= found.ci.high, kind
    assert answered >= 200


@pytest.mark.parametrize("estimator", ["L0", "R0", "Q0"])
@settings(max_examples=40, deadline=None)
@given(
    data=studies(),
    shift=st.floats(-5, 5),
    seed=st.integers(0, 1000),
    model=st.sampled_from(["common", "random"]),
)
def test_trim_and_fill_shift_mirror_and_order(estimator, data, shift, seed, model) -> None:
    y, v = data

    def answer(y, v, side=None):
        try:
            return k2.trim_and_fill(fit(y, v, model=model), estimator, side)
        except ConvergenceError:
            return None

    plain = answer(y, v)
    turned, moved = answer(-y, v), answer(y + shift, v)
    order = np.random.default_rng(seed).permutation(y.size)
    shuffled = answer(y[order], v[order])
    if plain is None:
        assert turned is moved is shuffled is None
        return
    assert turned.side == {"left": "right", "right": "left"}[plain.side]
    assert moved.side == shuffled.side == plain.side
    assert turned.k0 == moved.k0 == shuffled.k0 == plain.k0
    assert 0 <= plain.k0 < y.size
    spread = plain.adjusted.se
    assert turned.adjusted.estimate == pytest.approx(-plain.adjusted.estimate, abs=1e-6 * spread)
    assert moved.adjusted.estimate == pytest.approx(plain.adjusted.estimate + shift, abs=1e-6 * spread)
    assert shuffled.adjusted.estimate == pytest.approx(plain.adjusted.estimate, abs=1e-6 * spread)
    assert set(order[shuffled.filled_of].tolist()) == set(plain.filled_of.tolist())


@pytest.mark.parametrize("estimator", ["L0", "R0", "Q0"])
def test_trim_and_fill_ends_on_every_set(estimator) -> None:
    lost = 0
    for kind, y, v in SETS:
        for side in ("left", "right"):
            try:
                found = k2.trim_and_fill(fit(y, v, model="common"), estimator, side)
            except ConvergenceError:
                lost += 1
                continue
            # filled studies lie beyond the centre, on the side where studies are missing
            beyond = found.filled_yi - found.centre
            assert (beyond <= 0).all() if side == "left" else (beyond >= 0).all(), kind
            if kind == "identical effects":
                assert found.k0 == 0
    assert lost < 60
    assert lost == 0 or estimator == "Q0"


@settings(max_examples=40, deadline=None)
@given(data=studies(), shift=st.floats(-5, 5), seed=st.integers(0, 1000))
def test_lfk_shift_scale_and_order(data, shift, seed) -> None:
    y, v = data
    plain = k2.lfk_index(fit(y, v))
    assert k2.lfk_index(fit(y + shift, v)).index == pytest.approx(plain.index, rel=1e-7, abs=1e-9)
    assert k2.lfk_index(fit(y * 1e4, v * 1e8)).index == pytest.approx(plain.index, rel=1e-7, abs=1e-9)
    order = np.random.default_rng(seed).permutation(y.size)
    shuffled = k2.lfk_index(fit(y[order], v[order]))
    assert shuffled.index == pytest.approx(plain.index, rel=1e-9, abs=1e-11)
    np.testing.assert_allclose(shuffled.z, plain.z[order], rtol=1e-9, atol=1e-11)
    # the half person that the formula takes off spoils the mirror a little
    turned = k2.lfk_index(fit(-y, v))
    if turned.centre == -plain.centre:
        assert turned.index == pytest.approx(-plain.index, abs=0.2)


@settings(max_examples=40, deadline=None)
@given(data=studies(fewest=1), seed=st.integers(0, 1000), model=st.sampled_from(["common", "random"]))
def test_cumulative_ends_with_the_fit_in_any_order(data, seed, model) -> None:
    y, v = data
    whole = fit(y, v, model=model)
    ranks = np.random.default_rng(seed).permutation(y.size)
    steps = k2.cumulative_meta_analysis(whole, ranks)
    assert ranks[steps.order].tolist() == list(range(y.size))
    assert steps.estimate[-1] == pytest.approx(whole.estimate, rel=1e-8, abs=1e-9)
    assert steps.tau2[-1] == pytest.approx(whole.tau2, rel=1e-7, abs=1e-9 * float(v.min()))
    assert steps.p_value[-1] == pytest.approx(whole.p_value, rel=1e-6, abs=1e-12)
    # shuffled rows with the same ranks take the same steps
    rows = np.random.default_rng(seed + 1).permutation(y.size)
    again = k2.cumulative_meta_analysis(fit(y[rows], v[rows], model=model), ranks[rows])
    np.testing.assert_allclose(again.estimate, steps.estimate, rtol=1e-8, atol=1e-9)
