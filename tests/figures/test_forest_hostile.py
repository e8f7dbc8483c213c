"""What careless callers and awkward studies do to a forest plot: it holds, or says what is wrong."""

from __future__ import annotations

import io
import math

import forest_cases as cases
import numpy as np
import pandas as pd
import pytest
from check_figure import check_figure

import k2meta as k2
from k2meta.figures.lettering.numbers import format_tau2
from k2meta.figures.words.fit_names import model_names
from k2meta.figures.words.reasons import is_not_estimable, reason_words

ROLES = {"study": "study", "events1": "e1", "n1": "n1", "events2": "e2", "n2": "n2"}


def texts(figure):
    return [t.get_text() for t in figure.texts]


def lines_of(figure, kind):
    """Printed lines of statistics or footnotes, in order."""
    lines = {}
    for text in figure.texts:
        if f"k2:text:{kind}" in (text.get_gid() or ""):
            lines.setdefault((text.get_gid(), round(text.get_position()[1], 6)), []).append(text.get_text())
    return ["".join(parts) for parts in lines.values()]


def generic(y, se, study=None, **options):
    names = study or [f"Study {i + 1}" for i in range(len(y))]
    data = pd.DataFrame({"study": names, "y": y, "se": se})
    return k2.effect_sizes(data, "GEN", study="study", estimate="y", se="se", **options)


def trials(k=8, **columns):
    rng = np.random.default_rng(11)
    n1, n2 = rng.integers(40, 200, k), rng.integers(40, 200, k)
    data = {"e1": rng.binomial(n1, 0.2) + 1.0, "n1": n1, "e2": rng.binomial(n2, 0.3) + 1.0, "n2": n2}
    return pd.DataFrame({"study": [f"Trial {i}" for i in range(k)], **data, **columns})


@pytest.fixture(scope="module")
def fit():
    return k2.meta_analysis(cases.bcg())


# ------------------------------------------------------------------ labels
def test_awkward_labels_print_as_one_line_each():
    names = [
        "Tab\tbed",
        "New\r\nline",
        "  led by blanks",
        "zero\u200bwidth\ufeff",
        "50% of $5 & x_1^2",
        "α ≤ β ± √2",
    ]
    effects = generic([0.1, 0.2, 0.3, 0.1, 0.2, 0.3], [0.1] * 6, names)
    shown = k2.forest_plot(k2.meta_analysis(effects)).table().query("kind == 'study'").study.tolist()
    assert shown == ["Tab bed", "New line", "led by blanks", "zerowidth", "50% of $5 & x_1^2", "α ≤ β ± √2"]


@pytest.mark.parametrize("label", ["A😀", "bell\x07", "محمد", "שלום", "हिन्दी"])
def test_what_cannot_be_set_is_named(label):
    result = k2.meta_analysis(generic([0.1, 0.2], [0.1, 0.1], [label, "B"]))
    strange = next(c for c in label if ord(c) > 0x2FF or ord(c) < 32)
    with pytest.raises(k2.MissingGlyphError, match="U\\+") as caught:
        k2.forest_plot(result)
    assert f"U+{ord(strange):04X}" in str(caught.value)
    assert "Replace or remove" in str(caught.value)


# ------------------------------------------------------------------ numbers
def test_large_differences_print_as_whole_numbers():
    figure = k2.forest_plot(k2.meta_analysis(generic([1e6, 1.2e6, -3e5, 9e5], [2.5e5] * 4)))
    assert figure.table().effect[0] == "1000000 (510009 to 1489991)"
    assert any("×10¹¹" in line for line in lines_of(figure, "statistic"))


def test_small_heterogeneity_that_matters_is_not_printed_as_nothing():
    figure = k2.forest_plot(k2.meta_analysis(generic([1e-4, 3e-4, -2e-4, 1.5e-4], [1e-4] * 4)))
    assert "×10⁻⁸" in lines_of(figure, "statistic")[0]
    assert figure.table().effect[0] == "0.00010 (−0.00010 to 0.00030)"
    assert format_tau2(0.0, matters=True) == "0.00"
    assert format_tau2(0.004, "revman", matters=True) == "0.004"
    assert format_tau2(4.2e11) == "4.2×10¹¹"


def test_proportions_of_one_have_no_arrow_past_one():
    data = pd.DataFrame({"study": list("abc"), "events": [10, 12, 7], "n": [10, 12, 9]})
    effects = k2.effect_sizes(data, "PFT", study="study", events="events", n="n")
    figure = k2.forest_plot(k2.meta_analysis(effects))
    highest = math.asin(1)
    assert all(row["hi"] <= highest for row in figure.k2meta["rows"])
    assert effects.yi[0] + 1.96 * effects.sei[0] > highest  # what would have been cut
    assert not figure.findobj(lambda a: ":hi" in (a.get_gid() or "") and "arrow" in a.get_gid())


