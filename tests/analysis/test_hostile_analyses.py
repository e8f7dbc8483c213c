"""Analyses of data at the edge: one clear refusal, or a right answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import k2meta as k2
from k2meta.analysis.envelope import qq_envelope
from k2meta.analysis.likelihood_curves import profile_curve
from k2meta.analysis.p_values import p_value_curves
from k2meta.errors import DataError

BCG = k2.effect_sizes(k2.load_dataset("bcg"), "RR")


@pytest.mark.parametrize(
    "order",
    [set(range(13)), frozenset([1]), pd.DataFrame({"year": range(13)}), [[1, 2], [3]], np.zeros((13, 1))],
)
def test_orders_without_one_value_a_study_are_refused(order) -> None:
    with pytest.raises(DataError, match=r"order is a .*one value for each study"):
        k2.cumulative_meta_analysis(BCG, order=order)


def test_an_order_may_come_from_a_generator() -> None:
    steps = k2.cumulative_meta_analysis(BCG, order=(-i for i in range(13)))
    assert steps.order.tolist() == list(range(12, -1, -1))


def test_a_curve_does_not_mix_given_ratios_and_given_differences() -> None:
    ratios = k2.effect_sizes(
        {"y": [1.5, 1.7], "low": [1.2, 1.4], "high": [1.875, 2.0643]},
        "GEN",
        estimate="y",
        ci_low="low",
        ci_high="high",
        scale="log",
    )
    differences = k2.effect_sizes({"y": [5.0, 7.0], "se": [1.0, 2.0]}, "GEN", estimate="y", se="se")
    assert ratios.measure == differences.measure
    with pytest.raises(DataError, match=r"'HR' \(GEN, log scale\), 'MD' \(GEN, identity scale\).*different"):
        k2.specification_curve({"HR": ratios, "MD": differences})
    assert k2.specification_curve({"a": ratios, "b": ratios}).n > 0


def test_an_infinite_residual_is_told_and_not_drawn() -> None:
    fit = k2.meta_analysis(yi=[0.3, 0.3, 0.3, 0.5], vi=[0.1] * 4)
    assert np.isinf(qq_envelope(fit, reps=20).residuals).tolist() == [False, False, False, True]
    with pytest.raises(DataError, match=r"residual of 'Study 4' is infinite.*pool with test='z'"):
        k2.qq_plot(fit)
    assert k2.qq_plot(k2.meta_analysis(fit.effects, test="z"), reps=20).k2meta["kind"] == "qq"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([2, 1], r"falls from 2 to 1 at position 1"),
        ([0, float("nan"), 1], r"has nan at position 1"),
        ([0, float("inf")], r"has inf at position 1"),
        ([[1, 2]], r"has the shape \(1, 2\)"),
        ([], r"has 0 values"),
    ],
)
def test_values_of_a_curve_say_where_they_are_wrong(values, words) -> None:
    fit = k2.meta_analysis(BCG)
    with pytest.raises(DataError, match=f"grid {words}"):
        p_value_curves(fit, values)
    with pytest.raises(DataError, match=f"points {words}"):
        profile_curve(fit, values)


def test_tau2_below_0_is_no_point_of_a_profile() -> None:
    with pytest.raises(DataError, match="points has the value -1"):
        profile_curve(k2.meta_analysis(BCG), [-1, 2])


def test_groups_called_like_a_choice_are_no_choice_lost() -> None:
    data = k2.load_dataset("bcg").assign(g=["all"] * 4 + ["not a"] * 3 + ["a"] * 4 + ["only all"] * 2)
    curve = k2.specification_curve(k2.effect_sizes(data, "RR"), by="g", tau2="DL", test="z")
    sizes = dict(zip(curve.choices["g"], curve.k.tolist(), strict=True))
    assert sizes == {
        "all": 13,
        "only only all": 4,
        "only not a": 3,
        "a": 4,
        "only all": 2,
        "not all": 9,
        "not not a": 10,
        "not a": 9,
        "not only all": 11,
    }
    assert not curve.omitted


@pytest.mark.parametrize("name", ["rank", "natural", "significant", "estimate"])
def test_a_column_called_like_an_answer_is_told_apart(name: str) -> None:
    data = k2.load_dataset("bcg").rename(columns={"allocation": name})
    curve = k2.specification_curve(k2.effect_sizes(data, "RR"), by=name, tau2="DL", test="z")
    frame = k2.specification_data(curve)
    assert set(frame[f"by {name}"]) == set(curve.choices[f"by {name}"])
    assert frame["rank"].tolist() == list(range(1, curve.n + 1))


@pytest.mark.parametrize("smallest", [1e-10, 1e-20, 1e-30])
def test_variances_too_far_apart_for_a_slope_are_refused(smallest) -> None:
    effects = k2.meta_analysis(yi=[0.1, 0.5, -0.4, 0.9, 0.3], vi=[smallest, 0.1, 0.2, 0.3, 0.2]).effects
    with pytest.raises(
        DataError, match=r"variances span 1e-.* to 0\.3, .*no digits left.*leave the study out"
    ):
        k2.meta_regression("~ x", effects, data={"x": [1.0, 2.0, 4.0, 3.0, 5.0]})
    with pytest.raises(DataError, match="variances span"):
        k2.egger_test(effects, model="meta-regression")
    with pytest.raises(DataError, match="variances span"):
        k2.trim_and_fill(k2.meta_analysis(effects))
    assert k2.egger_test(effects).computed  # residuals alone estimate its dispersion


def test_a_common_tau2_needs_variances_of_one_order() -> None:
    effects = k2.meta_analysis(yi=[0.1, 0.5, -0.4, 0.9, 0.3], vi=[1e-20, 0.1, 0.2, 0.3, 0.2]).effects
    with pytest.raises(DataError, match="variances span"):
        k2.subgroup_analysis(effects, ["a", "a", "b", "b", "b"], common_tau2=True)
    assert k2.subgroup_analysis(effects, ["a", "a", "b", "b", "b"]).groups
