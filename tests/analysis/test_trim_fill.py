"""Trim and fill: the choices of the fit kept, sides, mirrored studies, what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

import k2meta as k2
from k2meta.analysis import trim_fill
from k2meta.errors import ConvergenceError, DataError, OptionError


@pytest.fixture(scope="module")
def lopsided():
    """Small studies lie to the right: those on the left are missing."""
    v = np.array([0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.45, 0.6])
    y = np.array([0.10, 0.05, 0.22, 0.18, 0.35, 0.30, 0.62, 0.80, 1.05, 1.40])
    return k2.meta_analysis(yi=y, vi=v, study=[f"S{i}" for i in range(10)])


def test_by_hand_with_r0(lopsided) -> None:
    # common effect 0.1509 (weights 1/v): the run of the highest ranks on the right is 6 long (S4 ... S9)
    fit = k2.meta_analysis(lopsided.effects, model="common")
    distance = fit.effects.yi - fit.estimate
    order = np.argsort(-np.abs(distance))
    run = int(np.argmax(distance[order] <= 0.0))
    first = run - 1
    kept = np.argsort(fit.effects.yi)[: fit.k - first]
    inside = k2.meta_analysis(fit.effects.subset(np.isin(np.arange(10), kept)), model="common")
    result = k2.trim_and_fill(fit, "R0", "left")
    assert result.k0 >= first
    assert result.p_value == 0.5 ** (result.k0 + 1)
    assert result.se_k0 == pytest.approx(math.sqrt(2.0 * result.k0 + 2.0))
    assert result.centre <= inside.estimate + 1e-12


@pytest.mark.parametrize("estimator", ["L0", "R0"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"model": "common"},
        {"model": "common", "test": "t", "level": 0.8},
        {"tau2": "DL", "test": "z"},
        {"tau2": "PM", "test": "knapp-hartung-adhoc", "level": 0.99},
        {"tau2": 0.05, "test": "t"},
        {"convention": "revman5"},
        {"weights": np.linspace(2.0, 0.1, 10)},
        {"tau2": "GENQ", "weights": np.linspace(2.0, 0.1, 10)},
    ],
)
def test_the_fit_again_with_the_mirror_images(lopsided, estimator, options) -> None:
    fit = k2.meta_analysis(lopsided.effects, **options)
    result = k2.trim_and_fill(fit, estimator)
    assert result.side == "left"
    assert 1 <= result.k0 == len(result.filled_yi) == len(result.filled_of) < fit.k
    # the most extreme studies are mirrored at the centre of the others
    top = np.argsort(fit.effects.yi)[fit.k - result.k0 :]
    assert set(result.filled_of.tolist()) == set(top.tolist())
    np.testing.assert_allclose(
        result.filled_yi, 2 * result.centre - fit.effects.yi[result.filled_of], rtol=1e-12
    )
    np.testing.assert_array_equal(result.filled_vi, fit.effects.vi[result.filled_of])
    # the centre is the fit of the others by the same choices
    same = dict(options)
    inside = np.isin(np.arange(fit.k), top, invert=True)
    everyone = np.concatenate([np.arange(fit.k), result.filled_of])
    if "weights" in options:
        same["weights"] = options["weights"][inside]
    assert k2.meta_analysis(fit.effects.subset(inside), **same).estimate == pytest.approx(
        result.centre, rel=1e-9
    )
    # and so is the adjusted fit of all
    if "weights" in options:
        same["weights"] = options["weights"][everyone]
    yi, vi = np.append(fit.effects.yi, result.filled_yi), fit.effects.vi[everyone]
    expected, after = k2.meta_analysis(yi=yi, vi=vi, **same), result.adjusted
    for name in ("estimate", "se", "p_value", "tau2", "q", "i2", "df", "log_likelihood"):
        assert getattr(after, name) == pytest.approx(getattr(expected, name), rel=1e-9), name
    assert tuple(after.ci) == pytest.approx(tuple(expected.ci), rel=1e-9)
    for name in ("model", "tau2", "test", "level", "prediction", "i2_basis", "convention"):
        assert getattr(after.options, name) == getattr(fit.options, name)
    assert after.options.notes[-1].startswith(f"{result.k0} stud")
    assert after.estimate < fit.estimate


def test_side_by_the_lean_or_as_given(lopsided) -> None:
    assert k2.trim_and_fill(lopsided).side == "left"
    mirrored = k2.meta_analysis(yi=-lopsided.effects.yi, vi=lopsided.effects.vi)
    assert k2.trim_and_fill(mirrored).side == "right"
    given = k2.trim_and_fill(lopsided, side="right")
    assert (given.side, given.k0) == ("right", 0)


def test_nothing_missing_leaves_the_fit_itself() -> None:
    fit = k2.meta_analysis(yi=[-0.9, -0.2, 0.0, 0.1, 0.5], vi=[0.3, 0.1, 0.02, 0.1, 0.3])
    result = k2.trim_and_fill(fit, side="left")
    assert result.k0 == 0
    assert result.adjusted is fit
    assert result.filled.empty
    assert list(result.filled) == ["study", "yi", "vi", "mirrors"]
    assert len(result.to_frame()) == 2


@pytest.mark.parametrize("estimator", ["L0", "R0", "Q0"])
def test_equal_effects_have_no_side_that_is_fuller(estimator) -> None:
    fit = k2.meta_analysis(yi=[0.7] * 6, vi=[0.1, 0.2, 0.3, 0.17, 0.9, 1.3])
    for side in ("left", "right"):
        assert k2.trim_and_fill(fit, estimator, side).k0 == 0


def test_equal_standard_errors_need_a_side() -> None:
    fit = k2.meta_analysis(yi=[0.1, 0.2, 0.3, 0.9], sei=[0.2] * 4)
    with pytest.raises(DataError, match="all studies have the same standard error"):
        k2.trim_and_fill(fit)
    assert k2.trim_and_fill(fit, side="left").side == "left"


@pytest.mark.parametrize(
    ("measure", "dataset"),
    [("PFT", "pritz1997"), ("PLO", "pritz1997"), ("RR", "bcg"), ("SMD", "normand1999")],
)
def test_filled_studies_can_be_shown_on_the_natural_scale(measure, dataset) -> None:
    fit = k2.meta_analysis(k2.effect_sizes(k2.load_dataset(dataset), measure))
    for side in ("left", "right"):
        result = k2.trim_and_fill(fit, "L0", side)
        after = result.adjusted
        assert after.measure == measure
        assert np.isfinite(after.effects.natural(after.effects.yi)).all()
        assert len(after.effects.to_frame()) == after.k == fit.k + result.k0
        assert np.isfinite(result.to_frame(natural=True)["estimate"]).all()
        assert str(result.k0) in result.summary()


def test_ratios_given_ready_stay_ratios() -> None:
    effects = k2.effect_sizes(
        {"hr": [0.5, 0.7, 0.8, 0.9, 0.95], "se": [0.5, 0.4, 0.2, 0.1, 0.05]},
        "GEN",
        estimate="hr",
        se="se",
        scale="log",
    )
    result = k2.trim_and_fill(k2.meta_analysis(effects, tau2="DL"))
    assert result.side == "right"
    assert result.k0 >= 1
    assert result.adjusted.effects.is_ratio


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda fit: k2.trim_and_fill(fit.effects), DataError, "fit is a Effects"),
        (lambda fit: k2.trim_and_fill(fit, "l0"), OptionError, "unknown estimator of the number of missing"),
        (lambda fit: k2.trim_and_fill(fit, side="rigth"), OptionError, "did you mean 'right'"),
        (
            lambda fit: k2.trim_and_fill(k2.mantel_haenszel(fit.effects)),
            OptionError,
            "by Mantel-Haenszel pooling",
        ),
    ],
)
def test_refusals(call, error, words) -> None:
    fit = k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), "RR"))
    with pytest.raises(error, match=words):
        call(fit)


def test_two_studies_are_no_funnel() -> None:
    with pytest.raises(DataError, match="k = 2"):
        k2.trim_and_fill(k2.meta_analysis(yi=[0.1, 0.4], vi=[0.1, 0.2]))


def test_too_few_weights_may_be_left(lopsided) -> None:
    weights = [0, 0, 0, 0.98, 0, 0, 0, 0, 0, 0.02]
    fit = k2.meta_analysis(lopsided.effects, tau2="GENQ", weights=weights)
    with pytest.raises(DataError, match="left after trimming cannot be pooled"):
        k2.trim_and_fill(fit, "L0", "left")


def test_an_endless_loop_is_told(lopsided, monkeypatch) -> None:
    numbers = iter([3.0, 5.0, 3.0])
    monkeypatch.setattr(trim_fill, "_missing", lambda distance, estimator: (next(numbers), 1.0))
    with pytest.raises(ConvergenceError, match="back and forth between 3 and 5 missing"):
        k2.trim_and_fill(lopsided)


def test_q0_may_not_exist() -> None:
    fit = k2.meta_analysis(yi=[-0.42, 0.13, 0.77], vi=[0.031, 0.048, 0.12], model="common")
    with pytest.raises(ConvergenceError, match="Q0 does not exist"):
        k2.trim_and_fill(fit, "Q0", "left")


def test_answers_are_frozen_and_shown(lopsided) -> None:
    result = k2.trim_and_fill(lopsided)
    assert repr(result).startswith(f"<TrimFillResult L0: {result.k0} missing on the left, estimate")
    assert result.filled["mirrors"].tolist() == [lopsided.study[i] for i in result.filled_of]
    assert result.adjusted.study[-result.k0 :] == tuple(result.filled["study"])
    assert "p = " in k2.trim_and_fill(lopsided, "R0").summary()
    assert math.isnan(result.p_value)
    with pytest.raises(ValueError, match="read-only"):
        result.filled_yi[0] = 0.0
    with pytest.raises(ValueError, match="read-only"):
        result.filled_of[0] = 0
    few = k2.meta_analysis(yi=[0.1, 0.2, 0.4], vi=[0.1, 0.2, 0.3])
    assert any("k = 3" in text for text in k2.trim_and_fill(few).cautions)
