"""Two processes with different hash seeds write the same bytes, clouds of pixels included."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from contextlib import nullcontext
from pathlib import Path

import forest_cases as cases
import pytest
from matplotlib.backends import backend_ps

import k2meta as k2
from k2meta.figures.page import saving

HERE = Path(__file__).resolve().parent
FORMATS = ("pdf", "svg", "png", "tiff", "eps", "pptx")
SCRIPT = """
import hashlib, io, sys
sys.path.insert(0, {here!r})
import cloud_figure
import forest_cases as cases
import k2meta as k2
from bias_cases import bias_table
from prisma_cases import TEMPLATES
judged = bias_table("robins-i", 4)
for name, figure in (
    ("forest", k2.forest_plot(k2.subgroup_analysis(cases.bcg(), "allocation"))),
    ("cloud", cloud_figure.cloud()),
    ("risk of bias", k2.risk_of_bias_plot(judged, tool="robins-i", lang="zh")),
    ("its summary", k2.risk_of_bias_summary_plot(judged, tool="robins-i", lang="zh")),
    ("flow", k2.prisma_plot(TEMPLATES["updated, other methods"], lang="zh")),
):
    for kind in {formats!r}:
        stream = io.BytesIO()
        figure.save(stream, format=kind, dpi=100)
        print(name, kind, hashlib.sha256(stream.getvalue()).hexdigest())
"""


def _answers(seed: str, **others: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(here=str(HERE), formats=FORMATS)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": seed, **others},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_format_is_the_same_in_two_processes(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    first = _answers("1")
    assert first == _answers("4242", TZ="Asia/Tokyo", LC_ALL="C.UTF-8")
    assert len(first) == 5 * len(FORMATS)


def test_pptx_holds_the_date_that_is_given(monkeypatch, tmp_path):
    import cloud_figure

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    cloud_figure.cloud().save(tmp_path / "cloud.pptx")
    with zipfile.ZipFile(tmp_path / "cloud.pptx") as parts:
        assert {part.date_time for part in parts.infolist()} == {(2023, 11, 14, 22, 13, 20)}
        assert "docProps/thumbnail.jpeg" not in parts.namelist()


@pytest.mark.skipif(
    not hasattr(backend_ps, "_bounds"), reason="this matplotlib draws no glyph for the bounds"
)
def test_reading_bounds_from_the_head_changes_no_byte_of_an_eps(monkeypatch):
    figure = k2.forest_plot(k2.meta_analysis(cases.bcg()))
    quick, slow = io.BytesIO(), io.BytesIO()
    own = backend_ps._bounds
    figure.save(quick, format="eps")
    assert backend_ps._bounds is own
    monkeypatch.setattr(saving, "_bounds_from_the_head", nullcontext)
    figure.save(slow, format="eps")
    assert [float(n) for n in _boxes(quick)] == [float(n) for n in _boxes(slow)]
    assert _without_boxes(quick) == _without_boxes(slow)


def _boxes(eps):
    return [n for box in re.findall(rb"/FontBBox \[(.*?)\]", eps.getvalue()) for n in box.split()]


def _without_boxes(eps):
    return re.sub(rb"/FontBBox .*", b"", eps.getvalue())
