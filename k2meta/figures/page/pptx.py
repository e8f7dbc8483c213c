"""PowerPoint files: the display list as native text boxes and shapes that an editor can change.

The slide has the size of the figure. Text stands where the PDF has it, in faces that office programs know:
Arial or Times New Roman, and Microsoft YaHei or SimSun for Chinese, whose letters are as wide as those of the
package's own faces. python-pptx (the extra ``pptx``) is loaded when the first such file is written.
"""

from __future__ import annotations

import importlib.util
import io
import os
import time
import zipfile
from typing import TYPE_CHECKING, Any

from k2meta import __version__
from k2meta.errors import OutputError
from k2meta.figures.lettering.faces import latin_face
from k2meta.figures.looks.display import Marks, Page
from k2meta.figures.page.pptx_shapes import EMU, Box, SlidePen

if TYPE_CHECKING:
    from k2meta.figures.page.canvas import K2Figure

__all__ = ["pptx_bytes", "require_pptx"]

PIXELS = 600  # dpi of clouds of points
SMALLEST, LARGEST = 914400, 51206400  # EMU: the slides that PowerPoint opens, 1 to 56 inches
FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can hold
NAMESPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


def require_pptx() -> None:
    """Make sure that python-pptx is installed.

    Raises
    ------
    OutputError
        When it is not; the message says how to install it.
    """
    if importlib.util.find_spec("pptx") is None:
        raise OutputError(
            "pptx - python-pptx is not installed - expected it for PowerPoint files - run "
            'pip install "k2meta[pptx]", or save a PDF or SVG'
        )


def pptx_bytes(figure: K2Figure) -> bytes:
    """Return a presentation of one slide that shows the figure in shapes and text boxes.

    All of them stand in one group that carries the title and the alternative text, so that the figure can
    be moved as a whole; ungroup it, or click twice, to edit a part. A slide less than an inch high does not
    exist: a lower figure stands at the top of one.

    Parameters
    ----------
    figure : K2Figure

    Returns
    -------
    bytes
        The same for the same figure, in any process.

    Raises
    ------
    OutputError
        When python-pptx is not installed, or the figure is wider or higher than 56 inches.
    """
    require_pptx()
    import pptx
    from pptx.oxml import parse_xml

    page = figure.page
    sides = [round(side * EMU) for side in (page.width, page.height)]
    if max(sides) > LARGEST:
        raise OutputError(
            f"pptx - the figure has {max(page.width, page.height) / 72:.0f} inches - expected 56 at most, "
            "the largest slide there is - split it into pages, or save a PDF"
        )
    show = pptx.Presentation()
    show.slide_width, show.slide_height = (max(side, SMALLEST) for side in sides)  # type: ignore[assignment]
    blank = show.slide_layouts.get_by_name("Blank")
    slide = show.slides.add_slide(blank if blank is not None else show.slide_layouts[-1])

    def picture(marks: Marks) -> tuple[str, Box]:
        data, box = _pixels(page, marks)
        _, relation = slide.part.get_or_add_image_part(io.BytesIO(data))
        return relation, box

    with latin_face(page.latin):
        pen = SlidePen(page, picture)
        whole = pen.group(figure.title, list(pen.items()), descr=figure.alt_text)
    slide.shapes._spTree.append(parse_xml(whole.replace("<p:grpSp>", f"<p:grpSp {NAMESPACES}>", 1)))
    _describe(show, figure)
    _without_thumbnail(show)
    buffer = io.BytesIO()
    show.save(buffer)
    return _dated(buffer.getvalue())


def _describe(show: Any, figure: K2Figure) -> None:
    """Write title, description and language; the template's own author and dates go."""
    core = show.core_properties
    core.title, core.comments = figure.title[:255], figure.alt_text[:255]
    core.subject, core.keywords = "meta-analysis", "meta-analysis"
    core.author = core.last_modified_by = f"k2meta {__version__}"
    core.language = {"en": "en-US", "zh": "zh-CN"}.get(figure.lang, "en-US")
    core.revision = 1
    element = core._element
    for date in [node for node in element if node.tag.rpartition("}")[2] in ("created", "modified")]:
        element.remove(date)


def _without_thumbnail(show: Any) -> None:
    """Drop the template's little picture of another slide."""
    relations = show.part.package._rels
    for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
        relations.pop(key)


def _dated(data: bytes) -> bytes:
    """Pack the parts anew with one fixed date, or that of ``SOURCE_DATE_EPOCH``."""
    stamp = os.environ.get("SOURCE_DATE_EPOCH")
    date = max(time.gmtime(int(stamp))[:6], FIRST_DATE) if stamp else FIRST_DATE
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, date)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
            info.external_attr = 0o600 << 16
            target.writestr(info, source.read(name))
    return buffer.getvalue()


def _pixels(page: Page, marks: Marks) -> tuple[bytes, Box]:
    """Draw marks alone on a clear ground; returns a PNG and its place in pt."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    from k2meta.figures.lettering.drawing import drawing_context
    from k2meta.figures.page.draw import draw_page

    with drawing_context():
        figure = Figure(figsize=(page.width / 72, page.height / 72), dpi=PIXELS)
        figure.patch.set_alpha(0)
        draw_page(figure, Page(page.width, page.height, page.plots, (marks,)))
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
        whole = Image.fromarray(np.asarray(canvas.buffer_rgba()))
    left, top, right, bottom = whole.getbbox() or (0, 0, 1, 1)
    buffer = io.BytesIO()
    whole.crop((left, top, right, bottom)).save(buffer, format="PNG", dpi=(PIXELS, PIXELS))
    point = 72 / PIXELS
    return buffer.getvalue(), (left * point, top * point, (right - left) * point, (bottom - top) * point)