# ------------------------------------------------------------------ further columns
def test_further_columns_of_numpy_and_pandas_numbers_align(fit):
    values = pd.Series(np.arange(13) - 1.5, index=range(100, 113))
    figure = k2.forest_plot(
        fit, extra={"x": values, "n": np.arange(13) * 1000, "text": ["a-b"] * 13}, width=260
    )
    table = figure.table().query("kind == 'study'")
    assert table.x.tolist()[:3] == ["−1.5", "−0.5", "0.5"]
    assert table.n.tolist()[-1] == "12000"
    assert set(table.text) == {"a-b"}
    cells = [t for t in figure.texts if (t.get_gid() or "").endswith(":x") and "head" not in t.get_gid()]
    dpi, renderer = figure.dpi, figure.canvas.get_renderer()
    right = [t.get_window_extent(renderer).x1 / dpi * 72 for t in cells]
    assert max(right) - min(right) < 0.7


# ------------------------------------------------------------------ several models
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_models_of_one_kind_get_names_of_their_own(fit, lang):
    effects = fit.effects
    models = [
        k2.meta_analysis(effects, test="z"),
        k2.meta_analysis(effects, tau2="DL", test="z"),
        k2.meta_analysis(effects, model="common"),
        k2.meta_analysis(effects, level=0.9),
    ]
    figure = k2.forest_plot(fit, models=models, lang=lang)
    names = model_names([fit, *models], lang)
    assert figure.table().query("kind == 'pooled'").study.tolist() == list(names)
    assert len(set(names)) == 5
    assert "90%" in names[-1]
    assert "DL" in names[2]
    notes = "".join(lines_of(figure, "footnote"))
    colon = "：" if lang == "zh" else ": "
    assert all("".join(f"{name}{colon}".split()) in "".join(notes.split()) for name in names)
    assert sum("90%" in text for text in figure.table().study) == 2  # its prediction interval, too
    assert all(name in figure.caption() for name in names)
    assert [p for p in check_figure(figure, files=False, dpi=100) if p.code != "HEIGHT"] == []


def test_one_model_twice_is_told_apart(fit):
    again = k2.meta_analysis(fit.effects)
    assert model_names([fit, again], "en") == ("Random-effects model, 1", "Random-effects model, 2")


# ------------------------------------------------------------------ leave-one-out
@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "* The conclusion at P < 0.05 changes"), ("zh", "* 剔除该研究后，以P < 0.05为界")],
)
@pytest.mark.parametrize("theme", ["plain", "revman"])
def test_omissions_that_change_the_conclusion_are_marked(lang, words, theme):
    result = k2.leave_one_out(k2.meta_analysis(generic([-0.3, -0.35, -0.2, 0.3], [0.1, 0.1, 0.1, 0.12])))
    assert result.changes_conclusion.any()
    assert not result.changes_conclusion.all()
    figure = k2.forest_plot(result, lang=lang, theme=theme)
    labels = figure.table().query("kind == 'study'").study
    assert [label.endswith("*") for label in labels] == result.changes_conclusion.tolist()
    assert lines_of(figure, "footnote")[0].startswith(words)


def test_nothing_is_marked_where_nothing_changes_or_nothing_is_tested(fit):
    figure = k2.forest_plot(k2.leave_one_out(fit))
    assert not any("*" in text for text in texts(figure))
    proportions = k2.leave_one_out(cases.result("PLO", 5))
    figure = k2.forest_plot(proportions)
    assert not any("*" in text for text in texts(figure))
    assert "p" not in figure.table()


