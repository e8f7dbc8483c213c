"""influence: every diagnostic by another road, and where something is missing, idle or large."""

from __future__ import annotations

import math

import numpy as np
import pytest

import k2meta as k2
from k2meta.analysis import deletion
from k2meta.errors import DataError
from k2meta.kernels.distributions import chi2_ppf
from k2meta.kernels.tau2 import TAU2_ESTIMATORS

NUMBERS = ("rstudent", "dffits", "cooks_distance", "cov_ratio", "tau2_deleted", "q_deleted", "hat", "dfbetas")


def made(k: int = 9, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    vi = rng.uniform(0.02, 0.4, k)
    return rng.normal(0.3, np.sqrt(vi + 0.1)), vi


def one_by_one(yi: np.ndarray, vi: np.ndarray, options: dict) -> dict[str, np.ndarray]:
    """The diagnostics as the paper writes them, with a fit for each study left out."""
    k = yi.size
    weights = options.get("weights")
    fit = k2.meta_analysis(yi=yi, vi=vi, **options)
    out = {name: np.empty(k) for name in (*NUMBERS, "rstandard")}
    a = 1.0 / (vi + fit.tau2) if weights is None else weights
    share = a / a.sum()
    for i in range(k):
        rest = np.arange(k) != i
        own = options if weights is None else options | {"weights": weights[rest]}
        part = k2.meta_analysis(yi=yi[rest], vi=vi[rest], **own)
        spread = vi + part.tau2
        b = 1.0 / spread if weights is None else weights
        wald = (b[rest] ** 2 * spread[rest]).sum() / b[rest].sum() ** 2
        scale = part.se**2 / wald
        of_all = (b**2 * spread).sum() / b.sum() ** 2
        fitted = share[i] * spread[i] if weights is None else of_all
        change = fit.estimate - part.estimate
        out["rstudent"][i] = (yi[i] - part.estimate) / math.sqrt(scale * (spread[i] + wald))
        out["dffits"][i] = change / math.sqrt(scale * fitted)
        out["dfbetas"][i] = change / math.sqrt(scale * of_all)
        out["cooks_distance"][i] = change**2 / fit.se**2
        out["cov_ratio"][i] = part.se**2 / fit.se**2
        out["tau2_deleted"][i], out["q_deleted"][i], out["hat"][i] = part.tau2, part.q, share[i]
        image = np.eye(k)[i] - share
        out["rstandard"][i] = (yi[i] - fit.estimate) / math.sqrt((image**2 * (vi + fit.tau2)).sum())
    return out


METHODS = [
    *({"tau2": code} for code in TAU2_ESTIMATORS if code != "GENQ"),
    {"tau2": 0.2},
    {"model": "common"},
    {"model": "common", "weights": np.arange(1.0, 10.0)},
    {"tau2": "GENQ", "weights": np.arange(1.0, 10.0)},
    {"weights": np.arange(1.0, 10.0)},
]


CASES = [
    options | {"test": test}
    for options in METHODS
    for test in ("z", "t", "knapp-hartung", "knapp-hartung-adhoc")
    if "model" not in options or test in ("z", "t")
]


@pytest.mark.parametrize("options", CASES, ids=lambda o: "-".join(str(v)[:14] for v in o.values()))
def test_equals_fits_one_by_one(options: dict) -> None:
    yi, vi = made()
    expected = one_by_one(yi, vi, options)
    found = k2.influence(k2.meta_analysis(yi=yi, vi=vi, **options))
    for name, values in expected.items():
        assert np.allclose(getattr(found, name), values, rtol=1e-9, atol=1e-11), name


def test_no_fit_is_made_by_a_loop(monkeypatch) -> None:
    from k2meta.analysis import refits

    calls = []
    original = refits.pool_stack
    monkeypatch.setattr(refits, "pool_stack", lambda *args: calls.append(1) or original(*args))
    yi, vi = made(300)
    k2.influence(k2.meta_analysis(yi=yi, vi=vi))
    assert len(calls) == 1


def test_flags_follow_the_thresholds() -> None:
    yi, vi = made(8)
    yi[2] += 6.0
    found = k2.influence(k2.meta_analysis(yi=yi, vi=vi, model="common"))
    limit = found.thresholds
    assert limit["dffits"] == 3 * math.sqrt(1 / 7)
    assert limit["hat"] == 3 / 8
    assert limit["dfbetas"] == 1.0
    assert limit["cooks_distance"] == pytest.approx(float(chi2_ppf(0.5, 1.0)))
    passed = (
        (np.abs(found.dffits) > limit["dffits"])
        | (found.cooks_distance > limit["cooks_distance"])
        | (found.hat > limit["hat"])
        | (np.abs(found.dfbetas) > 1)
    )
    assert found.is_influential.tolist() == passed.tolist()
    assert found.is_influential[2]
    assert "Study 3" in repr(found)


def test_rows_in_steps_equal_one_call(monkeypatch) -> None:
    yi, vi = made(23)
    fit = k2.meta_analysis(yi=yi, vi=vi)
    whole = k2.influence(fit).to_frame()
    monkeypatch.setattr(deletion, "STEP_NUMBERS", 3 * 23)
    assert k2.influence(fit).to_frame().equals(whole)


@pytest.mark.parametrize("factor", [1e-8, 1e8])
@pytest.mark.parametrize("test", ["z", "knapp-hartung"])
def test_scale_does_not_matter(factor: float, test: str) -> None:
    yi, vi = made()
    plain = k2.influence(k2.meta_analysis(yi=yi, vi=vi, test=test))
    scaled = k2.influence(k2.meta_analysis(yi=factor * yi, vi=factor**2 * vi, test=test))
    for name in ("rstudent", "dffits", "cooks_distance", "cov_ratio", "hat", "dfbetas", "rstandard"):
        assert np.allclose(getattr(scaled, name), getattr(plain, name), rtol=1e-9, atol=0), name
    assert np.allclose(scaled.tau2_deleted, factor**2 * plain.tau2_deleted, rtol=1e-9, atol=0)


def test_a_study_that_carries_nearly_all_weight() -> None:
    yi, vi = np.array([0.1, 0.5, 0.9, 0.4]), np.array([1e-12, 0.3, 0.2, 0.5])
    found = k2.influence(k2.meta_analysis(yi=yi, vi=vi, model="common"))
    # known variances: the standardised residual is the deleted one
    assert np.allclose(found.rstandard, found.rstudent, rtol=1e-9, atol=0)
    rest = k2.meta_analysis(yi=yi[1:], vi=vi[1:], model="common")
    assert found.estimate_deleted[0] == pytest.approx(rest.estimate, rel=1e-14)
    assert found.rstudent[0] == pytest.approx(
        (0.1 - rest.estimate) / math.sqrt(1e-12 + rest.se**2), rel=1e-12
    )


def test_peto_is_inverse_variance_on_its_scores() -> None:
    fit = k2.peto(k2.load_dataset("bcg"))
    found = k2.influence(fit)
    tables = deletion.Tables.of_fit(fit)
    yi, vi = tables.effects_in_q(fit.effects)
    same = k2.influence(k2.meta_analysis(yi=yi, vi=vi, model="common"))
    for name in (*NUMBERS, "rstandard"):
        assert np.allclose(getattr(found, name), getattr(same, name), rtol=1e-9, atol=1e-12), name


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_mantel_haenszel_by_its_definition(measure: str) -> None:
    fit = k2.mantel_haenszel(k2.load_dataset("bcg"), measure)
    found, left = k2.influence(fit), k2.leave_one_out(fit)
    change = fit.estimate - left.estimate
    assert np.allclose(found.dfbetas, change / fit.se)
    assert found.dffits.tolist() == found.dfbetas.tolist()
    assert np.allclose(found.hat.sum(), 1.0)
    assert np.allclose(found.rstandard, (fit.effects.yi - fit.estimate) / fit.effects.sei)
    assert found.is_influential.any()


def test_random_effects_round_mantel_haenszel() -> None:
    fit = k2.mantel_haenszel(k2.load_dataset("bcg"), "RR", model="random")
    found, left = k2.influence(fit), k2.leave_one_out(fit)
    assert found.tau2_deleted.tolist() == left.tau2.tolist()
    expected = (fit.effects.yi - left.estimate) / np.sqrt(fit.effects.vi + left.tau2 + left.se**2)
    assert np.allclose(found.rstudent, expected, rtol=1e-12)


def test_effects_that_do_not_differ_have_no_influence() -> None:
    fit = k2.meta_analysis(yi=[0.7, 0.7, 0.7], vi=[0.1, 0.2, 0.1])
    found = k2.influence(fit)
    for name in ("rstudent", "dffits", "cooks_distance", "dfbetas", "rstandard"):
        assert not getattr(found, name).any(), name
    # Knapp and Hartung's variance is 0 with and without
    assert np.isnan(found.cov_ratio).all()


def test_leaving_out_the_only_weight_is_not_a_number() -> None:
    fit = k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.1, 0.2, 0.1], weights=[0, 0, 1], test="z")
    found = k2.influence(fit)
    assert np.isnan(found.rstudent[2])
    assert np.isnan(found.dfbetas[2])
    assert not found.dfbetas[:2].any()
    assert found.hat.tolist() == [0, 0, 1]


def test_answers_are_facts() -> None:
    found = k2.influence(k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.1, 0.2, 0.1], study=["A", "A", "B"]))
    with pytest.raises(ValueError, match="read-only"):
        found.rstudent[0] = 0.0
    frame = found.to_frame()
    assert frame["study"].tolist() == ["A", "A", "B"]
    assert frame.columns.tolist() == [
        "study", "rstudent", "dffits", "cooks_distance", "cov_ratio", "tau2_deleted", "q_deleted", "hat",
        "weight", "dfbetas", "influential",
    ]  # fmt: skip
    assert found.measure == "GEN"


def test_bad_input_is_told() -> None:
    with pytest.raises(DataError, match="at least 2 studies"):
        k2.influence(k2.meta_analysis(yi=[0.1], vi=[0.1]))
    with pytest.raises(DataError, match="fit is a list"):
        k2.influence([0.1, 0.2])
