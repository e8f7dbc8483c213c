"""meta_analysis: options, edges, other roads to the same number."""

from __future__ import annotations

import math

import numpy as np
import pytest

import k2meta as k2
from k2meta.kernels.tau2 import TAU2_ESTIMATORS

Y = np.array([0.10, 0.30, 0.35, 0.65, 0.45, 0.15])
V = np.array([0.03, 0.03, 0.05, 0.01, 0.05, 0.02])


def test_defaults_are_random_effects_reml_knapp_hartung() -> None:
    fit = k2.meta_analysis(yi=Y, vi=V)
    assert (fit.options.model, fit.options.tau2, fit.options.test) == ("random", "REML", "knapp-hartung")
    assert fit.df == 5
    assert fit.ci.method == "knapp-hartung"
    assert fit.convergence.converged


def test_variances_and_standard_errors_are_two_ways_to_say_the_same() -> None:
    a, b = k2.meta_analysis(yi=Y, vi=V), k2.meta_analysis(yi=Y, sei=np.sqrt(V))
    assert a.estimate == pytest.approx(b.estimate, rel=1e-14)
    assert a.tau2 == pytest.approx(b.tau2, rel=1e-13)


def test_paule_mandel_and_hksj_equal_statsmodels() -> None:
    from statsmodels.stats.meta_analysis import combine_effects

    theirs = combine_effects(Y, V, method_re="iterated", atol=1e-14, maxiter=1000)
    mine = k2.meta_analysis(yi=Y, vi=V, tau2="PM")
    assert mine.tau2 == pytest.approx(theirs.tau2, rel=1e-8)
    frame = theirs.summary_frame()
    assert mine.estimate == pytest.approx(frame.loc["random effect", "eff"], rel=1e-8)
    assert mine.se == pytest.approx(math.sqrt(theirs.var_hksj_re), rel=1e-8)


def test_common_effect_by_hand() -> None:
    w = 1 / V
    fit = k2.meta_analysis(yi=Y, vi=V, model="common")
    assert fit.estimate == pytest.approx((w * Y).sum() / w.sum(), rel=1e-14)
    assert fit.se == pytest.approx(w.sum() ** -0.5, rel=1e-14)
    assert fit.tau2 == 0
    assert math.isnan(fit.se_tau2)
    assert math.isinf(fit.df)
    assert fit.i2 == fit.i2_q == pytest.approx(100 * max(0, (fit.q - 5) / fit.q), rel=1e-12)
    assert fit.options.tau2 == "none"
    assert math.isnan(fit.prediction_interval().low)
    assert "common-effect" in fit.prediction_interval().note


def test_fixed_tau2_and_user_weights() -> None:
    fit = k2.meta_analysis(yi=Y, vi=V, tau2=0.04, test="z")
    w = 1 / (V + 0.04)
    assert fit.estimate == pytest.approx((w * Y).sum() / w.sum(), rel=1e-14)
    assert (fit.tau2, fit.n_parameters, fit.options.tau2) == (0.04, 1, "fixed")
    a = np.array([1.0, 2, 3, 1, 1, 1])
    user = k2.meta_analysis(yi=Y, vi=V, tau2=0.04, weights=a, test="z")
    assert user.estimate == pytest.approx((a * Y).sum() / a.sum(), rel=1e-14)
    assert user.se == pytest.approx(math.sqrt((a**2 * (V + 0.04)).sum()) / a.sum(), rel=1e-14)
    assert user.weights == pytest.approx(100 * a / a.sum())
    assert user.log_likelihood < fit.log_likelihood


def test_log_likelihood_is_that_of_a_normal_model() -> None:
    from scipy import stats

    fit = k2.meta_analysis(yi=Y, vi=V, tau2="ML")
    direct = stats.norm.logpdf(Y, fit.estimate, np.sqrt(V + fit.tau2)).sum()
    assert fit.log_likelihood == pytest.approx(direct, rel=1e-13)
    assert fit.aic == pytest.approx(4 - 2 * direct, rel=1e-13)
    assert fit.bic == pytest.approx(2 * math.log(6) - 2 * direct, rel=1e-13)
    assert fit.aicc == pytest.approx(fit.aic + 2 * 2 * 3 / (6 - 3), rel=1e-12)


