"""One table description, many formats; the same numbers in each."""

import csv
import io
import math
import re

import numpy as np
import pandas as pd
import pytest

import k2meta as k2
from k2meta.errors import DataError, OptionError
from k2meta.report.sentences import describe_fit
from k2meta.tables.fits import effect_decimals, fit_record, fits_table, study_records
from k2meta.tables.notes import method_note
from k2meta.tables.numbers import format_fixed, format_interval, format_p, format_significant
from k2meta.tables.table import Column, Table
from k2meta.tables.widths import cell_width, pad_cells, wrap_cells


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.125, 2, "0.12"),
        (-0.004, 2, "0.00"),
        (-1.005, 1, "-1.0"),
        (math.nan, 2, ""),
        (None, 2, ""),
        (math.inf, 2, "inf"),
    ],
)
def test_fixed_decimals(value, decimals, text):
    assert format_fixed(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "<0.001"),
        (0.00099, "<0.001"),
        (0.001, "0.001"),
        (0.0994, "0.099"),
        (0.0996, "0.10"),
        (1.0, "1.00"),
        (math.nan, ""),
    ],
)
def test_p_values_are_never_zero(value, text):
    assert format_p(value) == text


def test_significant_digits_keep_zeros():
    assert [format_significant(v, 3) for v in (0.5, 12.0, 123456.0, 1e-30, -0.00123)] == [
        "0.500",
        "12.0",
        "123456",
        "1.00e-30",
        "-0.00123",
    ]
    assert format_interval(math.nan, math.nan) == ""


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("风险比", 6), ("τ² = 0", 6), ("（k）", 5), ("e\u0301", 1), ("", 0)]
)
def test_cells(text, width):
    assert cell_width(text) == width
    assert cell_width(pad_cells(text, 10, "right")) == 10
    assert cell_width(pad_cells(text, 10, "centre")) == 10


@pytest.mark.parametrize("width", [4, 7, 20])
@pytest.mark.parametrize(
    "text", ["one two three four", "研究甲，研究乙和研究丙", "averyverylongword 与中文 mixed", "a  b"]
)
def test_wrapping_fits_and_loses_nothing(text, width):
    lines = wrap_cells(text, width)
    assert all(cell_width(line) <= width for line in lines) or width < 4
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    assert not any(line[:1] in "，。；" for line in lines if line)


def sample():
    columns = [
        Column("study", "研究"),
        Column("rr", "RR", "right", 2),
        Column("p", "P", "right", show=format_p),
    ]
    rows = [
        {"study": "Ishida 2004 | a", "rr": 0.5294, "p": 0.0004, "hidden": "x"},
        {"study": "石田 <b>", "rr": np.float64(1.25), "p": math.nan, "hidden": "y"},
    ]
    return Table.build("合并", columns, rows, ["note & note"])


def test_all_formats_show_the_same_cells():
    table = sample()
    cells = table.cells()
    assert cells == [["Ishida 2004 | a", "0.53", "<0.001"], ["石田 <b>", "1.25", ""]]
    text, markdown, html = table.to_text(), table.to_markdown(), table.to_html()
    assert "0.53" in text
    assert "0.53" in markdown
    assert "0.53" in html
    assert r"Ishida 2004 \| a" in markdown
    assert "石田 &lt;b&gt;" in html
    assert "note &amp; note" in html
    assert "note & note" in markdown


def test_text_columns_line_up_with_chinese():
    lines = sample().to_text().splitlines()
    assert {cell_width(line[: line.index("RR") + 2]) for line in lines if "RR" in line} == {
        cell_width(line[: line.index("0.53") + 4]) for line in lines if "0.53" in line
    }


@pytest.mark.parametrize("width", [30, 40, 80])
def test_text_fits_the_terminal(width):
    table = Table.build("", [Column("a", "A"), Column("b", "B", "right", 1)], [{"a": "word " * 30, "b": 1.0}])
    assert max(map(cell_width, table.to_text(width).splitlines())) <= width


def test_csv_is_unrounded_and_complete():
    rows = list(csv.DictReader(io.StringIO(sample().to_csv())))
    assert float(rows[0]["rr"]) == 0.5294
    assert rows[1]["rr"] == "1.25"
    assert rows[1]["p"] == ""
    assert [row["hidden"] for row in rows] == ["x", "y"]


def test_frames_make_tables():
    frame = pd.DataFrame({"study": ["A"], "k": [3], "rr": [0.123456], "ok": [True]})
    table = Table.from_frame(frame, decimals={"rr": 3}, heads={"rr": "RR"})
    assert table.cells() == [["A", "3", "0.123", "yes"]]
    assert [column.align for column in table.columns] == ["left", "right", "right", "left"]
    assert table.to_frame()["rr"].tolist() == [0.123456]
    assert table.select(["rr", "k"]).heads == ["RR", "k"]


def test_bad_tables_are_named():
    with pytest.raises(DataError, match="row 1 has no value for b"):
        Table.build("t", [Column("b", "B")], [{"a": 1}])
    with pytest.raises(OptionError, match="alignment"):
        Column("b", "B", "middle")
    with pytest.raises(OptionError, match="table column 'rx'"):
        sample().select(["rx"])


