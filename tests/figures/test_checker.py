"""Each code of the figure checker fires on a figure broken on purpose, and none on a sound one."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from check_figure import PROFILES, check_figure, main
from figure_checks import saved
from figure_checks.colours import contrast, difference
from figure_checks.drawn import observe
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from k2meta.figures.lettering.faces import drawing_context, font_properties

ROWS = [
    {"kind": "study", "x": -0.5, "lo": -1.0, "hi": 0.0, "weight": 40.0, "label": "A"},
    {"kind": "study", "x": 0.2, "lo": -0.2, "hi": 0.6, "weight": 60.0, "label": "B"},
    {"kind": "pooled", "x": -0.1, "lo": -0.4, "hi": 0.2, "weight": 100.0, "label": "Total"},
]
ALT = "Forest plot of two studies, risk ratio; the pooled value is 0.90 (0.67 to 1.22)."


class Saved(Figure):
    """A figure that draws and saves under the package's settings."""

    def k2save(self, target, **options):
        with drawing_context():
            self.savefig(target, **options)


def sound(rows=ROWS, width=85.0, height=50.0) -> Saved:
    """Draw a small, faultless forest plot with a truth record."""
    with drawing_context():
        figure = Saved(figsize=(width / 25.4, height / 25.4))
        axes = figure.add_axes((0.3, 0.2, 0.62, 0.75))
        axes.set_xlim(-1.5, 1.5)
        axes.set_ylim(-0.7, 2.7)
        axes.set_yticks([])
        axes.set_xticks([-1, 0, 1])
        axes.set_xticklabels(["−1", "0", "1"], fontproperties=font_properties(8))
        studies = [row for row in rows if row["kind"] == "study"]
        x = [row["x"] for row in studies]
        areas = [row["weight"] for row in studies]
        axes.scatter(x, [2, 1], s=areas, marker="s", color="black", gid="k2:study-square")
        for i, row in enumerate(rows):
            if row["kind"] == "study":
                axes.plot([row["lo"], row["hi"]], [2 - i] * 2, color="black", lw=0.7, gid=f"k2:ci:{i}")
            else:
                corners = [(row["lo"], 0), (row["x"], 0.3), (row["hi"], 0), (row["x"], -0.3)]
                axes.add_patch(Polygon(corners, color="black", gid=f"k2:diamond:{i}"))
            y = 0.2 + 0.75 * (2 - i + 0.7) / 3.4
            figure.text(0.03, y, row["label"], fontproperties=font_properties(8), va="baseline")
    figure.k2meta = {"rows": [dict(row) for row in rows], "alt": {"en": ALT, "zh": ALT}}
    return figure


def codes(figure, profile="plain", files=False, factory=None) -> set[str]:
    with drawing_context():
        return {problem.code for problem in check_figure(figure, profile, files=files, factory=factory)}


def say(figure, text, x=0.5, y=0.97, size=8.0, **options):
    return figure.text(x, y, text, fontproperties=font_properties(size), va="top", **options)


def artist(figure, gid):
    return figure.findobj(lambda item: item.get_gid() == gid)[0]


def test_a_sound_figure_is_clean_and_left_as_it_was():
    figure = sound()
    dpi, canvas = figure.get_dpi(), figure.canvas
    with drawing_context():
        assert check_figure(figure, factory=sound) == []
    assert (figure.get_dpi(), figure.canvas) == (dpi, canvas)


def _text_outside(figure):
    say(figure, "a long text that leaves the page", x=0.8)


def _text_clipped(figure):
    axes = figure.axes[0]
    axes.text(
        -1.4, 0.5, "clipped clipped clipped clipped clipped", fontproperties=font_properties(8), clip_on=True
    )
    axes.texts[-1].set_clip_box(axes.bbox)
    axes.texts[-1].set_x(-1.4)
    axes.set_position((0.3, 0.2, 0.3, 0.75))


def _text_overlap(figure):
    say(figure, "one", x=0.03, y=0.5)
    say(figure, "two", x=0.04, y=0.5)


def _slanted_overlap(figure):
    say(figure, "a slanted text", x=0.02, y=0.6, rotation=45)
    say(figure, "level", x=0.06, y=0.55)


def _mark_on_text(figure):
    figure.axes[0].text(-0.5, 1.95, "struck", fontproperties=font_properties(8))


def _marker_on_text(figure):
    say(figure, "dot", x=0.1, y=0.5)
    figure.add_artist(matplotlib.lines.Line2D([0.12], [0.48], marker="o", lw=0, ms=5))


def _mark_outside(figure):
    figure.add_artist(Rectangle((0.9, 0.9), 0.3, 0.05, transform=figure.transFigure))


def _cut_without_arrow(figure):
    figure.k2meta["rows"][0]["lo"] = -3.0
    artist(figure, "k2:ci:0").set_xdata([-1.5, 0.0])


