"""Mantel-Haenszel and Peto against R metafor (stratified.R wrote the numbers)."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest

import k2meta as k2
from k2meta.errors import DataError

REFERENCE = json.loads(Path(__file__).with_name("stratified.json").read_text(encoding="utf-8"))
BINARY, RATES = ("RR", "OR", "RD", "PETO"), ("IRR", "IRD")


def _data(name: str, measure: str) -> dict[str, list[float]]:
    if measure in RATES:
        d = REFERENCE["rates"][name]
        return {"events1": d["x1i"], "time1": d["t1i"], "events2": d["x2i"], "time2": d["t2i"]}
    d = REFERENCE["binary"][name]
    return {"events1": d["ai"], "n1": d["n1i"], "events2": d["ci"], "n2": d["n2i"]}


def _fit(name: str, measure: str, rule: str, **options):
    given = {} if rule == "metafor" else REFERENCE["rules"][rule]
    given = {key: tuple(v) if isinstance(v, list) else v for key, v in given.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd counts are part of the test data
        if measure == "PETO":
            return k2.peto(_data(name, measure), missing="drop", **given)
        return k2.mantel_haenszel(_data(name, measure), measure, missing="drop", **given, **options)


def _close(ours: float, theirs: float | None, rel: float = 1e-12, floor: float = 0.0) -> None:
    assert theirs is not None
    assert math.isclose(ours, float(theirs), rel_tol=rel, abs_tol=floor), (ours, theirs)


CASES = [(row["dataset"], row["measure"], row["rule"]) for row in REFERENCE["fits"]]
ROWS = dict(zip(CASES, REFERENCE["fits"], strict=True))


def test_the_grid_is_complete():
    measures = [(name, m) for name in REFERENCE["binary"] for m in BINARY]
    measures += [(name, m) for name in REFERENCE["rates"] for m in RATES]
    expected = {(name, m, rule) for name, m in measures for rule in REFERENCE["rules"]}
    assert set(CASES) == expected
    assert len(CASES) == len(expected) >= 300


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_pooled_effect_agrees_to_12_digits(case):
    theirs, ours = ROWS[case], _fit(*case)
    # a difference of almost 0 is compared on the scale of its standard error
    floor = 1e-12 * theirs["se"]
    _close(ours.estimate, theirs["b"], floor=floor)
    _close(ours.se, theirs["se"])
    _close(ours.statistic, theirs["zval"], floor=1e-12)
    # p falls by z dz relatively: what agrees to 1e-12 in z agrees to z^2 1e-12 in p
    _close(ours.p_value, theirs["pval"], rel=1e-12 * (2 + float(theirs["zval"]) ** 2))
    _close(ours.ci.low, theirs["ci_lb"], floor=floor)
    _close(ours.ci.high, theirs["ci_ub"], floor=floor)


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_heterogeneity_agrees_to_12_digits(case):
    theirs, ours = ROWS[case], _fit(*case)
    assert ours.q_df == theirs["q_df"]
    _close(ours.q, theirs["q"], rel=1e-11, floor=1e-13)
    _close(ours.q_p, theirs["qp"], rel=1e-11 * (1 + theirs["q"]))
    _close(ours.i2, theirs["i2"], rel=1e-11, floor=1e-11)
    _close(ours.h2, theirs["h2"], rel=1e-11)


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_weights_agree(case):
    theirs, ours = ROWS[case], _fit(*case)
    weights = np.array([np.nan if w is None else w for w in theirs["weights"]])
    assert ours.weights.sum() == pytest.approx(100.0, rel=1e-13)
    np.testing.assert_allclose(
        np.sort(ours.weights[ours.weights > 0]), np.sort(weights[weights > 0]), rtol=1e-12
    )


@pytest.mark.parametrize("case", [c for c in CASES if c[1] in ("OR", "IRR")], ids="-".join)
def test_tests_of_association_and_homogeneity_agree(case):
    theirs, ours = ROWS[case], _fit(*case)
    tests = {test.name.split(" ")[0]: test for test in ours.tests}
    association = ours.tests[0]
    _close(association.statistic, theirs["mh"], floor=1e-12)
    _close(association.p_value, theirs["mhp"], rel=1e-12 * (2 + theirs["mh"]))
    if case[1] == "OR" and tests["Breslow-Day"].df > 0:
        _close(tests["Breslow-Day"].statistic, theirs["bd"], rel=1e-10, floor=1e-12)
        _close(tests["Tarone's"].statistic, theirs["ta"], rel=1e-10, floor=1e-12)
        _close(tests["Tarone's"].p_value, theirs["tap"], rel=1e-10 * (2 + theirs["ta"]))


# metafor gives the test for odds ratios and rate ratios only
UNCORRECTED = [row for row in REFERENCE["uncorrected"] if row["measure"] in ("OR", "IRR")]


@pytest.mark.parametrize("row", UNCORRECTED, ids=lambda r: f"{r['dataset']}-{r['measure']}")
def test_association_without_continuity_correction(row):
    ours = _fit(row["dataset"], row["measure"], "metafor", correct=False).tests[0]
    _close(ours.statistic, row["mh"], floor=1e-12)
    _close(ours.p_value, row["mhp"], rel=1e-12 * (2 + row["mh"]))


@pytest.mark.parametrize("row", REFERENCE["leave_one_out"], ids=lambda r: f"{r['dataset']}-{r['measure']}")
def test_leave_one_out_agrees(row):
    fit = _fit(row["dataset"], row["measure"], "metafor")
    ours = k2.leave_one_out(fit)
    theirs = {key: np.array([np.nan if v is None else v for v in row[key]]) for key in ("b", "se", "q", "i2")}
    if theirs["b"].size != fit.k:
        # metafor also leaves out tables that carry no information: the same answer as with all
        data = _data(row["dataset"], row["measure"])
        n = len(data["events1"])
        known = [i for i in range(n) if all(values[i] is not None for values in data.values())]
        places = [known.index(r) if theirs["b"].size == len(known) else r for r in fit.effects.row]
        theirs = {key: values[places] for key, values in theirs.items()}
    np.testing.assert_allclose(ours.estimate, theirs["b"], rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(ours.se, theirs["se"], rtol=1e-12)
    np.testing.assert_allclose(ours.q, theirs["q"], rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(ours.i2, theirs["i2"], rtol=1e-9, atol=1e-9)


def test_no_information_anywhere_is_an_error():
    with pytest.raises(DataError, match="no events in either arm"):
        k2.mantel_haenszel({"events1": [0, 0], "n1": [10, 12], "events2": [0, 0], "n2": [11, 12]}, "RR")
