"""Files: the same bytes in every process, title, language and description, and nothing global changed."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path

import forest_cases as cases
import matplotlib
import numpy as np
import pypdf
import pytest
from PIL import Image

import k2meta as k2

HERE = Path(__file__).resolve().parent
FORMATS = ("pdf", "svg", "png", "tiff", "eps")
SCRIPT = """
import hashlib, io, sys
sys.path.insert(0, {here!r})
import forest_cases as cases
import k2meta as k2
chinese = k2.forest_plot(k2.subgroup_analysis(cases.bcg(), "allocation"), lang="zh")
english = k2.forest_plot(k2.meta_analysis(cases.bcg()), theme="revman")
for kind in {formats!r}:
    stream = io.BytesIO()
    # matplotlib measures every glyph of a Chinese face for EPS: seconds that test nothing of ours
    figure = english if kind == "eps" else chinese
    figure.save(stream, format=kind, dpi=100)
    print(kind, hashlib.sha256(stream.getvalue()).hexdigest())
"""


@pytest.fixture(scope="module")
def figure():
    return k2.forest_plot(k2.subgroup_analysis(cases.bcg(), "allocation"), lang="zh", title="卡介苗与结核病")


@pytest.fixture(scope="module")
def saved(figure, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    paths = {kind: folder / f"forest.{kind}" for kind in FORMATS if kind != "eps"}
    figure.save(*paths.values(), dpi=150)
    return paths


# What a user's own settings may do to every other figure of matplotlib.
ODD_SETTINGS = """
font.size: 30
font.family: serif
figure.facecolor: yellow
savefig.facecolor: green
savefig.bbox: tight
savefig.transparent: True
savefig.dpi: 37
figure.constrained_layout.use: True
lines.solid_capstyle: round
lines.linewidth: 9
lines.antialiased: False
patch.linewidth: 5
text.color: blue
text.hinting: force_autohint
text.antialiased: False
path.sketch: 3, 5, 2
path.simplify_threshold: 1.0
pdf.fonttype: 3
pdf.compression: 0
svg.fonttype: none
svg.hashsalt: other
axes.unicode_minus: False
axes.grid: True
axes.facecolor: red
xtick.labelsize: 30
timezone: Asia/Shanghai
"""


def test_two_processes_write_the_same_bytes(tmp_path):
    (tmp_path / "matplotlibrc").write_text(ODD_SETTINGS)
    places = {
        "1": (None, {}),
        "4242": (tmp_path, {"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "MPLBACKEND": "svg"}),
    }
    script = SCRIPT.format(here=str(HERE), formats=FORMATS)
    answers = set()
    for seed, (folder, others) in places.items():
        environment = {**os.environ, "PYTHONHASHSEED": seed, **others}
        environment.pop("SOURCE_DATE_EPOCH", None)
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            env=environment,
            check=True,
            cwd=folder,
        )
        answers.add(done.stdout)
    assert len(answers) == 1
    assert len(answers.pop().split()) == 2 * len(FORMATS)


def test_pdf_has_title_subject_and_language(figure, saved):
    reader = pypdf.PdfReader(saved["pdf"], strict=True)
    assert reader.metadata.title == "卡介苗与结核病"
    assert reader.metadata.subject == figure.alt_text
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"
    assert reader.metadata.creation_date is None
    box = reader.pages[0].mediabox
    assert float(box.width) == pytest.approx(174 / 25.4 * 72, rel=1e-6)


def test_pdf_text_comes_out_as_printed(figure, saved):
    inside = "".join(pypdf.PdfReader(saved["pdf"]).pages[0].extract_text().split())
    for cell in figure.table().iloc[:, 2:].to_numpy().ravel():
        assert "".join(cell.split()) in inside


def test_svg_is_an_image_with_title_and_description(figure, saved):
    root = ET.parse(saved["svg"]).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "k2-title k2-desc"
    assert root.find(f"{space}title").text == "卡介苗与结核病"
    assert root.find(f"{space}desc").text == figure.alt_text
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))


def test_pixels_have_a_resolution_and_a_description(figure, saved):
    with Image.open(saved["png"]) as png:
        assert png.info["dpi"] == pytest.approx((150, 150), abs=0.1)
        assert png.info["Description"] == figure.alt_text
        assert png.width == int(174 / 25.4 * 150)
    with Image.open(saved["tiff"]) as tiff:
        assert tiff.mode == "RGB"
        assert tiff.info["compression"] == "tiff_lzw"
        assert tiff.info["dpi"] == pytest.approx((150, 150), abs=0.1)


def test_plain_savefig_embeds_truetype_too(figure):
    stream = io.BytesIO()
    figure.savefig(stream, format="pdf")
    assert b"/Type3" not in stream.getvalue()
    assert b"/FontFile2" in stream.getvalue()


def test_notebooks_get_a_picture(figure):
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_folders_are_not_made_and_not_guessed(figure, tmp_path):
    with pytest.raises(k2.OutputError, match="does not exist"):
        figure.save(tmp_path / "missing" / "forest.pdf")
    assert not (tmp_path / "missing").exists()
    with pytest.raises(k2.OutputError, match="no ending"):
        figure.save(tmp_path / "forest")
    with pytest.raises(k2.OptionError, match="figure format"):
        figure.save(tmp_path / "forest.docx")
    (tmp_path / "taken.pdf").mkdir()
    with pytest.raises(k2.OutputError, match="cannot be written"):
        figure.save(tmp_path / "taken.pdf")


def test_a_style_sheet_changes_nothing(figure):
    def digest(of):
        stream = io.BytesIO()
        of.save(stream, format="png", dpi=72)
        return hashlib.sha256(stream.getvalue()).hexdigest()

    fit = k2.meta_analysis(cases.bcg())
    plain = digest(k2.forest_plot(fit))
    loud = {
        "lines.linewidth": 9,
        "font.size": 30,
        "text.color": "red",
        "axes.facecolor": "blue",
        "savefig.bbox": "tight",
    }
    with matplotlib.rc_context(loud):
        assert digest(k2.forest_plot(fit)) == plain


def test_nothing_global_changes(tmp_path):
    script = """
import warnings, numpy, sys
import matplotlib
# reading rcParams["backend"] would itself load pyplot
state = lambda: (
    {key: matplotlib.rcParams[key] for key in matplotlib.rcParams if key != "backend"},
    numpy.geterr(),
    list(warnings.filters),
)
before = state()
import k2meta as k2
fit = k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.02, 0.03, 0.02], study=["A", "B", "研究"])
figure = k2.forest_plot(fit)
figure.save(sys.argv[1], sys.argv[1] + ".svg", sys.argv[1] + ".png")
assert state() == before
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "forest.pdf")], check=True)


def test_state_is_the_same_after_a_failure():
    before = dict(matplotlib.rcParams), np.geterr(), list(warnings.filters)
    fit = k2.meta_analysis(cases.bcg())
    with pytest.raises(k2.LayoutError):
        k2.forest_plot(fit, width=30)
    assert (dict(matplotlib.rcParams), np.geterr(), list(warnings.filters)) == before
