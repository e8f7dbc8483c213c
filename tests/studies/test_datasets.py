"""The bundled data sets: complete cards, typed columns, sources, integrity flags, the numbers."""

from __future__ import annotations

import csv
import json
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import k2meta as k2
from k2meta.errors import DataError, DataWarning, OptionError
from k2meta.studies.datasets import DEFAULT_LEVELS, VERIFICATION_LEVELS, analysis_rows

ROOT = Path(__file__).parents[2]
HOME = ROOT / "datasets"
NAMES = sorted(
    folder.name for folder in HOME.iterdir() if folder.is_dir() and not folder.name.startswith("_")
)
K2 = [name for name in NAMES if name.startswith("k2_") and name != "k2_rows_wanted"]
REFERENCE = json.loads((ROOT / "tests" / "reference" / "classic_data.json").read_text(encoding="utf-8"))
CLASSIC = sorted(REFERENCE["data"])
LOADED = {name: k2.load_dataset(name, include_retracted=True) for name in NAMES}
ANALYSABLE = [name for name in NAMES if "analysis" in LOADED[name].attrs["card"]]
# Labelled SDs in print that put the arms more than ten standard errors apart: the door is right to ask.
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


# ---- every folder, every card, every file ---------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_folder_holds_data_and_card_in_plain_utf8(name):
    assert {path.name for path in (HOME / name).iterdir()} == {"card.toml", "data.csv"}
    for path in (HOME / name).iterdir():
        raw = path.read_bytes()
        raw.decode("utf-8")
        assert not raw.startswith(b"\xef\xbb\xbf"), "byte order mark"
        assert b"\r" not in raw
        assert raw.endswith(b"\n")
        assert b"\n\n" not in raw or path.suffix == ".toml"


@pytest.mark.parametrize("name", NAMES)
def test_card_says_what_a_reader_needs(name):
    card = LOADED[name].attrs["card"]
    assert card["name"] == name
    for key in ("title", "title_zh", "citation", "licence", "description", "source", "verification"):
        assert card[key].strip(), key
    assert re.search("[一-鿿]", card["title_zh"])
    assert card["doi"] == "" or re.fullmatch(r"10\.\d{4,9}/\S+", card["doi"])
    assert isinstance(card["discrepancies"], list)
    assert tuple(card["default_levels"]) == DEFAULT_LEVELS
    assert card["verification"] == "per row" or card["verification"] in VERIFICATION_LEVELS


@pytest.mark.parametrize("name", NAMES)
def test_columns_and_card_describe_each_other(name):
    with (HOME / name / "data.csv").open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle)
    columns = LOADED[name].attrs["card"]["columns"]
    assert [column["name"] for column in columns] == header
    assert all(len(row) == len(header) for row in rows)
    for column in columns:
        assert column["type"] in {"string", "integer", "number"}
        assert column["meaning"].strip()
        assert "unit" in column


@pytest.mark.parametrize("name", NAMES)
def test_types_and_closed_lists_hold(name):
    data = LOADED[name]
    for column in data.attrs["card"]["columns"]:
        values = data[column["name"]]
        if column["type"] == "string":
            assert all(isinstance(value, str) for value in values)
            assert all(value == value.strip() for value in values), column["name"]
        else:
            assert values.dtype.kind in "if"
            if column["type"] == "integer":
                known = values.dropna()
                assert (known == known.round()).all(), column["name"]
        if "values" in column:
            assert set(values) - {""} <= set(column["values"]), column["name"]
            assert set(column["values"]) - {""}


@pytest.mark.parametrize("name", NAMES)
def test_every_row_has_a_source_and_a_verification_level(name):
    data = LOADED[name]
    card = data.attrs["card"]
    if card["source"] == "per row":
        assert (data["source"] != "").all()
        assert (data["seen_in"] != "").all()
    if card["verification"] == "per row":
        assert set(data["verification"]) <= set(VERIFICATION_LEVELS)
        assert card["codes"]["verification"] == dict(VERIFICATION_LEVELS)


@pytest.mark.parametrize("name", NAMES)
def test_no_row_stands_twice(name):
    assert not LOADED[name].duplicated().any()


@pytest.mark.parametrize("name", NAMES)
def test_no_machine_path_and_no_ephemeral_host(name):
    for path in (HOME / name).iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://\d", text), "raw IP address"
        assert not re.search(r"https?://[^\s/]+:\d+", text), "a port"
        assert not re.search(r"/(home|root|tmp|work|farm|usr|var|mnt)/|[A-Z]:\\", text), "a machine path"
        assert not re.search(r"\bseed (document|ref)|sandbox", text, re.IGNORECASE)


@pytest.mark.parametrize("name", NAMES)
def test_every_doi_and_pmid_is_well_formed(name):
    data = LOADED[name]
    for column in {"doi", "pmid"} & set(data.columns):
        pattern = r"10\.\d{4,9}/\S+" if column == "doi" else r"\d{6,8}"
        assert all(re.fullmatch(pattern, value) for value in data[column] if value), column
    for value in data.filter(regex="^source").to_numpy().ravel() if "source" in data else []:
        assert all(re.match(r"10\.\d{4,9}/", doi) for doi in re.findall(r"doi:(\S*)", value)), value


@pytest.mark.parametrize("name", [name for name in NAMES if "codes" in LOADED[name].attrs["card"]])
def test_codes_explain_every_value_that_occurs(name):
    data = LOADED[name]
    for column, codes in data.attrs["card"]["codes"].items():
        assert set(data[column]) <= set(codes), column
        assert all(codes.values())


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


