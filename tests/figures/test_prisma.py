"""The PRISMA 2020 flow diagram: every template in both languages, boxes apart, arrows straight."""

from __future__ import annotations

import re

import numpy as np
import pytest
from check_figure import check_figure
from hypothesis import given, settings
from prisma_cases import LEAST, NEW, TEMPLATES, flows

from k2meta.errors import LayoutError, MissingGlyphError, OptionError
from k2meta.figures.flow.prisma import prisma_data, prisma_plot
from k2meta.figures.looks.display import Shape, Stroke
from k2meta.figures.looks.themes import theme_names

# --- figures


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_template_is_drawn_without_fault(template: str, lang: str):
    figure = prisma_plot(TEMPLATES[template], lang=lang)
    assert check_figure(figure, files=False) == []
    assert figure.k2meta["template"] == template
    assert figure.k2meta["alt"] == figure.k2meta[f"alt_{lang}"]
    assert all(20 <= len(figure.k2meta[f"alt_{each}"]) <= 600 for each in ("en", "zh"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_one_column_holds_the_simplest_template(lang: str):
    assert check_figure(prisma_plot(NEW, lang=lang, width="1col"), files=False) == []


@pytest.mark.parametrize("theme", theme_names())
def test_themes_change_looks_only(theme: str):
    figure = prisma_plot(NEW, theme=theme, width="1col")
    assert check_figure(figure, files=False) == []
    assert figure.table().equals(prisma_plot(NEW).table())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_files_are_sound(lang: str):
    def make():
        return prisma_plot(TEMPLATES["updated, other methods"], lang=lang)

    assert check_figure(make(), factory=make) == []


@given(flows())
@settings(max_examples=10, deadline=None)
def test_any_flow_is_drawn_without_fault(flow: dict):
    assert check_figure(prisma_plot(flow), files=False) == []


@pytest.mark.parametrize(
    "reason",
    ["Not a randomised trial and also published as an abstract only, without any outcome", "非随机对照试验"],
)
def test_many_and_long_reasons(reason: str):
    reasons = {f"{reason} {i}": 5 for i in range(11)}
    figure = prisma_plot(NEW | {"excluded_reports": reasons}, width="1col", lang="zh", max_height=400)
    assert check_figure(figure, profile="plain", files=False)[1:] == []  # but for its height
    word = prisma_plot(NEW | {"excluded_reports": {"Donaudampfschifffahrtsgesellschaftskapitaen": 55}})
    assert check_figure(word, files=False) == []


def edges(shape: Shape) -> tuple[float, float, float, float]:
    x, y = np.array(shape.points).T
    return x.min(), y.min(), x.max(), y.max()


@pytest.mark.parametrize("template", TEMPLATES)
def test_boxes_are_apart_columns_align_and_arrows_are_straight(template: str):
    figure = prisma_plot(TEMPLATES[template])
    shapes = {item.gid: item for item in figure.page.items if isinstance(item, Shape)}
    boxes = {gid: edges(shape) for gid, shape in shapes.items() if gid.startswith("k2:box:")}
    for one in boxes:
        for other in boxes:
            a, b = boxes[one], boxes[other]
            apart = a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
            assert one == other or apart
    assert len({round(box[2] - box[0], 6) for box in boxes.values()}) == 1
    arrows = [
        item for item in figure.page.items if isinstance(item, Stroke) and item.gid.startswith("k2:flow:")
    ]
    for arrow in arrows:
        _, _, start, end = arrow.gid.split(":")
        left, top, right, bottom = boxes[f"k2:box:{start}"]
        x, y = arrow.points[0]
        assert (x == pytest.approx(right) and top < y < bottom) or (
            y == pytest.approx(bottom) and left < x < right
        )
        for (x0, y0), (x1, y1) in zip(arrow.points, arrow.points[1:], strict=False):
            assert x0 == pytest.approx(x1) or y0 == pytest.approx(y1)
        tip = shapes[f"{arrow.gid}:head"].points[0]
        left, top, right, bottom = boxes[f"k2:box:{end}"]
        assert min(abs(tip[0] - left), abs(tip[0] - right), abs(tip[1] - top)) < 1e-6
    drawn = {tuple(arrow.gid.split(":")[2:]) for arrow in arrows}
    assert ("identified", "screened") in drawn
    assert (("other_assessed", "studies") in drawn) == ("other" in template)
    assert (("previous", "total") in drawn) == template.startswith("updated")


def test_the_table_holds_what_is_printed():
    figure = prisma_plot(NEW | {"registers": 11366, "duplicates": 11618}, lang="zh")
    table = figure.table()
    printed = "".join(item.text for item in figure.page.items if hasattr(item, "text"))
    for row in table.itertuples():
        assert f"n = {row.n}" in printed
        assert row.n == "未报告" or re.fullmatch(r"\d{1,4}|\d{1,3}(\u2009\d{3})+", row.n)
    assert len(figure.k2meta["rows"]) == len(table) == len(prisma_data(NEW))
    assert table.loc[table["label"] == "注册平台", "n"].tolist() == ["11\u2009366"]


def test_chinese_stages_stand_upright():
    marks = [item for item in prisma_plot(NEW, lang="zh").page.items if item.gid == "k2:text:stage:screening"]
    assert [item.text for item in marks] == ["筛", "选"]
    assert {item.angle for item in marks} == {0.0}
    (turned,) = [item for item in prisma_plot(NEW).page.items if item.gid == "k2:text:stage:screening"]
    assert (turned.text, turned.angle) == ("Screening", 90.0)


# --- refusals


def test_a_narrow_page_says_how_many_millimetres_are_needed():
    flow = TEMPLATES["updated, other methods"]
    with pytest.raises(LayoutError, match=r"85 mm is too narrow for 5 columns of boxes even at 6 pt") as told:
        prisma_plot(flow, width="1col")
    need = int(re.search("about ([0-9]+) mm", str(told.value))[1])
    assert check_figure(prisma_plot(flow, width=need), files=False) == []


def test_a_low_page_says_how_many_millimetres_are_needed():
    with pytest.raises(LayoutError, match=r"is ([0-9]+) mm high .* expected at most 60 mm"):
        prisma_plot(NEW, width="1col", max_height=60)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"langauge": "en"}, TypeError, "prisma_plot.. has no keyword 'langauge'; did you mean 'lang'"),
        ({"lang": "fr"}, OptionError, "unknown lang 'fr'"),
        ({"title": 1}, OptionError, "title=1"),
        ({"theme": "plian"}, OptionError, "did you mean 'plain'"),
    ],
)
def test_options_are_checked(options: dict, error: type, message: str):
    with pytest.raises(error, match=message):
        prisma_plot(NEW, **options)


def test_reasons_that_cannot_be_drawn():
    with pytest.raises(MissingGlyphError, match=r"U\+1F600"):
        prisma_plot(LEAST | {"excluded_reports": {"\N{GRINNING FACE}": 9}})
