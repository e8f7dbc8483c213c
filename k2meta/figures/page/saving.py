"""Files: PDF, SVG, PNG, TIFF, EPS and PPTX with TrueType faces, a language, a title and a description.

The same figure gives the same bytes, in any process: ids in SVG are salted with a constant, and no date
is written unless ``SOURCE_DATE_EPOCH`` gives one.
"""

from __future__ import annotations

import io
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast
from xml.sax.saxutils import escape

from k2meta import __version__
from k2meta.errors import OptionError, OutputError, unknown_option
from k2meta.figures.lettering.drawing import drawing_context
from k2meta.figures.lettering.numbers import is_number

if TYPE_CHECKING:
    from k2meta.figures.page.canvas import K2Figure

__all__ = ["FORMATS", "check_target", "figure_bytes", "save_figure"]

Render = Callable[..., None]
PIXELS = ("png", "tiff", "tif")
CLOUD_DPI = 600.0
CREATOR = f"k2meta {__version__}"
LANGUAGE_TAGS = {"en": "en", "zh": "zh-CN"}


def _undated() -> bool:
    return "SOURCE_DATE_EPOCH" not in os.environ


def _pdf(figure: K2Figure, render: Render, dpi: float) -> bytes:
    metadata: dict[str, Any] = {
        "Title": figure.title,
        "Subject": figure.alt_text,
        "Creator": CREATOR,
        "Keywords": "meta-analysis",
    }
    if _undated():
        metadata["CreationDate"] = None
    buffer = io.BytesIO()
    render(buffer, format="pdf", dpi=dpi, metadata=metadata)
    return _with_language(buffer.getvalue(), LANGUAGE_TAGS[figure.lang])


def _with_language(data: bytes, tag: str) -> bytes:
    """Write the document's language into the PDF catalogue; matplotlib has no way to.

    The catalogue grows, so every offset behind it moves by the same amount.
    """
    root = re.search(rb"1 0 obj\n<< /Type /Catalog /Pages \d+ 0 R >>\nendobj", data)
    table = re.search(rb"xref\n0 (\d+)\n((?:\d{10} \d{5} [nf] ?\r?\n)+)trailer", data)
    start = re.search(rb"startxref\n(\d+)\n%%EOF", data)
    if not (root and table and start):
        return data
    extra = f" /Lang ({tag}) /ViewerPreferences << /DisplayDocTitle true >>".encode()
    at = data.index(b" >>", root.start())
    shift = len(extra)

    def moved(entry: re.Match[bytes]) -> bytes:
        offset = int(entry.group(1))
        return b"%010d" % (offset + shift if offset > root.start() else offset) + entry.group(2)

    entries = re.sub(rb"(\d{10})( \d{5} n)", moved, table.group(2))
    body = data[: table.start(2)] + entries + data[table.end(2) : start.start(1)]
    body += b"%d" % (int(start.group(1)) + shift) + data[start.end(1) :]
    return body[:at] + extra + body[at:]


def _svg(figure: K2Figure, render: Render, dpi: float) -> bytes:
    metadata: dict[str, Any] = {"Title": figure.title, "Creator": CREATOR}
    if _undated():
        metadata["Date"] = None
    buffer = io.BytesIO()
    render(buffer, format="svg", dpi=dpi, metadata=metadata)
    text = buffer.getvalue().decode("utf-8")
    attributes = (
        f'<svg role="img" aria-labelledby="k2-title k2-desc" xml:lang="{LANGUAGE_TAGS[figure.lang]}" '
    )
    text = text.replace("<svg ", attributes, 1)
    title = f'<title id="k2-title">{escape(figure.title)}</title>'
    described = f'{title}\n <desc id="k2-desc">{escape(figure.alt_text)}</desc>'
    text = re.sub(r"<title>.*?</title>", lambda _: described, text, count=1, flags=re.DOTALL)
    return _unique_ids(text).encode("utf-8")


def _unique_ids(text: str) -> str:
    """Number repeated ids: the runs of one cell share a gid, an SVG id must stand alone."""
    seen: dict[str, int] = {}

    def numbered(match: re.Match[str]) -> str:
        name = match.group(1)
        seen[name] = seen.get(name, 0) + 1
        return f'<g id="{name}.{seen[name]}"' if seen[name] > 1 else match.group(0)

    return re.sub(r'<g id="([^"]+)"', numbered, text)


def _png(figure: K2Figure, render: Render, dpi: float) -> bytes:
    buffer = io.BytesIO()
    metadata = {"Title": figure.title, "Description": figure.alt_text, "Software": CREATOR}
    render(buffer, format="png", dpi=dpi, metadata=metadata)
    return buffer.getvalue()


def _tiff(figure: K2Figure, render: Render, dpi: float) -> bytes:
    """RGB without alpha, LZW: matplotlib alone writes RGBA, which journals refuse."""
    from PIL import Image

    source = io.BytesIO(_png(figure, render, dpi))
    flat = Image.open(source).convert("RGB")
    buffer = io.BytesIO()
    described = figure.alt_text.encode("ascii", "xmlcharrefreplace").decode("ascii")
    flat.save(
        buffer, format="TIFF", compression="tiff_lzw", dpi=(dpi, dpi), description=described, software=CREATOR
    )
    return buffer.getvalue()


_one_at_a_time = threading.Lock()