def _runs_past_the_axis(figure):
    artist(figure, "k2:ci:0").set_xdata([-3.0, 0.0])
    artist(figure, "k2:ci:0").set_clip_on(True)


def _small(figure):
    say(figure, "tiny", size=4)


def _large(figure):
    say(figure, "huge", size=14)


def _thin(figure):
    artist(figure, "k2:ci:0").set_linewidth(0.1)


def _missing_glyph(figure):
    say(figure, "\U00013000")


def _font_fallback(figure):
    figure.text(0.5, 0.97, "lost", family="No Such Face At All", va="top", size=8)


def _hyphen(figure):
    say(figure, "-0.5")


def _p_zero(figure):
    say(figure, "P = 0.000")


def _nan(figure):
    say(figure, "nan")


def _log_axis(figure):
    figure.axes[0].clear()
    figure.axes[0].set_xscale("log")
    figure.axes[0].set_xlim(2.1, 2.9)
    figure.axes[0].xaxis.set_major_formatter("")
    figure.axes[0].xaxis.set_minor_formatter("")


def _log_ticks(figure):
    figure.axes[0].clear()
    figure.axes[0].set_xscale("log")
    figure.axes[0].set_xlim(0.1, 10)


def _pale(figure):
    say(figure, "pale", color="#aaaaaa")


def _colours(figure):
    artist(figure, "k2:ci:0").set_color("#b05050")
    artist(figure, "k2:ci:1").set_color("#6e7420")


def _no_record(figure):
    del figure.k2meta


def _no_alt(figure):
    figure.k2meta["alt"] = {"en": ALT, "zh": ""}


def _short_alt(figure):
    figure.k2meta["alt"] = "too short"


def _one_language(figure):
    figure.k2meta |= {"alt": ALT, "alt_en": ALT, "alt_zh": ""}


def _area(figure):
    artist(figure, "k2:study-square").set_sizes([40.0, 61.0])


def _place(figure):
    artist(figure, "k2:study-square").set_offsets([(-0.5, 2), (0.2 + 1e-6, 1)])


def _count(figure):
    artist(figure, "k2:study-square").set_offsets([(-0.5, 2)])


def _interval(figure):
    artist(figure, "k2:ci:1").set_xdata([-0.2, 0.6 + 1e-6])


def _diamond(figure):
    artist(figure, "k2:diamond:2").set_xy([(-0.4, 0), (-0.1, 0.3), (0.2 + 1e-6, 0), (-0.1, -0.3)])


def _diamond_middle(figure):
    artist(figure, "k2:diamond:2").set_xy([(-0.4, 0), (-0.11, 0.3), (0.2, 0), (-0.11, -0.3)])


def _weights(figure):
    figure.table = lambda: pd.DataFrame({"weight": ["33.3", "33.3", "33.3"]})


BROKEN = [
    ("TEXT_OUTSIDE", _text_outside),
    ("TEXT_CLIPPED", _text_clipped),
    ("TEXT_OVERLAP", _text_overlap),
    ("TEXT_OVERLAP", _slanted_overlap),
    ("MARK_ON_TEXT", _mark_on_text),
    ("MARK_ON_TEXT", _marker_on_text),
    ("MARK_OUTSIDE", _mark_outside),
    ("CI_CUT_SILENTLY", _cut_without_arrow),
    ("CI_CUT_SILENTLY", _runs_past_the_axis),
    ("FONT_SMALL", _small),
    ("FONT_LARGE", _large),
    ("LINE_THIN", _thin),
    ("MISSING_GLYPH", _missing_glyph),
    ("FONT_FALLBACK", _font_fallback),
    ("HYPHEN_MINUS", _hyphen),
    ("P_ZERO", _p_zero),
    ("NAN_TEXT", _nan),
    ("NO_TICK_LABELS", _log_axis),
    ("LOG_TICKS", _log_ticks),
    ("TEXT_CONTRAST", _pale),
    ("COLOUR_ONLY", _colours),
    ("NO_RECORD", _no_record),
    ("ALT_TEXT", _no_alt),
    ("ALT_TEXT", _short_alt),
    ("ALT_TEXT", _one_language),
    ("AREA_NOT_WEIGHT", _area),
    ("X_WRONG", _place),
    ("X_WRONG", _count),
    ("CI_WRONG", _interval),
    ("DIAMOND_WRONG", _diamond),
    ("DIAMOND_WRONG", _diamond_middle),
    ("NUMBERS", _weights),
]


@pytest.mark.parametrize(("code", "break_it"), BROKEN, ids=[f.__name__.strip("_") for _, f in BROKEN])
def test_each_fault_is_found(code, break_it):
    figure = sound()
    break_it(figure)
    assert code in codes(figure)


@pytest.mark.parametrize(
    ("code", "figure", "profile"),
    [
        ("WIDTH", {"width": 100.0}, "nature"),
        ("WIDTH", {"width": 200.0}, "plos"),
        ("HEIGHT", {"height": 260.0}, "plain"),
    ],
)
def test_page_limits(code, figure, profile):
    assert code in codes(sound(**figure), profile)


