"""forestplot draws all rows, and nothing outside its figure changes."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from check_figure import check_figure
from matplotlib.text import Text

import k2meta as k2
from k2meta.errors import MissingGlyphError, OptionError
from k2meta.figures.forest.forestplot_adapter import table_forest_data, table_forest_plot

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def fit():
    """Seven trials, of which three share a label and one has no estimate."""
    return k2.meta_analysis(
        k2.effect_sizes(
            {
                "study": [
                    "Smith 2020",
                    "Smith 2020",
                    "Jones 2021",
                    "Smith 2020",
                    "Empty 2019",
                    "Liu 2018",
                    "Wu 2017",
                ],
                "e1": [4, 6, 3, 62, 0, 33, 2],
                "n1": [123, 306, 231, 13598, 50, 5069, 90],
                "e2": [11, 29, 11, 248, 0, 47, 9],
                "n2": [139, 303, 220, 12867, 50, 5808, 80],
            },
            "RR",
            study="study",
            events1="e1",
            n1="n1",
            events2="e2",
            n2="n2",
            drop00=True,
        )
    )


def texts(figure) -> list[str]:
    shown = [item for item in figure.findobj(Text) if item.get_visible() and item.get_text().strip()]
    return [item.get_text() for item in shown]


def test_no_row_is_lost_though_labels_are_equal(fit):
    frame = table_forest_data(fit)
    assert len(frame) == 8
    assert frame["label"].is_unique
    assert [label.rstrip("\u00a0") for label in frame["label"]].count("Smith 2020") == 3
    axes = table_forest_plot(fit).axes[0]
    assert len(axes.get_yticks()) == 9  # with the head
    segments = [path.vertices for item in axes.collections for path in item.get_paths()]
    rows = {
        round(float(s[0, 1])) for s in segments if len(s) == 2 and s[0, 1] == s[1, 1] and np.isfinite(s).all()
    }
    assert len(rows) == 7  # each estimable row has an interval at a height of its own


def test_the_numbers_are_those_of_the_fit(fit):
    frame = table_forest_data(fit)
    pooled = frame.iloc[-1]
    assert pooled["kind"] == "pooled"
    assert np.log([pooled["estimate"], pooled["ci_low"], pooled["ci_high"]]) == pytest.approx(
        [fit.estimate, fit.ci.low, fit.ci.high], rel=1e-12
    )
    studies = frame[frame["kind"] == "study"]
    assert np.log(studies["estimate"].to_numpy(float)) == pytest.approx(fit.effects.yi, rel=1e-12)
    excluded = frame[frame["kind"] == "excluded"].iloc[0]
    assert (excluded["label"], excluded["effect"]) == ("Empty 2019", "Not estimable")
    assert sum(round(float(weight.rstrip("%")) * 10) for weight in studies["weight"]) == 1000
    figure = table_forest_plot(fit)
    for effect in frame["effect"]:
        assert any(effect in text for text in texts(figure))


def test_drawn_intervals_are_the_data(fit):
    frame = table_forest_data(fit).dropna(subset=["estimate"])
    axes = table_forest_plot(fit).axes[0]
    paths = [path.vertices for item in axes.collections for path in item.get_paths()]
    drawn = sorted(
        (s[0, 0], s[1, 0]) for s in paths if len(s) == 2 and s[0, 1] == s[1, 1] and np.isfinite(s).all()
    )
    wanted = sorted(zip(frame["ci_low"], frame["ci_high"], strict=True))
    assert np.array(drawn, dtype=float) == pytest.approx(np.array(wanted, dtype=float), rel=1e-9)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_text_is_on_the_page_and_no_two_meet(fit, lang, tmp_path):
    figure = table_forest_plot(fit, lang=lang)
    found = {problem.code for problem in check_figure(figure, files=False)}
    assert not found & {"TEXT_OUTSIDE", "TEXT_OVERLAP", "TEXT_CLIPPED", "MISSING_GLYPH", "MARK_OUTSIDE"}
    figure.savefig(tmp_path / "table.pdf")
    from figure_checks.saved import pdf_fonts

    assert list(pdf_fonts(tmp_path / "table.pdf")) == []
    assert ("研究" in texts(figure)) == (lang == "zh")


def test_other_measures_and_options():
    fit = k2.meta_analysis(yi=[0.1, -0.3, 0.5], vi=[0.02, 0.03, 0.02], study=["甲", "甲", "乙"])
    figure = table_forest_plot(
        fit, lang="zh", color_alt_rows=True, xticks=[-1, 0, 1], annote=["weight"], table=False
    )
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert len(labels) == 3
    assert "weight" in texts(figure)
    common = k2.meta_analysis(yi=[0.1], vi=[0.02], study=["one"], model="common")
    assert len(table_forest_plot(common).axes[0].get_yticks()) == 3


def test_options_of_ours_are_refused(fit):
    with pytest.raises(OptionError, match="'ax'"):
        table_forest_plot(fit, ax=None)
    bad = k2.meta_analysis(yi=[0.1, 0.2], vi=[0.02, 0.02], study=["a 😀", "b"])
    with pytest.raises(MissingGlyphError, match="1F600"):
        table_forest_plot(bad)


def test_results_of_many_fits_are_sent_to_forest_plot(fit):
    for result in (k2.leave_one_out(fit), k2.cumulative_meta_analysis(fit)):
        with pytest.raises(OptionError, match="expected one fit"):
            table_forest_plot(result)


def test_nothing_changes_when_it_is_called(fit):
    from matplotlib import pyplot

    table_forest_plot(fit)
    with np.errstate(divide="raise", over="warn"), matplotlib.rc_context({"font.monospace": ["Mine"]}):
        before = (
            np.geterr(),
            list(warnings.filters),
            dict(matplotlib.rcParams.copy()),
            pyplot.get_fignums(),
            warnings.showwarning,
        )
        table_forest_plot(fit, color_alt_rows=True)
        with pytest.raises(Exception, match="nosuch"):
            table_forest_plot(fit, annote=["nosuch"])
        after = (
            np.geterr(),
            list(warnings.filters),
            dict(matplotlib.rcParams.copy()),
            pyplot.get_fignums(),
            warnings.showwarning,
        )
    assert before == after
    from forestplot import graph_utils

    assert graph_utils.plt is pyplot


FRESH = """
import warnings, numpy as np, matplotlib
matplotlib.use("agg")
from matplotlib import pyplot
np.seterr(all="raise"); np.seterr(under="ignore")
import k2meta as k2
def state():
    return (np.geterr(), list(warnings.filters), dict(matplotlib.rcParams.copy()), pyplot.get_fignums())
fit = k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.02, 0.03, 0.02], study=["A", "A", "B"])
pyplot.figure(num=7)
before = state()
import k2meta.figures.forest.forestplot_adapter as adapter
assert state() == before, "importing the adapter changed something"
figure = adapter.table_forest_plot(fit)
import sys
assert "forestplot" in sys.modules
assert state() == before, "the first call, which imports forestplot, changed something"
assert pyplot.gcf().number == 7
adapter.table_forest_plot(fit)
assert state() == before
import io; figure.savefig(io.BytesIO(), format="svg")
assert state() == before
print("unchanged")
"""


def test_nothing_changes_when_forestplot_is_imported_for_the_first_time():
    done = subprocess.run(
        [sys.executable, "-c", FRESH],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.strip() == "unchanged", done.stderr


def test_only_the_adapter_imports_forestplot():
    users = [
        path.name
        for path in (ROOT / "k2meta").rglob("*.py")
        if any(
            line.strip().startswith(("import forestplot", "from forestplot"))
            for line in path.read_text().splitlines()
        )
    ]
    assert users == ["forestplot_adapter.py"]
