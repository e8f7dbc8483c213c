"""Faults of files: fonts in the PDF, text that does not come out again, bytes that change."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

from matplotlib.figure import Figure

from .problem import ERROR, Problem

FORMATS = ("pdf", "svg", "png")


def font_lines(report: str, complaints: str = "") -> Iterator[Problem]:
    """TYPE3_FONT, NOT_EMBEDDED, CFF_AS_42, PDF_BROKEN, MISSING_GLYPH from what ``pdffonts`` printed."""
    for line in report.splitlines()[2:]:
        name, kind, rest = line[:36].strip(), line[37:54].strip(), line[54:].split()
        if "Type 3" in kind:
            yield Problem("TYPE3_FONT", ERROR, f"{name} is a Type 3 font (pdf.fonttype must be 42)")
        if "0C" in kind:
            yield Problem("CFF_AS_42", ERROR, f"{name}: CFF outlines in the PDF; embed a glyf font")
        if "yes" not in rest[:2]:  # the encoding may hold no blank, then emb comes second
            yield Problem("NOT_EMBEDDED", ERROR, f"{name} is not embedded")
        if "LastResort" in name:
            yield Problem("MISSING_GLYPH", ERROR, "the last-resort font is in the PDF")
    if "Mismatch" in complaints or "Error" in complaints:
        yield Problem("PDF_BROKEN", ERROR, complaints.strip().splitlines()[0])


def pdf_fonts(path: Path) -> Iterator[Problem]:
    """Look at a PDF's fonts with ``pdffonts`` where poppler is installed, else with pypdf."""
    if shutil.which("pdffonts"):
        done = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=False)
        yield from font_lines(done.stdout, done.stderr)
        return
    import pypdf

    for page in pypdf.PdfReader(path).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            yield from _pypdf_font(font.get_object())


def _pypdf_font(font: dict) -> Iterator[Problem]:
    name = str(font.get("/BaseFont", font.get("/Name", "?")))
    if font["/Subtype"] == "/Type3":
        yield Problem("TYPE3_FONT", ERROR, f"{name} is a Type 3 font (pdf.fonttype must be 42)")
        return
    inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
    descriptor = inner.get("/FontDescriptor", {})
    if hasattr(descriptor, "get_object"):
        descriptor = descriptor.get_object()
    files = [
        descriptor[key].get_object() for key in ("/FontFile2", "/FontFile3", "/FontFile") if key in descriptor
    ]
    if not files:
        yield Problem("NOT_EMBEDDED", ERROR, f"{name} is not embedded")
    elif files[0].get_data()[:4] == b"OTTO":
        yield Problem("CFF_AS_42", ERROR, f"{name}: CFF outlines in the PDF; embed a glyf font")


def pdf_text(path: Path) -> str:
    """Return the text of a PDF without blanks (extractors place blanks as they see fit)."""
    import pypdf

    pages = [page.extract_text() for page in pypdf.PdfReader(path).pages]
    return re.sub(r"\s+", "", "".join(pages))


def _save(figure: Figure, target: object, **options: object) -> None:
    (getattr(figure, "k2save", None) or figure.savefig)(target, **options)


def _digest(figure: Figure, fmt: str) -> str:
    buffer = io.BytesIO()
    _save(figure, buffer, format=fmt)
    return hashlib.sha256(buffer.getvalue()).hexdigest()


def files(figure: Figure, factory: Callable[[], object] | None, texts: list[str]) -> Iterator[Problem]:
    """Save the figure and look at the files; ``factory`` makes it anew for NOT_DETERMINISTIC."""
    stamp = {"SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", "1700000000")}
    with (
        tempfile.TemporaryDirectory() as folder,
        warnings.catch_warnings(),
        mock.patch.dict(os.environ, stamp),
    ):
        warnings.simplefilter("ignore")
        path = Path(folder) / "figure.pdf"
        _save(figure, path)
        yield from pdf_fonts(path)
        yield from _round_trip(path, texts)
        for fmt in FORMATS:
            first = _digest(figure, fmt)
            again = factory() if factory else figure
            again = getattr(again, "figure", again) or again
            if first != _digest(again, fmt):
                yield Problem("NOT_DETERMINISTIC", ERROR, f"two {fmt} files of the same figure differ")


def _round_trip(path: Path, texts: list[str]) -> Iterator[Problem]:
    """TEXT_ROUNDTRIP: each text drawn comes out of the PDF as the same characters."""
    inside = pdf_text(path)
    lost = [text for text in texts if re.sub(r"\s+", "", text) not in inside]
    if lost:
        yield Problem("TEXT_ROUNDTRIP", ERROR, f"{len(lost)} texts do not come out of the PDF: {lost[0]!r}")
