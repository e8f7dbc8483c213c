"""Points of the companions of the forest plot against R metafor (companions.R wrote the numbers)."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

import k2meta as k2
from k2meta.figures.companions.bubble_line import line_along

REFERENCE = json.loads(Path(__file__).with_name("companions.json").read_text(encoding="utf-8"))
BINARY, RATES, MODELS = ("RR", "OR", "RD", "AS"), ("IRR", "IRD", "IRSD"), ("random", "common")


def _key(row: dict) -> tuple:
    return row["dataset"], row["measure"], row["model"]


def _effects(name: str, measure: str):
    if measure in RATES:
        d = REFERENCE["rates"][name]
        roles = {"events1": d["x1i"], "time1": d["t1i"], "events2": d["x2i"], "time2": d["t2i"]}
    else:
        d = REFERENCE["binary"][name]
        roles = {"events1": d["ai"], "n1": d["n1i"], "events2": d["ci"], "n2": d["n2i"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", k2.DataWarning)
        return k2.effect_sizes(None, measure, **roles)


def _fit(name: str, measure: str, model: str):
    return k2.meta_analysis(_effects(name, measure), model=model, test="z")


CASES = [(name, m, model) for name in REFERENCE["binary"] for m in BINARY for model in MODELS]


def test_the_grid_is_complete():
    assert {_key(row) for row in REFERENCE["funnel"]} == set(CASES)
    assert {_key(row) for row in REFERENCE["baujat"]} == set(CASES)
    assert {(*_key(row), row["centre"]) for row in REFERENCE["radial"]} == {
        (*case, centre) for case in CASES for centre in (False, True)
    }
    labbe = [(n, m) for n in REFERENCE["binary"] for m in BINARY]
    labbe += [(n, m) for n in REFERENCE["rates"] for m in RATES]
    assert [(row["dataset"], row["measure"]) for row in REFERENCE["labbe"]] == labbe
    assert len(REFERENCE["line"]) == 6


@pytest.mark.parametrize("row", REFERENCE["funnel"], ids=lambda row: "-".join(_key(row)))
def test_points_of_the_funnel(row):
    fit = _fit(*_key(row))
    assert set(row["y"]) == {"se", "variance", "precision", "1/variance", "n", "1/n", "1/sqrt(n)"}
    for axis, theirs in row["y"].items():
        data = k2.funnel_data(fit, y=axis)
        np.testing.assert_allclose(data["y"], theirs, rtol=1e-12)
        # a risk difference next to 0 is compared on the scale of its standard error
        np.testing.assert_allclose(
            data["estimate"] / data["se"], row["x"] / data["se"], rtol=1e-12, atol=1e-12
        )


@pytest.mark.parametrize("row", REFERENCE["radial"], ids=lambda row: "-".join(map(str, _key(row))))
def test_points_of_the_radial_plot(row):
    fit = _fit(*_key(row))
    data = k2.radial_data(fit, centre=row["centre"])
    # R's REML stops at a change of 1e-12 of tau2, which itself may be 1e-3
    rtol = 1e-8 if row["model"] == "random" else 1e-12
    np.testing.assert_allclose(data["x"], row["x"], rtol=rtol)
    np.testing.assert_allclose(data["y"], row["y"], rtol=rtol, atol=rtol)
    if not row["centre"]:
        np.testing.assert_allclose(
            [fit.estimate, fit.ci.low, fit.ci.high], [row["b"], row["ci_lb"], row["ci_ub"]], rtol=1e-9
        )


@pytest.mark.parametrize("row", REFERENCE["labbe"], ids=lambda row: f"{row['dataset']}-{row['measure']}")
def test_points_of_the_labbe_plot(row):
    data = k2.labbe_data(_fit(row["dataset"], row["measure"], "common"))
    # metafor adds 1/2 where a cell is 0 on logarithmic scales; ours are the observed risks
    same = ~np.array(row["zero"])
    assert same.sum() >= 5
    np.testing.assert_allclose(data["control"][same], np.array(row["x"])[same], rtol=1e-12)
    np.testing.assert_allclose(data["treated"][same], np.array(row["y"])[same], rtol=1e-12)


@pytest.mark.parametrize("row", REFERENCE["baujat"], ids=lambda row: "-".join(_key(row)))
def test_points_of_the_baujat_plot(row):
    data = k2.baujat_data(_fit(*_key(row)))
    largest = max(row["x"]), max(row["y"])
    np.testing.assert_allclose(data["contribution"], row["x"], rtol=1e-8, atol=1e-10 * largest[0])
    np.testing.assert_allclose(data["influence"], row["y"], rtol=1e-8, atol=1e-10 * largest[1])


@pytest.mark.parametrize("row", REFERENCE["line"], ids=lambda r: f"{r['formula']}-{r['test']}-{r['level']}")
def test_line_of_the_bubble_plot(row):
    effects = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    test = {"knha": "knapp-hartung"}.get(row["test"], row["test"])
    fit = k2.meta_regression(row["formula"], effects, test=test)
    fixed = {"allocation": row["level"]} if row["level"] else None
    ours = line_along(fit, "latitude", row["x"], fixed)
    for name in ("estimate", "se", "ci_low", "ci_high", "pi_low", "pi_high"):
        np.testing.assert_allclose(ours[name], row[name], rtol=1e-8, err_msg=name)