# ------------------------------------------------------------------ studies that take no part
def test_reasons_in_both_languages():
    assert reason_words("missing value in events1 (column 'e1')", "zh") == "第1组事件数缺失"
    assert reason_words("missing value in n (column 'N'); missing value in events", "en") == (
        "total missing; events missing"
    )
    assert reason_words("excluded (why)", "zh") == "按“why”列排除"
    assert reason_words("excluded by the caller", "zh") == "按要求排除"
    assert reason_words("ROM needs means above 0; there is -1", "zh") == "ROM要求均数大于0，而有均数为-1"
    assert reason_words("the sampling variance of SMD is 0", "zh") == "SMD的抽样方差为0"
    own = "no randomisation; retracted 2018"
    assert reason_words(own, "en") == own
    assert not is_not_estimable("SD could not be computed")
    assert is_not_estimable("ROM needs means above 0; there is -1")


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("pooling", ["inverse variance", "Mantel-Haenszel"])
def test_excluded_studies_stand_in_their_group(named, pooling):
    data = trials(g=["甲", "乙"] * 3 + ["丙", "丙"], why=[None, "retracted"] + [None] * 6)
    data.loc[6, ["e1", "e2"]] = 0
    data.loc[7, ["e1", "e2"]] = 0
    effects = k2.effect_sizes(data, "RR", exclude="why", drop00=pooling == "inverse variance", **ROLES)
    by = "g" if named else data["g"].tolist()
    result = k2.subgroup_analysis(effects, by, pooling=pooling)
    assert result.row_groups == tuple(data["g"])
    figure = k2.forest_plot(result, theme="revman", lang="zh")
    table = figure.table()
    assert dict(zip(table.study, table.group, strict=True)) | {"Trial 1": "乙", "Trial 6": "丙"} == dict(
        zip(table.study, table.group, strict=True)
    )
    # a group without any estimate keeps its name, its studies and a total, and says so
    lost = table[table.group == "丙"]
    assert lost.kind.tolist() == ["group", "excluded", "excluded", "unpooled"]
    assert lost.effect.tolist()[1:] == ["不可估计"] * 3
    assert int(lost.n1.iloc[-1]) == data.n1[6:].sum()
    assert "丙" not in result.groups
    assert [p for p in check_figure(figure, files=False, dpi=100) if p.code != "HEIGHT"] == []


def test_groups_of_an_array_without_the_excluded_rows_are_unknown():
    data = trials(why=["left out"] + [None] * 7)
    effects = k2.effect_sizes(data, "RR", exclude="why", **ROLES)
    result = k2.subgroup_analysis(effects, ["a"] * 4 + ["b"] * 3)
    assert result.row_groups == ("", *["a"] * 4, *["b"] * 3)
    table = k2.forest_plot(result).table()
    assert table[table.study == "Trial 0"].group.tolist() == [""]


def test_the_correction_of_study_effects_is_told_with_count_pooling():
    data = trials().assign(e1=[0, 3, 4, 5, 6, 7, 8, 9])
    roles = {k: v for k, v in ROLES.items() if k != "study"}
    plain = k2.forest_plot(k2.mantel_haenszel(data, study="study", **roles), width=260)
    assert any("for their own effects, not for pooling" in line for line in lines_of(plain, "footnote"))
    revman = k2.forest_plot(k2.mantel_haenszel(data, study="study", convention="revman5", **roles), width=260)
    notes = " ".join(lines_of(revman, "footnote"))
    assert "0.5 added to all cells" in notes
    assert "not for pooling" not in notes


# ------------------------------------------------------------------ layout
def test_footnotes_fill_their_lines(fit):
    figure = k2.forest_plot(fit, width="1.5col")
    first, *rest = lines_of(figure, "footnote")
    assert len(rest) == 1
    assert not first.endswith(";")
    assert "df =" not in first[-5:]


def test_favours_labels_share_a_line_at_the_edge():
    effects = generic([-2.0, -2.2, -1.9, -2.1], [0.3] * 4)
    for lang, pair in (("en", ("vitamin K2 45 mg", "placebo")), ("zh", ("维生素K2组", "安慰剂对照组"))):
        figure = k2.forest_plot(k2.meta_analysis(effects), theme="revman", lang=lang, favours=pair)
        places = [t.get_position()[1] for t in figure.texts if t.get_gid() == "k2:text:axis:favours"]
        assert max(places) - min(places) < 1e-9


def test_a_wide_page_does_not_break_the_prediction_label():
    figure = k2.forest_plot(k2.meta_analysis(generic([0.1, 0.2, 0.4], [0.1] * 3, list("ABC"))), lang="zh")
    label = [t for t in figure.texts if t.get_gid() == "k2:text:5:study"]
    assert "".join(t.get_text() for t in label) == "95%预测区间"
    assert len({t.get_position()[1] for t in label}) == 1


