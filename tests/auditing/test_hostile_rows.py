"""Printed numbers and filled templates as people type them: refused with their place, never misread."""

import io

import pandas as pd
import pytest

import k2meta as k2
from k2meta.auditing.digits import parse_number, parse_p
from k2meta.auditing.xu2021_template import template_text
from k2meta.errors import DataError, OptionError, OutputError


def refusal(call, error=DataError):
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


def assert_told(text, *parts):
    for part in parts:
        assert part in text, f"{part!r} is not in: {text}"


@pytest.fixture
def filled():
    """The template with one trial filled in; a function that changes one cell of it."""
    frame = pd.read_csv(io.StringIO(template_text()), dtype=str, keep_default_na=False).astype(object)
    row = frame.index[(frame["kind"] == "trial") & (frame["outcome"] == "vertebral_fracture")][0]
    cells = {
        "events1": "2",
        "n1": "23",
        "events2": "6",
        "n2": "24",
        "in_xu_2021": "yes",
        "osteoporotic": "yes",
    }
    for column, value in cells.items():
        frame.loc[row, column] = value

    def change(column, value):
        changed = frame.copy()
        changed.loc[row, column] = value
        return changed

    return change


# -- numbers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["0,52", "1,23", "1,2345", "0,001", "0.5 (0.3-0.8)", "12%", "inf", "two", "1,234,5"]
)
def test_what_is_no_printed_number(text):
    assert parse_number(text) is None


@pytest.mark.parametrize(("text", "value"), [("1,234", 1234), ("12,345.6", 12345.6), ("1,234,567", 1234567)])
def test_commas_separate_thousands(text, value):
    assert parse_number(text).value == value


@pytest.mark.parametrize("text", ["0,01", "p<0,05", "P = 0,001"])
def test_a_decimal_comma_is_no_p_of_one(text):
    assert parse_p(text) is None
    rows = {"measure": "RR", "estimate": "0.52", "ci_low": "0.36", "ci_high": "0.74", "p": text}
    verdict = next(row for row in k2.audit(rows).rows if row.quantity == "p")
    assert verdict.verdict == "not checkable"


# -- audits ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ({"estimate": "0,52"}, ["row 1, column 'estimate'", "'0,52' is not a number"]),
        ([{"estimate": "1"}, {"estimate": "abc"}], ["row 2, column 'estimate'", "'abc'"]),
        (pd.DataFrame([[1, 2]], columns=["ci_low", "ci_low"]), ["more than one column named 'ci_low'"]),
        ([], ["nothing to audit"]),
        (5, ["cannot read int"]),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_audited(rows, told):
    assert_told(refusal(lambda: k2.audit(rows)), *told)


@pytest.mark.parametrize("level", [0, 1, 100, -0.5, None, "0.95", True, float("nan")])
def test_levels_that_are_none(level):
    row = {"estimate": "1", "ci_low": "0.5", "ci_high": "2"}
    assert_told(refusal(lambda: k2.audit(row, level=level), OptionError), "level is", "0.95")


# -- filled templates -----------------------------------------------------------------------------------


def run(rows):
    return k2.reproduce("xu2021", rows=rows, progress=False)


@pytest.mark.parametrize("rows", [5, [{"kind": "trial"}], {"kind": ["trial"]}, b"rows.csv"])
def test_rows_of_another_kind(rows):
    assert_told(refusal(lambda: run(rows)), f"rows is a {type(rows).__name__}", "CSV file")


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("in_xu_2021", "Yes", ["row 3, column in_xu_2021", "'Yes' is not known", "did you mean 'yes'"]),
        ("in_xu_2021", "是", ["row 3, column in_xu_2021", "'是'", "yes, no, unknown"]),
        ("in_xu_2021", "unknown", ["no row is marked in_xu_2021 = yes"]),
        ("outcome", "vertebral fracture", ["row 3, column outcome", "did you mean 'vertebral_fracture'"]),
        ("kind", "", ["row 3, column kind", "'' is not known"]),
        ("events1", "NR", ["vertebral_fracture", "column events1", "'NR' is not a number"]),
        ("events1", "2,5", ["column events1", "'2,5' is not a number"]),
        ("events1", "-2", ["negative count in events1", "-2"]),
        ("events1", "200", ["more events than people", "200 > 23"]),
        ("n1", "12%", ["column n1", "'12%' is not a number"]),
    ],
)
def test_answers_that_cannot_be_meant(filled, column, value, told):
    assert_told(refusal(lambda: run(filled(column, value))), *told)


def test_doubled_columns(filled):
    frame = filled("n1", "23")
    assert_told(
        refusal(lambda: run(pd.concat([frame, frame[["n1"]]], axis=1))), "more than one column named 'n1'"
    )


# -- names and folders ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [None, ["xu2021"], 5, "xu"])
def test_reproductions_are_listed(name):
    assert_told(refusal(lambda: k2.reproduce(name), OptionError), "unknown reproduction", "alendronate2025")


@pytest.mark.parametrize("out", ["", 5, b"out"])
def test_what_is_no_folder(out, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = refusal(lambda: k2.reproduce("alendronate2025", out=out, progress=False), OutputError)
    assert_told(text, "out is", "name of a folder")
    assert list(tmp_path.iterdir()) == []
