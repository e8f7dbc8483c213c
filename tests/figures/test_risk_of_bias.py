"""The traffic light: every tool, any number of domains and studies, and what the marks look like."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from bias_cases import bias_table, custom_table
from check_figure import check_figure
from figure_checks.colours import contrast, difference
from matplotlib.colors import to_hex

import k2meta as k2
from k2meta.errors import LayoutError, LayoutWarning, MissingGlyphError, OptionError
from k2meta.figures.bias.bias_judgements import JUDGEMENTS
from k2meta.figures.bias.bias_marks import PALETTES, bias_dot, look_of, palette_names
from k2meta.figures.bias.bias_tools import TOOLS
from k2meta.figures.bias.risk_of_bias import risk_of_bias_data, risk_of_bias_plot
from k2meta.figures.looks.display import Shape, Stroke
from k2meta.figures.looks.themes import theme_names

LANGS = ("en", "zh")
WIDTHS = ("1col", "2col")


# --- marks


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
@pytest.mark.parametrize("palette", palette_names())
def test_judgements_of_a_tool_differ_in_their_glyph(tool, palette: str):
    glyphs = [look_of(key, palette).glyph for key in tool.judgements]
    assert len(set(glyphs)) == len(glyphs)


@pytest.mark.parametrize("view", ["normal", "protan", "deutan", "tritan", "grey"])
def test_colours_of_the_safe_palette_are_told_apart(view: str):
    colours = {name: colour for name, colour in PALETTES["safe"].items() if name != "none"}
    for one, other in itertools.combinations(colours.values(), 2):
        assert difference(one, other, view) >= 10


@pytest.mark.parametrize("palette", palette_names())
@pytest.mark.parametrize("key", JUDGEMENTS)
def test_glyphs_and_texts_have_contrast(key: str, palette: str):
    look = look_of(key, palette)
    assert contrast(look.ink, look.fill) >= 3
    assert contrast(look.text, look.fill) >= 4.5
    if palette == "safe":
        assert look.ink == "black"


@pytest.mark.parametrize("key", JUDGEMENTS)
def test_a_dot_is_a_circle_with_a_dark_edge_and_a_glyph_inside(key: str):
    circle, *glyph = bias_dot(20, 30, 9, key, "safe", "k2:dot:x")
    assert isinstance(circle, Shape)
    assert circle.gid == "k2:dot:x"
    assert contrast(circle.edge, "white") > 10
    away = np.hypot(*(np.array(circle.points) - (20, 30)).T)
    assert away.max() + circle.edge_width / 2 == pytest.approx(4.5)
    assert glyph
    for item in glyph:
        assert isinstance(item, (Shape, Stroke))
        assert item.gid == "k2:dot:x:glyph"
        assert np.hypot(*(np.array(item.points) - (20, 30)).T).max() < away.max()


def test_nothing_is_drawn_for_a_blank():
    assert list(bias_dot(1, 1, 9, "")) == []


def test_unknown_looks_are_refused():
    with pytest.raises(OptionError, match=r"unknown palette 'grey'.*safe, cochrane"):
        look_of("low", "grey")
    with pytest.raises(OptionError, match="unknown judgement 'fine'"):
        look_of("fine")


# --- figures


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(("lang", "width"), [("en", "1col"), ("zh", "2col")])
def test_every_tool_is_drawn_without_fault(tool: str, lang: str, width: str):
    table = bias_table(
        tool, 6, "short" if lang == "en" else "zh", overall=not tool.startswith(("nos", "quadas"))
    )
    figure = risk_of_bias_plot(table, tool=tool, lang=lang, width=width)
    assert check_figure(figure, files=False) == []


@pytest.mark.parametrize("domains", range(1, 13))
@pytest.mark.parametrize("width", WIDTHS)
def test_any_number_of_domains(domains: int, width: str):
    figure = risk_of_bias_plot(custom_table(5, domains), tool="custom", width=width)
    assert check_figure(figure, files=False) == []
    assert figure.table().shape == (5, domains + 1)


@pytest.mark.parametrize("k", [1, 2, 13, 60])
@pytest.mark.parametrize("labels", ["short", "long", "word", "zh"])
def test_any_number_of_studies_and_any_label(k: int, labels: str):
    width = "1col" if k != 13 else "2col"
    lang = "zh" if labels == "zh" else "en"
    drawn = risk_of_bias_plot(
        bias_table("robins-i", k, labels), tool="robins-i", width=width, lang=lang, pages="auto"
    )
    for figure in drawn:
        assert check_figure(figure, files=False) == []
    assert [row for figure in drawn for row in figure.page.rows] == list(range(k))


def test_two_hundred_studies_go_on_pages():
    drawn = risk_of_bias_plot(bias_table("rob2", 200), tool="rob2", pages="auto")
    assert 3 <= len(drawn) <= 6
    assert all(figure.get_size_inches()[1] * 25.4 <= 235 + 1e-6 for figure in drawn)
    assert sum(len(figure.table()) for figure in drawn) == 200
    assert f"Page 2 of {len(drawn)}" in drawn[1].alt_text
    assert check_figure(drawn[1], files=False) == []


@pytest.mark.parametrize("theme", theme_names())
@pytest.mark.parametrize("palette", palette_names())
def test_themes_and_palettes_change_looks_only(theme: str, palette: str):
    table = bias_table("rob2", 7)
    figure = risk_of_bias_plot(table, theme=theme, palette=palette, width="1col")
    assert [p for p in check_figure(figure, files=False) if p.code != "COLOUR_ONLY"] == []
    assert figure.table().equals(risk_of_bias_plot(table).table())


def test_the_palette_is_that_of_the_theme_unless_given():
    table = bias_table("rob2", 2)
    themed = risk_of_bias_plot(table, rob_palette="cochrane")
    assert themed.k2meta["palette"] == "cochrane"
    assert risk_of_bias_plot(table, rob_palette="cochrane", palette="safe").k2meta["palette"] == "safe"
    assert k2.risk_of_bias_summary_plot(table, rob_palette="cochrane").k2meta["palette"] == "cochrane"


def test_a_tall_figure_warns():
    with pytest.warns(LayoutWarning, match=r'over the 235 mm of a page - split it with pages="auto"'):
        risk_of_bias_plot(bias_table("rob2", 70))


@pytest.mark.parametrize(("tool", "lang"), [("rob2", "en"), ("quadas2", "zh")])
def test_files_are_sound(tool: str, lang: str):
    def make():
        return risk_of_bias_plot(bias_table(tool, 5, overall=False), tool=tool, lang=lang, width="1col")

    assert check_figure(make(), factory=make) == []


# --- truth


def test_each_dot_shows_its_judgement():
    table = bias_table("robins-i", 9)
    figure = risk_of_bias_plot(table, tool="robins-i")
    shapes = {item.gid: item for item in figure.page.items if isinstance(item, Shape)}
    artists = {artist.get_gid(): artist for artist in figure.findobj(lambda a: a.get_gid() is not None)}
    data = risk_of_bias_data(table, tool="robins-i")
    assert len(figure.k2meta["rows"]) == len(data) == 9 * 8
    for row, (_, given) in zip(figure.k2meta["rows"], data.iterrows(), strict=True):
        assert (row["label"], row["domain"], row["value"]) == (given.study, given.code, given.judgement)
        assert to_hex(artists[row["gid"]].get_facecolor()).upper() == look_of(row["value"]).fill
    columns: dict[str, set[float]] = {}
    lines: dict[int, set[float]] = {}
    for row in figure.k2meta["rows"]:
        x, y = np.mean(shapes[row["gid"]].points, axis=0)
        columns.setdefault(row["domain"], set()).add(round(x, 6))
        lines.setdefault(row["row"], set()).add(round(y, 6))
    assert all(len(places) == 1 for places in (*columns.values(), *lines.values()))
    assert len(set.union(*columns.values())) == 8
    assert figure.k2meta["counts"]["D1"] == table["D1"].value_counts().to_dict()


def test_blank_cells_have_no_dot():
    table = bias_table("rob2", 3, overall=False)
    table.loc[1, "D2"] = None
    figure = risk_of_bias_plot(table, missing="blank")
    assert not [item for item in figure.page.items if item.gid.startswith("k2:dot:1:D2")]
    assert figure.table().loc[1, "D2"] == ""
    assert next(r for r in figure.k2meta["rows"] if (r["row"], r["domain"]) == (1, "D2"))["gid"] == ""
    assert check_figure(figure, files=False) == []


def test_the_table_speaks_the_language_of_the_figure():
    table = bias_table("rob2", 4)
    table["D1"] = ["Low", "Some concerns", "High", "Low"]
    table["overall"] = "High"
    assert risk_of_bias_plot(table).table()["D1"].tolist() == [
        "Low risk",
        "Some concerns",
        "High risk",
        "Low risk",
    ]
    assert risk_of_bias_plot(table, lang="zh").table()["D1"].tolist() == [
        "低风险",
        "有一定风险",
        "高风险",
        "低风险",
    ]


def test_alternative_text_and_caption_in_both_languages():
    table = bias_table("rob2", 4)
    table["overall"] = "High"
    figure = risk_of_bias_plot(table, lang="zh")
    assert figure.alt_text == figure.k2meta["alt_zh"]
    assert "Overall: 4 high risk." in figure.k2meta["alt_en"]
    assert "总体判断：高风险4项" in figure.alt_text
    for lang in LANGS:
        assert "D5" in figure.caption(lang)
        assert 40 <= len(figure.k2meta[f"alt_{lang}"]) <= 600


@pytest.mark.parametrize("tool", TOOLS)
def test_alternative_texts_are_of_useful_length(tool: str):
    table = bias_table(tool, 40)
    figure = risk_of_bias_plot(table, tool=tool, max_height=400)
    assert all(40 <= len(figure.k2meta[f"alt_{lang}"]) <= 600 for lang in LANGS)


# --- refusals


def test_a_narrow_page_says_how_many_millimetres_are_needed():
    table = custom_table(3, 30)
    with pytest.raises(
        LayoutError, match=r"too narrow for 30 domains even at 6 pt - about ([0-9]+) mm"
    ) as told:
        risk_of_bias_plot(table, tool="custom", width="1col")
    need = int(re.search("about ([0-9]+) mm", str(told.value))[1])
    assert check_figure(risk_of_bias_plot(table, tool="custom", width=need), files=False) == []


def test_a_low_page_says_how_many_millimetres_are_needed():
    with pytest.raises(
        LayoutError, match=r"has no room for a study beside head and legend - about [0-9]+ mm"
    ):
        risk_of_bias_plot(bias_table("rob2", 2), max_height=25, pages="auto")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"palete": "safe"}, TypeError, "did you mean 'palette'"),
        ({"palette": "pastel"}, OptionError, "unknown palette 'pastel'"),
        ({"lang": "fr"}, OptionError, "unknown lang 'fr'"),
        ({"pages": 2}, OptionError, "unknown pages"),
        ({"title": 3}, OptionError, "title=3 - expected a text"),
        ({"theme": "plian"}, OptionError, "did you mean 'plain'"),
        ({"tool": "rob"}, OptionError, "unknown tool 'rob'"),
    ],
)
def test_options_are_checked(options: dict, error: type, message: str):
    with pytest.raises(error, match=message):
        risk_of_bias_plot(bias_table("rob2", 2), **options)


def test_labels_that_cannot_be_drawn():
    table = bias_table("rob2", 2)
    table["study"] = ["A", "B \N{GRINNING FACE}"]
    with pytest.raises(MissingGlyphError, match="U\\+1F600"):
        risk_of_bias_plot(table)
    table["study"] = ["A", "\u200b"]
    with pytest.raises(OptionError, match="nothing to print"):
        risk_of_bias_plot(table)
