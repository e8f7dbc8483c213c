"""Risk of bias beside a forest plot: a dot for each judgement, in the row of its study."""

from __future__ import annotations

import warnings

import forest_cases as cases
import numpy as np
import pandas as pd
import pytest
from check_figure import check_figure

import k2meta as k2

WORDS = ("Low", "Some concerns", "High")


@pytest.fixture(scope="module")
def fit():
    return k2.meta_analysis(cases.bcg())


@pytest.fixture(scope="module")
def judged(fit):
    table = {"study": list(fit.study)}
    for number in range(1, 6):
        table[f"D{number}"] = [WORDS[(i * number + i // 3) % 3] for i in range(fit.k)]
    table["overall"] = ["High"] * fit.k
    return pd.DataFrame(table)


def _dots(figure):
    return figure.findobj(
        lambda a: (a.get_gid() or "").startswith("k2:rob:") and not a.get_gid().endswith("glyph")
    )


def _centre(dot):
    return dot.get_extents().get_points().mean(axis=0)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("theme", ["plain", "revman", "cma"])
def test_dots_are_drawn_without_a_fault(fit, judged, theme, lang):
    figure = k2.forest_plot(fit, rob=judged, theme=theme, lang=lang)
    assert check_figure(figure, files=False, dpi=100) == []
    assert len(_dots(figure)) == 6 * fit.k


def test_each_dot_stands_in_the_row_of_its_study_under_its_letter(fit, judged):
    figure = k2.forest_plot(fit, rob=judged, sort="name")
    labels = [row["label"] for row in figure.k2meta["rows"] if row["kind"] == "study"]
    assert labels == sorted(labels, key=str.casefold)
    (squares,) = figure.findobj(lambda a: a.get_gid() == "k2:study-square")
    heights = squares.get_offset_transform().transform(squares.get_offsets())[:, 1]
    table = judged.set_index("study")
    columns = {}
    for i, label in enumerate(labels):
        for place, letter in enumerate("ABCDEO"):
            (dot,) = [d for d in _dots(figure) if d.get_gid() == f"k2:rob:{i}:{letter}"]
            x, y = _centre(dot)
            assert y == pytest.approx(heights[i], rel=1e-9)
            columns.setdefault(letter, set()).add(round(x, 6))
            judgement = figure.table().iloc[i][f"rob:{letter}"]
            assert judgement == table.loc[label].iloc[place].lower()
    assert all(len(xs) == 1 for xs in columns.values())
    lefts = [min(xs) for xs in columns.values()]
    assert lefts == sorted(lefts)
    assert np.ptp(np.diff(lefts)) < 1e-6  # evenly apart, close together


def test_letters_are_explained_under_the_figure(fit, judged):
    figure = k2.forest_plot(fit, rob=judged)
    text = "".join(t.get_text() for t in figure.texts)
    assert "A: Bias arising from the randomisation process" in text
    assert "O: Overall" in text
    assert "Some concerns" in text
    assert "Dots show the risk of bias by RoB 2 (A: Bias arising" in figure.caption("en")
    assert "圆点表示按RoB 2评价的偏倚风险" in figure.caption("zh")
    assert figure.k2meta["bias"][0]["label"] == fit.study[0]


def test_other_tools_and_palettes(fit):
    table = pd.DataFrame({"study": list(fit.study), "Selection": "Low", "Funding": "High"})
    figure = k2.forest_plot(fit, rob=(table, "custom"), rob_palette="cochrane")
    assert [c for c in figure.table() if c.startswith("rob")] == ["rob:A", "rob:B"]
    text = "".join(t.get_text() for t in figure.texts)
    assert "A: Selection" in text
    assert "B: Funding" in text
    with pytest.raises(k2.OptionError, match="rob_palette"):
        k2.forest_plot(fit, rob=(table, "custom"), rob_palette="traffic")


def test_labels_that_do_not_meet_are_told(fit, judged):
    with pytest.warns(k2.DataWarning, match=f"no judgements for {fit.study[0]}"):
        figure = k2.forest_plot(fit, rob=judged.iloc[1:])
    assert len(_dots(figure)) == 6 * (fit.k - 1)
    more = pd.concat([judged, judged.iloc[:1].assign(study="Ito 2001")])
    with pytest.warns(k2.DataWarning, match="rob judges Ito 2001"):
        k2.forest_plot(fit, rob=more)
    with pytest.raises(k2.DataError, match="none of them is a study of the figure"):
        k2.forest_plot(fit, rob=judged.assign(study=[f"S{i}" for i in range(fit.k)]))
    with pytest.raises(k2.OptionError, match="rows are fits, not studies"):
        k2.forest_plot(k2.leave_one_out(fit), rob=judged)
    with pytest.raises(k2.DataError, match="Aronson 1948"):
        k2.forest_plot(fit, rob=judged.assign(D1="superb"))


def test_dots_beside_panels_and_subgroups(fit, judged):
    groups = k2.subgroup_analysis(cases.bcg(), "allocation")
    figure = k2.forest_plot(groups, rob=judged)
    assert len(_dots(figure)) == 6 * fit.k
    panels = k2.forest_plot(
        [fit, k2.meta_analysis(cases.bcg("RD"))], rob=judged, columns=["effect"], width=200
    )
    assert len(_dots(panels)) == 6 * fit.k
    edge = panels.parts["plot1"].get_window_extent().x1
    assert all(_centre(dot)[0] > edge for dot in _dots(panels))
    assert check_figure(panels, files=False, dpi=100) == []


def test_where_the_dots_have_no_room_their_legend_goes_too(fit, judged):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", k2.LayoutWarning)
        figure = k2.forest_plot(fit, rob=judged, width=64)
    assert "rob:A" in figure.k2meta["dropped"]
    assert not _dots(figure)
    assert not any("randomisation" in t.get_text() for t in figure.texts)
