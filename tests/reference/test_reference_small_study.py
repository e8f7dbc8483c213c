"""Small-study tests, trim and fill, LFK index, cumulative fits against R (see small_study.R)."""

from __future__ import annotations

import json
import math
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import k2meta as k2
from k2meta.errors import ConvergenceError

HERE = Path(__file__).parent
REFERENCE = json.loads((HERE / "small_study.json").read_text(encoding="utf-8"))
SETS = json.loads((HERE / "pooling.json").read_text(encoding="utf-8"))["datasets"]
TABLES = json.loads((HERE / "stratified.json").read_text(encoding="utf-8"))["binary"]
TESTS = {"z": "z", "t": "t", "knha": "knapp-hartung"}
ROLES = {"events1": "ai", "n1": "n1i", "events2": "ci", "n2": "n2i"}
# Largest difference measured: 1e-11 (p-values down to 1e-53), 1e-12 for everything else.
REL = 1e-10


@cache
def fit(name: str, method: str = "EE", test: str = "z"):
    choice = {"model": "common"} if method == "EE" else {"tau2": method}
    return k2.meta_analysis(yi=SETS[name]["yi"], vi=SETS[name]["vi"], test=TESTS[test], **choice)


@cache
def tables(name: str):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zero cells are told of
        return k2.effect_sizes(TABLES[name], "OR", missing="drop", **ROLES)


def rows_of(part: str, name: str):
    return [row for row in REFERENCE[part] if row["dataset"] == name]


def names_in(part: str) -> list[str]:
    return list(dict.fromkeys(row["dataset"] for row in REFERENCE[part]))


def agree(ours, theirs, floor=0.0, rel=REL, what=""):
    """Equal relatively, or to ``rel`` of the floor."""
    ours = np.asarray(ours, dtype=float)
    theirs = np.array(
        [np.nan if x is None else float(x) for x in np.atleast_1d(np.asarray(theirs, dtype=object))]
    )
    np.testing.assert_allclose(
        np.atleast_1d(ours), theirs, rtol=rel, atol=rel * float(np.max(floor)), equal_nan=True, err_msg=what
    )


def line_agrees(test, row, smallest_variance: float = 0.0) -> None:
    width = test.ci.width
    agree(test.slope, row["slope"], test.slope_se)
    agree(test.slope_se, row["slope_se"])
    agree(test.statistic, row["statistic"], 1.0)
    agree(test.p_value, row["p"])
    agree(test.df, math.inf if row["df"] is None else row["df"])
    agree(test.estimate, row["limit"], width)
    agree(test.ci.low, row["ci_lb"], width)
    agree(test.ci.high, row["ci_ub"], width)
    if math.isnan(test.tau2):
        agree(test.dispersion, row["extra"])
    else:
        agree(test.tau2, row["extra"], smallest_variance)


def test_the_grid_is_complete() -> None:
    usable = {name for name, data in SETS.items() if len(data["yi"]) >= 3}
    assert len(usable) >= 47
    assert set(names_in("begg")) == set(names_in("lfk")) == set(names_in("egger")) == usable
    kinds = {(row["model"], row.get("test"), row["predictor"]) for row in REFERENCE["egger"]}
    assert kinds == {
        ("lm", None, "sei"), ("lm", None, "vi"), ("EE", "z", "sei"), ("EE", "t", "sei"),
        *((method, test, "sei") for method in ("DL", "PM", "REML") for test in TESTS),
    }  # fmt: skip
    assert len(REFERENCE["egger"]) >= 47 * len(kinds) - 12
    assert len(names_in("counted")) >= 16
    assert len(REFERENCE["counted"]) >= 65
    assert len(names_in("trim_fill")) >= 46
    assert len(REFERENCE["trim_fill"]) >= 46 * 18 - 13
    assert len(names_in("cumulative")) >= 19


@pytest.mark.parametrize("name", names_in("egger"))
def test_egger(name) -> None:
    predictors = {"sei": "se", "vi": "var"}
    for row in rows_of("egger", name):
        if row["model"] == "lm":
            ours = k2.egger_test(fit(name), predictor=predictors[row["predictor"]])
        else:
            ours = k2.egger_test(fit(name, row["model"], row["test"]), "meta-regression")
        line_agrees(ours, row, min(SETS[name]["vi"]))


@pytest.mark.parametrize("name", names_in("begg"))
def test_begg(name) -> None:
    (row,) = rows_of("begg", name)
    ours = k2.begg_test(fit(name))
    agree(ours.estimate, row["tau"], 1.0)
    agree(ours.p_value, row["p"])


@pytest.mark.parametrize("name", names_in("counted"))
def test_tests_that_need_counts(name) -> None:
    effects = tables(name)
    events, size = effects.role("events1") + effects.role("events2"), effects.role("n1") + effects.role("n2")
    informative = effects.subset((events > 0) & (events < size))
    for row in rows_of("counted", name):
        if row["test"] == "harbord":
            ours = k2.harbord_test(effects)
        elif row["test"] == "peters":
            ours = k2.peters_test(effects)
        else:
            ours = k2.egger_test(informative, predictor=row["test"].removeprefix("egger "))
        assert ours.k == row["k"]
        line_agrees(ours, row)


@pytest.mark.parametrize("name", names_in("sides"))
def test_trim_and_fill_chooses_the_same_side(name) -> None:
    for row in rows_of("sides", name):
        if row["side"] is None:
            assert name == "tiny_scale"  # metafor takes the standard errors for collinear with the intercept
            continue
        assert k2.trim_and_fill(fit(name, row["method"])).side == row["side"]


