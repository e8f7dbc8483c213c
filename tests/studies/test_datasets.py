"""The bundled data sets: complete cards, typed columns, sources, integrity flags."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import k2meta as k2
from k2meta.errors import DataError, OptionError
from k2meta.studies.datasets import DEFAULT_LEVELS, VERIFICATION_LEVELS, analysis_rows

HOME = Path(__file__).parents[2] / "datasets"
NAMES = sorted(card.parent.name for card in HOME.glob("*/card.toml"))
K2 = [name for name in NAMES if name.startswith("k2_") and name != "k2_rows_wanted"]
LOADED = {name: k2.load_dataset(name, include_retracted=True) for name in NAMES}


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