@pytest.mark.parametrize("name", sorted(DOUBTED))
def test_labelled_sds_that_look_like_ses_are_asked_about(name):
    data = k2.load_dataset(name)
    analysis = data.attrs["card"]["analysis"]
    with pytest.warns(DataWarning, match="SEs typed as SDs"):
        k2.effect_sizes(analysis_rows(data), analysis["measure"], **analysis["roles"])


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


# ---- loading -----------------------------------------------------------------------------------------


def test_list_names_every_folder_once():
    table = k2.list_datasets()
    assert table["name"].tolist() == NAMES
    assert (table["rows"] == [len(LOADED[name]) for name in NAMES]).all()
    assert table.set_index("name").loc["bcg", "roles"] == "events1, n1, events2, n2"


def test_unknown_name_gives_the_nearest_and_the_list():
    with pytest.raises(OptionError, match=r"unknown data set 'bgc'; did you mean 'bcg'\? Known: alendronate"):
        k2.load_dataset("bgc")
    with pytest.raises(OptionError, match="unknown data set"):
        k2.load_dataset("../setup")


def test_retracted_rows_stay_out_and_are_listed_unless_asked_for():
    data = k2.load_dataset("k2_fractures")
    everything = LOADED["k2_fractures"]
    assert "Sato 2005" not in set(data["study"])
    assert [row["study"] for row in data.attrs["left_out"]] == ["Sato 2002", "Sato 2005"]
    assert all("etracted" in row["reason"] for row in data.attrs["left_out"])
    rows = [row["row"] for row in data.attrs["left_out"]]
    assert everything.loc[rows, "study"].tolist() == ["Sato 2002", "Sato 2005"]
    assert everything.attrs["left_out"] == []
    assert len(everything) == len(data) + 2


def test_loading_twice_gives_independent_frames():
    first = k2.load_dataset("bcg")
    first.loc[0, "events1"] = 99
    first.attrs["card"]["title"] = "changed"
    second = k2.load_dataset("bcg")
    assert second.loc[0, "events1"] == 4
    assert second.attrs["card"]["title"] != "changed"


def test_analysis_rows_says_when_there_is_nothing_to_take():
    with pytest.raises(DataError, match="'k2_trials' has no default analysis"):
        analysis_rows(k2.load_dataset("k2_trials"))
    with pytest.raises(OptionError, match="names no further analyses"):
        analysis_rows(k2.load_dataset("bcg"), "other")
    with pytest.raises(OptionError, match="did you mean 'without_contested'"):
        analysis_rows(k2.load_dataset("k2_fractures"), "without_contestd")


# ---- integrity ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in K2 if "study_id" in LOADED[name]])
def test_retracted_and_contested_trials_carry_flag_and_reason(name):
    for row in LOADED[name].itertuples():
        if row.study_id.startswith("sato_"):
            assert (row.retracted, row.integrity) == ("yes", "retracted")
            assert "etracted" in row.integrity_reason
        elif row.study_id == "ishida_2004":
            assert (row.retracted, row.integrity) == ("no", "questioned_in_print")
            assert "Mott et al." in row.integrity_reason
        else:
            assert (row.retracted, row.integrity, row.integrity_reason) == ("no", "none_found", "")


def test_retracted_and_resting_meta_analyses_are_flagged():
    pooled_results = LOADED["k2_published_pooled"].set_index("meta_id")
    assert pooled_results.loc["iwamoto_2009_clin_drug_investig", "retracted"] == "yes"
    assert pooled_results.loc["iwamoto_wjo_2012", "retracted"] == "rests_on_retracted"
    assert set(pooled_results.loc["cockayne_2006", "integrity"]) == {"contains_retracted"}
    assert set(pooled_results.loc["mott_2019", "integrity"]) == {"contains_questioned"}
    flagged = pooled_results[pooled_results["integrity"] != "none_found"]
    assert (flagged["integrity_reason"] != "").all()


def test_trials_know_the_ids_of_all_other_tables():
    known = set(LOADED["k2_trials"]["study_id"])
    for name in ("k2_fractures", "k2_bmd", "k2_biomarkers"):
        assert set(LOADED[name]["study_id"]) <= known
    assert not LOADED["k2_trials"]["study_id"].duplicated().any()


def test_inclusion_in_other_meta_analyses_is_not_guessed():
    trials = LOADED["k2_trials"].set_index("study_id")
    for column in ("in_xu_2021", "in_huang_2015", "in_ma_2022", "in_cockayne_2006"):
        assert set(trials[column]) == {"unknown"}
    assert trials.index[trials["in_mott_2019"] == "yes"].tolist() == ["ishida_2004"]


def test_only_the_labelled_reconstruction_has_made_up_counts():
    fractures = LOADED["k2_fractures"]
    made = fractures[fractures["verification"] == "reconstructed"]
    assert made[["study", "events1", "n1", "events2", "n2"]].to_numpy().tolist() == [
        ["Shiraki 2000", 18, 120, 42, 121]
    ]
    assert made["poolable"].tolist() == ["sensitivity_reconstructed"]
    assert made["worked_example"].tolist() == [""]
    other = fractures[(fractures["study"] == "Shiraki 2000") & (fractures["verification"] != "reconstructed")]
    assert other["events1"].isna().all()


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
