"""Chinese figures after GB/T 3358: italic symbols, ν for df, full-width marks, thin spaces, ～ in ranges."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from pathlib import Path

import forest_cases as cases
import numpy as np
import pandas as pd
import pytest
from check_figure import check_figure

import k2meta as k2
from k2meta import figures
from k2meta.figures.lettering.numbers import format_interval, format_number, get_number_style
from k2meta.figures.looks.display import Text
from k2meta.figures.looks.model import Run, plain_text
from k2meta.figures.words.fit_words import number_style
from k2meta.figures.words.symbols import symbol_line, symbol_runs

THEMES = ("plain", "revman", "jama", "bmj", "lancet", "nature", "cma")
SYMBOLS = set("tFzZPQτχνIr")


def figure_of(result=None, theme="cma", lang="zh", **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", k2.LayoutWarning)
        return k2.forest_plot(result or k2.meta_analysis(cases.bcg()), theme=theme, lang=lang, **options)


def own_words(figure):
    """Texts that the package wrote: all but labels of studies and numbers."""
    for item in figure.page.items:
        if isinstance(item, Text) and re.match(r"k2:text:(head|statistic|footnote|\d+:(p|i2))", item.gid):
            yield item


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", ["plain", "subgroups", "left out"])
def test_symbols_are_italic_and_nothing_else_is(theme, kind):
    figure = figure_of(cases.result("RR", 9, kind=kind), theme)
    italic = {item.text for item in own_words(figure) if item.italic}
    assert italic >= ({"P", "I", "τ"} if kind == "left out" else {"P", "I", "t", "τ", "χ", "ν"})
    assert italic <= SYMBOLS
    for item in own_words(figure):
        if not item.italic:
            assert not re.search(r"(?<![A-Za-z’/-])[tPQzν](?![A-Za-z/-])|[τχI]²", item.text), item.text


@pytest.mark.parametrize("theme", THEMES)
def test_chinese_says_nu_and_no_english_marks(theme):
    figure = figure_of(theme=theme)
    for gid in ("k2:text:statistic", "k2:text:footnote"):
        text = "".join(i.text for i in figure.page.items if isinstance(i, Text) and i.gid.startswith(gid))
        assert "ν" in text
        assert "df" not in text
        assert not re.search(r"[\u4e00-\u9fff] ?[,;:()]|[,;:()] ?[\u4e00-\u9fff]", text)


def test_english_follows_the_number_style():
    italic = {
        theme: {item.text for item in own_words(figure_of(theme=theme, lang="en")) if item.italic}
        for theme in THEMES
    }
    assert italic["bmj"] == italic["lancet"] == italic["revman"] == set()
    assert italic["jama"] == {"P", "I", "t", "χ", "τ"}


@pytest.mark.parametrize(
    ("text", "slanted"),
    [
        ("预测区间：t分位数，ν = 12", ["t", "ν"]),
        ("P值", ["P"]),
        ("τ²与I²由围绕Mantel-Haenszel估计值的Q计算", ["τ", "I", "Q"]),
        ("IV，随机效应，95% CI", []),
        ("Hedges' g, n/N, MK-7, Peto法, n-3", []),
        ("以P < 0.05为界的结论改变", ["P"]),
    ],
)
def test_only_symbols_are_found(text, slanted):
    runs = symbol_runs(text, get_number_style("bmj"), "zh", bold=True)
    assert plain_text(runs) == text
    assert [run.text for run in runs if run.italic] == slanted
    assert all(run.bold for run in runs)


def test_lines_keep_what_is_italic_already():
    line = ((Run("P", italic=True), Run(" = 0.26; from t")),)
    assert symbol_line(line, get_number_style("plain"), "en") == (
        (Run("P", italic=True), Run(" = 0.26; from "), Run("t", italic=True)),
    )
    assert symbol_line(line, get_number_style("bmj"), "en") == line


def test_thousands_are_split_by_thin_spaces_from_five_digits_on():
    style = number_style("plain", "zh")
    shown = [format_number(v, 1, style) for v in (9999.94, 12345.67, -1234567.8, 99999.96)]
    assert shown == ["9999.9", "12\u2009345.7", "−1\u2009234\u2009567.8", "100\u2009000.0"]
    assert format_number(12345.67, 1, number_style("plain", "en")) == "12345.7"
    rows = {"mean1": [12001.5, 13000.5], "sd1": [10.0, 11], "n1": [12345, 20], "mean2": [11000.5, 12000]}
    data = pd.DataFrame({**rows, "sd2": [9.0, 8], "n2": [20, 20], "study": ["A", "B"]})
    names = ("mean1", "sd1", "n1", "mean2", "sd2", "n2")
    effects = k2.effect_sizes(data, "MD", study="study", **{c: c for c in names})
    table = figure_of(k2.meta_analysis(effects, model="common"), "plain").table()
    assert table["mean1"][0] == "12\u2009001.5"
    assert table["n1"][0] == "12\u2009345"
    assert not any("," in str(cell) for cell in table.to_numpy().ravel())


def test_ranges():
    style = number_style("cma", "zh")
    assert format_interval(0.13, 1.26, 2, style, 0.41) == "0.41（0.13～1.26）"
    assert format_interval(-0.13, 1.26, 2, style, 0.41) == "0.41（−0.13至1.26）"
    for theme in THEMES:
        shown = number_style(theme, "zh").separator
        assert shown == (", " if theme in ("revman", "nature") else "～")
        assert number_style(theme, "en").separator != "～"
        assert number_style(theme, "en") == replace(
            get_number_style(theme),
            separator=number_style(theme, "en").separator,
            opening=number_style(theme, "en").opening,
            closing=number_style(theme, "en").closing,
        )


def test_right_aligned_brackets_stand_flush_with_digits():
    from k2meta.figures.lettering.faces import latin_face, measure

    figure = figure_of()
    ends = []
    with latin_face("serif"):
        for item in figure.page.items:
            if isinstance(item, Text) and re.fullmatch(r"k2:text:\d+:effect|k2:text:head:effect", item.gid):
                width = measure(item.text, item.size, item.bold).width
                ends.append(item.x + width - (item.size / 2 if item.text[-1] == "）" else 0))
    assert len(ends) > 13
    assert np.ptp(ends) < 1e-6


def test_no_code_asks_for_the_name_of_a_theme():
    folder = Path(figures.__file__).parent
    asking = [
        path.name
        for path in folder.rglob("*.py")
        if re.search(r"(theme|look|style)\.name\s*(==|!=|in\b)", path.read_text(encoding="utf-8"))
    ]
    assert asking == []


@pytest.mark.parametrize("draw", [k2.funnel_plot, k2.baujat_plot], ids=["funnel", "baujat"])
def test_companions_set_symbols_italic_too(draw):
    figure = draw(k2.meta_analysis(cases.bcg()), theme="cma", lang="zh")
    found = [item for item in figure.page.items if isinstance(item, Text)]
    assert {"τ", "ν"} <= {item.text for item in found if item.italic}
    assert figure.page.latin == "serif"
    assert check_figure(figure, "cma", files=False, dpi=100) == []
