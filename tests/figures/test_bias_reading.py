"""Reading risk-of-bias tables: every tool, both shapes, both languages, and every refusal."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from bias_cases import bias_table, custom_table
from hypothesis import given
from hypothesis import strategies as st

import k2meta as k2
from k2meta.errors import DataError, DataWarning, OptionError
from k2meta.figures.bias.bias_judgements import JUDGEMENTS, find_judgement
from k2meta.figures.bias.bias_tools import TOOLS, BiasTool, custom_tool, get_tool, tool_names
from k2meta.figures.bias.risk_of_bias import read_risk_of_bias

ROB2 = {"study": ["Ito 2001"], "D1": ["Low"], "D2": ["Low"], "D3": ["Low"], "D4": ["Low"], "D5": ["Low"]}


# --- the registry


def test_tools_have_the_domains_of_their_guidance():
    counts = {key: len(tool.domains) for key, tool in TOOLS.items()}
    assert counts == {
        "rob1": 7,
        "rob2": 5,
        "rob2-cluster": 6,
        "rob2-crossover": 6,
        "robins-i": 7,
        "robins-e": 7,
        "quadas2": 7,
        "quips": 6,
        "nos-cohort": 8,
        "nos-case-control": 8,
    }
    assert [d.group for d in TOOLS["quadas2"].domains] == ["bias"] * 4 + ["applicability"] * 3
    assert TOOLS["rob2-cluster"].codes == ("D1a", "D1b", "D2", "D3", "D4", "D5")
    assert TOOLS["robins-e"].judgements[-1] == "very high"
    assert "no information" in TOOLS["robins-i"].judgements


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_every_tool_is_complete(tool: BiasTool):
    assert len(set(tool.codes)) == len(tool.codes)
    assert set(tool.judgements) <= set(JUDGEMENTS)
    for domain in tool.domains:
        assert domain.en.isascii() or "–" in domain.en
        assert re.search("[\u4e00-\u9fff]", domain.zh)
        assert set(domain.judgements) <= set(tool.judgements)
    assert get_tool(tool.key) is get_tool(tool.name) is tool


def test_an_unknown_tool_is_refused_with_the_known_ones():
    with pytest.raises(OptionError, match=r"did you mean 'rob2'.*Known: rob1, rob2.*custom"):
        get_tool("rob-3")
    assert tool_names()[-1] == "custom"


def test_custom_tools_are_checked():
    assert custom_tool(["A", "B"], name="Ours").domains[1].code == "D2"
    with pytest.raises(OptionError, match="'A' is named twice"):
        custom_tool(["A", "A"])
    with pytest.raises(OptionError, match="one name or more"):
        custom_tool([])
    with pytest.raises(OptionError, match="unknown judgement 'lwo'; did you mean 'low'"):
        custom_tool(["A"], judgements=["lwo"])


# --- judgements


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        *[
            (word, "low")
            for word in ("Low", "low risk", "Low risk of bias", "L", "+", "低", "低风险", "低偏倚风险")
        ],
        *[(word, "some concerns") for word in ("Some concerns", "some_concerns", "SC", "S", "有一定风险")],
        *[(word, "high") for word in ("High", "HIGH RISK", "h", "高", "高风险", "高偏倚风险")],
    ],
)
def test_rob2_spellings(typed: str, key: str):
    assert read_risk_of_bias(ROB2 | {"D1": [typed]}, "rob2").judgements[0][0] == key


@pytest.mark.parametrize(
    ("tool", "typed", "key"),
    [
        ("rob1", "-", "high"),
        ("rob1", "−", "high"),
        ("rob1", "?", "unclear"),
        ("rob1", "不清楚", "unclear"),
        ("robins-i", "S", "serious"),
        ("robins-i", "严重", "serious"),
        ("robins-i", "极高风险", "critical"),
        ("robins-i", "NI", "no information"),
        ("robins-e", "极高风险", "very high"),
        ("quips", "中等", "moderate"),
        ("quadas2", "Low concern", "low"),
        ("nos-cohort", 1, "star"),
        ("nos-cohort", 0.0, "no star"),
        ("nos-cohort", "★", "star"),
    ],
)
def test_spellings_follow_the_tool(tool: str, typed: object, key: str):
    known = get_tool(tool)
    assert find_judgement(typed, known.judgements, dict(known.symbols)) == key


@pytest.mark.parametrize("key", JUDGEMENTS)
def test_every_judgement_is_found_by_its_names(key: str):
    known = JUDGEMENTS[key]
    for name in (key, *known.name, *known.bare):
        assert find_judgement(name, (key,), {}) == key


def test_an_unknown_judgement_is_refused_with_study_domain_value_and_choices():
    with pytest.raises(DataError) as told:
        read_risk_of_bias(ROB2 | {"D2": ["maybe"]}, "rob2")
    assert str(told.value) == (
        "study 'Ito 2001', D2 (Bias due to deviations from intended interventions): 'maybe' is no judgement "
        "of RoB 2 - expected one of low, some concerns, high - correct it; where a mark such as '-' was "
        "typed, write the word"
    )


@pytest.mark.parametrize("mark", ["-", "?", "!", "Unclear", "x"])
def test_marks_that_mean_different_things_elsewhere_are_refused(mark: str):
    with pytest.raises(DataError, match="is no judgement of RoB 2"):
        read_risk_of_bias(ROB2 | {"D5": [mark]}, "rob2")


def test_ambiguous_letters_are_refused_in_tools_of_ones_own():
    with pytest.raises(DataError, match="'S' may mean some concerns or serious"):
        read_risk_of_bias({"study": ["A"], "Funding": ["S"]}, "custom")


def test_two_judgements_that_look_alike_are_refused():
    table = {"study": ["A", "B"], "Funding": ["moderate", "some concerns"]}
    with pytest.raises(DataError, match="'some concerns' and 'moderate' stand in one table"):
        read_risk_of_bias(table, "custom")


def test_two_stars_are_for_comparability_only():
    table = bias_table("nos-cohort", 3, overall=False)
    table["C1"] = ["2", "2", "1"]
    table["S1"] = ["1", "0", "1"]
    assert read_risk_of_bias(table, "nos-cohort").judgements[0][4] == "two stars"
    table["S1"] = ["1", "2", "1"]
    with pytest.raises(DataError, match=r"study 'Trial 2', S1 .* expected one of star, no star"):
        read_risk_of_bias(table, "nos-cohort")


# --- missing


@pytest.mark.parametrize("empty", [None, float("nan"), "", "  ", pd.NA])
def test_missing_judgements_are_an_error_unless_blank(empty: object):
    table = {key: list(value) for key, value in ROB2.items()} | {"D3": [empty]}
    with pytest.raises(DataError, match=r"'Ito 2001', D3 .*: no judgement .*missing=\"blank\""):
        read_risk_of_bias(table, "rob2")
    assert read_risk_of_bias(table, "rob2", missing="blank").judgements[0][2] == ""
    with pytest.raises(OptionError, match="unknown missing 'drop'"):
        read_risk_of_bias(table, "rob2", missing="drop")


# --- tables


@pytest.mark.parametrize("tool", TOOLS)
def test_wide_and_long_tables_say_the_same(tool: str):
    wide = bias_table(tool, 6)
    found = read_risk_of_bias(wide, tool)
    long = wide.melt("study", var_name="Domain", value_name="Judgement").sample(frac=1, random_state=1)
    again = read_risk_of_bias(long, tool)
    order = [again.studies.index(study) for study in found.studies]
    assert tuple(again.judgements[i] for i in order) == found.judgements
    assert tuple(again.overall[i] for i in order) == found.overall


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_columns_may_be_headed_by_names_of_domains(lang: str):
    tool = get_tool("rob2")
    table = {"研究": ["A", "B"]} | {getattr(domain, lang): ["Low", "高"] for domain in tool.domains}
    assert read_risk_of_bias(table, "rob2").judgements == (("low",) * 5, ("high",) * 5)


def test_quadas_without_applicability():
    table = bias_table("quadas2", 3, overall=False)[["study", "D1", "D2", "D3", "D4"]]
    assert read_risk_of_bias(table, "quadas2").tool.codes == ("D1", "D2", "D3", "D4")


def test_columns_can_be_named():
    table = pd.DataFrame({"who": ["A"], "a": ["Low"], "b": ["High"], "all": ["High"], "year": [2001]})
    found = read_risk_of_bias(table, "custom", study="who", domains=["b", "a"], overall="all")
    assert found.judgements == (("high", "low"),)
    assert found.overall == ("high",)
    assert [domain.en for domain in found.domains] == ["b", "a"]
    assert read_risk_of_bias(found, overall=False).overall is None


def test_a_weight_column_is_no_domain():
    table = custom_table(3, 2).assign(Weight=[30, 30, 40])
    assert len(read_risk_of_bias(table, "custom").domains) == 2


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        ({}, {}, "no rows"),
        ([1, 2], {}, "is a list - expected a DataFrame"),
        ({"study": ["A"], "D1": ["Low", "Low"]}, {}, r"unequal length \(study: 1, D1: 2\)"),
        ({"study": ["A", "A"], "D1": ["Low", "Low"]}, {}, r"study 'A' has two rows \(1 and 2\)"),
        ({"study": ["A", None], "D1": ["Low", "Low"]}, {}, "row 2: no study label in column 'study'"),
        ({"study": ["A"], "D1": ["Low"]}, {}, r"no column for D2 \(Bias due to deviations"),
        (ROB2 | {"D 1": ["Low"]}, {}, "columns 'D1' and 'D 1' both hold D1"),
        (ROB2, {"overall": True}, "no overall judgements among D1"),
        (ROB2, {"overall": "total"}, "unknown overall column 'total'"),
        (ROB2, {"study": "trial"}, "unknown study column 'trial'"),
        (ROB2, {"domains": ["D1"]}, "domains names 1 columns - expected 5 for RoB 2"),
        (ROB2, {"domains": "D1"}, "expected a list of columns"),
        (ROB2, {"domains": ["D9"]}, "unknown domain column 'D9'"),
        ({"study": ["A"]}, {"tool": "custom"}, "no columns of domains"),
        ({"study": ["A", "A"], "domain": ["D1", "D1"], "judgement": ["Low", "High"]}, {}, "two judgements"),
        (
            {"study": ["A"] * 6, "domain": ["D1", "D2", "D3", "D4", "D5", "D6"], "judgement": ["Low"] * 6},
            {},
            "domain 'D6' is none of RoB 2",
        ),
        (
            {"study": ["A"], "domain": ["D1"], "judgement": ["Low"]},
            {"overall": True},
            "no overall judgements",
        ),
    ],
)
def test_faults_of_tables_are_told(table: object, options: dict, message: str):
    with pytest.raises((DataError, OptionError), match=message):
        read_risk_of_bias(table, **{"tool": "rob2"} | options)


def test_doubled_heads_are_refused():
    frame = pd.DataFrame([["A", "Low", "Low"]], columns=["study", "D1", "D1"])
    with pytest.raises(DataError, match="two columns are headed 'D1'"):
        read_risk_of_bias(frame, "custom")


def test_a_csv_file_is_read(tmp_path):
    path = tmp_path / "rob.csv"
    bias_table("rob2", 4).to_csv(path, index=False)
    assert read_risk_of_bias(path, "rob2") == read_risk_of_bias(bias_table("rob2", 4), "rob2")


def test_an_overall_judgement_better_than_a_domain_is_doubted():
    table = ROB2 | {"D4": ["High"], "overall": ["Some concerns"]}
    with pytest.warns(DataWarning, match=r"'Ito 2001' \(overall some concerns, a domain high\).*check"):
        found = read_risk_of_bias(table, "rob2")
    assert found.overall == ("some concerns",)  # never changed


def test_the_overall_judgement_may_be_worse_than_every_domain():
    table = ROB2 | {"D4": ["Some concerns"], "overall": ["High"]}
    assert read_risk_of_bias(table, "rob2").overall == ("high",)


# --- the data function


@given(st.data())
def test_data_are_the_judgements_and_nothing_else(draw):
    key = draw.draw(st.sampled_from(list(TOOLS)))
    k = draw.draw(st.integers(1, 8))
    table = bias_table(key, k, overall=draw.draw(st.booleans()))
    data = k2.risk_of_bias_data(table, tool=key)
    for column in table.columns[1:]:
        own = data[data["code"] == column]
        assert own["study"].tolist() == table["study"].tolist()
        assert own["judgement"].tolist() == table[column].tolist()
    assert len(data) == k * (table.shape[1] - 1)