# ------------------------------------------------------------------ what callers get wrong
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"width": None}, "width=None - expected a number of millimetres"),
        ({"width": True}, "width=True"),
        ({"width": "3col"}, "did you mean '2col'"),
        ({"columns": "weight"}, r"write columns=\['weight'\]"),
        ({"columns": ["study", "wieght"]}, "did you mean 'weight'"),
        ({"heads": {"wieght": "W"}}, "did you mean 'weight'"),
        ({"heads": ["a"]}, "expected texts by column"),
        ({"extra": {"x": "abc"}}, "one value for each study"),
        ({"extra": ["a"]}, "extra is a list"),
        ({"extra": {"weight": [1] * 13}}, "name of a column of the figure"),
        ({"extra": {"x": [1, 2]}}, "has 2 values - expected 13"),
        ({"favours": 5}, "expected two texts"),
        ({"favours": ("a", "b", "c")}, "expected two texts"),
        ({"arms": ("a",)}, "expected two texts"),
        ({"models": 3}, r"models=\[fit\]"),
        ({"xlim": (1,)}, "xlim=.* - expected 2 finite numbers"),
        ({"xlim": (2, 1)}, "two increasing limits"),
        ({"xlim": (0, 3)}, "ratios above 0"),
        ({"xlim": (None, 3)}, "finite numbers"),
        ({"ticks": []}, "a list of finite numbers"),
        ({"ticks": [-1, 1]}, "ticks: -1 - no place"),
        ({"ticks": [0.1, 5], "xlim": (0.5, 2)}, "ticks: 0.1, 5"),
        ({"decimals": 2.5}, "whole number from 0 to 10"),
        ({"decimals": -1}, "whole number from 0 to 10"),
        ({"prediction": "yes"}, "True or False"),
        ({"title": 3}, "expected a text"),
        ({"size": "8"}, "size='8' - expected a number"),
        ({"size": 4}, "min_size=6"),
        ({"row_pitch": 0}, "row_pitch=0"),
        ({"square": "rde"}, "no colour"),
        ({"left": "study"}, "blocks of columns"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_wrong_options_are_told_with_the_remedy(fit, wrong, words):
    with pytest.raises((k2.OptionError, k2.DataError), match=words):
        k2.forest_plot(fit, **wrong)


def test_what_is_no_result_is_sent_to_pooling(fit):
    with pytest.raises(k2.OptionError, match="effect_sizes"):
        k2.forest_plot(k2.load_dataset("bcg"))
    with pytest.raises(k2.OptionError, match="meta_analysis\\(effects\\)"):
        k2.forest_plot(fit.effects)
    with pytest.raises(k2.OptionError, match=r"write models=\[fit\]"):
        k2.forest_plot(fit, models=fit)


def test_the_width_that_an_error_asks_for_is_enough():
    result = k2.meta_analysis(generic([0.1, 0.2, 0.4], [0.1] * 3))
    with pytest.raises(k2.LayoutError, match=r"about (\d+) mm") as caught:
        k2.forest_plot(result, width=30)
    needed = int(str(caught.value).split("about ")[1].split(" mm")[0])
    with pytest.warns(k2.LayoutWarning):
        k2.forest_plot(result, width=needed)


def test_nothing_is_written_unless_all_can_be(fit, tmp_path):
    figure = k2.forest_plot(fit, width="1.5col")
    good = tmp_path / "good.svg"
    for bad, words in (
        (tmp_path / "bad.docx", "unknown figure format"),
        (tmp_path / "bad", "no ending"),
        (["a.pdf"], "is no file"),
        (5, "is no file"),
    ):
        with pytest.raises((k2.OptionError, k2.OutputError), match=words):
            figure.save(good, bad)
    assert not good.exists()
    with pytest.raises(k2.OptionError, match="no file"):
        figure.save()
    for dpi in (0, "300", math.nan, 1e6, True):
        with pytest.raises(k2.OptionError, match="dpi"):
            figure.save(good, dpi=dpi)
    with pytest.raises(k2.OptionError, match="pixels"):
        k2.forest_plot(fit, width=1000).save(tmp_path / "a.png", dpi=4000)
    with pytest.raises(k2.OutputError, match="does not exist"):
        figure.save(tmp_path / "nowhere" / "a.svg")
    folder = tmp_path / "folder.svg"
    folder.mkdir()
    with pytest.raises(k2.OutputError, match="cannot be written"):
        figure.save(folder)


def test_saving_twice_gives_the_same_bytes(fit):
    figure = k2.forest_plot(fit, width="1.5col")
    first, second = io.BytesIO(), io.BytesIO()
    for stream in (first, second):
        figure.save(stream, format="svg")
    assert first.getvalue() == second.getvalue()


def test_short_chinese_phrases_are_not_broken() -> None:
    from k2meta.figures.looks.model import Run
    from k2meta.figures.page.wrapping import wrap

    def width(runs) -> int:
        return sum(2 if ord(char) > 255 else 1 for run in runs for char in run.text)

    def lines(text: str, room: int) -> list[str]:
        return ["".join(run.text for run in line) for line in wrap((Run(text),), room, width)]

    assert lines("M-H，共同效应，95% CI", 13) == ["M-H，", "共同效应，", "95% CI"]
    assert lines("一级预防（无骨质疏松）", 15) == ["一级预防", "（无骨质疏松）"]
    # where a line cannot hold the phrase, and in long phrases, any place will do
    assert max(width((Run(line),)) for line in lines("共同效应", 6)) <= 6
    assert len(lines("骨质疏松女性维生素与骨折的随机对照试验", 12)) == 4
