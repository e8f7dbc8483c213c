"""The numbers of a PRISMA 2020 flow diagram: they hold together or nothing is drawn."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prisma_cases import LEAST, NEW, OTHER, TEMPLATES, flows

from k2meta.errors import DataError
from k2meta.figures.flow.prisma import prisma_data, prisma_plot
from k2meta.figures.flow.prisma_flow import ALIASES, KEYS, SOURCES, read_prisma

# --- numbers


@given(flows())
def test_counts_that_hold_together_pass(flow: dict):
    data = prisma_data(flow).set_index("key")["n"]
    for key, value in flow.items():
        assert data[key] == (sum(value.values()) if isinstance(value, dict) else value)


@given(st.data())
@settings(max_examples=200)
def test_any_box_that_is_changed_alone_is_found(draw):
    """``studies`` of a new review has no parent among the numbers: a study may have many reports."""
    flow = draw.draw(flows())
    updated = "total_studies" in flow
    boxes = [key for key in flow if key != "studies" or updated]
    key = draw.draw(st.sampled_from(boxes))
    step = draw.draw(st.integers(-30, 30).filter(bool))
    if isinstance(flow[key], dict):
        changed = flow[key] | {"A reason of its own": abs(step)}
    else:
        changed = max(0, flow[key] + step)
        if changed == flow[key]:
            changed += 1
    with pytest.raises(ValueError, match=rf"\b{key} \([0-9]+\)"):
        prisma_data(flow | {key: changed})


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "screened",
            966,
            r"screened \(966\) is not databases \(1234\) \+ registers \(66\) minus duplicates \(318\) "
            r"\+ automation \(12\) \+ removed_other \(3\) - expected 967 - correct one of these boxes",
        ),
        ("sought", 98, r"sought \(98\) is not screened \(967\) minus excluded \(870\) - expected 97"),
        ("not_retrieved", 5, r"assessed \(93\) is not sought \(97\) minus not_retrieved \(5\) - expected 92"),
        ("excluded_reports", 54, r"reports \(38\) is not assessed \(93\) minus excluded_reports \(54\)"),
    ],
)
def test_messages_name_both_boxes(key: str, value: int, message: str):
    with pytest.raises(DataError, match=message):
        prisma_plot(NEW | {key: value})


def test_messages_of_the_other_parts():
    both = TEMPLATES["updated, other methods"]
    for key, value, message in (
        (
            "websites",
            9,
            r"other_sought \(25\) is not websites \(9\) \+ organisations \(5\) \+ citations \(12\)",
        ),
        (
            "other_not_retrieved",
            2,
            r"other_assessed \(22\) is not other_sought \(25\) minus other_not_retrieved",
        ),
        ("total_studies", 57, r"total_studies \(57\) is not previous_studies \(21\) \+ studies \(35\)"),
        ("previous_reports", 24, r"total_reports \(67\) is not previous_reports \(24\) \+ reports \(42\)"),
        ("excluded_by_human", 1, r"excluded \(870\) is not excluded_by_human \(1\)"),
    ):
        with pytest.raises(DataError, match=message):
            prisma_plot(both | {key: value})


def test_what_is_not_reported_says_so_and_loosens_what_follows():
    flow = NEW | {"excluded": None}
    figure = prisma_plot(flow)
    assert figure.table().set_index("label").loc["Records excluded", "n"] == "not reported"
    assert prisma_data(flow).set_index("key")["n"].isna().sum() == 1
    assert prisma_plot(flow, lang="zh").table()["n"].tolist().count("未报告") == 1
    with pytest.raises(DataError, match=r"sought \(968\) is not screened \(967\) - expected at most 967"):
        read_prisma(flow | {"sought": 968})


def test_optional_lines_are_left_out():
    figure = prisma_plot(LEAST)
    assert len(figure.table()) == len(LEAST)
    blank = LEAST | {"registers": None, "automation": None, "previous_studies": None}
    assert prisma_plot(blank).table().equals(figure.table())
    assert read_prisma(LEAST).template == "new"


@pytest.mark.parametrize("key", [key for key in LEAST if key != "databases"])
def test_a_missing_box_is_named(key: str):
    with pytest.raises(DataError, match=f"'{key}' is missing - expected a count"):
        read_prisma({name: value for name, value in LEAST.items() if name != key})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"screend": 1}, "unknown key 'screend'; did you mean 'screened'"),
        ({"records_screened": 90}, "'screened' is given twice"),
        ({"screened": -1}, "screened: -1 is no count"),
        ({"screened": 2.5}, "screened: 2.5 is no count"),
        ({"screened": True}, "screened: True is no count"),
        ({"screened": "1,200"}, "screened: '1,200' is no count"),
        ({"screened": float("inf")}, "screened: inf is no count"),
        (
            {"excluded_reports": {"Wrong outcome": "many"}},
            "excluded_reports, 'Wrong outcome': 'many' is no count",
        ),
        ({"excluded_reports": {"": 9}}, "excluded_reports: '' with 9 - expected a name and a count"),
        ({"excluded_reports": {"Late": None}}, "excluded_reports: 'Late' with None"),
        ({"other_sought": 3}, "'other_not_retrieved' is missing"),
        ({"previous_studies": 3}, "'total_studies' is missing"),
        (OTHER | dict.fromkeys(("websites", "organisations", "citations")), "none of websites"),
        ({"database_specific_results": "PubMed, 60; Embase, 41"}, r"databases \(100\) and the sum of"),
    ],
)
def test_faults_are_told(change: dict, message: str):
    with pytest.raises(DataError, match=message):
        read_prisma(LEAST | change)


def test_neither_databases_nor_registers():
    with pytest.raises(DataError, match="'databases' is missing"):
        read_prisma({key: value for key, value in LEAST.items() if key != "databases"})
    only_registers = {("registers" if key == "databases" else key): value for key, value in LEAST.items()}
    assert read_prisma(only_registers).counts["registers"] == 100
    with pytest.raises(DataError, match="the flow is a list"):
        read_prisma([1])


# --- files


def test_a_table_of_keys_is_read(tmp_path):
    path = tmp_path / "flow.csv"
    path.write_text(
        "key,n\n"
        'databases,"PubMed, 60; Embase, 40"\n'
        "registers,\nduplicates,10\nscreened,90\nexcluded,70\nsought,20\nnot_retrieved,1\nassessed,19\n"
        'excluded_reports,"Wrong outcome, 5; Not randomised, 4"\nstudies,8\n',
        encoding="utf-8",
    )
    flow = read_prisma(path)
    assert flow.parts["databases"] == (("PubMed", 60), ("Embase", 40))
    assert flow.counts["excluded_reports"] == 9
    assert read_prisma(pd.DataFrame({"key": ["databases"], "value": [1]}).pipe(_with, LEAST)).counts == LEAST


def _with(_: pd.DataFrame, flow: dict) -> pd.DataFrame:
    return pd.DataFrame({"key": list(flow), "value": list(flow.values())})


def test_the_template_of_the_r_package_is_read(tmp_path):
    names = {ours: theirs for theirs, ours in ALIASES.items()}
    rows = [("NA", "prevstud", "Previous studies", "NA")]
    flow = TEMPLATES["updated, other methods"] | {"databases": 1234}
    for key, value in flow.items():
        text = (
            "; ".join(f"{name}, {n}" for name, n in value.items()) if isinstance(value, dict) else str(value)
        )
        rows.append((names.get(key, key), "box", "words", text))
    rows.append(("database_specific_results", "box", "words", "PubMed, 600; Embase, 450; CENTRAL, 184"))
    rows.append(("register_specific_results", "box", "words", "NA"))
    path = tmp_path / "PRISMA.csv"
    pd.DataFrame(rows, columns=["data", "box", "boxtext", "n"]).to_csv(path, index=False)
    read = read_prisma(path)
    assert read.template == "updated, other methods"
    assert dict(read.counts) == dict(read_prisma(TEMPLATES["updated, other methods"]).counts)
    assert read.parts["databases"][0] == ("PubMed", 600)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame({"a": [1]}), "expected 'key' and 'n'"),
        (pd.DataFrame({"key": ["screened", "screened"], "n": [1, 2]}), "row 2: 'screened' is given twice"),
    ],
)
def test_faults_of_tables_are_told(table: pd.DataFrame, message: str):
    with pytest.raises(DataError, match=message):
        read_prisma(table)


def test_every_key_has_a_place():
    everything = TEMPLATES["updated, other methods"] | {
        "excluded_by_human": 800,
        "excluded_by_automation": 70,
        "other_sources": {"Experts": 4},
        "citations": 8,
    }
    assert set(everything) == set(KEYS)
    shown = set(prisma_data(everything)["key"])
    assert set(KEYS) - {"other_sources"} <= shown
    assert "other_sources: Experts" in shown
    assert set(SOURCES) <= set(KEYS)
