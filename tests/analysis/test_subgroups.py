"""Subgroups and leave-one-out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import k2meta as k2
from k2meta.kernels.tau2 import TAU2_ESTIMATORS

Y = np.array([0.1, 0.5, -0.2, 0.9, 1.1, 0.4, 0.8])
V = np.array([0.04, 0.05, 0.02, 0.03, 0.06, 0.02, 0.01])
G = ["a", "a", "a", "b", "b", "b", "b"]
EFFECTS = k2.meta_analysis(yi=Y, vi=V, study=list("stuvwxy")).effects


def test_separate_tau2_pools_each_group_alone() -> None:
    result = k2.subgroup_analysis(EFFECTS, G)
    assert list(result.groups) == ["a", "b"]
    alone = k2.meta_analysis(yi=Y[:3], vi=V[:3])
    assert result.groups["a"].estimate == alone.estimate
    assert result.groups["a"].study == ("s", "t", "u")
    assert result.overall.estimate == k2.meta_analysis(yi=Y, vi=V).estimate
    estimates = np.array([g.estimate for g in result.groups.values()])
    weights = np.array([(1 / (g.effects.vi + g.tau2)).sum() for g in result.groups.values()])
    mean = (weights * estimates).sum() / weights.sum()
    assert result.between.statistic == pytest.approx((weights * (estimates - mean) ** 2).sum(), rel=1e-12)
    assert result.between.df == 1
    assert not result.common_tau2


@pytest.mark.parametrize("test", ["z", "knapp-hartung"])
def test_common_tau2_is_the_regression_on_groups(test: str) -> None:
    import statsmodels.api as sm

    result = k2.subgroup_analysis(EFFECTS, G, common_tau2=True, test=test)
    tau2 = {g.tau2 for g in result.groups.values()}
    assert len(tau2) == 1
    t = tau2.pop()
    x = np.column_stack([np.ones(7), np.array(G) == "b"]).astype(float)
    wls = sm.WLS(Y, x, weights=1 / (V + t)).fit()
    variance = wls.normalized_cov_params[1, 1]
    if test == "z":
        assert result.between.distribution == "chi2"
        assert result.between.statistic == pytest.approx(wls.params[1] ** 2 / variance, rel=1e-10)
    else:
        assert result.between.df == (1.0, 5.0)
        assert result.between.statistic == pytest.approx(
            wls.params[1] ** 2 / (variance * wls.scale), rel=1e-10
        )
    assert all("common" in g.options.notes[-1] for g in result.groups.values())


def test_groups_of_one_study_and_one_group_only() -> None:
    result = k2.subgroup_analysis(EFFECTS, ["a"] * 6 + ["b"])
    assert result.groups["b"].k == 1
    assert np.isfinite(result.between.p_value)
    only = k2.subgroup_analysis(EFFECTS, ["a"] * 7)
    assert np.isnan(only.between.p_value)
    assert "only one subgroup" in only.between.note
    assert "not available" in only.summary()


def test_order_follows_appearance_or_categories() -> None:
    assert list(k2.subgroup_analysis(EFFECTS, ["z"] * 3 + ["a"] * 4).groups) == ["z", "a"]
    ordered = pd.Series(pd.Categorical(G, categories=["b", "a"]))
    assert list(k2.subgroup_analysis(EFFECTS, ordered).groups) == ["b", "a"]


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (["a", "b"], "2 values; expected 7"),
        (["a", None, "a", "b", "b", float("nan"), "b"], "no group for 't', 'x'"),
        ("osteoporotic", "not a column"),
    ],
)
def test_bad_groups_are_named(by, words: str) -> None:
    with pytest.raises(k2.DataError, match=words):
        k2.subgroup_analysis(EFFECTS, by)


def test_unknown_column_gives_the_nearest() -> None:
    data = pd.DataFrame({"y": Y, "v": V, "osteoporotic": G})
    effects = k2.effect_sizes(data, "GEN", estimate="y", var="v")
    assert list(k2.subgroup_analysis(effects, "osteoporotic").groups) == ["a", "b"]
    with pytest.raises(k2.DataError, match="did you mean 'osteoporotic'"):
        k2.subgroup_analysis(effects, "osteoporosis")


def test_frames_and_summary() -> None:
    result = k2.subgroup_analysis(EFFECTS, G)
    frame = result.to_frame()
    assert frame["group"].tolist() == ["a", "b", "overall"]
    assert "tau2 estimated in each group" in result.summary()


@pytest.mark.parametrize("code", sorted(TAU2_ESTIMATORS))
def test_leave_one_out_equals_refitting(code: str) -> None:
    weights = 1 / np.sqrt(V)
    fit = k2.meta_analysis(yi=Y, vi=V, tau2=code, weights=weights, study=list("stuvwxy"))
    frame = k2.leave_one_out(fit).to_frame()
    assert frame["study"].tolist() == list("stuvwxy")
    for i in range(7):
        keep = np.arange(7) != i
        alone = k2.meta_analysis(yi=Y[keep], vi=V[keep], tau2=code, weights=weights[keep])
        row = frame.iloc[i]
        assert row["tau2"] == pytest.approx(alone.tau2, rel=1e-10, abs=1e-13)
        assert row["estimate"] == pytest.approx(alone.estimate, rel=1e-11)
        assert (row["ci_low"], row["ci_high"]) == pytest.approx((alone.ci.low, alone.ci.high), rel=1e-10)
        assert row["p_value"] == pytest.approx(alone.p_value, rel=1e-9)
        assert (row["q"], row["i2"]) == pytest.approx((alone.q, alone.i2), rel=1e-9, abs=1e-11)


def test_leave_one_out_of_fixed_and_common_fits() -> None:
    for options in ({"tau2": 0.05}, {"model": "common"}):
        fit = k2.meta_analysis(yi=Y, vi=V, **options)
        first = k2.leave_one_out(fit).to_frame().iloc[0]
        alone = k2.meta_analysis(yi=Y[1:], vi=V[1:], **options)
        assert first["estimate"] == pytest.approx(alone.estimate, rel=1e-13)
        assert first["i2"] == pytest.approx(alone.i2, rel=1e-12)


def test_leave_one_out_marks_changed_conclusions_and_refuses_one_study() -> None:
    fit = k2.meta_analysis(yi=[0.5, 0.6, -0.9], vi=[0.01, 0.01, 0.01])
    assert k2.leave_one_out(fit).changes_conclusion.shape == (3,)
    with pytest.raises(k2.DataError, match="at least 2 studies"):
        k2.leave_one_out(k2.meta_analysis(yi=[0.5], vi=[0.1]))


def test_count_methods_keep_labels_beside_the_studies_that_they_pool() -> None:
    """Studies without events drop out of Mantel-Haenszel; a group of nothing else is not estimable."""
    data = pd.DataFrame(
        {
            "events1": [3, 0, 5, 0, 2],
            "n1": [50, 40, 60, 30, 45],
            "events2": [6, 0, 9, 0, 1],
            "n2": [50, 40, 61, 30, 44],
            "group": ["a", "a", "b", "c", "b"],
        }
    )
    effects = k2.effect_sizes(data, "RR")
    result = k2.subgroup_analysis(effects, "group", pooling="Mantel-Haenszel")
    assert result.labels == tuple(data["group"].iloc[result.overall.effects.row])
    assert list(result.groups) == ["a", "b"]
    assert "c" in result.not_estimable
    assert result.between.df == 1
    assert "not estimable" in result.summary()
    alone = k2.mantel_haenszel(data[data["group"] == "b"], "RR")
    assert result.groups["b"].estimate == pytest.approx(alone.estimate, rel=1e-13)