# --- tables and sentences of fits ---------------------------------------------------------------


@pytest.fixture(scope="module")
def effects():
    return k2.effect_sizes(k2.load_dataset("bcg"), "RR", study="study")


FITS = {
    "REML KH": {},
    "DL z": {"tau2": "DL", "test": "z"},
    "common": {"model": "common"},
    "fixed tau2": {"tau2": 0.1, "test": "t"},
    "revman2025": {"convention": "revman2025"},
    "99%": {"level": 0.99, "prediction": "t(k-2)"},
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", FITS)
def test_sentences_say_the_numbers_and_the_method(effects, name, lang):
    fit = k2.meta_analysis(effects, **FITS[name])
    text = describe_fit(fit, lang)
    record = fit_record(fit)
    for key in ("estimate", "ci_low", "ci_high"):
        assert f"{record[key]:.2f}" in text
    assert f"{fit.i2:.0f}%" in text
    assert f"{100 * fit.options.level:g}%" in text
    if fit.options.tau2 not in {"none", "fixed"}:
        assert f"{'（' if lang == 'zh' else '('}{fit.options.tau2}" in text
    assert ("I²由" in text) if lang == "zh" else ("I² from" in text)
    if lang == "en":
        assert text.isprintable() or "\n" in text
        assert not re.search(r"[一-鿿]", text)


def test_notes_name_zero_cells_and_exclusions():
    rows = pd.DataFrame(
        {
            "study": ["A", "B", "C"],
            "events1": [0, 3, 4],
            "n1": [20, 30, 40],
            "events2": [2, 5, 4],
            "n2": [20, 30, 41],
        }
    )
    fit = k2.meta_analysis(k2.effect_sizes(rows, "RR", exclude={"C": "retracted"}))
    note = method_note(fit)
    assert "0.5 added to every cell of studies with a zero cell" in note
    assert "1 of 3 rows not pooled: C (retracted)" in note
    assert "各格加0.5" in method_note(fit, "zh")


def test_one_study_has_no_heterogeneity():
    fit = k2.meta_analysis(yi=[0.2], vi=[0.01])
    assert "heterogeneity is not defined" in describe_fit(fit)
    assert "异质性不适用" in describe_fit(fit, "zh")
    record = fit_record(fit)
    assert math.isnan(record["i2"])
    assert math.isnan(record["pi_low"])


def test_fits_table_gives_natural_scale_and_methods(effects):
    fits = {name: k2.meta_analysis(effects, **options) for name, options in FITS.items()}
    table = fits_table(fits, "BCG", describe=True)
    cells = dict(zip([row[0] for row in table.cells()], table.cells(), strict=True))
    assert cells["DL z"][2:5] == ["0.49", "0.34", "0.70"]
    assert cells["common"][-1] == "common effect, z"
    assert len(table.notes) == len(set(map(method_note, fits.values())))
    assert fits_table(fits, lang="zh").heads[0] == "分析"


def test_study_records_keep_position_and_weight(effects):
    fit = k2.meta_analysis(effects)
    records = study_records(fit)
    assert [record["row"] for record in records] == list(range(13))
    assert sum(record["weight"] for record in records) == pytest.approx(100)
    assert records[0]["estimate"] == pytest.approx(4 / 123 / (11 / 139))


def test_unknown_language_lists_the_known(effects):
    with pytest.raises(OptionError, match="Known: en, zh"):
        describe_fit(k2.meta_analysis(effects), "de")


def test_logged_ratios_of_the_generic_measure_are_read_as_ratios():
    rows = pd.DataFrame({"study": ["A", "B"], "estimate": [0.5, 0.8], "se": [0.25, 0.24]})
    fit = k2.meta_analysis(k2.effect_sizes(rows, "GEN", scale="log"), model="common")
    record = fit_record(fit)
    assert record["estimate"] == pytest.approx(math.exp(fit.estimate))
    assert [row["estimate"] for row in study_records(fit)] == pytest.approx([0.5, 0.8])
    assert f"{math.exp(fit.estimate):.2f} (95% CI {math.exp(fit.ci.low):.2f}" in describe_fit(fit)


def test_finely_measured_differences_keep_their_digits():
    fit = k2.meta_analysis(yi=[0.0181, 0.0112, 0.0095], vi=[1e-5, 1e-5, 2e-5], test="z")
    assert effect_decimals(fit) == 3
    assert f"{fit.estimate:.3f}" in describe_fit(fit)
    assert fits_table({"all": fit}).cells()[0][2] == f"{fit.estimate:.3f}"


def test_proportions_are_read_as_proportions():
    rows = pd.DataFrame({"study": ["A", "B"], "events": [3, 8], "n": [40, 70]})
    for code in ("PLO", "PFT", "PR"):
        fit = k2.meta_analysis(k2.effect_sizes(rows, code), model="common")
        record = fit_record(fit)
        assert 0.04 < record["ci_low"] < record["estimate"] < record["ci_high"] < 0.25
        assert [row["estimate"] for row in study_records(fit)] == pytest.approx([3 / 40, 8 / 70], abs=2e-3)
