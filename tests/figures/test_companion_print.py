"""What an art editor marks on companions: idle notes, marks under axes, missing references, split keys."""

from __future__ import annotations

import re
import warnings

import companion_cases as cases
import numpy as np
import prisma_cases
import pytest
from matplotlib.colors import to_rgb

import k2meta as k2
from k2meta.errors import LayoutWarning
from k2meta.figures.looks.display import Marks, Stroke, Text

FIGURES = {
    "funnel": k2.funnel_plot,
    "baujat": k2.baujat_plot,
    "labbe": k2.labbe_plot,
    "radial": k2.radial_plot,
    "drapery": k2.drapery_plot,
    "qq": k2.qq_plot,
    "profile": k2.profile_plot,
    "influence": k2.influence_plot,
}


def words(figure) -> str:
    return cases.texts(figure)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", FIGURES)
def test_notes_say_nothing_of_an_i2_that_is_not_shown(name, lang):
    assert "I²" not in words(FIGURES[name](cases.bcg(), lang=lang))


@pytest.mark.parametrize(("y", "named"), [("i2", True), ("tau2", False)])
def test_gosh_names_its_i2_but_no_interval(y, named):
    figure = k2.gosh_plot(k2.gosh(cases.bcg(), subsets=500), y=y)
    assert ("I² from τ²" in words(figure)) is named
    assert "Knapp" not in words(figure)


@pytest.mark.parametrize("y", ["i2", "tau2"])
def test_subsets_without_heterogeneity_stand_above_the_axis(y):
    figure = k2.gosh_plot(cases.fractures(), y=y, lang="zh")
    (marks,) = [item for item in figure.page.items if isinstance(item, Marks)]
    (main,) = [plot for plot in figure.page.plots if plot.name == "plot"]
    assert set(marks.y) == {0.0}
    # with their whole radius above the line, and large enough to be seen
    assert main.top + main.height - main.y(0.0) > 0.5 * np.sqrt(max(marks.area))
    assert min(marks.area) > 5.0


def test_points_of_large_clouds_stay_small():
    figure = k2.gosh_plot(cases.bcg())
    assert {area for item in figure.page.items if isinstance(item, Marks) for area in item.area} == {0.9}


@pytest.mark.parametrize("fit", [cases.fractures(), cases.plain([0.3, 0.4, 0.5], [0.01] * 3)])
def test_drapery_shows_no_effect(fit):
    axis = k2.drapery_plot(fit).k2meta["axis"]
    assert axis["low"] < 0 < axis["high"]


def test_a_normal_quantile_plot_names_its_line_and_wastes_no_room():
    figure = k2.qq_plot(cases.bcg(), lang="zh")
    assert "直线y = x" in words(figure)
    (plot,) = figure.page.plots
    data = k2.qq_data(cases.bcg())
    used = data[["residuals", "low", "high"]].to_numpy()
    assert np.ptp(used) > 0.9 * abs(plot.top_value - plot.bottom_value)


def test_a_limit_at_the_end_of_the_range_is_an_exact_0():
    figure = k2.profile_plot(cases.plain([0.3, 0.31, 0.32], [0.1] * 3), lang="zh")
    assert "置信限，0～" in words(figure)


@pytest.mark.parametrize(("theme", "p"), [("lancet", "p"), ("plain", "P"), ("bmj", "P")])
def test_p_values_are_written_as_the_theme_writes_them(theme, p):
    other = {"p": "P", "P": "p"}[p]
    drapery = words(k2.drapery_plot(cases.bcg(), theme=theme))
    curve = words(k2.specification_plot(k2.specification_curve(cases.fractures().effects), theme=theme))
    assert " value" in drapery  # upright, where its italic letter stands below it
    assert f"Dotted: {p} = " in drapery
    assert f"{p} < 0" in curve
    assert f"{other} <" not in curve
    texts = [t for t in k2.drapery_plot(cases.bcg(), theme=theme).page.items if isinstance(t, Text)]
    italic = [t for t in texts if t.italic and t.text == "P"]
    assert bool(italic) is (theme == "plain")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_number_of_the_key_stands_before_its_name(lang):
    names = [f"The trial number {i} of vitamin K2 in postmenopausal women" for i in range(13)]
    rng = np.random.default_rng(4)
    fit = k2.meta_analysis(yi=rng.normal(0, 1, 13), vi=rng.uniform(0.01, 0.2, 13), study=names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LayoutWarning)  # names without any room
        figure = k2.baujat_plot(fit, labels="all", lang=lang)
    assert not re.search(r"[;；] ?\d+$", words(figure), re.MULTILINE)
    assert ("women；" in words(figure)) is (lang == "zh")


def test_influence_of_nothing_has_plain_ticks():
    axis = k2.influence_plot(cases.fractures()).k2meta["axes"]["tau2_deleted"]["y"]
    assert {len(tick["label"]) for tick in axis["ticks"]} <= {1, 3}


def test_the_diagonal_of_a_normal_quantile_plot_is_drawn():
    figure = k2.qq_plot(cases.bcg())
    lines = [item for item in figure.page.items if isinstance(item, Stroke) and item.gid == "k2:bg:diagonal"]
    assert [x == pytest.approx(y) for line in lines for x, y in line.points] == [True, True]


