"""meta_regression against R metafor (regression.R wrote the numbers; README.md says what they are)."""

from __future__ import annotations

import json
import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import k2meta as k2

REFERENCE = json.loads(Path(__file__).with_name("regression.json").read_text(encoding="utf-8"))
DATASETS = REFERENCE["datasets"]
CLOSED, ITERATIVE = REFERENCE["closed_form"], REFERENCE["iterative"]
TESTS = {"z": "z", "t": "t", "knha": "knapp-hartung", "adhoc": "knapp-hartung-adhoc"}
ROWS = {(row["dataset"], row["method"]): row for row in REFERENCE["fits"]}
CASES = list(ROWS)
IDS = ["-".join(case) for case in CASES]


def formula_of(name: str) -> str:
    """R's formula in our language: factor() is C(), and a power is written with two stars."""
    return DATASETS[name]["formula"].replace("factor(", "C(").replace("^", "**")


@cache
def effects_of(name: str):
    data = pd.DataFrame(DATASETS[name]["data"])
    return k2.effect_sizes(data, "GEN", estimate="yi", var="vi")


def new_of(name: str) -> pd.DataFrame:
    new = DATASETS[name]["new"]
    return pd.DataFrame({key: value if isinstance(value, list) else [value] for key, value in new.items()})


@cache
def fit(name: str, method: str, test: str, level: float = 0.95):
    options = {"test": TESTS[test], "level": level}
    effects, formula = effects_of(name), formula_of(name)
    if method == "EE":
        return k2.meta_regression(formula, effects, model="common", **options)
    if method == "GENQ":
        return k2.meta_regression(formula, effects, tau2="GENQ", weights=1 / np.sqrt(effects.vi), **options)
    return k2.meta_regression(formula, effects, tau2=method, **options)


@cache
def tolerance(name: str, method: str) -> float:
    """1e-10 or 1e-8; more where a calendar year is so far from centred that metafor loses digits.

    Its sums lose the square of the condition number of the design. Ours do not: they are held to exact
    fractions in tests/contracts/test_regression_contracts.py.
    """
    x = fit(name, "DL", "z").design
    lost = 1e-15 * np.linalg.cond(x / np.linalg.norm(x, axis=0)) ** 2
    return max(1e-10 if method in CLOSED or method == "EE" else 1e-8, lost)


def agree(ours, theirs, rel: float, floor=0.0) -> None:
    ours, theirs = np.atleast_1d(np.asarray(ours, dtype=float)), np.atleast_1d(np.array(theirs, dtype=float))
    assert ours.shape == theirs.shape
    gap = np.isnan(theirs)
    assert (np.isnan(ours) == gap).all(), (ours, theirs)
    worst = np.abs(ours - theirs)[~gap] / (rel * np.abs(theirs) + floor + 1e-300)[~gap]
    assert (worst <= 1).all(), f"{ours} against {theirs}: {rel * worst.max():.2g}"


def order_of(name: str) -> np.ndarray:
    """Position of each of R's columns among ours: interactions may come in another order."""
    theirs = [c.replace("(Intercept)", "Intercept").replace("^", " ** ") for c in DATASETS[name]["columns"]]
    ours = [re.sub(r"\[(T\.)?|\]", "", t).replace("C(", "factor(") for t in fit(name, "DL", "z").terms]
    return np.array([ours.index(column) for column in theirs])


def test_the_grid_is_complete():
    estimators = {
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
        "EE",
    }
    assert set(CLOSED) | set(ITERATIVE) | {"EE"} == estimators == set(REFERENCE["estimators"])
    assert set(CASES) == {(name, method) for name in DATASETS for method in estimators}
    assert len(REFERENCE["fits"]) == len(CASES)
    assert len(DATASETS) >= 22
    assert all(set(row["tests"]) == set(TESTS) for row in REFERENCE["fits"])
    assert (
        len({d["source"].split(",")[0] for d in DATASETS.values() if d["source"].startswith("metadat")}) >= 10
    )
    refined = [case for case in CASES if ROWS[case]["refined"]]
    assert len(refined) <= len(CASES) // 20, refined


@pytest.mark.parametrize("name", DATASETS)
def test_design(name):
    assert sorted(order_of(name)) == list(range(len(DATASETS[name]["columns"])))


@pytest.mark.parametrize(("name", "method"), CASES, ids=IDS)
def test_heterogeneity_and_fit(name, method):
    row, rel = ROWS[name, method], tolerance(name, method)
    ours = fit(name, method, "z")
    v_min = float(ours.effects.vi.min())
    agree(ours.tau2, row["tau2"], rel, rel * v_min)
    if not row["refined"] and method != "EE":
        agree(ours.se_tau2, row["se_tau2"], rel)
    floor = 100 * rel * v_min / (row["tau2"] + v_min)
    agree(ours.i2, row["i2"], rel, 0.0 if row["tau2"] else floor)
    agree(ours.h2, row["h2"], rel)
    agree(ours.qe, row["qe"], min(rel, tolerance(name, "EE")))
    agree(ours.qe_p, row["qe_p"], tolerance(name, "EE") * (1 + row["qe"]))
    agree(ours.weights, row["weights"], rel)
    if row["fit"] is not None:
        for name_, value in row["fit"].items():
            agree({"ll": ours.log_likelihood}.get(name_, getattr(ours, name_, None)), value, rel, rel)


