"""Subgroups and leave-one-out where something is missing, idle or large."""

from __future__ import annotations

import numpy as np
import pytest

import k2meta as k2
from k2meta.analysis import refits
from k2meta.errors import OptionError


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"common_tau2": True, "model": "common"}, "there is no tau2"),
        ({"tau2": "GENQ"}, "use another estimator"),
        ({"pooling": "Mantel-Haenszel", "tau2": "DL"}, "tau2 has no meaning with Mantel-Haenszel"),
        ({"pooling": "Mantel-Haenszel", "test": "knapp-hartung"}, "test=.knapp-hartung. has no meaning"),
        ({"pooling": "Mantel-Haenszel", "prediction": "t(k-2)"}, "prediction has no meaning"),
        ({"pooling": "Mantel-Haenszel", "common_tau2": True}, "common_tau2 has no meaning"),
    ],
)
def test_options_that_would_do_nothing_are_refused(options, words: str) -> None:
    bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    with pytest.raises(OptionError, match=words):
        k2.subgroup_analysis(bcg, "allocation", **options)


def test_leaving_out_the_only_weight_leaves_nothing() -> None:
    fit = k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.1, 0.2, 0.1], weights=[0, 0, 1])
    left = k2.leave_one_out(fit)
    assert left.estimate[:2].tolist() == [0.5, 0.5]
    assert np.isnan(left.estimate[2])
    assert np.isnan(left.p_value[2])
    assert "0.5 to 0.5" in repr(left)
    with pytest.raises(ValueError, match="read-only"):
        left.estimate[0] = 0.0


@pytest.mark.parametrize("weighted", [False, True])
def test_leave_one_out_in_steps_equals_one_call(monkeypatch, weighted: bool) -> None:
    rng = np.random.default_rng(5)
    k = 23
    weights = rng.uniform(0.5, 2, k) if weighted else None
    fit = k2.meta_analysis(yi=rng.normal(size=k), vi=rng.uniform(0.1, 1, k), weights=weights)
    whole = k2.leave_one_out(fit).to_frame().drop(columns="study")
    monkeypatch.setattr(refits, "STEP_NUMBERS", 4 * k)
    steps = k2.leave_one_out(fit).to_frame().drop(columns="study")
    assert np.allclose(steps, whole, rtol=1e-11, atol=1e-13)
