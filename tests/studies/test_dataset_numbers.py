"""The numbers of the bundled data sets: against metafor, against printed results, against each other."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import k2meta as k2
from k2meta.errors import DataWarning
from k2meta.studies.datasets import DEFAULT_LEVELS, analysis_rows

TESTS = Path(__file__).parents[1]
REFERENCE = json.loads((TESTS / "reference" / "classic_data.json").read_text(encoding="utf-8"))
CLASSIC = sorted(REFERENCE["data"])
LOADED = {name: k2.load_dataset(name, include_retracted=True) for name in k2.list_datasets()["name"]}
ANALYSABLE = [name for name in LOADED if "analysis" in LOADED[name].attrs["card"]]
# SDs labelled as such in print that look like SEs all the same: the door may ask about them.
DOUBTED = {"curtis1998", "k2_biomarkers", "normand1999"}


def default_effects(name, which=None):
    data = k2.load_dataset(name)
    card = data.attrs["card"]
    analysis = card["analysis"] if which is None else card["analyses"][which]
    with warnings.catch_warnings():
        if name in DOUBTED:
            warnings.simplefilter("ignore", DataWarning)
        return k2.effect_sizes(
            analysis_rows(data, which), analysis["measure"], study=analysis["study"], **analysis["roles"]
        )


def pooled(effects, **options):
    fit = k2.meta_analysis(effects, test="z", **options)
    return [float(x) for x in (fit.estimate, fit.ci.low, fit.ci.high)]


# ---- the analyses the cards name ---------------------------------------------------------------------


def test_enough_analysable_data_sets_for_the_reference_grid():
    assert len(ANALYSABLE) >= 25
    measures = {LOADED[name].attrs["card"]["analysis"]["measure"] for name in ANALYSABLE}
    assert {"RR", "OR", "RD", "PETO", "MD", "SMD", "ROM", "IRR", "ZCOR", "PLO", "GEN"} <= measures


@pytest.mark.parametrize("name", ANALYSABLE)
def test_default_analysis_computes(name):
    effects = default_effects(name)
    assert effects.k >= 3
    assert np.isfinite(effects.yi).all()
    assert (effects.vi > 0).all()


@pytest.mark.parametrize("name", ANALYSABLE)
def test_default_analysis_uses_no_row_of_a_level_that_may_not_enter(name):
    data = k2.load_dataset(name)
    used = analysis_rows(data)
    levels = used["verification"] if "verification" in used else [data.attrs["card"]["verification"]]
    assert set(levels) <= set(DEFAULT_LEVELS)
    if "retracted" in used:
        assert (used["retracted"] == "no").all()
    by = data.attrs["card"]["analysis"].get("by")
    assert by is None or by in data.columns


@pytest.mark.parametrize("name", CLASSIC)
def test_classic_numbers_are_those_of_the_collection(name):
    expected = REFERENCE["data"][name]
    data = LOADED[name]
    assert list(data.columns) == list(expected["columns"])
    for column, values in expected["columns"].items():
        if data[column].dtype.kind in "if":
            wanted = np.array([np.nan if value is None else value for value in values], dtype=float)
            np.testing.assert_array_equal(data[column].to_numpy(float), wanted)
        else:
            assert data[column].tolist() == ["" if value is None else str(value) for value in values]
    analysis = data.attrs["card"]["analysis"]
    assert analysis["measure"] == expected["measure"]
    assert analysis["roles"] == expected["roles"]
    assert analysis_rows(data).index.tolist() == expected["rows"]


@pytest.mark.parametrize("name", CLASSIC)
def test_classic_effects_are_those_of_metafor(name):
    expected = REFERENCE["data"][name]
    effects = default_effects(name)
    np.testing.assert_allclose(effects.yi, expected["yi"], rtol=1e-12)
    np.testing.assert_allclose(effects.vi, expected["vi"], rtol=1e-12)


# ---- what the vitamin K2 rows give ---------------------------------------------------------------------


def test_fracture_rows_and_result():
    rows = analysis_rows(k2.load_dataset("k2_fractures"))
    counts = rows.set_index("study")[["events1", "n1", "events2", "n2"]].astype(int)
    assert counts.loc["Iwamoto 2001"].tolist() == [2, 23, 6, 24]
    assert counts.loc["Ishida 2004"].tolist() == [9, 66, 17, 66]
    assert counts.loc["Jiang 2014"].tolist() == [2, 108, 4, 105]
    assert rows["comparator_type"].tolist() == ["inactive", "inactive", "active"]
    fit = k2.meta_analysis(default_effects("k2_fractures"), tau2="DL", test="z")
    assert [round(float(np.exp(x)), 2) for x in (fit.estimate, fit.ci.low, fit.ci.high)] == [0.49, 0.26, 0.90]
    assert fit.tau2 == 0
    assert round(float(fit.weights[rows["study"].tolist().index("Ishida 2004")])) == 70


def test_fracture_result_without_the_contested_trial():
    result = pooled(default_effects("k2_fractures", "without_contested"), tau2="DL")
    assert [round(float(np.exp(x)), 2) for x in result] == [0.40, 0.13, 1.23]


def test_contested_trial_printed_effect_does_not_follow_from_its_counts():
    fractures = LOADED["k2_fractures"]
    row = fractures[(fractures["study"] == "Ishida 2004") & (fractures["worked_example"] != "")].iloc[0]
    ratio = (row["events1"] / row["n1"]) / (row["events2"] / row["n2"])
    assert (row["estimate_printed"], row["ci_low_printed"], row["ci_high_printed"]) == (0.44, 0.2, 0.99)
    assert round(ratio, 2) == 0.53


@pytest.mark.parametrize(
    ("tau2", "expected"), [("DL", [-1.29, -1.85, -0.74]), ("REML", [-1.29, -1.89, -0.68])]
)
def test_ucoc_result(tau2, expected):
    assert [round(x, 2) for x in pooled(default_effects("k2_biomarkers"), tau2=tau2)] == expected


@pytest.mark.parametrize(
    ("tau2", "expected"), [("DL", [-1.41, -2.06, -0.77]), ("REML", [-1.41, -2.16, -0.66])]
)
def test_ucoc_result_in_women_without_osteoporosis(tau2, expected):
    effects = default_effects("k2_biomarkers")
    keep = analysis_rows(k2.load_dataset("k2_biomarkers"))["osteoporotic"].to_numpy() == "no"
    assert keep.sum() == 3
    assert [round(x, 2) for x in pooled(effects.subset(keep), tau2=tau2)] == expected


def test_lumbar_spine_result():
    assert [round(x, 2) for x in pooled(default_effects("k2_bmd"), tau2="DL")] == [0.16, -0.23, 0.54]
    rows = analysis_rows(k2.load_dataset("k2_bmd"))
    assert rows["study"].tolist() == ["Shiraki 2000", "Rønn 2021", "Je 2011"]
    assert rows["n_used_basis"].tolist() == ["randomised", "assumed_equal_split", "assumed_equal_split"]


def test_standard_errors_are_kept_as_such_and_converted_in_the_open():
    bmd = LOADED["k2_bmd"]
    printed_se = bmd[bmd["dispersion_type"] == "se"]
    assert set(printed_se["study"]) == {"Shiraki 2000", "Orimo 1998"}
    assert (printed_se["sd_basis"] == "se_times_sqrt_n").all()
    for arm in ("1", "2"):
        np.testing.assert_allclose(
            printed_se[f"sd{arm}_used"],
            printed_se[f"dispersion{arm}"] * np.sqrt(printed_se[f"n{arm}_used"]),
            rtol=1e-12,
        )


def test_assumed_arm_sizes_are_an_equal_split_of_the_printed_total():
    for name in ("k2_bmd", "k2_biomarkers"):
        rows = LOADED[name]
        assumed = rows[rows["n_used_basis"] == "assumed_equal_split"]
        assert len(assumed) > 0
        assert (assumed["n1_used"] + assumed["n2_used"] == assumed["n_total"]).all()
        assert ((assumed["n1_used"] - assumed["n2_used"]).abs() <= 1).all()
        assert assumed["n1"].isna().all()
        printed = rows[rows["n1"].notna() & rows["n2"].notna()]
        assert (printed["n1"] == printed["n1_used"]).all()


def test_published_results_hold_what_is_printed():
    table = LOADED["k2_published_pooled"]
    xu = table[(table["meta_id"] == "xu_2021") & table["estimate"].notna()]
    assert xu[["measure", "estimate", "ci_low", "ci_high", "p_value"]].to_numpy().tolist() == [
        ["RR", 0.52, 0.36, 0.74, 0.003],
        ["RR", 1.29, 1.03, 1.63, 0.03],
    ]
    assert (table["doi"][table["meta_id"] == "xu_2021"] == "10.3969/j.issn.1006-7108.2021.12.011").all()
    words = table["p_relation"] == "words"
    assert table.loc[words, "p_value"].isna().all()
    assert table.loc[table["p_relation"].isin(["=", "<"]), "p_value"].between(0, 1).all()
    zhou = table[(table["meta_id"] == "zhou_2022") & (table["outcome"] == "ucOC")].iloc[0]
    assert zhou["ci_low"] > zhou["estimate"]


# ---- Cochrane's printed results --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["alendronate_fractures", "etidronate_fractures"])
def test_printed_risk_ratios_follow_from_the_counts(name):
    rows = LOADED[name]
    events = (rows["events1"] + rows["events2"]) > 0
    assert rows.loc[events, "rr_printed"].notna().all()
    assert rows.loc[~events, "rr_printed"].isna().all()
    rows = rows[events]
    add = np.where((rows["events1"] == 0) | (rows["events2"] == 0), 0.5, 0.0)
    a, c = rows["events1"] + add, rows["events2"] + add
    n1, n2 = rows["n1"] + 2 * add, rows["n2"] + 2 * add
    ratio = (a / n1) / (c / n2)
    half = 1.959963984540054 * np.sqrt(1 / a - 1 / n1 + 1 / c - 1 / n2)
    rounding = 5.01e-7  # six decimals are printed
    np.testing.assert_allclose(rows["rr_printed"], ratio, rtol=0, atol=rounding)
    np.testing.assert_allclose(rows["ci_low_printed"], ratio * np.exp(-half), rtol=0, atol=rounding)
    np.testing.assert_allclose(rows["ci_high_printed"], ratio * np.exp(half), rtol=0, atol=rounding)
    weight = c * n1 / (n1 + n2)
    groups = [rows["analysis"], rows["prevention"]]
    share = 100 * weight / weight.groupby(groups).transform("sum")
    np.testing.assert_allclose(rows["weight_printed"], share, rtol=0, atol=rounding)


def test_printed_n_of_the_alendronate_review_and_the_one_that_differs():
    rows = LOADED["alendronate_fractures"]
    printed = LOADED["alendronate_published"]
    assert len(rows) == 120
    assert len(printed) == 9
    people = (
        rows.assign(n=rows["n1"] + rows["n2"]).groupby(["analysis", "prevention"])["n"].agg(["size", "sum"])
    )
    differing = []
    for row in printed.dropna(subset=["n"]).itertuples():
        ours = people.loc[(row.analysis, row.prevention)]
        assert ours["size"] == row.k
        if ours["sum"] != row.n:
            differing.append((row.analysis, row.prevention, row.n, int(ours["sum"])))
    assert differing == [("1.2", "primary", 7213, 7357)]


def test_etidronate_keeps_two_rows_under_one_label():
    rows = LOADED["etidronate_fractures"]
    assert len(rows) == 44
    watts = rows[(rows["study"] == "Watts 1990") & (rows["analysis"] == "1.2")]
    assert len(watts) == 2
    assert not watts.duplicated().any()


# ---- facts printed in the papers of the classic sets ---------------------------------------------


def test_rosiglitazone_totals_and_peto_odds_ratios_of_the_paper():
    data = LOADED["nissen_wolski2007"]
    sums = data[["mi1", "mi2", "cv_deaths1", "cv_deaths2", "n1", "n2"]].sum()
    assert sums.tolist() == [86, 72, 39, 22, 15556, 12277]  # Results, p. 2460
    printed = {"mi": (1.43, 1.03, 1.98), "cv_deaths": (1.64, 0.98, 2.74)}  # table 4
    for event, expected in printed.items():
        a, c = data[f"{event}1"], data[f"{event}2"]
        total, m = data["n1"] + data["n2"], a + c
        variance = data["n1"] * data["n2"] * m * (total - m) / (total**2 * (total - 1))
        log_or, half = (a - data["n1"] * m / total).sum() / variance.sum(), 1.96 / np.sqrt(variance.sum())
        ours = [round(float(np.exp(x)), 2) for x in (log_or, log_or - half, log_or + half)]
        assert ours == list(expected)


def test_bcg_is_the_table_of_the_paper():
    data = LOADED["bcg"].set_index("study")
    assert len(data) == 13
    assert data.loc["Aronson 1948", ["events1", "n1", "events2", "n2", "latitude"]].tolist() == [
        4,
        123,
        11,
        139,
        44,
    ]
    assert isinstance(LOADED["bcg"]["events1"].iloc[0], np.integer)


def test_whole_number_columns_are_floats_only_where_something_is_missing():
    data = LOADED["yusuf1985"]
    assert data["events1"].dtype.kind == "f"
    assert data["events1"].isna().sum() == (data["counts_known"] == "no").sum()
    assert isinstance(data, pd.DataFrame)
