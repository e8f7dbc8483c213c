"""PowerPoint files: every text and mark is there as an editable shape, in the place where the PDF has it."""

from __future__ import annotations

import importlib.util
import io
import math
from types import SimpleNamespace

import cloud_figure
import forest_cases as cases
import pypdf
import pytest
from pptx import Presentation

import k2meta as k2
from k2meta.figures.lettering.faces import latin_face, split_runs
from k2meta.figures.looks.display import Marks, Segments, Shape, Squares, Stroke, Text
from k2meta.figures.page import pptx as writer
from k2meta.figures.page import pptx_shapes

EMU = 12700


def _read(figure):
    stream = io.BytesIO()
    figure.save(stream, format="pptx")
    stream.seek(0)
    show = Presentation(stream)
    (slide,) = show.slides
    (whole,) = slide.shapes
    return SimpleNamespace(show=show, whole=whole, shapes=list(_leaves(whole)))


def _leaves(group):
    for shape in group.shapes:
        if hasattr(shape, "shapes"):
            yield from _leaves(shape)
        else:
            yield shape


def _baseline(shape):
    """Left end and baseline in pt, as PowerPoint finds them from the box and the faces of the line."""
    properties = shape._element.findall(".//{*}rPr") + shape._element.findall(".//{*}endParaRPr")
    size = max(int(run.get("sz")) for run in properties) / 100
    known = {face.name: face.share for face in vars(pptx_shapes).values() if hasattr(face, "share")}
    shares = [known[run.find("{*}latin").get("typeface")] for run in properties]
    above, below = max(shares), max(1 - share for share in shares)
    down = 1.2 * size * above / (above + below)
    left, top, width, height = (value / EMU for value in (shape.left, shape.top, shape.width, shape.height))
    turn = math.radians(shape.rotation)  # with the clock
    dx, dy = -width / 2, down - height / 2
    middle = left + width / 2, top + height / 2
    return (
        middle[0] + dx * math.cos(turn) - dy * math.sin(turn),
        middle[1] + dx * math.sin(turn) + dy * math.cos(turn),
    )


@pytest.fixture(scope="module", params=["en", "zh"])
def forest(request):
    result = k2.subgroup_analysis(cases.bcg(), "allocation")
    figure = k2.forest_plot(result, lang=request.param, title="BCG & <TB>")
    return SimpleNamespace(figure=figure, **vars(_read(figure)))


def test_every_number_of_the_table_is_a_text_that_can_be_edited(forest):
    texts = {shape.text_frame.text for shape in forest.shapes if shape.has_text_frame}
    for cell in forest.figure.table().iloc[:, 2:].to_numpy().ravel():
        assert not cell.strip() or cell in texts


def test_each_item_has_a_shape_of_its_name(forest):
    names = {shape.name for shape in forest.shapes} | {
        shape.name for shape in forest.whole.shapes if hasattr(shape, "shapes")
    }
    for item in forest.figure.page.items:
        assert item.gid in names


def test_texts_stand_where_they_are_drawn(forest):
    first = {}
    for item in forest.figure.page.items:
        if isinstance(item, Text):
            first.setdefault((item.gid, round(item.y, 3)), item)
    boxes = [shape for shape in forest.shapes if shape.has_text_frame and shape.text_frame.text]
    for shape in boxes:
        x, y = _baseline(shape)
        near = [item for (gid, _), item in first.items() if gid == shape.name]
        assert min(math.hypot(item.x - x, item.y - y) for item in near) < 0.02
    assert len(boxes) >= len(first)


def test_baselines_agree_with_the_pdf(forest):
    stream = io.BytesIO()
    forest.figure.save(stream, format="pdf")
    page = pypdf.PdfReader(stream).pages[0]
    height = float(page.mediabox.height)
    found = []
    page.extract_text(
        visitor_text=lambda text, cm, tm, *_: found.append(
            (text.strip(), cm[0] * tm[4] + cm[4], cm[3] * tm[5] + cm[5])
        )
    )
    seen = 0
    for shape in forest.shapes:
        if not (shape.has_text_frame and shape.text_frame.text.isascii() and shape.text_frame.text):
            continue
        x, y = _baseline(shape)
        places = [(px, height - py) for text, px, py in found if text == shape.text_frame.text.strip()]
        if places:
            seen += 1
            assert min(math.hypot(px - x, py - y) for px, py in places) < 0.3
    assert seen > 60