@pytest.mark.parametrize("name", names_in("trim_fill"))
def test_trim_and_fill(name) -> None:
    smallest = min(SETS[name]["vi"])
    for row in rows_of("trim_fill", name):
        ours = k2.trim_and_fill(fit(name, row["method"]), row["estimator"], row["side"])
        what = f"{row['method']} {row['estimator']} {row['side']}"
        assert ours.k0 == row["k0"], what
        if name == "three_studies" and ours.k0 == 2:
            # one study is left: its distance from itself is 0 here and 1e-16, hence positive, in metafor
            assert ours.centre == min(SETS[name]["yi"])
        else:
            agree(ours.se_k0, row["se_k0"], what=what)
        agree(ours.p_value, row["p"], what=what)
        after = ours.adjusted
        agree(after.estimate, row["b"], after.se, what=what)
        agree(after.se, row["se"], what=what)
        agree(after.tau2, row["tau2"], smallest, what=what)
        agree(after.q, row["q"], what=what)
        if ours.k0:
            agree(np.sort(ours.filled_yi), row["filled"], after.se, what=what)


def test_q0_does_not_exist_where_metafor_finds_none_either() -> None:
    known = {(row["dataset"], row["method"], row["estimator"], row["side"]) for row in REFERENCE["trim_fill"]}
    lost = [
        (name, method, estimator, side)
        for name in names_in("begg")
        for method in ("EE", "DL", "REML")
        for estimator in ("L0", "R0", "Q0")
        for side in ("left", "right")
        if (name, method, estimator, side) not in known
    ]
    assert 10 <= len(lost) <= 13
    for name, method, estimator, side in lost:
        assert estimator == "Q0"
        with pytest.raises(ConvergenceError, match="Q0 does not exist"):
            k2.trim_and_fill(fit(name, method), estimator, side)


@pytest.mark.parametrize("name", names_in("lfk"))
def test_lfk_index(name) -> None:
    (row,) = rows_of("lfk", name)
    ours = k2.lfk_index(fit(name))
    agree(ours.z, row["z"], 1.0)
    agree(ours.index, row["index"], 1.0)


@pytest.mark.parametrize("name", names_in("cumulative"))
def test_cumulative(name) -> None:
    for row in rows_of("cumulative", name):
        if row["method"] in ("MH", "PETO"):
            data = TABLES[name]
            whole = (
                k2.peto(data, **ROLES)
                if row["method"] == "PETO"
                else k2.mantel_haenszel(data, row["test"], **ROLES)
            )
            ours = k2.cumulative_meta_analysis(whole, np.add(data["n1i"], data["n2i"]))
        else:
            ours = k2.cumulative_meta_analysis(fit(name, row["method"], row["test"]), "precision")
        some = np.nanmax(ours.se)
        agree(ours.estimate, row["b"], some)
        agree(ours.se, row["se"])
        agree(ours.statistic, row["statistic"], 1.0)
        agree(ours.p_value, row["p"])
        agree(ours.ci_low, row["ci_lb"], some)
        agree(ours.ci_high, row["ci_ub"], some)
        agree(ours.q, row["q"], 1.0)
        agree(ours.tau2, row["tau2"], ours.fit.effects.vi.min())
        agree(ours.i2, row["i2"], 100.0)


# --- numbers of R's meta ---------------------------------------------------------------------------------

# Rows and numbers that R meta 8.5.0 gave (metabias, method.bias "Harbord" and "Peters"), published with the
# reference data of PyMetaAnalysis.
PUBLISHED = {
    "events1": [12, 5, 20, 7, 3, 9, 14, 6, 11, 8, 0, 4],
    "n1": [100, 80, 120, 90, 55, 70, 95, 60, 88, 72, 50, 65],
    "events2": [18, 9, 15, 10, 7, 12, 16, 9, 14, 11, 3, 0],
    "n2": [110, 75, 130, 95, 60, 74, 100, 64, 92, 76, 55, 70],
}


@pytest.mark.parametrize(
    ("test", "slope", "slope_se", "statistic", "p", "limit", "low", "high", "dispersion"),
    [
        (
            k2.harbord_test,
            -0.63420980739069088, 1.1312369085805871, -0.56063394199758021, 0.58738743443011354,
            0.11204544678315458, -1.1371367692765348, 1.3612276628428441, 1.2071791682936763,
        ),
        (
            k2.peters_test,
            -166.01752732844952, 107.49182254701471, -1.5444665779653786, 0.15350801132981251,
            0.77965187369774214, -0.65962872674847051, 2.2189324741439549, 4.3752074507622432,
        ),
    ],
)  # fmt: skip
def test_numbers_of_r_meta(test, slope, slope_se, statistic, p, limit, low, high, dispersion) -> None:
    ours = test(k2.effect_sizes(PUBLISHED, "OR", **{name: name for name in PUBLISHED}))
    theirs = (slope, slope_se, statistic, p, limit, low, high, dispersion)
    numbers = (
        ours.slope,
        ours.slope_se,
        ours.statistic,
        ours.p_value,
        ours.estimate,
        *ours.ci,
        ours.dispersion,
    )
    np.testing.assert_allclose(numbers, theirs, rtol=1e-13)
    assert (ours.df, ours.k) == (10.0, 12)
