"""Mantel-Haenszel and Peto: conventions, masks, tests, errors, and other roads to the same numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

import k2meta as k2
from k2meta.errors import DataError, OptionError
from k2meta.kernels import stratified as kernel
from k2meta.models.stratified import fit_stratified

# one table of each kind: single zero in arm 1, ordinary, no events, everybody in arm 1, ordinary, everybody
ZEROS = {
    "study": ["single", "plain", "none", "all in one", "plain 2", "everybody"],
    "events1": [0, 5, 0, 3, 10, 12],
    "n1": [20, 30, 15, 3, 20, 12],
    "events2": [2, 3, 0, 1, 8, 12],
    "n2": [22, 30, 15, 4, 20, 12],
}
MEASURES = ("RR", "OR", "RD")


def _tables(rng, k, shape=()):
    n1, n2 = (rng.integers(5, 200, (*shape, k)).astype(float) for _ in range(2))
    a, c = rng.binomial(n1.astype(int), 0.3).astype(float), rng.binomial(n2.astype(int), 0.4).astype(float)
    return a, n1 - a, c, n2 - c


@pytest.fixture(scope="module")
def bcg():
    return k2.load_dataset("bcg")


# --- the same answer by another road ------------------------------------------------------------


def test_statsmodels_stratified_table(bcg):
    from statsmodels.stats.contingency_tables import StratifiedTable

    a, n1, c, n2 = (bcg[name].to_numpy(float) for name in ("events1", "n1", "events2", "n2"))
    theirs = StratifiedTable(np.array([[a, n1 - a], [c, n2 - c]]))
    odds, risk = k2.mantel_haenszel(bcg, "OR", correct=False), k2.mantel_haenszel(bcg, "RR")
    assert odds.estimate == pytest.approx(theirs.logodds_pooled, rel=1e-12)
    assert odds.se == pytest.approx(theirs.logodds_pooled_se, rel=1e-12)
    assert math.exp(risk.estimate) == pytest.approx(theirs.riskratio_pooled, rel=1e-12)
    cmh, bd, tarone = odds.tests
    assert cmh.statistic == pytest.approx(theirs.test_null_odds().statistic, rel=1e-12)
    assert bd.statistic == pytest.approx(theirs.test_equal_odds().statistic, rel=1e-9)
    assert tarone.statistic == pytest.approx(theirs.test_equal_odds(adjust=True).statistic, rel=1e-9)
    corrected = k2.mantel_haenszel(bcg, "OR", correct=True).tests[0]
    assert corrected.statistic == pytest.approx(theirs.test_null_odds(correction=True).statistic, rel=1e-12)


def test_one_table_is_its_own_answer():
    row = {"events1": [7], "n1": [40], "events2": [12], "n2": [41]}
    for measure in MEASURES:
        fit, effects = k2.mantel_haenszel(row, measure), k2.effect_sizes(row, measure)
        assert fit.estimate == pytest.approx(effects.yi[0], rel=1e-13)
        assert (fit.k, fit.q, fit.q_df, fit.q_p, fit.i2, fit.h2) == (1, 0.0, 0.0, 1.0, 0.0, 1.0)
        assert fit.weights.tolist() == [100.0]
        if measure != "RD":  # Sato's variance is another one
            assert fit.se == pytest.approx(effects.sei[0], rel=1e-12)


def test_peto_is_inverse_variance_of_one_step_effects(bcg):
    fit = k2.peto(bcg)
    other = k2.meta_analysis(k2.effect_sizes(bcg, "PETO", add=0, to="none"), model="common")
    for name in ("estimate", "se", "q", "p_value"):
        assert getattr(fit, name) == pytest.approx(getattr(other, name), rel=1e-10)
    np.testing.assert_allclose(fit.weights, other.weights, rtol=1e-12)


# --- kernels -------------------------------------------------------------------------------------

RULES = [*kernel.MANTEL_HAENSZEL, "PETO"]


def _pool(rule, cells, keep=None):
    return (kernel.pool_peto if rule == "PETO" else kernel.MANTEL_HAENSZEL[rule])(*cells, keep)


@pytest.mark.parametrize("rule", RULES)
def test_mask_equals_subset_and_stacks_equal_rows(rule):
    rng = np.random.default_rng(5)
    cells = _tables(rng, 8, (6,))
    keep = rng.random((6, 8)) < 0.6
    keep[:, 0] = True
    stacked = _pool(rule, cells, keep)
    for i in range(6):
        alone = _pool(rule, [cell[i][keep[i]] for cell in cells])
        assert stacked.estimate[i] == pytest.approx(alone.estimate, rel=1e-12, abs=1e-15)
        assert stacked.variance[i] == pytest.approx(alone.variance, rel=1e-12)
        assert (stacked.weights[i][~keep[i]] == 0).all()


@pytest.mark.parametrize("rule", RULES)
def test_swapping_arms_negates(rule):
    a, b, c, d = _tables(np.random.default_rng(6), 9)
    one, other = _pool(rule, (a, b, c, d)), _pool(rule, (c, d, a, b))
    assert one.estimate == pytest.approx(-other.estimate, rel=1e-12)
    assert one.variance == pytest.approx(other.variance, rel=1e-12)


@pytest.mark.parametrize("log_or", [-60.0, -12.0, -1.0, -1e-9, 0.0, 1e-9, 0.7, 12.0, 60.0])
def test_expected_tables_have_the_margins_and_the_odds_ratio(log_or):
    a, b, c, d = _tables(np.random.default_rng(7), 200)
    n1, n2, m1, m0 = a + b, c + d, a + c, b + d
    psi, inverse = np.exp(log_or), np.exp(-log_or)
    expected = kernel._expected_cell
    big = [expected(n1, n2, m1, psi), expected(n1, n2, m0, inverse)]
    big += [expected(n2, n1, m1, inverse), expected(n2, n1, m0, psi)]
    assert all((cell > 0).all() for cell in big)
    np.testing.assert_allclose(big[0] + big[1], n1, rtol=1e-12)
    np.testing.assert_allclose(big[0] + big[2], m1, rtol=1e-12)
    # also where a cell is 1e-24: each is solved for on its own
    np.testing.assert_allclose(
        np.log(big[0]) + np.log(big[3]) - np.log(big[1]) - np.log(big[2]), log_or, atol=1e-10
    )


def test_tables_without_information_do_not_count_in_breslow_day():
    cells = tuple(np.array(v, dtype=float) for v in ([3, 0, 5], [7, 9, 0], [6, 0, 4], [5, 8, 0]))
    found = kernel.breslow_day(*cells, np.array(-0.4))
    assert found.df == 0
    assert np.isfinite(found.breslow_day)
    assert np.isnan(kernel.breslow_day(*cells, np.array(np.nan)).breslow_day)


# --- conventions ---------------------------------------------------------------------------------


def test_metafor_pools_without_correction():
    fit = k2.mantel_haenszel(ZEROS, "RR")
    assert fit.study == ("single", "plain", "all in one", "plain 2", "everybody")
    assert [(e.study, e.reason) for e in fit.effects.excluded] == [("none", "no events in either arm")]
    # a table where everybody has the event carries weight for RR: kept, but not part of metafor's Q
    assert (fit.weights > 0).all()
    assert fit.q_df == 3
    assert any("everybody" in note and "not part of Q" in note for note in fit.options.notes)
    odds = k2.mantel_haenszel(ZEROS, "OR")
    assert {e.study: e.reason for e in odds.effects.excluded} == {
        "none": "no events in either arm",
        "everybody": "events in everybody in both arms",
    }
    assert odds.options.notes[0] == "counts pooled without continuity correction"


@pytest.mark.parametrize("convention", ["revman5", "revman2025"])
def test_revman_corrects_in_the_pooling(convention):
    a, n1, c, n2 = (np.array(ZEROS[name], dtype=float) for name in ("events1", "n1", "events2", "n2"))
    fit = k2.mantel_haenszel(ZEROS, "RR", convention=convention)
    assert [e.study for e in fit.effects.excluded] == ["none"]
    extra = np.array([0.5, 0, 0, 0.5, 0, 0.5])
    keep = np.array([True, True, False, True, True, True])
    weights = ((c + extra) * (n1 + 2 * extra) / (n1 + n2 + 4 * extra))[keep]
    np.testing.assert_allclose(fit.weights, 100 * weights / weights.sum(), rtol=1e-13)
    by_hand = kernel.MANTEL_HAENSZEL["RR"](
        *(x[keep] for x in (a + extra, n1 - a + extra, c + extra, n2 - c + extra))
    )
    assert fit.estimate == pytest.approx(by_hand.estimate, rel=1e-13)
    assert fit.q_df == 4
    assert fit.options.convention == convention
    assert fit.options.pooling == "Mantel-Haenszel"
    assert "0.5 added" in fit.options.notes[0]
    assert [e.study for e in k2.mantel_haenszel(ZEROS, "OR", convention=convention).effects.excluded] == [
        "none",
        "everybody",
    ]


def test_variance_of_the_risk_difference_is_a_convention(bcg):
    a, n1, c, n2 = (bcg[name].to_numpy(float) for name in ("events1", "n1", "events2", "n2"))
    b, d, n = n1 - a, n2 - c, n1 + n2
    weights = (n1 * n2 / n).sum()
    greenland = math.sqrt(((a * b * n2**3 + c * d * n1**3) / (n1 * n2 * n**2)).sum()) / weights
    metafor, revman = k2.mantel_haenszel(bcg, "RD"), k2.mantel_haenszel(bcg, "RD", convention="revman5")
    assert revman.se == pytest.approx(greenland, rel=1e-12)
    assert metafor.estimate == pytest.approx(revman.estimate, rel=1e-14)
    assert metafor.se == pytest.approx(0.00028665674852737364, rel=1e-12)  # metafor 3.8-1


def test_risk_differences_of_tables_without_events_are_pooled():
    for convention in ("metafor", "revman5"):
        fit = k2.mantel_haenszel(ZEROS, "RD", convention=convention)
        assert fit.k == 6
        assert fit.effects.excluded == ()
        assert fit.weights.sum() == pytest.approx(100)


def test_a_pair_speaks_of_studies_and_pooling():
    both = k2.mantel_haenszel(ZEROS, "OR", add=(0.5, 0.5), to=("only0", "only0"), drop00=(True, True))
    revman = k2.mantel_haenszel(ZEROS, "OR", convention="revman5")
    assert both.estimate == revman.estimate
    assert both.se == revman.se
    one = k2.mantel_haenszel(ZEROS, "OR", add=0.5)
    assert one.estimate == k2.mantel_haenszel(ZEROS, "OR").estimate


def test_tables_without_an_effect_of_their_own_are_pooled_and_named():
    plain = k2.mantel_haenszel(ZEROS, "RR")
    fit = k2.mantel_haenszel(ZEROS, "RR", add=0, to="none")
    assert fit.estimate == plain.estimate
    assert "single" not in fit.study
    note = next(note for note in fit.options.notes if "without an effect" in note)
    assert "single" in note
    assert 0 < fit.weights.sum() < 100
    left_out = k2.leave_one_out(fit)
    assert np.isfinite(left_out.estimate).all()


# --- what goes in ----------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", MEASURES)
def test_effects_give_the_same_fit_as_rows(bcg, measure):
    effects = k2.effect_sizes(bcg, measure)
    for other in (k2.mantel_haenszel(effects, measure), fit_stratified(effects, "Mantel-Haenszel")):
        assert other.estimate == k2.mantel_haenszel(bcg, measure).estimate
    half = np.arange(13) < 6
    subset = fit_stratified(effects.subset(half), "Mantel-Haenszel")
    assert subset.estimate == k2.mantel_haenszel(bcg[:6], measure).estimate


def test_missing_and_excluded_rows_stay_visible(bcg):
    holes = bcg.assign(events1=bcg["events1"].where(bcg.index != 3))
    fit = k2.mantel_haenszel(holes, "OR", missing="drop", exclude={0: "retracted"})
    assert fit.k == 11
    assert {study.row: study.reason for study in fit.effects.excluded}[0] == "retracted"
    assert {study.row for study in fit.effects.excluded} == {0, 3}
    same = k2.mantel_haenszel(bcg.drop(index=[0, 3]).reset_index(drop=True), "OR")
    assert fit.estimate == pytest.approx(same.estimate, rel=1e-14)


def test_person_time():
    rows = k2.load_dataset("hart1999")
    fit = k2.mantel_haenszel(rows, "IRR")
    assert fit.tests[0].name.startswith("Mantel-Haenszel test for person-time")
    scaled = k2.mantel_haenszel(rows.assign(time1=rows["time1"] * 1e6, time2=rows["time2"] * 1e6), "IRR")
    assert fit.estimate == pytest.approx(scaled.estimate, rel=1e-12)
    assert fit.se == pytest.approx(scaled.se, rel=1e-12)


# --- the result ------------------------------------------------------------------------------------


def test_result_keeps_the_contract(bcg):
    fit = k2.mantel_haenszel(bcg, "RR", level=0.9)
    assert fit.weights.shape == (13,)
    assert fit.weights.sum() == pytest.approx(100)
    assert not fit.weights.flags.writeable
    assert math.isinf(fit.df)
    assert fit.tau2 == 0
    assert math.isnan(fit.se_tau2)
    assert (fit.options.model, fit.options.tau2, fit.options.test) == ("common", "none", "z")
    assert fit.ci == fit.conf_int()
    assert fit.conf_int(0.99).width > fit.ci.width
    assert math.isnan(fit.prediction_interval().low)
    assert "Mantel-Haenszel" in fit.summary()
    assert fit.to_frame().loc[0, "pooling"] == "Mantel-Haenszel"
    assert "Peto" in k2.peto(bcg).summary()


@pytest.mark.parametrize("convention", ["metafor", "revman5"])
@pytest.mark.parametrize("measure", [*MEASURES, "PETO"])
def test_leave_one_out_is_refitting(measure, convention):
    def pool(data):
        if measure == "PETO":
            return k2.peto(data, convention=convention)
        return k2.mantel_haenszel(data, measure, convention=convention)

    fit = pool(ZEROS)
    ours = k2.leave_one_out(fit)
    for i, row in enumerate(fit.effects.row):
        rest = {name: [v for j, v in enumerate(values) if j != row] for name, values in ZEROS.items()}
        refit = pool(rest)
        for name in ("estimate", "se", "statistic", "p_value", "q", "i2"):
            assert getattr(ours, name)[i] == pytest.approx(getattr(refit, name), rel=1e-11, abs=1e-12), name
        assert ours.ci_low[i] == pytest.approx(refit.ci.low, rel=1e-11)


def test_subgroups_by_mantel_haenszel():
    rows = k2.load_dataset("alendronate_fractures")
    rows = rows[rows["analysis"] == "1.3"].reset_index(drop=True)
    result = k2.subgroup_analysis(
        k2.effect_sizes(rows, "RR"), "prevention", pooling="Mantel-Haenszel", convention="revman5"
    )
    for name, fit in result.groups.items():
        alone = k2.mantel_haenszel(
            rows[rows["prevention"] == name].reset_index(drop=True), "RR", convention="revman5"
        )
        assert fit.estimate == pytest.approx(alone.estimate, rel=1e-13)
        np.testing.assert_allclose(fit.weights, alone.weights, rtol=1e-13)


# --- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "measure", "words"),
    [
        (
            {"events1": [0, 0], "n1": [9, 8], "events2": [0, 0], "n2": [9, 7]},
            "RR",
            "no events in either arm of the 2",
        ),
        (
            {"events1": [0], "n1": [9], "events2": [0], "n2": [9]},
            "OR",
            "no events in either arm of the only study",
        ),
        ({"events1": [9, 8], "n1": [9, 8], "events2": [9, 7], "n2": [9, 7]}, "OR", "everybody in both arms"),
        ({"events1": [0, 0], "n1": [9, 8], "events2": [2, 1], "n2": [9, 7]}, "RR", "no events in arm 1"),
        ({"events1": [2, 1], "n1": [9, 8], "events2": [0, 0], "n2": [9, 7]}, "OR", "ratio is infinite"),
        ({"events1": [3], "n1": [9], "events2": [7], "n2": [7]}, "OR", "zero cells"),
        ({"events1": [0, 0], "n1": [9, 8], "events2": [0, 0], "n2": [9, 7]}, "RD", "no events in either arm"),
    ],
)
def test_no_pooled_effect_says_why(rows, measure, words):
    with pytest.raises(DataError, match=words) as caught:
        k2.mantel_haenszel(rows, measure)
    assert "Expected" in str(caught.value)


def test_peto_needs_both_outcomes():
    with pytest.raises(DataError, match="no events in either arm"):
        k2.peto({"events1": [0, 0], "n1": [9, 8], "events2": [0, 0], "n2": [9, 7]})
    one_arm = k2.peto({"events1": [0, 0], "n1": [9, 8], "events2": [2, 1], "n2": [9, 7]})
    assert np.isfinite(one_arm.estimate)


def test_revman_has_an_answer_where_one_arm_is_empty():
    rows = {"events1": [0, 0], "n1": [9, 8], "events2": [2, 1], "n2": [9, 7]}
    assert np.isfinite(k2.mantel_haenszel(rows, "RR", convention="revman5").estimate)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"measure": "SMD"}, "unknown measure for Mantel-Haenszel pooling 'SMD'"),
        ({"convention": "revman"}, "unknown convention"),
        ({"add": -1}, "add is -1"),
        ({"add": (0.5, 0.5, 0.5)}, "3 entries"),
        ({"to": "only"}, "unknown rule for zero cells"),
        ({"drop00": "yes"}, "drop00 is 'yes'"),
        ({"level": 95}, "did you mean 0.95"),
    ],
)
def test_unknown_options(bcg, options, words):
    with pytest.raises(OptionError, match=words):
        k2.mantel_haenszel(bcg, **{"measure": "RR", **options})


def test_effects_of_another_kind_are_refused(bcg):
    with pytest.raises(OptionError, match="counts are pooled"):
        fit_stratified(k2.effect_sizes(bcg, "OR"), "Peto")
    with pytest.raises(OptionError, match="already"):
        k2.mantel_haenszel(k2.effect_sizes(bcg, "RR"), "RR", events1="events1")
    with pytest.raises(OptionError, match="RR was asked for"):
        k2.mantel_haenszel(k2.effect_sizes(bcg, "OR"), "RR")