def test_only_studies_apart_from_the_origin_are_named_in_baujat_plots():
    figure = k2.baujat_plot(cases.bcg())
    named = {item.text for item in figure.page.items if isinstance(item, Text) and ":label:" in item.gid}
    data = k2.baujat_data(cases.bcg())
    far = data["contribution"] / data["contribution"].max() + data["influence"] / data["influence"].max()
    assert named == set(data["study"][far >= 0.1 * far.max()])
    assert 0 < len(named) < len(data)
    assert len(figure.k2meta["rows"]) == len(data)  # all have a point
    everybody = k2.baujat_plot(cases.fractures())
    assert sum(":label:" in item.gid for item in everybody.page.items if isinstance(item, Text)) == 3


def test_no_point_of_a_baujat_plot_stands_on_its_upper_edge():
    axes = k2.baujat_plot(cases.bcg()).k2meta["axes"]["plot"]
    data = k2.baujat_data(cases.bcg())
    assert data["contribution"].max() < 0.97 * axes["x"]["high"]
    assert data["influence"].max() < 0.97 * axes["y"]["high"]


def test_no_sample_of_a_legend_stands_alone_on_the_last_line():
    figure = k2.funnel_plot(cases.bcg(), contour=True, lang="zh")
    legend = [i for i in figure.page.items if isinstance(i, Text) and i.gid == "k2:text:legend" and i.italic]
    counts = [sum(item.y == y for item in legend) for y in sorted({item.y for item in legend})]
    assert counts == [2, 2]


@pytest.mark.parametrize(
    "name", ["funnel", "baujat", "labbe", "radial", "drapery", "qq", "profile", "influence"]
)
def test_captions_name_model_estimator_and_test(name):
    captions = FIGURES[name](cases.bcg()).k2meta["captions"]
    assert "random-effects model, REML, Knapp–Hartung" in captions["en"]
    assert "随机效应模型，REML，Knapp-Hartung法" in captions["zh"]


def test_captions_list_what_a_funnel_holds():
    figure = k2.funnel_plot(cases.bcg(), contour=True, egger=True)
    captions = figure.k2meta["captions"]
    assert "limits, contours of statistical significance and Egger’s regression line." in captions["en"]
    assert captions["zh"].endswith("附伪95%置信限、统计学显著性轮廓及Egger回归线。")


@pytest.mark.parametrize("name", ["funnel", "labbe", "radial"])
def test_chinese_alternative_texts_have_chinese_brackets(name):
    record = FIGURES[name](cases.bcg()).k2meta
    assert "0.49（0.33～0.73）" in record["alt_zh"]
    assert "0.49 (0.33 to 0.73)" in record["alt_en"]


def test_the_article_of_a_review_fits_its_noun():
    updated = k2.prisma_plot(prisma_cases.TEMPLATES["updated"]).k2meta["alt"]
    assert "of an updated review:" in str(updated)


def test_the_lines_of_the_fit_stay_inside_a_cloud_of_drawn_subsets():
    fit = k2.meta_analysis(k2.effect_sizes(k2.load_dataset("li2007"), "OR", study="study"))
    figure = k2.gosh_plot(k2.gosh(fit, subsets=300, seed=4), y="q")
    (main,) = [plot for plot in figure.page.plots if plot.name == "plot"]
    lines = [
        item for item in figure.page.items if isinstance(item, Stroke) and item.gid.startswith("k2:bg:all")
    ]
    assert len(lines) == 2
    for x, y in (point for line in lines for point in line.points):
        assert main.low <= x <= main.high
        assert main.bottom_value <= y <= main.top_value


@pytest.mark.parametrize("width", ["1col", "2col"])
def test_a_specification_curve_has_room_for_its_estimates(width):
    curve = k2.specification_curve(cases.bcg().effects)
    figure = k2.specification_plot(curve, width=width)
    upper = figure.page.plots[0]
    assert upper.height > 35 * 72 / 25.4
    shown = k2.specification_data(curve)
    needed = max(shown["ci_high"].max(), 0.0) - shown["ci_low"].min()
    assert upper.top_value - upper.bottom_value < 1.1 * needed


def test_many_curves_of_a_drapery_plot_are_drawn_thinner():
    def widest(fit):
        items = k2.drapery_plot(fit).page.items
        return max(i.width for i in items if isinstance(i, Stroke) and i.gid.startswith("k2:curve:study"))

    assert widest(cases.bcg()) == pytest.approx(1.6)
    assert widest(cases.many(80)) == pytest.approx(0.35 + 1.25 / 2)


def test_highlighted_subsets_differ_in_grey_print():
    figure = k2.gosh_plot(k2.gosh(cases.bcg(), subsets=400), highlight="TPT Madras 1980")
    fills = {item.fill for item in figure.page.items if isinstance(item, Marks) and "points" in item.gid}
    weights = (0.299, 0.587, 0.114)
    greys = sorted(sum(w * c for w, c in zip(weights, to_rgb(fill), strict=True)) for fill in fills)
    assert len(greys) == 2
    assert greys[1] - greys[0] > 0.25


def test_panels_grow_flatter_before_a_page_is_too_tall():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = k2.influence_plot(cases.bcg(), theme="nature", width="2col")
    assert figure.page.height <= 170 * 72 / 25.4
    heights = {round(plot.height, 6) for plot in figure.page.plots}
    assert len(heights) == 1
    roomy = k2.influence_plot(cases.bcg(), width="2col")
    assert heights.pop() < roomy.page.plots[0].height
