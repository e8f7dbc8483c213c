"""A forest plot in a box of somebody else's figure: it keeps inside, and nothing around it changes."""

from __future__ import annotations

import warnings

import forest_cases as cases
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from check_figure import check_figure
from matplotlib.figure import Figure

import k2meta as k2
from k2meta.figures.looks.themes import MM


@pytest.fixture(scope="module")
def fit():
    return k2.meta_analysis(cases.bcg())


@pytest.fixture
def two():
    figure, axes = plt.subplots(1, 2, figsize=(14, 6))
    axes[1].plot([1, 2], [3, 4])
    yield figure, axes
    plt.close(figure)


def _ours(figure):
    return figure.findobj(lambda a: (a.get_gid() or "").startswith("k2:text"))


def _inside(figure, box, dpi=100):
    """Whether every text of the plot is inside the box, with matplotlib's own measure."""
    figure.set_dpi(dpi)
    figure.canvas.draw()
    frame = box.get_window_extent() if hasattr(box, "get_window_extent") else box.bbox
    for text in _ours(figure):
        shown = text.get_window_extent()
        assert shown.x0 >= frame.x0 - 0.5
        assert shown.x1 <= frame.x1 + 0.5
        assert shown.y0 >= frame.y0 - 0.5
        assert shown.y1 <= frame.y1 + 0.5
    return True


def test_it_draws_into_axes_of_pyplot_and_leaves_the_rest_alone(fit, two):
    figure, axes = two
    size, settings = figure.get_size_inches().copy(), dict(matplotlib.rcParams)
    place, open_figures = axes[0].get_position().bounds, plt.get_fignums()
    plt.sca(axes[1])
    inset = k2.forest_plot(fit, ax=axes[0])
    np.testing.assert_array_equal(figure.get_size_inches(), size)
    assert axes[0].get_position().bounds == place
    assert not axes[0].axison
    assert axes[1].axison
    assert figure.axes == list(axes)
    assert plt.gca() is axes[1]
    assert plt.get_fignums() == open_figures
    assert dict(matplotlib.rcParams) == settings
    assert len(_ours(figure)) > 100
    assert _inside(figure, axes[0])
    assert inset.figure is figure


def test_the_record_proves_the_marks(fit, two):
    figure, axes = two
    inset = k2.forest_plot(fit, ax=axes[0], lang="zh")
    whole = k2.forest_plot(fit, lang="zh")
    assert [row["x"] for row in inset.k2meta["rows"]] == [row["x"] for row in whole.k2meta["rows"]]
    assert inset.table().effect.tolist() == whole.table().effect.tolist()
    assert inset.alt_text == whole.alt_text
    assert inset.caption("en") == whole.caption("en")
    for i, row in enumerate(inset.k2meta["rows"][:13]):
        (line,) = figure.findobj(lambda a, i=i: a.get_gid() == f"k2:ci:{i}")
        assert line.axes is inset.parts["plot"]
        # where it stands on the screen is where the axis says
        low, high = line.axes.get_xlim()
        ends = line.get_transform().transform(np.column_stack(line.get_data()))[:, 0]
        box = line.axes.get_window_extent()
        wanted = [max(row["lo"], low), min(row["hi"], high)]
        np.testing.assert_allclose(
            (ends - box.x0) / box.width, (np.array(wanted) - low) / (high - low), atol=1e-9
        )
    figure.k2meta = inset.k2meta
    assert [p for p in check_figure(figure, files=False, dpi=100) if p.code != "WASTED_SPACE"] == []


@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
def test_it_draws_into_subfigures(fit, layout):
    figure = Figure(figsize=(15, 6), layout=layout)
    left, right = figure.subfigures(1, 2)
    right.subplots().plot([1, 2], [3, 4])
    inset = k2.forest_plot([fit, k2.meta_analysis(cases.bcg("RD"))], ax=left, columns=["effect"])
    assert _inside(figure, left)
    assert inset.figure is left
    assert set(inset.parts) == {"plot", "plot1"}
    assert len(figure.axes) == 1


def test_axes_inside_a_subfigure(fit):
    figure = Figure(figsize=(16, 7))
    axes = figure.subfigures(1, 2)[1].subplots()
    k2.forest_plot(fit, ax=axes)
    assert _inside(figure, axes)
    assert min(text.get_window_extent().x0 for text in _ours(figure)) > figure.bbox.width / 2


def test_tight_layouts_do_not_mind_the_plot(fit, two):
    figure, axes = two
    k2.forest_plot(fit, ax=axes[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.tight_layout()


def test_it_takes_the_whole_width_and_shrinks_for_the_height(fit):
    sizes = {}
    for height in (5.0, 3.6):
        figure = Figure(figsize=(174 / 25.4, height))
        axes = figure.add_axes((0, 0, 1, 1))
        inset = k2.forest_plot(fit, ax=axes)
        assert inset.page.width / MM == pytest.approx(174, rel=1e-9)
        assert inset.page.height <= height * 72 + 0.1
        sizes[height] = inset.k2meta["size"]
    assert sizes[5.0] == 8.0
    assert 6.0 <= sizes[3.6] < 8.0


def test_a_box_too_small_says_what_it_needs(fit):
    def box(width, height):
        figure = Figure(figsize=(width / 25.4, height / 25.4))
        return figure.add_axes((0, 0, 1, 1))

    with pytest.raises(k2.LayoutError, match=r"a box of 174 x 40 mm is too low .* (\d+) mm of height") as low:
        k2.forest_plot(fit, ax=box(174, 40))
    need = float(str(low.value).split(" mm of height")[0].split()[-1])
    assert k2.forest_plot(fit, ax=box(174, need))
    with pytest.raises(k2.LayoutError, match="too narrow"):
        k2.forest_plot(fit, ax=box(40, 200))


def test_a_box_has_its_own_size_and_one_language(fit, two):
    figure, axes = two
    with pytest.raises(k2.OptionError, match=r"width=.* beside ax"):
        k2.forest_plot(fit, ax=axes[0], width="1col")
    with pytest.raises(k2.OptionError, match=r"pages=.* beside ax"):
        k2.forest_plot(fit, ax=axes[0], pages="auto")
    with pytest.raises(k2.OptionError, match="two figures do not fit one box"):
        k2.forest_plot(fit, ax=axes[0], lang="en+zh")
    for wrong in (figure, "ax", axes):
        with pytest.raises(k2.OptionError, match="expected an Axes or a SubFigure"):
            k2.forest_plot(fit, ax=wrong)
    assert axes[0].axison  # nothing was drawn


def test_texts_are_as_wide_as_they_were_measured_under_any_hinting(fit, two):
    figure, axes = two
    k2.forest_plot(fit, ax=axes[0])
    with matplotlib.rc_context({"text.hinting": "default"}):
        figure.set_dpi(72)
        figure.canvas.draw()
    figure.k2meta = None
    assert "TEXT_OVERLAP" not in {p.code for p in check_figure(figure, files=False, dpi=72)}