def test_wasted_space():
    figure = sound()
    figure.axes[0].set_position((0.3, 0.2, 0.2, 0.2))
    assert "WASTED_SPACE" in codes(figure)


def test_type_3_fonts_and_unembedded_ones(tmp_path):
    figure = sound()
    with rc_context({"pdf.fonttype": 3}):
        figure.savefig(tmp_path / "three.pdf")
    assert {problem.code for problem in saved.pdf_fonts(tmp_path / "three.pdf")} == {"TYPE3_FONT"}
    with rc_context({"pdf.use14corefonts": True, "font.family": "Helvetica"}):
        core = Figure(figsize=(2, 1))
        core.text(0.1, 0.5, "core")
        core.savefig(tmp_path / "core.pdf")
    assert "NOT_EMBEDDED" in {problem.code for problem in saved.pdf_fonts(tmp_path / "core.pdf")}


@pytest.mark.parametrize("poppler", [True, False])
def test_a_sound_pdf_has_sound_fonts_by_either_reader(tmp_path, monkeypatch, poppler):
    if poppler and not shutil.which("pdffonts"):
        pytest.skip("poppler is not installed; the other case reads the same PDF")
    if not poppler:
        monkeypatch.setattr(saved.shutil, "which", lambda name: None)
    sound().k2save(tmp_path / "sound.pdf")
    assert list(saved.pdf_fonts(tmp_path / "sound.pdf")) == []


def test_type_3_is_seen_without_poppler(tmp_path, monkeypatch):
    monkeypatch.setattr(saved.shutil, "which", lambda name: None)
    with rc_context({"pdf.fonttype": 3}):
        sound().savefig(tmp_path / "three.pdf")
    assert {problem.code for problem in saved.pdf_fonts(tmp_path / "three.pdf")} == {"TYPE3_FONT"}


HEAD = "name                                 type              encoding         emb sub uni object ID\n---\n"


@pytest.mark.parametrize(
    ("code", "line", "complaint"),
    [
        (
            "CFF_AS_42",
            "ABCDEF+NotoSansCJKsc-Regular         CID Type 0C       Identity-H       yes yes yes     15  0",
            "",
        ),
        (
            "NOT_EMBEDDED",
            "Helvetica                            Type 1            WinAnsi          no  no  no       5  0",
            "",
        ),
        (
            "MISSING_GLYPH",
            "ABCDEF+LastResort                    CID TrueType      Identity-H       yes yes yes     15  0",
            "",
        ),
        ("PDF_BROKEN", "", "Syntax Error: Mismatch between font type and embedded font file"),
    ],
)
def test_what_pdffonts_says_is_understood(code, line, complaint):
    assert {problem.code for problem in saved.font_lines(HEAD + line, complaint)} == {code}


def test_text_that_does_not_come_out_again(tmp_path):
    figure = sound()
    assert [p.code for p in saved.files(figure, None, ["not in the figure"])] == ["TEXT_ROUNDTRIP"]


def test_bytes_that_change():
    counter = itertools.count()

    def changing():
        figure = sound()
        say(figure, f"{next(counter)}")
        return figure

    assert "NOT_DETERMINISTIC" in codes(changing(), files=True, factory=changing)


def test_background_may_lie_under_text_and_a_box_may_hold_it():
    figure = sound()
    stripe = Rectangle((0.0, 0.6), 1, 0.2, transform=figure.transFigure, color="#eeeeee", gid="k2:bg:stripe")
    figure.add_artist(stripe)
    assert codes(figure) == set()


def test_hidden_and_blank_texts_do_not_count():
    figure = sound()
    say(figure, "hidden", x=0.03, y=0.5).set_visible(False)
    say(figure, "blank", x=0.03, y=0.5).set_alpha(0)
    say(figure, "   ", x=0.03, y=0.5)
    assert len(observe(figure).texts) == len(observe(sound()).texts)


def test_colour_measures():
    assert contrast("black", "white") == pytest.approx(21.0, rel=1e-12)
    assert difference("white", "black") == pytest.approx(100.0, rel=1e-3)
    assert difference("red", "#4d4d4d", "normal") > 50
    assert np.isclose(difference("#02c100", "#4ea1f7", "grey"), 3.0, atol=1.0)


def test_the_command_line(tmp_path, capsys):
    script = Path(tmp_path) / "one_figure.py"
    script.write_text(
        "from matplotlib.figure import Figure\n"
        "def draw():\n"
        "    fig = Figure(figsize=(3, 1)); fig.text(0.1, 0.5, 'P = 0.000', size=8); return fig\n"
    )
    assert main([f"{script}:draw", "--no-files"]) == 1
    assert "P_ZERO" in capsys.readouterr().out
    assert {"plain", "nature", "plos", "lancet", "cma"} <= set(PROFILES)