def test_slide_size_title_and_description(forest):
    figure, show = forest.figure, forest.show
    assert show.slide_width / EMU == pytest.approx(figure.page.width, abs=1e-3)
    assert show.slide_height / EMU == pytest.approx(figure.page.height, abs=1e-3)
    assert show.core_properties.title == "BCG & <TB>"
    assert forest.whole._element.find(".//{*}cNvPr").get("descr") == figure.alt_text
    assert forest.whole.name == "BCG & <TB>"
    assert show.core_properties.language == {"en": "en-US", "zh": "zh-CN"}[figure.lang]
    assert "Canny" not in show.core_properties.last_modified_by


def test_marks_stand_at_their_values(forest):
    page = forest.figure.page
    squares = next(item for item in page.items if isinstance(item, Squares))
    drawn = [shape for shape in forest.shapes if shape.name.startswith("k2:study-square.")]
    assert len(drawn) == sum(squares.shown)
    for shape, x, y, area in zip(drawn, squares.x, squares.y, squares.area, strict=True):
        assert (shape.left + shape.width / 2) / EMU == pytest.approx(page.plot.x(x), abs=1e-3)
        assert (shape.top + shape.height / 2) / EMU == pytest.approx(page.plot.y(y), abs=1e-3)
        assert shape.width * shape.height / EMU**2 == pytest.approx(area, rel=1e-3)
    by_name = {shape.name: shape for shape in forest.shapes}
    for item in page.items:
        if not isinstance(item, Stroke | Shape) or item.space != "plot":
            continue
        xs = [page.plot.x(x) for x, _ in item.points]
        if getattr(item, "clipped", False):
            xs = [min(max(x, page.plot.left), page.plot.left + page.plot.width) for x in xs]
        shape = by_name[item.gid]
        assert shape.left / EMU == pytest.approx(min(xs), abs=1e-3)
        assert (shape.left + shape.width) / EMU == pytest.approx(max(xs), abs=1e-3)


def test_faces_are_those_that_office_programs_have(forest):
    faces = {node.get("typeface") for node in forest.whole._element.iter("{*}latin", "{*}ea")}
    assert faces == ({"Arial", "Microsoft YaHei"} if forest.figure.lang == "zh" else {"Arial"})


def test_nothing_wraps_or_shrinks(forest):
    boxes = [shape for shape in forest.shapes if shape._element.find(".//{*}cNvSpPr[@txBox='1']") is not None]
    assert len(boxes) > 100
    for body in (box._element.find(".//{*}bodyPr") for box in boxes):
        assert body.get("wrap") == "none"
        assert [body.get(side) for side in ("lIns", "tIns", "rIns", "bIns")] == ["0"] * 4
        assert body.find("{*}noAutofit") is not None


@pytest.fixture(scope="module")
def everything():
    return _read(cloud_figure.cloud("serif"))


def test_a_serif_page_uses_serif_faces(everything):
    faces = {node.get("typeface") for node in everything.whole._element.iter("{*}latin")}
    assert faces == {"Times New Roman", "SimSun"}


def test_every_kind_of_item(everything):
    by_name = {shape.name: shape for shape in everything.shapes}
    kinds = {
        "k2:circle.1": "ellipse",
        "k2:square.1": "rect",
        "k2:diamond.1": "diamond",
        "k2:triangle.1": "triangle",
        "k2:triangle-down.1": "triangle",
        "k2:bg:band": "rect",
        "k2:bg:axis": "line",
    }
    for name, preset in kinds.items():
        assert by_name[name]._element.find(".//{*}prstGeom").get("prst") == preset
    for name in ("k2:curve", "k2:cross.1", "k2:plus.1"):
        assert by_name[name]._element.find(".//{*}custGeom") is not None
    assert len(by_name["k2:curve"]._element.findall(".//{*}pt")) == 40
    assert len([name for name in by_name if name.startswith("k2:ticks.")]) == 2
    band = by_name["k2:bg:band"]  # cut at the edges of the plot
    box = cloud_figure.BOX
    assert (band.left / EMU, band.width / EMU) == pytest.approx((box.left, box.width), abs=1e-3)
    ids = [node.get("id") for node in everything.whole._element.iter("{*}cNvPr")]
    assert len(ids) == len(set(ids))