@pytest.mark.parametrize("code", sorted(TAU2_ESTIMATORS))
@pytest.mark.parametrize("test", ["z", "t", "knapp-hartung", "knapp-hartung-adhoc"])
def test_one_and_two_studies_are_defined(code: str, test: str) -> None:
    one = k2.meta_analysis(yi=[0.4], vi=[0.04], tau2=code, test=test, weights=[1.0])
    assert one.estimate == 0.4
    assert one.se == pytest.approx(0.2)
    assert one.ci.low == pytest.approx(0.4 - 1.959964 * 0.2, rel=1e-6)
    assert (one.tau2, one.q, one.i2, one.h2, one.q_p) == (0, 0, 0, 1, 1)
    assert one.ci.method == "z"
    if test != "z":
        assert any("one study" in note for note in one.options.notes)
    assert math.isnan(one.prediction_interval().low)
    assert math.isnan(one.heterogeneity().tau2_ci.low)
    two = k2.meta_analysis(yi=[0.4, 0.9], vi=[0.04, 0.03], tau2=code, test=test, weights=[1.0, 2.0])
    for number in (two.estimate, two.se, two.p_value, two.ci.low, two.tau2, two.se_tau2, two.i2):
        assert math.isfinite(number)
    assert two.summary()
    assert one.summary()


def test_adhoc_is_never_narrower_than_wald() -> None:
    y = np.array([0.30, 0.31, 0.29, 0.30])
    v = np.full(4, 0.02)
    wald = k2.meta_analysis(yi=y, vi=v, test="t")
    assert k2.meta_analysis(yi=y, vi=v).se < wald.se
    assert k2.meta_analysis(yi=y, vi=v, test="knapp-hartung-adhoc").se == pytest.approx(wald.se, rel=1e-14)
    assert "narrower than the Wald interval" in k2.meta_analysis(yi=y, vi=v).summary()
    assert "consider" not in k2.meta_analysis(yi=y, vi=v, test="z").summary()


def test_prediction_interval_rules() -> None:
    from scipy import stats

    fit = k2.meta_analysis(yi=Y, vi=V)
    spread = math.sqrt(fit.tau2 + fit.se**2)
    for rule, quantile in {
        "same": stats.t.ppf(0.975, 5),
        "t(k-1)": stats.t.ppf(0.975, 5),
        "t(k-2)": stats.t.ppf(0.975, 4),
        "normal": stats.norm.ppf(0.975),
    }.items():
        interval = fit.prediction_interval(method=rule)
        assert interval.high - fit.estimate == pytest.approx(quantile * spread, rel=1e-12)
        assert interval.method == rule
    narrow = fit.prediction_interval(level=0.5)
    assert narrow.width < fit.prediction_interval().width
    two = k2.meta_analysis(yi=Y[:2], vi=V[:2])
    assert "no degrees of freedom" in two.prediction_interval(method="t(k-2)").note
    with pytest.raises(k2.OptionError, match="t\\(k-2\\)"):
        fit.prediction_interval(method="t(k-3)")


def test_confidence_interval_by_other_methods_equals_a_new_fit() -> None:
    fit = k2.meta_analysis(yi=Y, vi=V)
    for test in ("z", "t", "knapp-hartung-adhoc"):
        other = k2.meta_analysis(yi=Y, vi=V, test=test, level=0.9)
        interval = fit.conf_int(level=0.9, method=test)
        assert (interval.low, interval.high) == pytest.approx((other.ci.low, other.ci.high), rel=1e-13)


