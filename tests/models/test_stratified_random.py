"""RevMan's "M-H, Random": DerSimonian and Laird with Q round the Mantel-Haenszel estimate."""

from __future__ import annotations

import numpy as np
import pytest

import k2meta as k2

BCG = k2.load_dataset("bcg")


def by_hand(data, measure: str = "RR"):
    effects = k2.effect_sizes(data, measure)
    common = k2.mantel_haenszel(data, measure, convention="revman5").estimate
    y, v = effects.yi, effects.vi
    w = 1 / v
    q = (w * (y - common) ** 2).sum()
    tau2 = max(0.0, (q - (y.size - 1)) / (w.sum() - (w**2).sum() / w.sum()))
    star = 1 / (v + tau2)
    return q, tau2, (star * y).sum() / star.sum(), star.sum() ** -0.5


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_numbers_follow_the_written_algorithm(measure: str) -> None:
    q, tau2, estimate, se = by_hand(BCG, measure)
    fit = k2.mantel_haenszel(BCG, measure, model="random")
    assert fit.q == pytest.approx(q, rel=1e-12)
    assert fit.tau2 == pytest.approx(tau2, rel=1e-12)
    assert (fit.estimate, fit.se) == pytest.approx((estimate, se), rel=1e-12)
    assert fit.i2 == pytest.approx(100 * (q - 12) / q, rel=1e-12)
    assert fit.options.convention == "revman5"
    assert (fit.options.tau2, fit.options.q_around, fit.options.model) == ("DL", "Mantel-Haenszel", "random")
    plain = k2.meta_analysis(k2.effect_sizes(BCG, measure), convention="revman5")
    assert fit.tau2 != pytest.approx(plain.tau2, rel=1e-6)
    assert "Mantel-Haenszel" in fit.summary()


def test_leave_one_out_equals_refitting() -> None:
    fit = k2.mantel_haenszel(BCG, "RR", model="random")
    frame = k2.leave_one_out(fit).to_frame()
    for i in (0, 5, 12):
        alone = k2.mantel_haenszel(BCG.drop(index=BCG.index[i]), "RR", model="random")
        row = frame.iloc[i]
        assert (row["estimate"], row["se"]) == pytest.approx((alone.estimate, alone.se), rel=1e-11)
        assert (row["tau2"], row["q"], row["i2"]) == pytest.approx((alone.tau2, alone.q, alone.i2), rel=1e-11)


def test_subgroups_and_tests() -> None:
    effects = k2.effect_sizes(BCG, "RR")
    result = k2.subgroup_analysis(effects, "allocation", pooling="Mantel-Haenszel", model="random")
    part = BCG[BCG["allocation"] == "random"]
    alone = k2.mantel_haenszel(part, "RR", model="random")
    assert result.groups["random"].estimate == pytest.approx(alone.estimate, rel=1e-12)
    wider = k2.mantel_haenszel(BCG, "RR", model="random", test="knapp-hartung")
    assert wider.ci.method == "knapp-hartung"
    assert k2.subgroup_analysis(effects, "allocation", pooling="Mantel-Haenszel").overall.tau2 == 0


def test_one_study_and_no_heterogeneity() -> None:
    one = k2.mantel_haenszel(BCG.iloc[:1], "RR", model="random")
    assert (one.tau2, one.q) == (0, 0)
    same = {"events1": [10, 20], "n1": [100, 200], "events2": [20, 40], "n2": [100, 200]}
    fit = k2.mantel_haenszel(same, "RR", model="random")
    assert fit.tau2 == 0
    assert fit.estimate == pytest.approx(np.log(0.5))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: k2.mantel_haenszel(BCG, model="fixed"), "common, random"),
        (lambda: k2.mantel_haenszel(BCG, model="random", convention="metafor"), "revman5"),
        (lambda: k2.mantel_haenszel(BCG, test="knapp-hartung"), "model='random'"),
        (
            lambda: k2.subgroup_analysis(
                k2.effect_sizes(BCG, "PETO"), "allocation", pooling="Peto", model="random"
            ),
            "one common effect only",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(call, words: str) -> None:
    with pytest.raises(k2.OptionError, match=words):
        call()
