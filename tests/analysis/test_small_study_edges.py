"""Small-study analyses where effects or weights leave nothing to test, and cautions that fit the measure."""

from __future__ import annotations

import numpy as np
import pytest

import k2meta as k2
from k2meta.errors import DataError

SAME = k2.meta_analysis(yi=[0.3] * 4, vi=[0.2, 0.1, 0.3, 0.4])


@pytest.mark.parametrize("model", ["lm", "meta-regression"])
def test_effects_that_all_agree_leave_no_error_and_the_note_says_so(model: str) -> None:
    found = k2.egger_test(SAME, model)
    assert not found.computed
    assert "all studies have the same effect" in found.note
    assert "not available (all studies have the same effect" in found.summary()
    assert (found.slope, found.slope_se) == (0.0, 0.0)
    assert found.estimate == pytest.approx(0.3, rel=1e-15)
    assert found.ci is not None
    assert (found.ci.low, found.ci.high) == (found.estimate, found.estimate)


def test_a_normal_test_of_effects_that_all_agree_has_an_answer() -> None:
    found = k2.egger_test(SAME, "meta-regression", test="z")
    assert (found.p_value, found.note) == (1.0, "")
    assert found.slope_se > 0


def test_eggers_test_on_petos_effects_is_harbords_and_needs_no_other() -> None:
    peto = k2.effect_sizes(k2.load_dataset("bcg"), "PETO")
    egger, harbord = k2.egger_test(peto), k2.harbord_test(peto)
    for name in ("slope", "slope_se", "statistic", "p_value", "estimate"):
        assert getattr(egger, name) == pytest.approx(getattr(harbord, name), rel=1e-12), name
    assert egger.cautions == harbord.cautions
    assert not any("depends on the odds ratio" in text for text in egger.cautions)
    odds = k2.egger_test(k2.effect_sizes(k2.load_dataset("bcg"), "OR"))
    assert any("depends on the odds ratio" in text for text in odds.cautions)


def test_weights_of_one_study_give_no_side() -> None:
    fit = k2.meta_analysis(yi=[0.3, 0.1, 0.7, 0.2], vi=[0.2, 0.1, 0.3, 0.4], weights=[1, 0, 0, 0])
    with pytest.raises(DataError, match="no side was given, and none can be told"):
        k2.trim_and_fill(fit)
    assert np.isfinite(k2.trim_and_fill(fit, side="left").adjusted.estimate)


def test_no_asymmetry_is_shown_in_words() -> None:
    lfk = k2.lfk_index(k2.meta_analysis(yi=[0.1, 0.4, 0.5], vi=[0.2] * 3))
    assert lfk.classification == "none"
    assert "(no asymmetry)" in repr(lfk)
