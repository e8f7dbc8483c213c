"""Tests for small-study effects: other roads to the numbers, cautions, what cannot be estimated, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm

import k2meta as k2
from k2meta.errors import DataError, OptionError


@pytest.fixture(scope="module")
def magnesium():
    return k2.effect_sizes(k2.load_dataset("egger2001"), "OR")


@pytest.fixture(scope="module")
def plain():
    """Differences of unknown measure, 14 studies of very different size."""
    rng = np.random.default_rng(3)
    v = np.exp(rng.normal(-2, 1, 14))
    return k2.meta_analysis(yi=0.2 + np.sqrt(v) * rng.normal(size=14), vi=v, tau2="DL", test="z")


# --- the same answer by another road ------------------------------------------------------------------


@pytest.mark.parametrize("predictor", ["se", "var", "1/n", "sqrt(1/n)"])
def test_egger_is_weighted_least_squares(magnesium, predictor) -> None:
    n = magnesium.role("n1") + magnesium.role("n2")
    x = {"se": magnesium.sei, "var": magnesium.vi, "1/n": 1 / n, "sqrt(1/n)": 1 / np.sqrt(n)}[predictor]
    other = sm.WLS(magnesium.yi, sm.add_constant(x), 1 / magnesium.vi).fit()
    ours = k2.egger_test(magnesium, predictor=predictor, level=0.9)
    assert ours.slope == pytest.approx(other.params[1], rel=1e-10)
    assert ours.slope_se == pytest.approx(other.bse[1], rel=1e-10)
    assert ours.p_value == pytest.approx(other.pvalues[1], rel=1e-9)
    assert ours.estimate == pytest.approx(other.params[0], rel=1e-10)
    assert tuple(ours.ci) == pytest.approx(other.conf_int(alpha=0.1)[0], rel=1e-10)
    assert ours.dispersion == pytest.approx(other.scale, rel=1e-10)
    assert (ours.df, ours.distribution, ours.predictor, ours.k) == (14.0, "t", predictor, 16)


def test_eggers_own_form_is_the_same_line(magnesium) -> None:
    se = magnesium.sei
    own = sm.OLS(magnesium.yi / se, sm.add_constant(1 / se)).fit()
    ours = k2.egger_test(magnesium)
    assert ours.slope == pytest.approx(own.params[0], rel=1e-10)
    assert ours.estimate == pytest.approx(own.params[1], rel=1e-10)
    assert ours.p_value == pytest.approx(own.pvalues[0], rel=1e-9)


def test_harbord_is_eggers_test_of_petos_odds_ratios(magnesium) -> None:
    peto = k2.effect_sizes(k2.load_dataset("egger2001"), "PETO", add=0)
    harbord, egger = k2.harbord_test(magnesium), k2.egger_test(peto)
    for name in ("slope", "slope_se", "statistic", "p_value", "estimate", "dispersion"):
        assert getattr(harbord, name) == pytest.approx(getattr(egger, name), rel=1e-12), name
    score_form = sm.OLS(peto.yi / peto.sei, sm.add_constant(1 / peto.sei)).fit()
    assert harbord.slope == pytest.approx(score_form.params[0], rel=1e-10)
    assert k2.harbord_test(peto) == harbord


def test_peters_is_weighted_least_squares(magnesium) -> None:
    events = magnesium.role("events1") + magnesium.role("events2")
    n = magnesium.role("n1") + magnesium.role("n2")
    other = sm.WLS(magnesium.yi, sm.add_constant(1 / n), events * (n - events) / n).fit()
    ours = k2.peters_test(magnesium)
    assert ours.slope == pytest.approx(other.params[1], rel=1e-9)
    assert ours.p_value == pytest.approx(other.pvalues[1], rel=1e-9)


def test_begg_by_its_formula(magnesium) -> None:
    y, v = magnesium.yi, magnesium.vi
    w = 1 / v
    deviates = (y - (w * y).sum() / w.sum()) / np.sqrt(v - 1 / w.sum())
    i, j = np.triu_indices(magnesium.k, 1)
    agree = np.sign(deviates[i] - deviates[j]) * np.sign(v[i] - v[j])
    ours = k2.begg_test(magnesium)
    assert ours.estimate == pytest.approx(agree.mean(), rel=1e-12)
    assert (ours.distribution, ours.ci, ours.predictor) == ("exact", None, "var")
    assert math.isinf(ours.df)


@pytest.mark.parametrize("shift", [0.0, 100.0])
def test_one_study_with_nearly_all_weight(shift) -> None:
    rng = np.random.default_rng(8)
    v = rng.uniform(0.1, 1.0, 9)
    v[4] = 1e-13
    y = rng.normal(size=9)
    y[4] = 0.3
    ours = k2.egger_test(k2.meta_analysis(yi=y + shift, vi=v))
    assert ours.estimate - shift == pytest.approx(0.3, abs=1e-5)
    deviates = y - 0.3
    expected = np.argsort(np.delete(deviates / np.sqrt(v), 4))
    from k2meta.analysis.small_study import _standardised_deviates

    found = np.argsort(np.delete(_standardised_deviates(y + shift, v), 4))
    assert found.tolist() == expected.tolist()


# --- which regression ----------------------------------------------------------------------------------


def test_meta_regression_takes_the_choices_of_the_fit(magnesium) -> None:
    fit = k2.meta_analysis(magnesium, tau2="PM", test="t", level=0.8)
    by_fit = k2.egger_test(fit, "meta-regression")
    assert by_fit == k2.egger_test(magnesium, "meta-regression", tau2="PM", test="t", level=0.8)
    assert (by_fit.distribution, by_fit.df, by_fit.ci.level) == ("t", 14.0, 0.8)
    assert k2.egger_test(fit, "meta-regression", test="z").distribution == "normal"
    plain = k2.egger_test(magnesium, "meta-regression")
    assert plain == k2.egger_test(magnesium, "meta-regression", tau2="REML", test="knapp-hartung")
    common = k2.egger_test(k2.meta_analysis(magnesium, model="common"), "meta-regression")
    assert common.tau2 == 0.0
    fixed = k2.egger_test(k2.meta_analysis(magnesium, tau2=0.25, test="z"), "meta-regression")
    assert fixed.tau2 == 0.25
    other = sm.WLS(magnesium.yi, sm.add_constant(magnesium.sei), 1 / (magnesium.vi + 0.25)).fit()
    assert fixed.slope == pytest.approx(other.params[1], rel=1e-10)
    assert fixed.slope_se == pytest.approx(other.bse[1] / math.sqrt(other.scale), rel=1e-10)


def test_counts_pooled_by_mantel_haenszel_are_tested_by_their_effects(magnesium) -> None:
    fit = k2.mantel_haenszel(magnesium, "OR")
    assert k2.egger_test(fit) == k2.egger_test(fit.effects)
    assert k2.egger_test(fit, "meta-regression").tau2 == 0.0
    assert k2.harbord_test(fit).p_value == k2.harbord_test(magnesium).p_value


def test_weights_of_the_users_own_have_no_place(magnesium) -> None:
    fit = k2.meta_analysis(magnesium, weights=np.arange(1.0, 17.0))
    with pytest.raises(OptionError, match="weights of its own"):
        k2.egger_test(fit, "meta-regression")
    assert k2.egger_test(fit) == k2.egger_test(magnesium)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda e: k2.egger_test(e, "rma"), "unknown model of Egger's test 'rma'"),
        (lambda e: k2.egger_test(e, predictor="sei"), "unknown predictor 'sei'; did you mean 'se'"),
        (lambda e: k2.egger_test(e, tau2="DL"), "have no meaning with model='lm'"),
        (lambda e: k2.egger_test(e, test="z"), "have no meaning with model='lm'"),
        (lambda e: k2.egger_test(e, "meta-regression", tau2="REMEL"), "did you mean 'REML'"),
        (lambda e: k2.egger_test(e, level=95), "did you mean 0.95"),
        (lambda e: k2.harbord_test(k2.effect_sizes(k2.load_dataset("bcg"), "RR")), "Expected OR or PETO"),
        (
            lambda e: k2.peters_test(k2.effect_sizes(k2.load_dataset("bcg"), "RD")),
            "Expected OR or PETO or RR",
        ),
    ],
)
def test_options_that_are_not_known(magnesium, call, words) -> None:
    with pytest.raises(OptionError, match=words):
        call(magnesium)


@pytest.mark.parametrize("test", [k2.egger_test, k2.begg_test, k2.harbord_test, k2.peters_test])
def test_what_is_no_effect_is_refused(test) -> None:
    with pytest.raises(DataError, match="effects is a list"):
        test([0.1, 0.2, 0.3])


def test_sizes_that_are_not_known(plain) -> None:
    with pytest.raises(DataError, match="needs the sample size of each study"):
        k2.egger_test(plain, predictor="1/n")


# --- what cannot be estimated ---------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 2])
def test_too_few_studies(k) -> None:
    fit = k2.meta_analysis(yi=[0.1, 0.5][:k], vi=[0.1, 0.4][:k])
    for answer in (k2.egger_test(fit), k2.egger_test(fit, "meta-regression"), k2.begg_test(fit)):
        assert math.isnan(answer.statistic)
        assert math.isnan(answer.p_value)
        assert not answer.computed
        assert f"k = {k}" in answer.note
        assert "at least 3 studies" in answer.note
        assert "not available" in answer.summary()
        assert len(answer.to_frame()) == 1


def test_equal_standard_errors() -> None:
    fit = k2.meta_analysis(yi=[0.1, 0.5, 0.2, 0.9], sei=[0.1] * 4)
    assert "same standard error" in k2.egger_test(fit).note
    assert "same standard error" in k2.egger_test(fit, "meta-regression").note
    begg = k2.begg_test(fit)
    assert "same variance" in begg.note
    assert math.isnan(begg.estimate)


def test_equal_sizes() -> None:
    rows = {"events1": [1, 4, 6], "n1": [20] * 3, "events2": [2, 5, 9], "n2": [20] * 3}
    peters = k2.peters_test(k2.effect_sizes(rows, "OR", **{name: name for name in rows}))
    assert "same sample size" in peters.note
    assert math.isnan(peters.ci.low)


def test_three_studies_are_enough() -> None:
    fit = k2.meta_analysis(yi=[0.1, 0.5, 0.2], vi=[0.1, 0.4, 0.2])
    for answer in (k2.egger_test(fit), k2.egger_test(fit, "meta-regression"), k2.begg_test(fit)):
        assert 0.0 <= answer.p_value <= 1.0


def test_studies_on_one_line_leave_no_doubt() -> None:
    # powers of two, so that the line is exact in floats
    se = np.array([0.25, 0.5, 1.0, 2.0])
    steep = k2.egger_test(k2.meta_analysis(yi=0.5 + 2.0 * se, vi=se**2))
    assert steep.slope == pytest.approx(2.0, rel=1e-12)
    assert steep.p_value < 1e-12
    level = k2.egger_test(k2.meta_analysis(yi=[0.5] * 4, vi=se**2))
    assert level.slope == 0.0
    assert math.isnan(level.p_value)


def test_tables_without_information_are_named(magnesium) -> None:
    rows = {
        "events1": [0, 4, 6, 2, 9],
        "n1": [20, 30, 45, 25, 80],
        "events2": [0, 5, 9, 6, 9],
        "n2": [21, 33, 40, 28, 70],
    }
    effects = k2.effect_sizes(rows, "OR", study=list("abcde"), **{name: name for name in rows})
    others = effects.subset(np.array([False, True, True, True, True]))
    for test in (k2.harbord_test, k2.peters_test):
        answer = test(effects)
        assert answer.k == 4
        assert answer.slope == test(others).slope
        left_out = [text for text in answer.cautions if text.startswith("left out")]
        assert len(left_out) == (1 if effects.k == 5 else 0)
        assert all(text.endswith(": a") for text in left_out)


# --- cautions -------------------------------------------------------------------------------------------


def has(test, words: str) -> bool:
    return any(words in text for text in test.cautions)


def test_cautions_about_the_studies(plain) -> None:
    assert k2.egger_test(plain).cautions == ()
    few = k2.meta_analysis(plain.effects.subset(np.arange(14) < 9))
    assert has(k2.egger_test(few), "k = 9: with fewer than 10 studies")
    alike = k2.meta_analysis(yi=np.linspace(0, 0.3, 12), vi=np.linspace(0.1, 0.39, 12))
    assert has(k2.egger_test(alike), "of similar size")
    spread = k2.meta_analysis(yi=plain.effects.yi * 9.0, vi=plain.effects.vi)
    assert has(k2.egger_test(spread), "with substantial heterogeneity")
    assert has(k2.begg_test(plain), "rank correlation has little power")


@pytest.mark.parametrize(
    ("dataset", "measure", "words"),
    [
        ("bcg", "OR", "log odds ratio depends"),
        ("bcg", "RR", "standard error of RR depends"),
        ("bcg", "RD", "standard error of RD depends"),
        ("hart1999", "IRR", "standard error of IRR depends"),
        ("normand1999", "SMD", "predictor='sqrt"),
        ("pritz1997", "PLO", "standard error of PLO depends"),
        ("molloy2014", "COR", "standard error of COR depends"),
    ],
)
def test_cautions_about_the_measure(dataset, measure, words) -> None:
    effects = k2.effect_sizes(k2.load_dataset(dataset), measure)
    assert has(k2.egger_test(effects), words)
    assert has(k2.begg_test(effects), words)
    assert not has(k2.egger_test(effects, predictor="1/n"), words) if measure != "IRR" else True


@pytest.mark.parametrize(
    ("dataset", "measure"), [("bcg", "AS"), ("normand1999", "MD"), ("molloy2014", "ZCOR")]
)
def test_measures_whose_errors_stand_alone(dataset, measure) -> None:
    effects = k2.effect_sizes(k2.load_dataset(dataset), measure)
    assert not has(k2.egger_test(effects), "depends")


def test_ready_ratios_may_depend_too() -> None:
    effects = k2.effect_sizes(
        {"hr": [0.7, 0.8, 1.1], "se": [0.1, 0.2, 0.4]}, "GEN", estimate="hr", se="se", scale="log"
    )
    assert has(k2.egger_test(effects), "log ratio may depend")


def test_risk_ratios_in_peters_test() -> None:
    effects = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    assert has(k2.peters_test(effects), "derived for odds ratios")
    assert not has(k2.peters_test(k2.effect_sizes(k2.load_dataset("bcg"), "OR")), "derived for odds ratios")


def test_answers_as_text_and_table(magnesium) -> None:
    egger = k2.egger_test(magnesium)
    assert repr(egger).startswith("<SmallStudyTest Egger's test (multiplicative dispersion): p=")
    text = egger.summary()
    assert "Limit as se -> 0" in text
    assert text.count("Caution:") == len(egger.cautions) > 0
    frame = egger.to_frame()
    assert frame.loc[0, "p_value"] == egger.p_value
    assert frame.loc[0, "ci_high"] == egger.ci.high
    assert "(exact)" in k2.begg_test(magnesium).summary()