@pytest.mark.parametrize(("name", "method"), CASES, ids=IDS)
def test_r2(name, method):
    row, ours = ROWS[name, method], fit(name, method, "z")
    if method == "EE":
        assert math.isnan(ours.r2)
        return
    rel = tolerance(name, method)
    agree(ours.tau2_without, row["tau2_without"], rel, rel * ours.effects.vi.min())
    if row["r2"] is not None:
        agree(ours.r2, row["r2"], 10 * rel, 100 * rel)


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize(("name", "method"), CASES, ids=IDS)
def test_coefficients_and_predictions(name, method, test):
    row, rel = ROWS[name, method]["tests"][test], tolerance(name, method)
    if method == "EE" and test in ("knha", "adhoc"):
        with pytest.raises(k2.OptionError, match="random-effects"):
            fit(name, method, test)
        return
    ours, order = fit(name, method, test), order_of(name)
    se = np.array(row["se"], ndmin=1)
    table = ours.coefficients.iloc[order]
    agree(table["estimate"], row["b"], rel, rel * se)
    agree(table["se"], row["se"], rel)
    agree(table["statistic"], row["stat"], rel, rel)
    agree(table["ci_low"], row["ci_lb"], rel, rel * se)
    agree(table["ci_high"], row["ci_ub"], rel, rel * se)
    slope = 1.0 + np.array(row["stat"], ndmin=1) ** 2  # how much faster than z the logarithm of p falls
    agree(table["p_value"] / slope, np.array(row["pval"], ndmin=1) / slope, 4 * rel * slope.max())
    if row["vcov"] is not None:
        theirs = np.reshape(row["vcov"], (se.size, se.size))
        agree(ours.vcov[np.ix_(order, order)], theirs, rel, rel * np.outer(se, se))
    agree(ours.qm, row["qm"], 4 * rel)
    agree(ours.qm_p, row["qm_p"], rel * (4 + 4 * row["qm"] * ours.qm_df))
    out = ours.predict(new_of(name))
    size = rel * np.array(row["pred_se"], ndmin=1)
    agree(out["estimate"], row["pred"], rel, size)
    agree(out["se"], row["pred_se"], rel)
    agree(out["ci_low"], row["pred_lb"], rel, size)
    agree(out["ci_high"], row["pred_ub"], rel, size)
    if method != "EE":  # there metafor repeats the confidence interval
        agree(out["pi_low"], row["pi_lb"], rel, size)
        agree(out["pi_high"], row["pi_ub"], rel, size)


def _id(row):
    return "-".join(str(row[key]) for key in ("dataset", "method", "test", "level") if key in row)


@pytest.mark.parametrize("row", REFERENCE["residuals"], ids=_id)
def test_residuals(row):
    ours = fit(row["dataset"], row["method"], row["test"]).study_frame()
    size = 1e-8 * np.sqrt(ours["vi"])
    agree(ours["residual"], row["resid"], 1e-8, size)
    agree(ours["hat"], row["hat"], 1e-8)
    some = ours["hat"] < 1 - 1e-9  # a study with a level of its own has no residual to be judged by
    agree(ours["residual_se"][some], np.array(row["se"])[some], 1e-8)
    agree(ours["standardized"][some], np.array(row["z"])[some], 1e-8, 1e-8)


@pytest.mark.parametrize("row", REFERENCE["anovas"], ids=lambda r: f"{_id(r)}-{r['columns']}")
def test_terms(row):
    ours = fit(row["dataset"], row["method"], row["test"])
    order = order_of(row["dataset"])
    found = ours.test_terms(*(ours.terms[order[j]] for j in row["columns"]))
    agree(found.statistic, row["qm"], 1e-8, 1e-12)
    agree(found.p_value, row["p"], 1e-8 * (4 + row["qm"] * len(row["columns"])))


@pytest.mark.parametrize("row", REFERENCE["levels"], ids=_id)
def test_other_levels(row):
    ours, order = fit(row["dataset"], row["method"], row["test"]), order_of(row["dataset"])
    limits = ours.conf_int(level=row["level"]).iloc[order]
    size = 1e-8 * ours.se[order]
    agree(limits["ci_low"], row["ci_lb"], 1e-8, size)
    agree(limits["ci_high"], row["ci_ub"], 1e-8, size)
    out = ours.predict(new_of(row["dataset"]), level=row["level"])
    agree(out["pi_low"], row["pi_lb"], 1e-8, 1e-8 * out["se"].to_numpy())
    agree(out["pi_high"], row["pi_ub"], 1e-8, 1e-8 * out["se"].to_numpy())


@pytest.mark.parametrize("row", REFERENCE["user_weights"], ids=_id)
def test_user_weights(row):
    name, order = row["dataset"], order_of(row["dataset"])
    options = {"model": "common"} if row["method"] == "EE" else {"tau2": row["method"]}
    ours = k2.meta_regression(
        formula_of(name), effects_of(name), weights=row["weights"], test=TESTS[row["test"]], **options
    )
    se, rel = np.array(row["se"], ndmin=1), tolerance(name, "DL")
    agree(ours.tau2, row["tau2"], rel, rel * ours.effects.vi.min())
    agree(ours.qe, row["qe"], rel)
    agree(ours.beta[order], row["b"], rel, rel * se)
    agree(ours.se[order], row["se"], rel)
    agree(ours.qm, row["qm"], 1e-8)
    agree(ours.log_likelihood, row["ll"], 1e-9, 1e-9)
    frame = ours.study_frame()
    agree(frame["hat"], row["hat"], 1e-8)
    some = frame["hat"] < 1 - 1e-9
    agree(frame["residual_se"][some], np.array(row["resid_se"])[some], 1e-8)
    agree(ours.predict(new_of(name))["se"], row["pred_se"], 10 * rel)


@pytest.mark.parametrize("row", REFERENCE["q_profile"], ids=_id)
def test_q_profile_limits(row):
    ours = fit(row["dataset"], "DL", "z").heterogeneity().tau2_ci
    if ours.note:
        assert row["low"] == row["high"] == 0  # metafor writes the null set so
        return
    agree([ours.low, ours.high], [row["low"], row["high"]], 1e-7)
