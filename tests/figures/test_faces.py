"""The faces: what the files hold, which face draws what, and measured width = drawn width."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import warnings
from pathlib import Path

import matplotlib
import numpy as np
import pypdf
import pytest
from fontTools.ttLib import TTFont
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from k2meta.errors import MissingGlyphError, OptionError
from k2meta.figures.lettering import faces, system_fonts
from k2meta.figures.lettering.faces import (
    FACE_FILES,
    HAN_FAMILY,
    LATIN_FAMILY,
    drawing_context,
    face_stack,
    font_properties,
    measure,
    require_glyphs,
    split_runs,
    trailing_blank,
)
from k2meta.figures.lettering.font_files import bundled
from k2meta.figures.words.catalogue import CATALOGUE, TAU2_NAMES

FONTS = Path(faces.__file__).parent / "fonts"
TOOL = Path(__file__).resolve().parents[2] / "tools" / "build_fonts.py"
ENGLISH = "Heterogeneity: τ² = 0.12; χ² = 5.30, df = 4 (P = 0.26); I² = 24% [−0.13, 1.26]"
CHINESE = "异质性检验：τ² = 0.12；χ² = 5.30，ν = 4（P = 0.26）；I² = 24%，权重（%）“试验组”"
SAMPLES = [
    ENGLISH,
    CHINESE,
    "Nguyễn Łukasz Çelik Øystein Dvořák",
    "Vermeer & Tanaka 2021, AVAWATo",
    "0.41 (0.13 to 1.26)",
]


def gb2312_hanzi() -> str:
    text = ""
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            text += bytes([row, cell]).decode("gb2312", errors="ignore")
    return text


@pytest.fixture
def no_found_faces():
    """Leave no system face behind, and start from none."""
    before = list(faces._found_faces)
    faces._found_faces.clear()
    faces._runs.cache_clear()
    faces._em_extent.cache_clear()
    yield
    faces._found_faces[:] = before
    faces._runs.cache_clear()
    faces._em_extent.cache_clear()


# --- the files


@pytest.mark.parametrize(("key", "name"), FACE_FILES.items(), ids=FACE_FILES.values())
def test_each_file_says_what_it_is(key, name):
    family, bold, italic = key
    font = TTFont(FONTS / name)
    style = {(False, False): "Regular", (True, False): "Bold", (False, True): "Italic"}.get(
        (bold, italic), "Bold Italic"
    )
    names = {record.nameID: record.toUnicode() for record in font["name"].names}
    assert (names[1], names[2]) == (family, style)
    assert names[4] == f"{family} {style}"
    assert names[6] == f"{family}-{style}".replace(" ", "")
    assert "SIL Open Font License" in names[13]
    for name_id in (1, 3, 4, 6):  # the OFL's Reserved Font Name, and names that others use
        assert not re.search(r"source|noto", names[name_id], re.IGNORECASE)
    os2, head = font["OS/2"], font["head"]
    assert os2.fsType == 0
    assert os2.usWeightClass == (700 if bold else 400)
    assert bool(os2.fsSelection & 32) == bool(head.macStyle & 1) == bold
    assert bool(os2.fsSelection & 1) == bool(head.macStyle & 2) == italic
    assert system_fonts.can_embed(FONTS / name)


@pytest.mark.parametrize("name", FACE_FILES.values())
def test_each_file_is_static_unhinted_truetype_without_layout_tables(name):
    tables = set(TTFont(FONTS / name).keys())
    assert "glyf" in tables
    assert not tables & {"CFF ", "fvar", "fpgm", "prep", "cvt ", "GPOS", "GSUB", "kern", "DSIG"}


def test_every_hanzi_of_gb2312_is_there_in_both_weights():
    hanzi = gb2312_hanzi()
    assert len(hanzi) == 6763
    for bold in (False, True):
        face = bundled(HAN_FAMILY, bold, False)
        assert [char for char in hanzi + "（），。：；～“”《》　" if not face.covers(char)] == []


def test_every_style_of_the_latin_face_has_the_statistical_signs():
    wanted = "−·²³₀₁₂₃₄₅₆₇₈₉τχνμΔΣ≤≥≈±×–—…†‡→←∞%‰\u2009\u00a0éèçøåÅłŁşğčŽßæœñü"
    for bold in (False, True):
        for italic in (False, True):
            face = bundled(LATIN_FAMILY, bold, italic)
            assert [char for char in wanted if not face.covers(char)] == []


def test_every_word_of_the_catalogue_can_be_printed():
    everything = [text for words in (*CATALOGUE.values(), *TAU2_NAMES.values()) for text in words]
    for bold in (False, True):
        for text in everything:
            runs = split_runs(text, bold)
            assert "".join(run.text for run in runs) == text
            assert all(run.face.family in (LATIN_FAMILY, HAN_FAMILY) for run in runs)


def test_the_licences_are_shipped():
    for name in ("LICENSE-Arimo.txt", "LICENSE-Tinos.txt", "LICENSE-NotoSansSC.txt"):
        text = (FONTS / name).read_text(encoding="utf-8")
        assert "SIL OPEN FONT LICENSE Version 1.1" in text
        assert "Copyright" in text


# --- runs


def test_mixed_text_is_cut_by_face():
    runs = split_runs("研究A（n = 5）")
    assert [(run.text, run.face.family) for run in runs] == [
        ("研究", HAN_FAMILY),
        ("A", LATIN_FAMILY),
        ("（", HAN_FAMILY),
        ("n = 5", LATIN_FAMILY),
        ("）", HAN_FAMILY),
    ]


def test_quotes_and_dots_follow_their_neighbours():
    assert len(split_runs("“试验”组")) == 1
    assert len(split_runs("“Trial” group")) == 1
    assert {run.face.family for run in split_runs("诺德·克勒克")} == {HAN_FAMILY}


def test_styles_pick_their_files_and_chinese_stays_upright():
    latin = split_runs("P", italic=True, bold=True)[0].face
    han = split_runs("研", italic=True, bold=True)[0].face
    assert latin.path.name == "k2metaArimo-BoldItalic.ttf"
    assert han.path.name == "k2metaSansSC-Bold.ttf"


def test_separate_accents_are_composed():
    assert split_runs("e\u0301")[0].text == "é"
    assert measure("e\u0301", 8) == measure("é", 8)


def test_the_empty_text_has_no_runs_and_no_size():
    assert split_runs("") == ()
    assert measure("", 8) == (0, 0, 0)


def test_full_width_marks_leave_a_blank_half():
    assert trailing_blank("0.41（0.13～1.26）", 8) == 4
    assert trailing_blank("0.41 (0.13)", 8) == trailing_blank("", 8) == 0


# --- measure


@pytest.mark.parametrize("dpi", [72, 100, 300, 600])
@pytest.mark.parametrize("text", SAMPLES)
def test_measured_width_is_drawn_width(text, dpi):
    with drawing_context():
        figure = Figure(figsize=(6, 1), dpi=dpi)
        renderer = FigureCanvasAgg(figure).get_renderer()
        for bold, italic in ((False, False), (True, False), (False, True), (True, True)):
            for run in split_runs(text, bold, italic):
                artist = figure.text(0, 0.5, run.text, fontproperties=run.face.properties(8), va="baseline")
                drawn = artist.get_window_extent(renderer).width / dpi * 72
                wanted = measure(run.text, 8, bold, italic).width
                # Renderers round each advance to 1/64 pixel: seen at 72 dpi in long runs only.
                assert drawn == pytest.approx(wanted, abs=max(0.1, len(run.text) / 64 * 36 / dpi))


def test_width_is_the_vector_width_and_grows_with_the_size():
    from matplotlib.textpath import text_to_path

    with drawing_context():
        for run in split_runs(ENGLISH):
            vector, _, _ = text_to_path.get_text_width_height_descent(run.text, run.face.properties(8), False)
            assert measure(run.text, 8).width == pytest.approx(vector, rel=1e-3)
    assert measure(ENGLISH, 16).width == pytest.approx(2 * measure(ENGLISH, 8).width, rel=1e-12)


def test_height_and_descent_are_those_of_the_ink():
    flat, deep = measure("Ax0", 10), measure("gjp", 10)
    assert flat.descent < 0.3 < 1.5 < deep.descent
    assert 6.5 < flat.height < 8


def test_widths_add_over_runs():
    assert measure(CHINESE, 8).width == pytest.approx(
        sum(measure(r.text, 8).width for r in split_runs(CHINESE)), rel=1e-12
    )


def test_ten_thousand_strings_in_a_second():
    faces._runs.cache_clear()
    faces._em_extent.cache_clear()
    start = time.process_time()
    for i in range(10_000):
        measure(f"Study {i} 研究 0.41 (0.13 to 1.26)", 8)
    assert time.process_time() - start < 2.0  # 0.25 s alone; the margin is for busy machines


# --- glyphs that are missing


@pytest.mark.parametrize("text", ["Smith 😀 2020", "line\nbreak", "tab\there", "\ue000", "zero\u200bwidth"])
def test_what_cannot_be_printed_is_named(text, no_found_faces):
    bad = next(char for char in text if not (char.isascii() and char.isprintable()))
    with pytest.raises(MissingGlyphError, match=f"U\\+{ord(bad):04X}") as caught:
        require_glyphs(["fine", text])
    assert "Replace" in str(caught.value)
    with pytest.raises(MissingGlyphError):
        measure(text, 8)


def test_what_can_be_printed_passes():
    require_glyphs([])
    require_glyphs([*SAMPLES, "堃 喆 玥 昇 翀 珺 犇 彧 烜"])


def make_font(path: Path, char: str, *, fs_type: int = 0, variable: bool = False) -> Path:
    """Write a font whose only character is ``char``, with the outline of another."""
    font = TTFont(FONTS / "k2metaSansSC-Regular.ttf")
    glyph = font.getBestCmap()[ord("大")]
    for table in font["cmap"].tables:
        table.cmap = {ord(char): glyph} if table.isUnicode() and ord(char) < 0x10000 else {}
    font["OS/2"].fsType = fs_type
    font["name"].setName("Try Hei", 1, 3, 1, 0x409)
    if variable:
        from fontTools.ttLib import newTable
        from fontTools.ttLib.tables._f_v_a_r import Axis

        axis = Axis()
        axis.axisTag, axis.minValue, axis.defaultValue, axis.maxValue, axis.axisNameID = "wght", 1, 4, 9, 256
        font["fvar"] = newTable("fvar")
        font["fvar"].axes = [axis]
    font.save(path)
    return path


def test_a_face_of_this_machine_helps_out(tmp_path, monkeypatch, no_found_faces):
    wanted = make_font(tmp_path / "wqy-try.ttf", "龘")
    first = make_font(tmp_path / "aaa.ttf", "龘")
    refused = [
        make_font(tmp_path / "simhei.ttf", "龘", fs_type=2),
        make_font(tmp_path / "msyh.ttf", "龘", variable=True),
        tmp_path / "absent.ttf",
    ]
    (tmp_path / "simsun.ttf").write_bytes(b"not a font")
    listed = [*refused, first, wanted, tmp_path / "simsun.ttf"]
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda *a, **k: [str(path) for path in listed])
    added = []
    monkeypatch.setattr(font_manager.fontManager, "addfont", added.append)
    assert [path for path in refused if system_fonts.can_embed(path)] == []
    require_glyphs(["龘学 2020"])
    runs = split_runs("龘学 2020")
    assert [run.text for run in runs] == ["龘", "学 ", "2020"]
    assert runs[0].face.path == wanted
    assert added == [str(wanted)]
    assert measure("龘", 8).width == pytest.approx(8.0)
    with pytest.raises(MissingGlyphError, match="鱻"):
        require_glyphs(["鱻"])


def test_chinese_works_without_any_font_on_the_machine(monkeypatch, no_found_faces):
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda *a, **k: [])
    require_glyphs(SAMPLES)
    with pytest.raises(MissingGlyphError, match="龘"):
        require_glyphs(["龘"])


# --- drawing


def page(text_size: float = 8) -> Figure:
    figure = Figure(figsize=(6, 1.6))
    for i, text in enumerate(SAMPLES):
        x = 10.0
        for bold, italic in ((False, False), (True, True)):
            for run in split_runs(text, bold, italic):
                properties = run.face.properties(text_size)
                figure.text(
                    x / 432, 0.9 - 0.18 * i - 0.09 * bold, run.text, fontproperties=properties, va="baseline"
                )
                x += measure(run.text, text_size, bold, italic).width
            x = 10.0
    return figure


def test_the_pdf_holds_truetype_only_and_gives_its_text_back(tmp_path):
    with drawing_context():
        page().savefig(tmp_path / "page.pdf")
    text = re.sub(r"\s", "", pypdf.PdfReader(tmp_path / "page.pdf").pages[0].extract_text())
    for sample in SAMPLES:
        assert re.sub(r"\s", "", sample) in text
    from figure_checks.saved import pdf_fonts

    assert list(pdf_fonts(tmp_path / "page.pdf")) == []
    if shutil.which("pdffonts"):
        listed = subprocess.run(
            ["pdffonts", tmp_path / "page.pdf"], capture_output=True, text=True, check=True
        )
        lines = listed.stdout.splitlines()[2:]
        assert listed.stderr == ""
        assert {line[:36].split("+")[1].strip() for line in lines} == {
            "k2metaArimo-Regular",
            "k2metaArimo-BoldItalic",
            "k2metaSansSC-Regular",
            "k2metaSansSC-Bold",
        }
        assert all("TrueType" in line and line.split()[-5:-2] == ["yes", "yes", "yes"] for line in lines)


@pytest.mark.parametrize("fmt", ["pdf", "svg", "png"])
def test_the_same_page_gives_the_same_bytes_in_two_processes(tmp_path, fmt):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from matplotlib.figure import Figure\n"
        "from k2meta.figures.lettering.faces import *\n"
        "with drawing_context():\n"
        "    fig = Figure(figsize=(3, 1))\n"
        "    for i, run in enumerate(split_runs('研究 A（P = 0.26）')):\n"
        "        fig.text(0.1 + 0.2 * i, 0.5, run.text, fontproperties=run.face.properties(8))\n"
        "    fig.savefig(sys.argv[2])\n"
    )
    made = []
    for seed in ("1", "2"):
        target = tmp_path / f"{seed}.{fmt}"
        environment = {**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": "0"}
        subprocess.run(
            [sys.executable, "-c", script, str(TOOL.parents[1]), str(target)], check=True, env=environment
        )
        made.append(target.read_bytes())
    assert made[0] == made[1]


def state():
    from matplotlib import pyplot

    return (
        dict(matplotlib.rcParams.copy()),
        np.geterr(),
        list(warnings.filters),
        pyplot.get_fignums(),
        matplotlib.get_backend(),
    )


def test_nothing_global_changes():
    matplotlib.use("agg")
    with matplotlib.rc_context({"axes.linewidth": 3.0, "font.family": ["serif"], "text.hinting": "default"}):
        before = state()
        require_glyphs(SAMPLES)
        measure(CHINESE, 8)
        font_properties(8, lang="zh")
        for editable in (False, True):
            with drawing_context(editable):
                assert matplotlib.rcParams["axes.linewidth"] == matplotlib.rcParamsDefault["axes.linewidth"]
                assert matplotlib.rcParams["svg.fonttype"] == ("none" if editable else "path")
                assert matplotlib.rcParams["pdf.fonttype"] == 42
        with pytest.raises(RuntimeError, match="inside"), drawing_context():
            raise RuntimeError("inside")
        assert state() == before


def test_a_users_style_does_not_change_the_page(tmp_path):
    made = []
    for name, style in (
        ("plain", {}),
        ("loud", {"axes.linewidth": 5, "savefig.bbox": "tight", "pdf.compression": 0}),
    ):
        with matplotlib.rc_context(style), drawing_context():
            page().savefig(tmp_path / f"{name}.pdf", metadata={"CreationDate": None})
        made.append((tmp_path / f"{name}.pdf").read_bytes())
    assert made[0] == made[1]


def test_the_stack_is_registered_and_found_without_a_message(caplog):
    properties = font_properties(9, bold=True, lang="zh")
    assert properties.get_family() == face_stack("zh")[: len(properties.get_family())]
    found = font_manager.findfont(properties, fallback_to_default=False)
    assert Path(found).name == "k2metaArimo-Bold.ttf"
    assert caplog.records == []
    with pytest.raises(OptionError, match="lang"):
        face_stack("fr")
