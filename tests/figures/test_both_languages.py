"""Every figure in both languages at once: two figures, two files, and the same numbers."""

import numpy as np
import pandas as pd
import pytest

import k2meta as k2
from k2meta.figures.page.figure_set import FigureSet

BCG = k2.effect_sizes(k2.load_dataset("bcg"), "RR", study="study")
FIT = k2.meta_analysis(BCG)
BIAS = pd.DataFrame({"study": ["A", "B"], "Allocation": ["low", "high"], "Masking": ["high", "unclear"]})
FLOW = {
    "databases": 120, "registers": 4, "duplicates": 24, "screened": 100, "excluded": 60, "sought": 40,
    "not_retrieved": 0, "assessed": 40, "excluded_reports": {"Wrong outcome": 10}, "studies": 30,
    "reports": 30,
}  # fmt: skip
FIGURES = {
    **{
        name: (getattr(k2, name), FIT, {})
        for name in (
            *("forest_plot", "funnel_plot", "doi_plot", "baujat_plot", "labbe_plot", "radial_plot"),
            *("gosh_plot", "drapery_plot", "influence_plot", "profile_plot", "qq_plot"),
        )
    },
    "bubble_plot": (k2.bubble_plot, k2.meta_regression("~ latitude", BCG), {}),
    "specification_plot": (k2.specification_plot, k2.specification_curve(BCG, by="allocation"), {}),
    "risk_of_bias_plot": (k2.risk_of_bias_plot, BIAS, {"tool": "custom"}),
    "risk_of_bias_summary_plot": (k2.risk_of_bias_summary_plot, BIAS, {"tool": "custom"}),
    "prisma_plot": (k2.prisma_plot, FLOW, {}),
}

RECORD = {
    *("kind", "title", "lang", "alt", "alt_en", "alt_zh", "captions", "rows", "axis", "dropped", "size"),
    *("theme", "versions"),
}


def test_every_figure_function_is_here():
    assert set(FIGURES) == {name for name in k2.__all__ if name.endswith("_plot")} - {"table_forest_plot"}


@pytest.mark.parametrize("name", FIGURES)
def test_two_figures_in_two_files(name, tmp_path):
    draw, shown, options = FIGURES[name]
    figures = draw(shown, lang="en+zh", title={"en": "A title", "zh": "题目"}, **options)
    assert isinstance(figures, FigureSet)
    assert [figure.lang for figure in figures] == ["en", "zh"]
    assert {figure.k2meta["kind"] for figure in figures} == {name.removesuffix("_plot").replace("_", " ")}
    for figure in figures:
        assert set(figure.k2meta) >= RECORD
    assert [figure.title for figure in figures] == ["A title", "题目"]
    written = figures.save(tmp_path / "figure.svg")
    assert [path.name for path in written] == ["figure-en.svg", "figure-zh.svg"]
    en, zh = (figure.table().select_dtypes("number") for figure in figures)
    pd.testing.assert_frame_equal(en, zh)
    # tables of forest plots and of judgements hold texts, so their numbers are compared in the record
    marks = [[(row.get("x"), row.get("lo"), row.get("hi")) for row in f.k2meta["rows"]] for f in figures]
    np.testing.assert_equal(*marks)
    assert figures[0].k2meta["alt_zh"] == figures[1].k2meta["alt"]


@pytest.mark.parametrize("name", sorted(set(FIGURES) - {"forest_plot"}))
def test_stacking_is_for_forest_plots(name):
    draw, shown, options = FIGURES[name]
    with pytest.raises(k2.OptionError, match="is for forest plots"):
        draw(shown, lang="en+zh", bilingual="stack", **options)


@pytest.mark.parametrize("name", FIGURES)
def test_other_languages_are_refused(name):
    draw, shown, options = FIGURES[name]
    with pytest.raises(k2.OptionError, match=r"en, zh, en\+zh"):
        draw(shown, lang="de", **options)
