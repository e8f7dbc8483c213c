"""Figures in two languages: two files, or Chinese over English in one."""

from __future__ import annotations

import io
import warnings

import forest_cases as cases
import pypdf
import pytest
from check_figure import check_figure

import k2meta as k2
from k2meta.errors import OptionError
from k2meta.figures.lettering.faces import measure
from k2meta.figures.looks.display import Text
from k2meta.figures.looks.model import Run
from k2meta.figures.page.wrapping import longest_piece, runs_width, split_lines, wrap, wrap_balanced

FAVOURS = {"en": ("vitamin K2", "control"), "zh": ("维生素K2", "对照")}


def bcg():
    return k2.meta_analysis(cases.bcg())


def stack(result=None, **options):
    options.setdefault("favours", FAVOURS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", k2.LayoutWarning)
        return k2.forest_plot(result or bcg(), lang="en+zh", bilingual="stack", **options)


def lines_of(figure, gid):
    """Texts by baseline, from the top."""
    lines = {}
    for item in figure.page.items:
        if isinstance(item, Text) and item.gid == gid:
            lines[round(item.y, 3)] = lines.get(round(item.y, 3), "") + item.text
    return [lines[y] for y in sorted(lines)]


def test_two_languages_are_two_figures_with_the_same_numbers(tmp_path):
    pair = k2.forest_plot(bcg(), lang="en+zh", favours=FAVOURS)
    assert [figure.lang for figure in pair] == ["en", "zh"]
    for own, other in zip(*(figure.k2meta["rows"] for figure in pair), strict=True):
        assert [repr(own[key]) for key in ("x", "lo", "hi", "weight")] == [
            repr(other[key]) for key in ("x", "lo", "hi", "weight")
        ]
    assert lines_of(pair[0], "k2:text:axis:favours") == ["Favours vitamin K2Favours control"]
    assert lines_of(pair[1], "k2:text:axis:favours") == ["支持维生素K2支持对照"]
    written = pair.save(tmp_path / "forest.pdf", tmp_path / "forest.svg")
    names = ["forest-en.pdf", "forest-zh.pdf", "forest-en.svg", "forest-zh.svg"]
    assert [path.name for path in written] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert pypdf.PdfReader(tmp_path / "forest-zh.pdf").trailer["/Root"]["/Lang"] == "zh-CN"
    with pytest.raises(OptionError, match="stream"):
        pair.save(io.BytesIO())


def test_pages_are_numbered_in_their_names():
    result = cases.result("OR", 60)
    pages = k2.forest_plot(result, pages="auto", max_height=120)
    assert [path.name for path in pages.names("a/f.pdf")][:2] == ["f-1.pdf", "f-2.pdf"]
    both = k2.forest_plot(result, pages="auto", max_height=120, lang="en+zh")
    names = [path.name for path in both.names("f.pdf")]
    assert names[0] == "f-en-1.pdf"
    assert names[-1] == f"f-zh-{both[-1].k2meta['pages']}.pdf"
    assert len(set(names)) == len(both)


def test_heads_stand_on_two_lines_chinese_over_english():
    figure = stack(width="2col")
    assert lines_of(figure, "k2:text:head:study") == ["研究", "Study"]
    assert lines_of(figure, "k2:text:head:events1") == ["事件数", "Events"]
    assert lines_of(figure, "k2:text:head:effect") == ["风险比（RR）", "Risk ratio", "（95% CI）"]
    assert lines_of(figure, "k2:text:head:weight") == ["权重", "Weight", "（%）"]
    assert lines_of(figure, "k2:text:head:arm1") == ["试验组", "Experimental"]
    assert lines_of(figure, "k2:text:axis:title") == ["风险比（RR），对数尺度", "Risk ratio (log scale)"]
    favours = ["支持维生素K2支持对照", "Favours vitamin K2Favours control"]
    assert lines_of(figure, "k2:text:axis:favours") == favours
    assert lines_of(figure, "k2:text:statistic:0")[0].startswith("异质性检验 Heterogeneity：τ² = 0.313；")
    notes = [lines_of(figure, f"k2:text:footnote:{i}")[0] for i in range(2)]
    assert notes[0].startswith("随机效应模型；")
    assert notes[1].startswith("Random-effects model; ")
    assert figure.k2meta["bilingual"] == "stack"
    assert " / " in figure.title
    assert figure.caption("en") != figure.caption("zh")


def test_numbers_are_printed_once():
    figure = stack(cases.result("MD", 6))
    assert (
        figure.table()["effect"][0] == k2.forest_plot(cases.result("MD", 6), lang="zh").table()["effect"][0]
    )
    assert figure.table()["study"].tolist()[-2:] == [
        "随机效应模型\nRandom-effects model",
        "95%预测区间\n95% prediction interval",
    ]


def test_words_in_cells_are_given_twice():
    data = k2.load_dataset("bcg")
    data.loc[3, ["events1", "events2"]] = 0
    effects = k2.effect_sizes(data, "OR", study="study", drop00=True, **cases.BINARY)
    shown = stack(k2.meta_analysis(effects)).table()["effect"].tolist()
    assert "不可估计 Not estimable" in shown


def test_words_may_come_in_both_languages():
    words = {"en": ("Vitamin K2", "Placebo"), "zh": ("维生素K2", "安慰剂")}
    figure = stack(arms=words, title={"en": "Fractures", "zh": "骨折"}, effect={"en": "Risk", "zh": "风险"})
    assert lines_of(figure, "k2:text:head:arm2") == ["安慰剂", "Placebo"]
    assert figure.title == "骨折 / Fractures"
    assert lines_of(figure, "k2:text:head:effect")[:2] == ["风险", "Risk"]
    same = stack(arms=("K2", "P"))
    assert lines_of(same, "k2:text:head:arm1") == ["K2"]


@pytest.mark.parametrize("theme", ["revman", "jama", "cma"])
@pytest.mark.parametrize("width", ["1col", "2col"])
def test_no_fault(theme, width):
    for result in (None, cases.result("SMD", 6, kind="subgroups"), cases.result("RR", 5, kind="left out")):
        figure = stack(result, theme=theme, width=width)
        assert [p for p in check_figure(figure, files=False, dpi=100) if p.code != "HEIGHT"] == []


def test_no_fault_in_the_files():
    assert check_figure(stack(theme="cma"), "cma", factory=lambda: stack(theme="cma"), dpi=100) == []


def test_another_language_is_refused():
    with pytest.raises(OptionError, match=r"en\+zh"):
        k2.forest_plot(bcg(), lang="zh+en")
    with pytest.raises(OptionError, match="bilingual"):
        k2.forest_plot(bcg(), lang="en+zh", bilingual="side")


def test_a_line_feed_ends_a_line():
    def width_of(runs):
        return runs_width(runs, 8)

    runs = (Run("研究", True), Run("\nStudy of ", True), Run("P", True, True))
    assert ["".join(r.text for r in line) for line in split_lines(runs)] == ["研究", "Study of P"]
    for breaker in (wrap, wrap_balanced):
        assert ["".join(r.text for r in line) for line in breaker(runs, 500, width_of)] == [
            "研究",
            "Study of P",
        ]
        assert len(breaker(runs, measure("Study", 8, True).width + 1, width_of)) == 3
    assert width_of(runs) == pytest.approx(width_of(split_lines(runs)[1]), rel=1e-12)
    assert longest_piece(runs, width_of) == pytest.approx(measure("Study", 8, True).width, rel=1e-12)