@contextmanager
def _bounds_from_the_head() -> Iterator[None]:
    """Let matplotlib read the box round a face's glyphs from its head table while one EPS is written.

    It draws every glyph of the face for these four numbers, which takes seconds for 8,000 hanzi; the head
    table holds the same (``tests/figures/test_files_same_bytes.py``). The function is put back afterwards,
    and left alone where a matplotlib has none of this name.
    """
    from matplotlib.backends import backend_ps

    def from_head(font: Any) -> tuple[float, float, float, float]:
        head = font["head"]
        return head.xMin, head.yMin, head.xMax, head.yMax

    module: Any = backend_ps
    with _one_at_a_time:
        own = getattr(module, "_bounds", None)
        if own is not None:
            module._bounds = from_head
        try:
            yield
        finally:
            if own is not None:
                module._bounds = own


def _eps(figure: K2Figure, render: Render, dpi: float) -> bytes:
    buffer = io.BytesIO()
    title = figure.title.encode("ascii", "replace").decode("ascii")
    with _bounds_from_the_head():
        render(buffer, format="eps", dpi=dpi, metadata={"Title": title, "Creator": CREATOR})
    data = buffer.getvalue()
    return re.sub(rb"%%CreationDate:.*\n", b"", data, count=1) if _undated() else data


def _pptx(figure: K2Figure, _render: Render, _dpi: float) -> bytes:
    from k2meta.figures.page.pptx import pptx_bytes

    return pptx_bytes(figure)


FORMATS: dict[str, Callable[[K2Figure, Render, float], bytes]] = {
    "pdf": _pdf,
    "svg": _svg,
    "png": _png,
    "tiff": _tiff,
    "tif": _tiff,
    "eps": _eps,
    "pptx": _pptx,
}


def figure_bytes(figure: K2Figure, render: Render, format: str, dpi: float, *, editable: bool) -> bytes:
    """Return the file as bytes.

    Parameters
    ----------
    figure : K2Figure
    render : callable
        The figure's plain ``savefig``.
    format : str
        A key of ``FORMATS``.
    dpi : float
        Resolution of PNG and TIFF. Clouds of points inside vector files always have 600 dpi.
    editable : bool
        Keep text as text in SVG.
    """
    kind = format.lower().lstrip(".")
    if kind not in FORMATS:
        raise unknown_option("figure format", format, FORMATS)
    with drawing_context(editable):
        return FORMATS[kind](figure, render, dpi if kind in PIXELS else CLOUD_DPI)


def check_target(
    figure: K2Figure, target: str | os.PathLike[str] | IO[bytes], *, format: str | None, dpi: float
) -> str:
    """Refuse what cannot become a file, before the first of several files is written; returns its format.

    Raises
    ------
    OutputError
        For a name without an ending, a folder, or PPTX without python-pptx.
    OptionError
        For an unknown format, something that is no path or stream, or an impossible resolution.
    """
    if format is not None and not isinstance(format, str):
        raise unknown_option("figure format", format, FORMATS)
    kind, stream = format, cast(object, target)
    if isinstance(target, (str, os.PathLike)):
        path = Path(target)
        if not path.name or path.is_dir():
            raise OutputError(
                f"{os.fspath(target)!r} cannot be written, as it names a folder - expected a file ending in "
                f"one of {', '.join(FORMATS)} - write {path / 'figure.pdf'}, say"
            )
        kind = format or path.suffix
        if not kind:
            raise OutputError(
                f"{path} - the name has no ending - expected one of {', '.join(FORMATS)} - write "
                f"{path}.pdf, say"
            )
    elif isinstance(stream, io.TextIOBase):
        raise OptionError(
            f"a {type(stream).__name__} takes text - expected a binary stream - open the file with mode "
            '"wb", or write to io.BytesIO()'
        )
    elif not hasattr(target, "write"):
        raise OptionError(
            f"{target!r} is no file - expected paths or binary streams - write fig.save("
            '"forest.pdf", "forest.png"), say'
        )
    kind = (kind or "pdf").lower().lstrip(".")
    if kind not in FORMATS:
        raise unknown_option("figure format", kind, FORMATS)
    if not is_number(dpi) or not 10 <= dpi <= 4800:
        raise OptionError(f"dpi={dpi!r} - expected 10 to 4800 pixels per inch - journals ask for 300 to 1200")
    longest = max(figure.get_size_inches())
    if kind in PIXELS and longest * dpi >= 2**16:
        raise OptionError(
            f"dpi={dpi:g} - a picture of {longest * dpi:.0f} pixels, more than 65535 - expected at most "
            f"{2**16 // longest:.0f} dpi at this size - take less, or save a PDF"
        )
    if kind == "pptx":
        from k2meta.figures.page.pptx import require_pptx

        require_pptx()
    return kind


def save_figure(
    figure: K2Figure,
    render: Render,
    target: str | os.PathLike[str] | IO[bytes],
    *,
    format: str | None,
    dpi: float,
    editable: bool,
) -> None:
    """Write the figure to a path or a binary stream (see :func:`check_target`).

    Raises
    ------
    OutputError
        When the file cannot be written. A missing folder is not created: a misspelt path should not
        become a new folder.
    """
    if not isinstance(target, (str, os.PathLike)):
        target.write(figure_bytes(figure, render, format or "pdf", dpi, editable=editable))
        return
    path = Path(target)
    kind = format or path.suffix
    data = figure_bytes(figure, render, kind, dpi, editable=editable)
    try:
        path.write_bytes(data)
    except ValueError:  # a null character, say
        raise OutputError(
            f"{str(path)!r} cannot be the name of a file - expected a name without control characters - "
            "rename it"
        ) from None
    except OSError as problem:
        if path.parent.is_dir() or not isinstance(problem, FileNotFoundError):
            raise OutputError(
                f"{path} - cannot be written ({problem.strerror or problem}) - expected a writable file - "
                "choose another folder or close the program that holds the file"
            ) from None
        raise OutputError(
            f"{path} - the folder {path.parent} does not exist - expected an existing folder - "
            "create it first"
        ) from None
