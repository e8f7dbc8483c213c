"""The serif Latin face: chosen for a block of code, measured as drawn, never leaking out of the block."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from check_figure import check_figure, errors
from figure_checks.saved import pdf_fonts
from fontTools.ttLib import TTFont
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import k2meta as k2
from k2meta.errors import OptionError
from k2meta.figures.lettering.faces import (
    HAN_FAMILY,
    LATIN_FAMILY,
    SERIF_FAMILY,
    drawing_context,
    face_stack,
    font_properties,
    latin_face,
    latin_kind,
    measure,
    split_runs,
)
from k2meta.figures.lettering.font_files import bundled
from k2meta.figures.looks.themes import Theme, get_theme

ENGLISH = "Heterogeneity: τ²=0·12; χ²=5·30, df=4 (p=0·26); I²=24% [−0·13 to 1·26]"
MIXED = "异质性检验：τ² = 0.12；χ² = 5.30，ν = 4（P = 0.26）；I² = 24%"
STYLES = [(False, False), (True, False), (False, True), (True, True)]


def test_it_has_every_character_of_the_other():
    for bold, italic in STYLES:
        sans, serif = (
            set(TTFont(bundled(family, bold, italic).path).getBestCmap())
            for family in (LATIN_FAMILY, SERIF_FAMILY)
        )
        assert sans == serif
        assert {ord(c) for c in "−·²³₀₉τχνμ≤≥≈±×–—†‡→←∞‰\u2009"} <= serif


def test_the_choice_holds_for_its_block_only():
    outside = measure(ENGLISH, 8)
    assert latin_kind() == "sans"
    with latin_face("serif"):
        assert latin_kind() == "serif"
        inside = measure(ENGLISH, 8)
        assert {run.face.family for run in split_runs(ENGLISH)} == {SERIF_FAMILY}
        assert {run.face.family for run in split_runs(MIXED)} == {SERIF_FAMILY, HAN_FAMILY}
        assert face_stack("zh")[:2] == [SERIF_FAMILY, HAN_FAMILY]
        assert font_properties(8).get_family()[0] == SERIF_FAMILY
        with latin_face("sans"):
            assert measure(ENGLISH, 8) == outside
        assert measure(ENGLISH, 8) == inside
    assert measure(ENGLISH, 8) == outside != inside
    with pytest.raises(RuntimeError, match="inside"), latin_face("serif"):
        raise RuntimeError("inside")
    assert latin_kind() == "sans"


def test_chinese_is_as_wide_in_both():
    with latin_face("serif"):
        assert measure("异质性检验：", 8) == measure("研究的森林图", 8)._replace(
            height=measure("异质性检验：", 8).height, descent=measure("异质性检验：", 8).descent
        )
        assert measure("研究", 8).width == pytest.approx(16.0, rel=1e-12)


def test_other_threads_keep_their_own():
    seen = []
    with latin_face("serif"):
        thread = threading.Thread(target=lambda: seen.append(latin_kind()))
        thread.start()
        thread.join()
    assert seen == ["sans"]


@pytest.mark.parametrize("text", [ENGLISH, MIXED])
def test_measured_width_is_drawn_width(text):
    with latin_face("serif"), drawing_context():
        figure = Figure(figsize=(6, 1), dpi=300)
        renderer = FigureCanvasAgg(figure).get_renderer()
        for bold, italic in STYLES:
            for run in split_runs(text, bold, italic):
                artist = figure.text(0, 0.5, run.text, fontproperties=run.face.properties(8), va="baseline")
                drawn = artist.get_window_extent(renderer).width / 300 * 72
                assert drawn == pytest.approx(measure(run.text, 8, bold, italic).width, abs=0.1)


def test_another_kind_is_refused():
    with pytest.raises(OptionError, match="slab"), latin_face("slab"):
        pass
    with pytest.raises(OptionError, match="latin"):
        Theme("own", latin="slab")
    assert get_theme("plain").replace(latin="serif").latin == "serif"


def test_a_figure_is_laid_out_and_drawn_in_its_themes_face(tmp_path):
    fit = k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    figure = k2.forest_plot(fit, latin="serif")
    assert figure.page.latin == "serif"
    files = {Path(text.get_fontproperties().get_file()).name for text in figure.texts}
    assert all(name.startswith("k2metaTinos") for name in files)
    figure.save(tmp_path / "serif.pdf")
    assert list(pdf_fonts(tmp_path / "serif.pdf")) == []
    assert errors(check_figure(figure)) == []