def test_a_cloud_of_points_is_a_picture_in_its_place(everything):
    cloud = next(shape for shape in everything.shapes if shape.name == "k2:cloud")
    marks = next(item for item in cloud_figure.items() if item.gid == "k2:cloud")
    assert cloud.image.dpi == (600, 600)
    box = cloud_figure.BOX
    assert cloud.left / EMU == pytest.approx(box.x(min(marks.x)), abs=1.0)
    assert (cloud.left + cloud.width) / EMU == pytest.approx(box.x(max(marks.x)), abs=1.0)
    assert cloud.top / EMU == pytest.approx(box.y(max(marks.y)), abs=1.0)


def test_turned_text_starts_where_it_is_drawn(everything):
    item = next(item for item in cloud_figure.items() if item.gid == "k2:text:y")
    shape = next(shape for shape in everything.shapes if shape.name == "k2:text:y")
    assert shape.rotation == 270
    assert _baseline(shape) == pytest.approx((item.x, item.y), abs=0.01)


def test_runs_of_one_line_are_one_text_box(everything):
    (line,) = [shape for shape in everything.shapes if shape.name == "k2:text:mixed"]
    assert line.text_frame.text == "研究 A：x < 1 & y"
    with latin_face("serif"):
        runs = [run.text for run in split_runs("研究 A：x < 1 & y", bold=True)]
    assert [run.text for run in line.text_frame.paragraphs[0].runs] == runs


def test_touching_runs_are_joined_and_others_not():
    figure = k2.forest_plot(k2.meta_analysis(cases.bcg()))
    texts = [shape.text_frame.text for shape in _read(figure).shapes if shape.has_text_frame]
    assert any(text.startswith("Heterogeneity: τ² =") and "P < 0.001" in text for text in texts)


def test_without_python_pptx_the_message_says_what_to_install(monkeypatch, tmp_path):
    figure = k2.forest_plot(k2.meta_analysis(cases.bcg()))
    find = importlib.util.find_spec
    monkeypatch.setattr(
        writer.importlib.util, "find_spec", lambda name: None if name == "pptx" else find(name)
    )
    with pytest.raises(k2.OutputError, match=r'pip install "k2meta\[pptx\]"'):
        figure.save(tmp_path / "fig.pdf", tmp_path / "fig.pptx")
    assert not (tmp_path / "fig.pdf").exists()


def test_segments_keep_their_ends(everything):
    item = next(item for item in cloud_figure.items() if isinstance(item, Segments))
    box = cloud_figure.BOX
    for i, line in enumerate(item.lines, start=1):
        shape = next(shape for shape in everything.shapes if shape.name == f"k2:ticks.{i}")
        ends = (shape.begin_x / EMU, shape.begin_y / EMU), (shape.end_x / EMU, shape.end_y / EMU)
        wanted = [(box.x(x), box.y(y)) for x, y in line]
        assert ends[0] == pytest.approx(wanted[0], abs=1e-3)
        assert ends[1] == pytest.approx(wanted[1], abs=1e-3)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("plot", [k2.funnel_plot, k2.baujat_plot, k2.influence_plot, k2.drapery_plot])
def test_companions_are_editable_too(plot, lang):
    figure = plot(k2.meta_analysis(cases.bcg()), lang=lang)
    read = _read(figure)
    groups = [shape for shape in read.whole.shapes if hasattr(shape, "shapes")]
    names = {shape.name for shape in (*read.shapes, *groups)}
    assert {item.gid for item in figure.page.items} <= names
    words = "".join(shape.text_frame.text for shape in read.shapes if shape.has_text_frame)
    for item in figure.page.items:
        if isinstance(item, Text):
            assert item.text in words
        if isinstance(item, Marks):
            own = [shape for shape in read.shapes if shape.name.rpartition(".")[0] == item.gid]
            plot_box = figure.page.plots[item.panel]
            places = [
                (x, y) if item.space == "page" else (plot_box.x(x), plot_box.y(y))
                for x, y in zip(item.x, item.y, strict=True)
            ]
            found = [
                ((s.left + s.width / 2) / EMU, (s.top + s.height / 2) / EMU)
                for s in own
                if "triangle" not in item.shape
            ]
            for place in places if found else ():
                assert min(math.dist(place, other) for other in found) < 1e-3