def test_conventions_set_all_choices_and_explicit_ones_win() -> None:
    metafor = k2.meta_analysis(yi=Y, vi=V, convention="metafor")
    assert (metafor.options.tau2, metafor.options.test, metafor.options.i2_basis) == ("REML", "z", "tau2")
    revman5 = k2.meta_analysis(yi=Y, vi=V, convention="revman5")
    assert (revman5.options.tau2, revman5.options.test, revman5.options.prediction) == ("DL", "z", "t(k-2)")
    assert revman5.i2 == revman5.i2_q
    revman = k2.meta_analysis(yi=Y, vi=V, convention="revman2025", tau2="PM")
    assert (revman.options.tau2, revman.options.test) == ("PM", "knapp-hartung")
    assert revman.options.convention == "revman2025"
    with pytest.raises(k2.OptionError, match="metafor, revman5, revman2025"):
        k2.meta_analysis(yi=Y, vi=V, convention="revman")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tau2": "REMEL"}, "did you mean 'REML'"),
        ({"tau2": -0.1}, ">= 0"),
        ({"tau2": True}, "estimator's code"),
        ({"tau2": [1]}, "estimator's code"),
        ({"model": "fixed"}, "called 'common' here"),
        ({"model": "mixed"}, "random, common"),
        ({"test": "hksj"}, "knapp-hartung"),
        ({"level": 95}, "did you mean 0.95"),
        ({"level": "high"}, "between 0 and 1"),
        ({"model": "common", "test": "knapp-hartung"}, "random-effects model"),
        ({"tau2": "GENQ"}, "weights"),
    ],
)
def test_unknown_options_say_what_is_known(options, words: str) -> None:
    with pytest.raises(k2.OptionError, match=words.replace("(", r"\(")):
        k2.meta_analysis(yi=Y, vi=V, **options)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "nothing to pool"),
        ({"effects": [0.1, 0.2]}, "expected what effect_sizes"),
        ({"yi": Y, "vi": V, "weights": [1, 2]}, "one number for each of the 6 studies"),
        ({"yi": Y, "vi": V, "weights": [1, 2, -3, 1, 1, 1]}, r"weights\[2\] is -3"),
        ({"yi": Y, "vi": V, "weights": [0] * 6}, "at least one"),
        ({"yi": Y, "vi": V, "weights": list("abcdef")}, "Expected a number"),
    ],
)
def test_bad_input_is_named(arguments, words: str) -> None:
    with pytest.raises(k2.DataError, match=words):
        k2.meta_analysis(**arguments)


def test_effects_and_numbers_together_are_refused() -> None:
    effects = k2.meta_analysis(yi=Y, vi=V).effects
    assert k2.meta_analysis(effects).estimate == k2.meta_analysis(yi=Y, vi=V).estimate
    with pytest.raises(k2.DataError, match="not both"):
        k2.meta_analysis(effects, yi=Y)


def test_results_cannot_be_changed() -> None:
    fit = k2.meta_analysis(yi=Y, vi=V)
    with pytest.raises(AttributeError):
        fit.estimate = 0.0
    with pytest.raises(ValueError, match="read-only"):
        fit.weights[0] = 50.0
    assert fit.weights.sum() == pytest.approx(100)


def test_input_arrays_stay_as_they_were_and_later_changes_do_not_leak() -> None:
    y, v = Y.copy(), V.copy()
    fit = k2.meta_analysis(yi=y, vi=v)
    before = fit.log_likelihood
    y[0] = 99.0
    assert fit.log_likelihood == before


def test_blups_lie_between_study_and_mean() -> None:
    fit = k2.meta_analysis(yi=Y, vi=V, test="z")
    frame = fit.blups()
    low, high = np.minimum(Y, fit.estimate), np.maximum(Y, fit.estimate)
    assert ((frame["estimate"] >= low - 1e-12) & (frame["estimate"] <= high + 1e-12)).all()
    assert (frame["pi_low"] < frame["estimate"]).all()


def test_every_output_says_its_convention() -> None:
    text = k2.meta_analysis(yi=Y, vi=V).summary()
    for words in (
        "random-effects model",
        "restricted maximum likelihood (REML)",
        "Hartung-Knapp",
        "tau2-based",
        "Q-based",
        "same distribution as the confidence interval",
    ):
        assert words in text
    assert "REML" in repr(k2.meta_analysis(yi=Y, vi=V))
    html = k2.meta_analysis(yi=Y, vi=V)._repr_html_()
    assert html.startswith("<table>")
    frame = k2.meta_analysis(yi=Y, vi=V).to_frame()
    assert frame.loc[0, "tau2_estimator"] == "REML"


def test_heterogeneity_intervals_belong_together() -> None:
    fit = k2.meta_analysis(yi=Y * 3, vi=V)
    for method in ("QP", "PL"):
        h = fit.heterogeneity(method)
        assert h.tau2_ci.low <= fit.tau2 <= h.tau2_ci.high
        typical = fit.tau2 / (fit.h2 - 1)
        assert h.h2_ci.high == pytest.approx(h.tau2_ci.high / typical + 1, rel=1e-10)
        assert h.i2_ci.high == pytest.approx(100 * h.tau2_ci.high / (h.tau2_ci.high + typical), rel=1e-10)
        assert h.q_test.p_value == fit.q_p
    with pytest.raises(k2.OptionError, match="QP, PL"):
        fit.heterogeneity("BJ")


def test_an_empty_confidence_set_says_so() -> None:
    h = k2.meta_analysis(yi=[0.3, 0.3001, 0.2999, 0.3], vi=[0.5] * 4).heterogeneity()
    assert math.isnan(h.tau2_ci.low)
    assert "empty" in h.tau2_ci.note
