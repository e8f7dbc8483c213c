"""meta_analysis against R metafor (pooling.R wrote the numbers; README.md says what they are)."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import k2meta as k2
from k2meta.kernels.distributions import chi2_ppf

REFERENCE = json.loads(Path(__file__).with_name("pooling.json").read_text(encoding="utf-8"))
DATA = {
    name: (np.array(d["yi"], dtype=float), np.array(d["vi"], dtype=float))
    for name, d in REFERENCE["datasets"].items()
}
CLOSED, ITERATIVE = REFERENCE["closed_form"], REFERENCE["iterative"]
TESTS = {"z": "z", "t": "t", "knha": "knapp-hartung", "adhoc": "knapp-hartung-adhoc"}
ROWS = {(row["dataset"], row["method"]): row for row in REFERENCE["fits"]}
CASES = list(ROWS)


def kinds_of_test(method: str) -> list[str]:
    # Knapp-Hartung is a random-effects method: k2meta refuses it for a common effect
    return ["z", "t"] if method == "EE" else list(TESTS)


@cache
def fit(name: str, method: str, test: str):
    yi, vi = DATA[name]
    test = TESTS[test]
    if method == "EE":
        return k2.meta_analysis(yi=yi, vi=vi, model="common", test=test)
    if method in ("GENQ", "GENQS"):
        weights = 1.0 / vi if method == "GENQ" else 1.0 / np.sqrt(vi)
        return k2.meta_analysis(yi=yi, vi=vi, tau2="GENQ", weights=weights, test=test)
    return k2.meta_analysis(yi=yi, vi=vi, tau2=method, test=test)


def tolerance(method: str) -> float:
    return 1e-10 if method in CLOSED else 1e-8


def agree(ours: float, theirs: float | None, rel: float, floor: float = 0.0) -> None:
    if theirs is None:
        assert math.isnan(ours), ours
        return
    theirs = float(theirs)  # "Inf" is written as text
    assert math.isclose(ours, theirs, rel_tol=rel, abs_tol=floor), (
        f"{ours!r} against {theirs!r}: {abs(ours - theirs) / max(abs(theirs), 1e-300):.2g}"
    )


def test_the_grid_is_complete():
    expected = {
        "DL",
        "DLIT",
        "HE",
        "HS",
        "HSk",
        "SJ",
        "SJIT",
        "ML",
        "REML",
        "EB",
        "PM",
        "PMM",
        "GENQ",
        "GENQS",
        "EE",
    }
    assert set(CLOSED) | set(ITERATIVE) == expected == set(REFERENCE["estimators"])
    assert set(CASES) == {(name, method) for name in DATA for method in expected}
    assert len(REFERENCE["fits"]) == len(CASES)
    assert len(DATA) >= 45
    for (_, method), row in ROWS.items():
        assert set(row["tests"]) >= set(kinds_of_test(method))
    sizes = [yi.size for yi, _ in DATA.values()]
    assert min(sizes) == 2
    assert sum(size > 60 for size in sizes) >= 3


def test_few_rows_are_refined_and_each_says_why():
    refined = {case: row["reason"] for case, row in ROWS.items() if row["refined"]}
    assert set(refined.values()) <= {
        "metafor did not converge",
        "metafor stopped short of the root",
        "metafor ended elsewhere",
    }
    assert len(refined) <= 20
    # the unrefined rows are metafor's own answers, and an independent solver agrees with them
    gaps = [row["gap"] for row in ROWS.values() if row["method"] in ITERATIVE and not row["refined"]]
    assert max(gaps) <= 1e-10


@pytest.mark.parametrize(("name", "method"), CASES, ids=["-".join(case) for case in CASES])
def test_between_study_variance(name, method):
    row, ours, rel = ROWS[name, method], fit(name, method, "z"), tolerance(method)
    vi = DATA[name][1]
    # where the exact answer is 0, metafor's iterations end near it: judged against the variances
    floor = 1e-9 * rel * float(vi.min()) / 1e-8
    agree(ours.tau2, row["tau2"], rel, floor)
    agree(ours.se_tau2, row["se_tau2"], rel)
    agree(ours.i2, row["i2"], rel, 100.0 * floor / float(vi.min()))
    agree(ours.h2, row["h2"], rel)
    agree(ours.q, row["q"], 1e-10, 1e-12)
    # p of a statistic that agrees to 1e-11 agrees to Q/2 times that
    agree(ours.q_p, row["qp"], 1e-11 * (10 + row["q"]))
    assert ours.convergence.converged


@pytest.mark.parametrize(("name", "method"), CASES, ids=["-".join(case) for case in CASES])
def test_likelihood(name, method):
    row, ours, rel = ROWS[name, method], fit(name, method, "z"), tolerance(method)
    theirs = row["reml" if method == "REML" else "ml"]
    # a log-likelihood is a sum of k logarithms that may cancel: rounding is relative to their size
    size = 1e-12 * float(np.abs(np.log(DATA[name][1])).sum())
    agree(ours.log_likelihood, theirs["ll"], rel, size)
    agree(ours.aic, theirs["aic"], rel, 2 * size)
    agree(ours.bic, theirs["bic"], rel, 2 * size)
    agree(ours.aicc, theirs["aicc"], rel, 2 * size)


ALL = [(name, method, test) for name, method in CASES for test in kinds_of_test(method)]


@pytest.mark.parametrize(("name", "method", "test"), ALL, ids=["-".join(case) for case in ALL])
def test_pooled_effect(name, method, test):
    row, ours, rel = ROWS[name, method]["tests"][test], fit(name, method, test), tolerance(method)
    floor = rel * row["se"]  # an effect of almost 0 is judged against its standard error
    agree(ours.estimate, row["b"], rel, floor)
    agree(ours.se, row["se"], rel)
    agree(ours.statistic, row["zval"], rel, rel)
    assert ours.df == (math.inf if row["ddf"] is None else row["ddf"])
    slope = 1.0 + (row["zval"] ** 2 if math.isinf(ours.df) else ours.df)
    agree(ours.p_value, row["pval"], rel * slope)
    agree(ours.ci.low, row["ci_lb"], rel, floor)
    agree(ours.ci.high, row["ci_ub"], rel, floor)
    prediction = ours.prediction_interval()
    agree(prediction.low, row["pi_lb"], rel, floor)
    agree(prediction.high, row["pi_ub"], rel, floor)


WEIGHTED = [case for case in CASES if "weights" in ROWS[case]]


@pytest.mark.parametrize(("name", "method"), WEIGHTED, ids=["-".join(case) for case in WEIGHTED])
def test_weights(name, method):
    ours = fit(name, method, "z").weights
    np.testing.assert_allclose(ours, ROWS[name, method]["weights"], rtol=tolerance(method))
    assert ours.sum() == pytest.approx(100.0, rel=1e-13)


@pytest.mark.parametrize("row", REFERENCE["blups"], ids=lambda r: f"{r['dataset']}-{r['test']}")
def test_blups(row):
    ours = fit(row["dataset"], "REML", row["test"]).blups()
    scale = 1e-8 * np.sqrt(DATA[row["dataset"]][1])
    for column, name in (("estimate", "pred"), ("se", "se"), ("pi_low", "pi_lb"), ("pi_high", "pi_ub")):
        theirs = np.array(row[name])
        assert (np.abs(ours[column].to_numpy() - theirs) <= 1e-8 * np.abs(theirs) + scale).all(), column


def _id(row):
    return "-".join(str(row[key]) for key in ("dataset", "method", "test", "level") if key in row)


@pytest.mark.parametrize("row", REFERENCE["user_weights"], ids=_id)
def test_user_weights(row):
    yi, vi = DATA[row["dataset"]]
    options = {"model": "common"} if row["method"] == "EE" else {"tau2": row["method"]}
    if row["method"] == "EE" and row["test"] == "knha":
        with pytest.raises(k2.errors.OptionError, match="random-effects"):
            k2.meta_analysis(yi=yi, vi=vi, weights=row["weights"], test="knapp-hartung", **options)
        return
    ours = k2.meta_analysis(yi=yi, vi=vi, weights=row["weights"], test=TESTS[row["test"]], **options)
    floor = 1e-8 * row["se"]
    agree(ours.tau2, row["tau2"], 1e-8, 1e-9 * float(vi.min()))
    agree(ours.q, row["q"], 1e-10)
    agree(ours.estimate, row["b"], 1e-8, floor)
    agree(ours.se, row["se"], 1e-8)
    agree(ours.ci.low, row["ci_lb"], 1e-8, floor)
    agree(ours.ci.high, row["ci_ub"], 1e-8, floor)
    agree(ours.p_value, row["pval"], 1e-8 * (1 + row["zval"] ** 2))


@pytest.mark.parametrize("row", REFERENCE["fixed_tau2"], ids=_id)
def test_fixed_tau2(row):
    yi, vi = DATA[row["dataset"]]
    ours = k2.meta_analysis(yi=yi, vi=vi, tau2=row["tau2"], test=TESTS[row["test"]])
    floor = 1e-10 * row["se"]
    assert ours.tau2 == row["tau2"]
    for value, name in (
        (ours.i2, "i2"),
        (ours.h2, "h2"),
        (ours.estimate, "b"),
        (ours.se, "se"),
        (ours.ci.low, "ci_lb"),
        (ours.ci.high, "ci_ub"),
        (ours.prediction_interval().low, "pi_lb"),
        (ours.prediction_interval().high, "pi_ub"),
    ):
        agree(value, row[name], 1e-10, floor)
    agree(ours.log_likelihood, row["ml"]["ll"], 1e-10, 1e-11)
    agree(ours.aic, row["ml"]["aic"], 1e-10, 1e-11)
    agree(ours.bic, row["ml"]["bic"], 1e-10, 1e-11)


@pytest.mark.parametrize("row", REFERENCE["levels"], ids=_id)
def test_other_levels(row):
    ours = fit(row["dataset"], "REML", "knha")
    floor = 1e-8 * ours.se
    interval, prediction = ours.conf_int(level=row["level"]), ours.prediction_interval(level=row["level"])
    agree(interval.low, row["ci_lb"], 1e-8, floor)
    agree(interval.high, row["ci_ub"], 1e-8, floor)
    agree(prediction.low, row["pi_lb"], 1e-8, floor)
    agree(prediction.high, row["pi_ub"], 1e-8, floor)


def _q(yi, vi, tau2):
    w = 1.0 / (vi + tau2)
    residual = yi - (w * yi).sum() / w.sum()
    return float((w * residual**2).sum())


@pytest.mark.parametrize("name", [row["dataset"] for row in REFERENCE["q_profile"]])
def test_q_profile_limits_are_exact_roots(name):
    yi, vi = DATA[name]
    interval = fit(name, "REML", "z").heterogeneity("QP").tau2_ci
    for limit, probability in ((interval.low, 0.975), (interval.high, 0.025)):
        target = float(chi2_ppf(probability, yi.size - 1))
        if limit > 0:
            assert _q(yi, vi, limit) == pytest.approx(target, rel=1e-10)
        else:
            assert _q(yi, vi, 0.0) <= target


@pytest.mark.parametrize("row", REFERENCE["q_profile"], ids=_id)
def test_q_profile_limits_agree_with_metafor(row):
    ours = fit(row["dataset"], "REML", "z").heterogeneity("QP")
    if row["dataset"] == "homogeneous":
        # Q(0) is below both quantiles: the interval is the null set; metafor writes 0 to 0 and says so
        assert row["tau2"] == [0, 0]
        assert math.isnan(ours.tau2_ci.low)
        assert "empty" in ours.tau2_ci.note
        return
    # metafor's root search is asked for its tightest answer; its default one is good to 4 digits only
    for interval, name, rel in (
        (ours.tau2_ci, "tau2", 1e-7),
        (ours.i2_ci, "i2", 1e-7),
        (ours.h2_ci, "h2", 1e-7),
        (ours.tau2_ci, "default_tau2", 2e-2),
    ):
        for value, theirs in zip((interval.low, interval.high), row[name], strict=True):
            if name == "default_tau2" and (value > 100 or theirs is None):
                continue  # capped at 100, or no root found there
            agree(value, theirs, rel, 1e-4 if name == "default_tau2" else 0.0)
