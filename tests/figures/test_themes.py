"""Themes: what each one looks like, and that none of them changes a number."""

from __future__ import annotations

import dataclasses
import re
import warnings

import forest_cases as cases
import pytest
from check_figure import check_figure
from matplotlib.colors import to_hex

import k2meta as k2
from k2meta.errors import OptionError
from k2meta.figures.looks.display import Shape, Squares, Stroke, Text
from k2meta.figures.looks.themes import Theme, get_theme, page_width, theme_names
from k2meta.figures.words.catalogue import FAVOURS_WORDS

THEMES = ("plain", "revman", "jama", "bmj", "lancet", "nature", "cma")
JOURNALS = ("jama", "bmj", "lancet", "nature", "cma")
FAVOURS = {"en": ("BCG", "no BCG"), "zh": ("卡介苗", "未接种")}
PROFILES = {"nature": "nature", "lancet": "lancet", "cma": "cma"}
ALL_COLUMNS = ("study", "arms", "effect", "weight")


def draw(theme, lang="en", result=None, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", k2.LayoutWarning)
        options.setdefault("favours", FAVOURS[lang])
        fit = k2.meta_analysis(cases.bcg()) if result is None else result
        return k2.forest_plot(fit, theme=theme, lang=lang, **options)


def texts(figure, gid):
    return [item for item in figure.page.items if isinstance(item, Text) and item.gid.startswith(gid)]


def said(figure, gid):
    return "".join(item.text for item in texts(figure, gid))


def rules(figure):
    found = [i for i in figure.page.items if isinstance(i, Stroke) and i.gid.startswith("k2:bg:rule:")]
    return {item.gid.removeprefix("k2:bg:rule:"): item for item in found}


def marks(figure):
    squares = next(item for item in figure.page.items if isinstance(item, Squares))
    diamonds = [i for i in figure.page.items if isinstance(i, Shape) and i.gid.startswith("k2:diamond")]
    return squares, diamonds


# --- the table of themes


def test_these_themes_exist():
    assert set(theme_names()) >= set(THEMES)


@pytest.mark.parametrize(
    ("theme", "widths", "height", "sizes", "latin"),
    [
        ("plain", (85, 174), 235, (8, 6), "sans"),
        ("revman", (85, 174), 235, (8, 6), "sans"),
        ("jama", (85, 174), 235, (8, 6), "sans"),
        ("bmj", (84, 173), 235, (8, 6), "sans"),
        ("lancet", (75, 154), 235, (8, 6), "serif"),
        ("nature", (89, 183), 170, (7, 5), "sans"),
        ("cma", (85, 174), 235, (8, 6.5), "serif"),
    ],
)
def test_pages_and_type(theme, widths, height, sizes, latin):
    look = get_theme(theme)
    assert (page_width("1col", look), page_width("2col", look)) == widths
    assert widths[0] < page_width("1.5col", look) < widths[1]
    assert look.max_height == height
    assert (look.size, look.min_size) == sizes
    assert look.latin == latin


@pytest.mark.parametrize(
    ("theme", "interval"),
    [
        ("plain", "0.41 (0.13 to 1.26)"),
        ("revman", "0.41 [0.13, 1.26]"),
        ("jama", "0.41 (0.13-1.26)"),
        ("bmj", "0.41 (0.13 to 1.26)"),
        ("lancet", "0·41 (0·13–1·26)"),
        ("nature", "0.41 (0.13, 1.26)"),
    ],
)
def test_intervals(theme, interval):
    assert draw(theme).table()["effect"][0] == interval


def test_every_number_of_the_lancet_has_a_raised_point():
    for figure in (draw("lancet"), k2.funnel_plot(k2.meta_analysis(cases.bcg()), theme="lancet")):
        words = [item.text for item in figure.page.items if isinstance(item, Text)]
        assert any(re.search(r"\d·\d", text) for text in words)
        assert [text for text in words if re.search(r"\d\.\d", text)] == []
    zero = draw("lancet", result=k2.meta_analysis(cases.effects("OR", 4)), xlim=(0.2, 5))
    assert zero.k2meta["axis"]["ticks"][0]["label"] == "0·2"


def test_intervals_take_full_width_marks_in_chinese_only():
    assert draw("cma", "zh").table()["effect"][0] == "0.41（0.13～1.26）"
    assert draw("cma", "en").table()["effect"][0] == "0.41 (0.13 to 1.26)"
    for theme in ("plain", "jama", "bmj", "lancet"):
        assert "～" in draw(theme, "zh").table()["effect"][0]


@pytest.mark.parametrize(
    ("theme", "columns", "behind"),
    [
        ("plain", "study events1 n1 events2 n2 effect weight", 2),
        ("revman", "study events1 n1 events2 n2 weight effect", 0),
        ("jama", "study effect weight", 1),
        ("bmj", "study events1+n1 events2+n2 weight effect", 2),
        ("lancet", "study events1+n1 events2+n2 effect weight", 2),
        ("nature", "study events1 n1 events2 n2 effect weight", 2),
        ("cma", "study events1 n1 events2 n2 effect weight", 2),
    ],
)
def test_columns(theme, columns, behind):
    figure = draw(theme)
    assert figure.k2meta["columns"] == columns.split()
    edge = figure.page.plot.left
    right = [key for key in columns.split() if texts(figure, f"k2:text:0:{key}")[0].x > edge]
    assert right == (columns.split()[-behind:] if behind else [])


def test_merged_arms_print_both_numbers_under_a_short_head():
    for theme in ("bmj", "lancet"):
        figure = draw(theme)
        assert figure.table()["events1+n1"][0] == "4/123"
        assert said(figure, "k2:text:head:events1+n1") == "n/N"
        assert figure.k2meta["merged"] is True
    assert said(draw("plain", width="1.5col", size=9), "k2:text:head:events1+n1") in ("", "Events/total")
    single = draw("bmj", columns=["study", "n1", "effect"])
    assert single.k2meta["columns"] == ["study", "n1", "effect"]


def test_a_theme_without_arms_shows_them_when_they_are_named():
    figure = draw("jama", columns=["arms", "effect"])
    assert figure.k2meta["columns"] == ["study", "events1", "n1", "events2", "n2", "effect"]


@pytest.mark.parametrize(
    ("theme", "square", "fill", "edge"),
    [
        ("plain", "#0072b2", "#000000", "none"),
        ("revman", "#0000cc", "#000000", "none"),
        ("jama", "#00008b", "#add8e6", "black"),
        ("bmj", "#6a51a3", "#6a51a3", "none"),
        ("lancet", "#000000", "#ffffff", "black"),
        ("nature", "#0072b2", "#000000", "none"),
        ("cma", "#000000", "#000000", "none"),
    ],
)
def test_marks(theme, square, fill, edge):
    squares, diamonds = marks(draw(theme))
    assert (to_hex(squares.colour), squares.mark) == (square, "square")
    assert [(to_hex(d.fill), d.edge) for d in diamonds] == [(fill, edge)]
    assert (diamonds[0].edge_width > 0) == (edge != "none")


@pytest.mark.parametrize("mark", ["square", "diamond", "circle"])
def test_the_area_of_a_mark_is_the_weight_whatever_its_shape(mark):
    figure = draw("bmj", mark=mark)
    squares, _ = marks(figure)
    assert squares.mark == mark
    weights = [row["weight"] for row in figure.k2meta["rows"] if row["kind"] == "study"]
    ratio = [area / weight for area, weight in zip(squares.area, weights, strict=True)]
    assert max(ratio) == pytest.approx(min(ratio), rel=1e-12)
    drawn = next(c for c in figure.parts["plot"].collections if c.get_gid() == "k2:study-square")
    outline = drawn.get_paths()[0].to_polygons()[0]
    x, y = outline[:, 0], outline[:, 1]
    assert abs((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2) == pytest.approx(1, rel=0.01)
    assert check_figure(figure, files=False, dpi=100) == []


@pytest.mark.parametrize(
    ("theme", "words"),
    [
        ("plain", "Favours BCG"),
        ("revman", "Favours [BCG]"),
        ("jama", "Favors BCG"),
        ("bmj", "Favours BCG"),
        ("lancet", "Favours BCG"),
        ("nature", "Favours BCG"),
        ("cma", "Favours BCG"),
    ],
)
def test_favours(theme, words):
    figure = draw(theme)
    above, below = texts(figure, "k2:text:head:favours"), texts(figure, "k2:text:axis:favours")
    assert bool(above) == (theme == "jama")
    assert bool(below) == (theme != "jama")
    found = above or below
    assert found[0].text == words
    assert all(item.bold == (theme == "bmj") for item in found)
    plot = figure.page.plot
    assert all((item.y < plot.top) == (theme == "jama") for item in found)
    assert found[0].x < plot.x(0.0) < found[1].x + 8  # a pair that needs the room moves a little
    arrows = [i for i in figure.page.items if isinstance(i, Shape) and i.gid == "k2:bg:favours"]
    assert len(arrows) == (2 if theme == "plain" else 0)


def test_favours_in_chinese():
    assert said(draw("cma", "zh"), "k2:text:axis:favours") == "支持卡介苗支持未接种"
    assert said(draw("jama", "zh"), "k2:text:head:favours") == "支持卡介苗支持未接种"


@pytest.mark.parametrize("width", [60, 85, 174])
@pytest.mark.parametrize(
    "favours",
    [("a long name of the new treatment", "control"), ("BCG", ""), ("Pneumonoultramicroscopic", "placebo")],
)
def test_favours_over_a_narrow_plot_stay_in_its_width(width, favours):
    figure = draw("jama", width=width, favours=favours)
    assert check_figure(figure, files=False, dpi=100) == []
    plot = figure.page.plot
    for item in texts(figure, "k2:text:head:favours"):
        assert plot.left - 0.01 <= item.x <= plot.left + plot.width


def test_rules():
    width = draw("plain").page.width
    names = {theme: set(rules(draw(theme))) for theme in THEMES}
    assert names["plain"] == names["revman"] == names["bmj"] == names["nature"] == names["jama"] == {"head"}
    assert names["cma"] == {"top", "head", "foot"}
    assert names["lancet"]
    assert all(name.startswith("row") for name in names["lancet"])
    head = rules(draw("jama"))["head"].points
    assert head[1][0] < draw("jama").page.plot.left < width / 2
    assert rules(draw("plain"))["head"].points[1][0] > 0.9 * width
    three = rules(draw("cma", "zh"))
    assert three["top"].width == three["foot"].width == 2 * three["head"].width
    heights = [three[name].points[0][1] for name in ("top", "head", "foot")]
    assert heights == sorted(heights)
    lowest = max(item.y for item in texts(draw("cma", "zh"), "k2:text:axis:favours"))
    notes = min(item.y for item in texts(draw("cma", "zh"), "k2:text:statistic"))
    assert lowest < heights[2] < notes


def test_row_rules_keep_statistics_with_their_total():
    figure = draw("lancet", result=cases.result("RR", 9, kind="subgroups"))
    notes = [item.y for item in figure.page.items if isinstance(item, Text) and item.gid.endswith(":study")]
    places = sorted(rule.points[0][1] for rule in rules(figure).values())
    assert len(places) >= 9
    assert not set(places) & set(notes)
    assert check_figure(figure, files=False, dpi=100) == []


def test_lines_of_heterogeneity():
    said_by = {theme: said(draw(theme), "k2:text:statistic:0") for theme in THEMES}
    assert said_by["plain"] == "Heterogeneity: τ² = 0.313; χ² = 152.23, df = 12 (P < 0.001); I² = 92.2%"
    assert said_by["revman"].startswith("Heterogeneity: Tau² = 0.31; Chi² = 152.23, df = 12 (P < 0.00001)")
    assert said_by["jama"] == "Heterogeneity: χ²₁₂ = 152.23 (P < .001), I² = 92%"
    assert said_by["bmj"] == "Test for heterogeneity: τ²=0.313; χ²=152.23, df=12, P<0.001; I²=92%"
    assert said_by["lancet"] == "Heterogeneity: τ²=0·313; χ²=152·23, df=12 (p<0·0001); I²=92%"
    groups = cases.result("RR", 9, kind="subgroups")
    assert "differences: χ²₁ = " in said(draw("jama", result=groups), "k2:text:statistic:2")
    zh = said(draw("cma", "zh"), "k2:text:statistic:0")
    assert zh == "异质性检验：τ²=0.313；χ²=152.23，ν=12（P<0.001）；I²=92.2%"


# --- a theme changes looks only


def numbers(text):
    """The numbers of a text, whatever signs stand round them."""
    plain = (
        text.replace("·", ".")
        .replace("\u2009", "")
        .replace("−", "-")
        .translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", " " * 10))
    )
    return re.findall(r"(?<![\d.])-?\d*\.?\d+(?!\d)", re.sub(r"(?<=\d)[-–](?=\d)", " ", plain))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "case", [("RR", 13, "plain"), ("SMD", 6, "subgroups"), ("MD", 5, "plain"), ("PLO", 4, "plain")]
)
def test_no_theme_changes_a_number(case, lang):
    result = cases.result(case[0], case[1], kind=case[2])
    expected = draw("plain", lang, result, columns=ALL_COLUMNS, width=300)
    for theme in THEMES[1:]:
        figure = draw(theme, lang, result, columns=ALL_COLUMNS, width=300)
        keys = ("x", "lo", "hi", "weight", "kind", "group")
        for own, other in zip(figure.k2meta["rows"], expected.k2meta["rows"], strict=True):
            assert [repr(own[key]) for key in keys] == [repr(other[key]) for key in keys]
        one, two = figure.table(), expected.table()
        assert [numbers(t) for t in one["effect"]] == [numbers(t) for t in two["effect"]]
        assert [numbers(t) for t in one["weight"]] == [numbers(t) for t in two["weight"]]
        arms = [[c for c in table if c[-1] in "12" or c in ("events", "n")] for table in (one, two)]
        rows = [
            [numbers(" ".join(row)) for row in table[names].itertuples(index=False)]
            for table, names in zip((one, two), arms, strict=True)
        ]
        assert rows[0] == rows[1]
        assert figure.k2meta["model"] == expected.k2meta["model"]


def close_as_printed(one, other):
    """Whether two printed numbers round to each other at the coarser of their decimals."""
    decimals = min(len(text.partition(".")[2]) for text in (one, other))
    return abs(float(one) - float(other)) <= 0.5000001 * 10**-decimals


def test_lines_of_statistics_round_the_same_numbers():
    def tests_of(theme):
        figure = draw(theme)
        lines = [said(figure, f"k2:text:statistic:{i}") for i in range(2)]
        return [
            re.search(
                r"(?:χ²|Chi²)\D{0,5}?\s*=\s*([\d.·]+)",
                lines[0].translate(str.maketrans("", "", "₀₁₂₃₄₅₆₇₈₉")),
            )[1],
            re.search(r"I² ?= ?([\d.·]+)", lines[0])[1],
            re.search(r"t ?= ?−?([\d.·]+)", lines[1])[1],
        ]

    expected = tests_of("plain")
    for theme in THEMES[1:]:
        for own, other in zip(tests_of(theme), expected, strict=True):
            assert close_as_printed(own.replace("·", "."), other)


# --- the checker, and settings that cannot be


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("theme", JOURNALS)
@pytest.mark.parametrize("width", ["1col", "2col"])
def test_no_fault(theme, lang, width):
    profile = PROFILES.get(theme, "plain")
    for result in (None, cases.result("MD", 6, "zh" if lang == "zh" else "short", "subgroups")):
        figure = draw(theme, lang, result, width=width)
        assert [p for p in check_figure(figure, profile, files=False, dpi=100) if p.code != "HEIGHT"] == []


@pytest.mark.parametrize("theme", ["lancet", "cma"])
def test_no_fault_in_the_files_of_serif_themes(theme):
    lang = "zh" if theme == "cma" else "en"
    assert check_figure(draw(theme, lang), PROFILES[theme], factory=lambda: draw(theme, lang), dpi=100) == []


def test_pages_repeat_heads_rules_and_favours():
    for theme in ("jama", "cma", "lancet"):
        pages = draw(theme, result=cases.result("OR", 60), pages="auto", max_height=120)
        assert len(pages) > 1
        for page in pages:
            assert page.page.height / 72 * 25.4 <= 120.05
            assert page.page.latin == get_theme(theme).latin
            assert set(rules(page)) >= ({"top", "head", "foot"} if theme == "cma" else set())
            assert bool(texts(page, "k2:text:head:favours")) == (theme == "jama")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("mark", "star"),
        ("head_rule_span", "right"),
        ("favours_words", "likes"),
        ("bilingual", "both"),
        ("diamond_edge", "blackish"),
        ("row_rule", -1),
        ("foot_rule", "thick"),
        ("favours_above", "yes"),
        ("merge_arms", 1),
        ("latin", "slab"),
    ],
)
def test_settings_that_cannot_be(setting, value):
    with pytest.raises(OptionError, match=setting):
        Theme("own", **{setting: value})


def test_nature_allows_no_larger_type():
    with pytest.raises(OptionError, match="max_size=7"):
        get_theme("nature").replace(size=8)
    assert get_theme("nature").replace(size=8, max_size=8).size == 8


def test_every_setting_is_documented():
    for field in dataclasses.fields(Theme):
        assert re.search(rf"\b{field.name}\b", Theme.__doc__.split("Attributes")[1]), field.name


def test_every_way_to_say_whom_results_favour_has_words():
    for way in FAVOURS_WORDS:
        assert get_theme("plain").replace(favours_words=way).favours_words == way
    with pytest.raises(OptionError) as told:
        get_theme("plain").replace(favours_words="none")
    assert all(way in str(told.value) for way in FAVOURS_WORDS)
