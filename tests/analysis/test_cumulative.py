"""Cumulative meta-analysis: each step is the fit of the studies so far, in the order asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import k2meta as k2
from k2meta.analysis import refits
from k2meta.errors import DataError, OptionError

ARRAYS = ("estimate", "se", "statistic", "df", "p_value", "ci_low", "ci_high", "q", "tau2", "i2")


@pytest.fixture(scope="module")
def bcg():
    return k2.effect_sizes(k2.load_dataset("bcg"), "RR")


def by_hand(fit_of, effects, at):
    """The same by a loop over fits of subsets."""
    rows = []
    for j in range(1, effects.k + 1):
        keep = np.zeros(effects.k, dtype=bool)
        keep[at[:j]] = True
        one = fit_of(effects.subset(keep))
        rows.append(
            [one.estimate, one.se, one.statistic, one.df, one.p_value, *one.ci, one.q, one.tau2, one.i2]
        )
    return np.array(rows).T


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"tau2": "DL", "test": "z"},
        {"model": "common"},
        {"model": "common", "test": "t"},
        {"tau2": 0.2, "test": "knapp-hartung-adhoc", "level": 0.9},
        {"convention": "revman5"},
    ],
)
def test_each_step_is_the_fit_of_the_studies_so_far(bcg, options) -> None:
    steps = k2.cumulative_meta_analysis(bcg, "year", **options)
    expected = by_hand(lambda part: k2.meta_analysis(part, **options), bcg, steps.order)
    for name, values in zip(ARRAYS, expected, strict=True):
        np.testing.assert_allclose(getattr(steps, name), values, rtol=1e-9, atol=1e-11, err_msg=name)
    years = bcg.data["year"].to_numpy()[steps.order]
    assert (np.diff(years) >= 0).all()
    assert steps.study == tuple(bcg.study[i] for i in steps.order)


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_mantel_haenszel_steps(measure) -> None:
    effects = k2.effect_sizes(k2.load_dataset("bcg"), measure)
    steps = k2.cumulative_meta_analysis(k2.mantel_haenszel(effects, measure), "precision", descending=True)
    expected = by_hand(lambda part: k2.mantel_haenszel(part, measure), effects, steps.order)
    for name, values in zip(ARRAYS, expected, strict=True):
        np.testing.assert_allclose(getattr(steps, name), values, rtol=1e-10, atol=1e-12, err_msg=name)


def test_peto_and_random_effects_round_mantel_haenszel() -> None:
    data = k2.load_dataset("bcg")
    for fit_of, effects in (
        (k2.peto, k2.effect_sizes(data, "PETO")),
        (lambda part: k2.mantel_haenszel(part, "RR", model="random"), k2.effect_sizes(data, "RR")),
    ):
        steps = k2.cumulative_meta_analysis(fit_of(effects), "effect")
        expected = by_hand(fit_of, effects, steps.order)
        for name, values in zip(ARRAYS, expected, strict=True):
            np.testing.assert_allclose(getattr(steps, name), values, rtol=1e-10, atol=1e-12, err_msg=name)


def test_a_fit_keeps_its_choices_and_ends_with_itself(bcg) -> None:
    fit = k2.meta_analysis(bcg, tau2="PM", test="t", level=0.9, weights=np.arange(1.0, 14.0))
    steps = k2.cumulative_meta_analysis(fit, "effect")
    assert steps.fit is fit
    assert (steps.k, steps.measure, steps.by) == (13, "RR", "effect")
    for name in ("estimate", "se", "p_value", "tau2", "q"):
        assert getattr(steps, name)[-1] == pytest.approx(getattr(fit, name), rel=1e-10)
    assert steps.ci_low[-1] == pytest.approx(fit.ci.low, rel=1e-10)
    with pytest.raises(OptionError, match="tau2, level was given beside a fit"):
        k2.cumulative_meta_analysis(fit, tau2="DL", level=0.5)


def test_first_step_is_the_first_study_alone(bcg) -> None:
    steps = k2.cumulative_meta_analysis(bcg)
    assert steps.estimate[0] == pytest.approx(bcg.yi[0], rel=1e-14)
    assert steps.se[0] == pytest.approx(bcg.sei[0], rel=1e-14)
    assert np.isinf(steps.df[0])
    assert (steps.q[0], steps.tau2[0], steps.i2[0]) == (0.0, 0.0, 0.0)


def test_one_study_is_one_step() -> None:
    steps = k2.cumulative_meta_analysis(k2.meta_analysis(yi=[0.4], vi=[0.04], study=["only"]))
    assert steps.study == ("only",)
    assert steps.estimate.tolist() == [0.4]


def test_in_steps_equals_one_call(monkeypatch, bcg) -> None:
    whole = k2.cumulative_meta_analysis(bcg, "year").to_frame().drop(columns="study")
    monkeypatch.setattr(refits, "STEP_NUMBERS", 4 * bcg.k)
    parts = k2.cumulative_meta_analysis(bcg, "year").to_frame().drop(columns="study")
    np.testing.assert_allclose(parts, whole, rtol=1e-11, atol=1e-13)


def test_orders_and_ties(bcg) -> None:
    effects = k2.effect_sizes(
        {
            "study": list("abcde"),
            "y": [3, 1, 2, 1, 3],
            "v": [1, 1, 4, 1, 2],
            "year": [2001, 1999, 2001, 1999, 1998],
        },
        "GEN",
        study="study",
        estimate="y",
        var="v",
    )

    def order(*args, **kwargs):
        return "".join(k2.cumulative_meta_analysis(effects, *args, **kwargs).study)

    assert order() == "abcde"
    assert order("data", descending=True) == "edcba"
    assert order("effect") == "bdcae"
    assert order("effect", descending=True) == "aecbd"
    assert order("precision") == "abdec"
    assert order("precision", descending=True) == "ceabd"
    assert order("year") == "ebdac"
    assert order("year", descending=True) == "acbde"
    assert order([5, 4, 3, 2, 1]) == "edcba"
    assert order(np.array([2**53 + 1, 2**53, 0, 1, 2])) == "cdeba"
    assert (
        order(pd.to_datetime(["2001-02-01", "2001-01-31", "1999-01-01", "2010-01-01", "2000-01-01"]))
        == "cebad"
    )
    ranked = pd.Categorical(["low", "high", "some", "low", "high"], ["low", "some", "high"], ordered=True)
    assert order(ranked) == "adcbe"
    assert order(pd.Series([5, 4, 3, 2, 1], name="rank")) == "edcba"
    assert k2.cumulative_meta_analysis(effects, pd.Series([5, 4, 3, 2, 1], name="rank")).by == "rank"


def test_an_order_for_all_rows_leaves_out_the_excluded() -> None:
    data = k2.load_dataset("bcg")
    some = k2.effect_sizes(data, "RR", exclude={data["study"].iloc[0]: "outside the question"})
    by_column = k2.cumulative_meta_analysis(some, "year")
    assert by_column.k == 12
    assert k2.cumulative_meta_analysis(some, data["year"].to_numpy()).study == by_column.study
    assert k2.cumulative_meta_analysis(some, data["year"].to_numpy()[1:]).study == by_column.study


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("yeer", "did you mean 'year'"),
        ("author", "'Aronson' is text"),
        ([1, 2], "order has 2 values. Expected 13"),
        (3, "order is a int"),
        (np.ones((13, 2)), "order is a ndarray"),
        ([*range(12), np.nan], "no value for 'Comstock et al 1976'"),
        ([None, *range(12)], "no value for 'Aronson 1948'"),
        ([1 + 1j, *range(12)], "cannot be compared"),
        (pd.Categorical(list("abcdefghijklm")), "have no order"),
        (pd.Series(range(13), index=range(100, 113)), "another index"),
    ],
)
def test_orders_that_do_not_say_an_order(bcg, order, words) -> None:
    with pytest.raises(DataError, match=words):
        k2.cumulative_meta_analysis(bcg, order)


def test_what_is_not_a_fit_is_refused(bcg) -> None:
    with pytest.raises(DataError, match="effects is a list"):
        k2.cumulative_meta_analysis([1.0, 2.0])
    with pytest.raises(OptionError, match="descending is 'yes'"):
        k2.cumulative_meta_analysis(bcg, descending="yes")


def test_steps_that_cannot_be_pooled_yet_are_nan() -> None:
    tables = {
        "events1": [0, 0, 4, 6],
        "n1": [20, 25, 30, 40],
        "events2": [3, 2, 5, 9],
        "n2": [20, 25, 30, 40],
    }
    roles = {name: name for name in tables}
    steps = k2.cumulative_meta_analysis(k2.mantel_haenszel(tables, "RR", **roles))
    assert np.isnan(steps.estimate[:2]).all()
    assert np.isnan(steps.p_value[:2]).all()
    assert np.isfinite(steps.estimate[2:]).all()
    weighted = k2.meta_analysis(yi=[0.1, 0.2, 0.3], vi=[1, 1, 1], weights=[0, 1, 1])
    assert np.isnan(k2.cumulative_meta_analysis(weighted).estimate[0])


def test_tables_without_an_effect_have_no_place() -> None:
    tables = {
        "events1": [0, 5, 4, 6],
        "n1": [20, 25, 30, 40],
        "events2": [3, 2, 5, 9],
        "n2": [20, 25, 30, 40],
    }
    roles = {name: name for name in tables}
    fit = k2.mantel_haenszel(tables, "RR", add=0, to="none", **roles)
    with pytest.raises(DataError, match="'Study 1' is pooled without an effect of its own"):
        k2.cumulative_meta_analysis(fit)


def test_answers_are_frozen_and_shown(bcg) -> None:
    steps = k2.cumulative_meta_analysis(bcg, "year")
    assert list(steps.to_frame()) == [
        "study", "estimate", "se", "statistic", "p_value", "ci_low", "ci_high", "q", "tau2", "i2",
    ]  # fmt: skip
    assert repr(steps) == "<CumulativeResult k=13 by year, estimate from -0.8893 to -0.7145>"
    with pytest.raises(ValueError, match="read-only"):
        steps.estimate[0] = 0.0
    with pytest.raises(ValueError, match="read-only"):
        steps.order[0] = 0
