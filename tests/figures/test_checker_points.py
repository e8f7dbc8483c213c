"""The checks of companions and of several panels fire on figures broken on purpose, and on no sound one."""

from __future__ import annotations

import forest_cases as cases
import numpy as np
import pytest
from check_figure import check_figure
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import k2meta as k2


def codes(figure: Figure) -> set[str]:
    return {problem.code for problem in check_figure(figure, files=False)}


def artists(figure: Figure, gid: str) -> list:
    return figure.findobj(lambda item: (item.get_gid() or "").startswith(gid))


def baujat():
    return k2.baujat_plot(k2.meta_analysis(cases.bcg()))


def influence():
    yi = [0.10, 0.14, 0.08, 0.12, 0.11, 0.13, 0.09, 1.50]
    return k2.influence_plot(k2.meta_analysis(yi=yi, vi=[0.01] * 8, study=list("ABCDEFGH")))


def panels():
    fits = [k2.meta_analysis(cases.bcg(measure)) for measure in ("RR", "RD")]
    return k2.forest_plot(fits)


@pytest.mark.parametrize("make", [baujat, influence, panels])
def test_a_sound_figure_is_clean(make):
    assert codes(make()) == set()


def _points(figure):
    return next(c for c in artists(figure, "k2:points") if isinstance(c, PathCollection))


def _moved(figure):
    points = _points(figure)
    offsets = points.get_offsets().copy()
    offsets[3, 1] += 1e-7
    points.set_offsets(offsets)


def _not_a_number(figure):
    figure.k2meta["rows"][0]["x"] = float("nan")


def _lost(figure):
    points = _points(figure)
    points.set_offsets(points.get_offsets()[1:])


def _unnamed(figure):
    _points(figure).set_gid("k2:other")


def _other_panel(figure):
    for row in figure.k2meta["rows"]:
        row["panel"] = "elsewhere"


def _one_area(figure):
    points = _points(figure)
    sizes = points.get_sizes().copy()
    sizes[0] *= 1.00001
    points.set_sizes(sizes)


def _stretched(figure):
    low, high = figure.axes[0].get_xlim()
    figure.axes[0].set_xlim(low, high * 1.001)


def _lost_panel(figure):
    figure.k2meta["axes"]["second"] = figure.k2meta["axes"]["plot"]


def _labels(figure):
    return artists(figure, "k2:text:label")


def _label_on_label(figure):
    one, other = _labels(figure)[:2]
    one.set_position(other.get_position())


def _label_cut(figure):
    _labels(figure)[0].set_position((-20.0, 100.0))


def _point_on_label(figure):
    label, points = _labels(figure)[0], _points(figure)
    where = label.get_transform().transform(label.get_position())
    offsets = points.get_offsets().copy()
    offsets[0] = points.axes.transData.inverted().transform(where + 3)
    points.set_offsets(offsets)


@pytest.mark.parametrize(
    ("code", "break_it"),
    [
        ("POINT_WRONG", _moved),
        ("POINT_WRONG", _not_a_number),
        ("POINT_WRONG", _lost),
        ("POINT_WRONG", _unnamed),
        ("POINT_WRONG", _other_panel),
        ("AREA_NOT_WEIGHT", _one_area),
        ("AXIS_WRONG", _stretched),
        ("AXIS_WRONG", _lost_panel),
        ("TEXT_OVERLAP", _label_on_label),
        ("TEXT_OUTSIDE", _label_cut),
        ("MARK_ON_TEXT", _point_on_label),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__.strip("_"),
)
def test_each_fault_of_a_companion_is_found(code, break_it):
    figure = baujat()
    break_it(figure)
    assert code in codes(figure)


def _tick_over_tick(figure):
    ticks = artists(figure, "k2:text:tick:0:x")
    ticks[1].set_position(ticks[0].get_position())


def _title_cut(figure):
    artists(figure, "k2:text:axis:0:y")[0].set_position((2.0, 100.0))


@pytest.mark.parametrize(
    ("code", "break_it"), [("TEXT_OVERLAP", _tick_over_tick), ("TEXT_OUTSIDE", _title_cut)]
)
def test_ticks_and_titles_are_held_to_the_same_rules(code, break_it):
    figure = baujat()
    break_it(figure)
    assert code in codes(figure)


@pytest.mark.parametrize(("fill", "edge", "found"), [("#dddddd", "none", 1), ("#dddddd", "black", 0)])
def test_pale_marks_need_a_dark_edge(fill, edge, found):
    figure = baujat()
    _points(figure).set(facecolor=fill, edgecolor=edge, linewidth=0.5)
    assert ("MARK_CONTRAST" in codes(figure)) == bool(found)


def test_pale_lines_are_found():
    figure = panels()
    artists(figure, "k2:ci:2")[0].set_color("#cccccc")
    assert codes(figure) == {"MARK_CONTRAST"}


def test_looks_without_a_sample_in_the_legend():
    figure = influence()
    assert len({tuple(c.get_facecolor()[0]) for c in artists(figure, "k2:points")}) > 1, "one look only"
    for sample in artists(figure, "k2:bg:legend"):
        if isinstance(sample, PathCollection):
            sample.set_facecolor("#123456")
    assert "LEGEND" in codes(figure)


def test_a_shape_may_replace_a_difference_of_colour():
    # these two look alike in grey
    colours = ("#02c100", "#4ea1f7")
    figure = baujat()
    axes = figure.axes[0]
    low, high = axes.get_xlim()
    for colour, marker, x in zip(colours, ("o", "o"), (0.9, 0.95), strict=True):
        axes.scatter([low + x * (high - low)], [axes.get_ylim()[1] * 0.6], c=colour, marker=marker)
    assert "COLOUR_ONLY" in codes(figure)
    axes.collections[-1].set_paths([_diamond()])
    alike = [p.message for p in check_figure(figure, files=False) if p.code == "COLOUR_ONLY"]
    assert not [message for message in alike if all(colour in message for colour in colours)]


def _diamond():
    from matplotlib.markers import MarkerStyle

    style = MarkerStyle("D")
    return style.get_path().transformed(style.get_transform())


@pytest.mark.parametrize("panel", ["", "p1:"])
def test_each_fault_of_a_panel_is_found(panel):
    figure = panels()
    line = next(a for a in artists(figure, f"k2:{panel}ci:0") if isinstance(a, Line2D))
    line.set_xdata([value + 1e-6 for value in line.get_xdata()])
    assert codes(figure) == {"CI_WRONG"}
    figure = panels()
    squares = artists(figure, f"k2:{panel}study-square")[0]
    squares.set_sizes(squares.get_sizes() + 1)
    assert codes(figure) == {"AREA_NOT_WEIGHT"}
    figure = panels()
    diamond = artists(figure, f"k2:{panel}diamond")[0]
    diamond.set_xy(diamond.get_xy() + np.array([1e-6, 0]))
    assert codes(figure) == {"DIAMOND_WRONG"}
    figure = panels()
    squares = artists(figure, f"k2:{panel}study-square")[0]
    squares.set_offsets(squares.get_offsets() + np.array([1e-6, 0]))
    assert codes(figure) == {"X_WRONG"}
