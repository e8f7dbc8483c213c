"""Watch one draw of a figure and keep what was really drawn, as boxes and paths in pixels."""

from __future__ import annotations

import functools
import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import Collection, LineCollection, PathCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch
from matplotlib.path import Path
from matplotlib.spines import Spine
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox

SIDE_INSET_PT = 0.5  # text boxes are wider than their ink
TOP_INSET = 0.10  # and taller, by this share of their height
NO_MARKER = (None, "None", "none", "", " ")


@dataclass
class DrawnText:
    """A text with its oriented box (4 corners in pixels, near the ink)."""

    artist: Text
    corners: np.ndarray

    @property
    def words(self) -> str:
        """The text, cut for messages."""
        return " ".join(self.artist.get_text().split())[:38]

    @functools.cached_property
    def box(self) -> Bbox:
        """Upright box round the oriented one."""
        return Bbox([self.corners.min(axis=0), self.corners.max(axis=0)])


@dataclass
class Mark:
    """A line, marker or polygon in pixels."""

    artist: Any
    path: Path
    filled: bool
    clip: Bbox | None

    @property
    def gid(self) -> str:
        """The artist's gid; empty without one."""
        return self.artist.get_gid() or ""

    @functools.cached_property
    def bounds(self) -> np.ndarray:
        """x0, y0, x1, y1; an empty range when no vertex is finite."""
        points = self.path.vertices[np.isfinite(self.path.vertices).all(axis=1)]
        if not len(points):
            return np.array([math.inf, math.inf, -math.inf, -math.inf])
        return np.concatenate([points.min(axis=0), points.max(axis=0)])


@dataclass
class Drawn:
    """Everything that one draw put on the page."""

    figure: Figure
    px: float  # pixels in a point
    renderer: Any
    texts: list[DrawnText] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    lines: list[Line2D] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    page: Bbox = field(default_factory=Bbox.unit)  # the figure's rectangle in pixels
    axes_boxes: list[Bbox] = field(default_factory=list)


class _Listener(logging.Handler):
    def __init__(self, into: list[str]) -> None:
        super().__init__()
        self.into = into

    def emit(self, record: logging.LogRecord) -> None:
        self.into.append(record.getMessage())


@contextmanager
def _listening(into: list[str]) -> Iterator[None]:
    """Collect what the font manager says while drawing."""
    logger, handler = logging.getLogger("matplotlib.font_manager"), _Listener(into)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


@contextmanager
def _watching(into: list[Artist]) -> Iterator[None]:
    """Note each visible artist whose ``draw`` runs."""

    def watched(original):
        @functools.wraps(original)
        def draw(self, renderer, *args, **kwargs):
            if self.get_visible() and not any(known is self for known in into[-3:]):
                into.append(self)
            return original(self, renderer, *args, **kwargs)

        return draw

    with ExitStack() as stack:
        for kind in (Text, Line2D, Patch, FancyArrowPatch, Collection):
            stack.enter_context(mock.patch.object(kind, "draw", watched(kind.__dict__["draw"])))
        yield


def observe(figure: Figure, dpi: float = 200) -> Drawn:
    """Draw the figure once to settle it, then once more, watched; its dpi and canvas are put back."""
    dpi_before, canvas_before = figure.get_dpi(), figure.canvas
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(dpi)
    artists: list[Artist] = []
    log: list[str] = []
    try:
        with warnings.catch_warnings(record=True) as caught, _listening(log):
            warnings.simplefilter("always")
            canvas.draw()
            with _watching(artists):
                canvas.draw()
        drawn = Drawn(figure, dpi / 72, canvas.get_renderer(), log=log)
        drawn.page = Bbox(figure.bbox.get_points().copy())
        shown = [axes for axes in figure.axes if axes.get_visible() and axes.axison]
        drawn.axes_boxes = [axes.get_window_extent(drawn.renderer).frozen() for axes in shown]
        drawn.warnings = [str(item.message) for item in caught]
        _sort_out(drawn, artists)
    finally:
        figure.set_dpi(dpi_before)
        figure.set_canvas(canvas_before)
    return drawn


def _sort_out(drawn: Drawn, artists: list[Artist]) -> None:
    unique = list({id(artist): artist for artist in artists}.values())
    for artist in unique:
        if isinstance(artist, Text):
            if artist.get_text().strip() and artist.get_alpha() != 0:
                drawn.texts.append(DrawnText(artist, _corners(artist, drawn.renderer, drawn.px)))
            continue
        if isinstance(artist, Line2D):
            drawn.lines.append(artist)
        if not (artist.get_gid() or "").startswith("k2:bg"):
            drawn.marks.extend(_frozen(mark) for mark in marks_of(artist, drawn))


def _frozen(mark: Mark) -> Mark:
    """Detach the clip box from the figure, whose dpi changes back afterwards."""
    if mark.clip is not None:
        mark.clip = Bbox(mark.clip.get_points().copy())
    return mark


def _corners(text: Text, renderer: Any, px: float) -> np.ndarray:
    """Return the oriented box of a text, shrunk to near its ink."""
    turned = text.get_rotation() % 360
    if turned % 90 == 0:
        box = text.get_window_extent(renderer)
        middle, angle = (box.min + box.max) / 2, 0.0
    else:  # the upright box of a slanted text is too large: measure it level, then turn it
        outer = text.get_window_extent(renderer)
        middle, angle = (outer.min + outer.max) / 2, math.radians(turned)
        text.set_rotation(0)
        box = text.get_window_extent(renderer)
        text.set_rotation(turned)
    half_width = max(0.0, box.width / 2 - SIDE_INSET_PT * px)
    half_height = max(0.0, box.height / 2 * (1 - 2 * TOP_INSET) - SIDE_INSET_PT * px)
    square = np.array([[-half_width, -half_height], [half_width, -half_height]])
    square = np.concatenate([square, -square])
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return middle + square @ turn


@functools.singledispatch
def marks_of(artist: Any, drawn: Drawn) -> Iterator[Mark]:
    """Yield the marks that an artist draws."""
    return
    yield


def _clip(artist: Artist) -> Bbox | None:
    return artist.get_clip_box() if artist.get_clip_on() else None


@marks_of.register
def _(line: Line2D, drawn: Drawn) -> Iterator[Mark]:
    if line.get_alpha() == 0:
        return
    path = line.get_transform().transform_path(line.get_path())
    if line.get_linestyle() not in NO_MARKER and line.get_linewidth() > 0 and len(path.vertices) > 1:
        yield Mark(line, path, False, _clip(line))
    if line.get_marker() not in NO_MARKER:
        radius = line.get_markersize() / 2 * drawn.px
        corners = radius * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
        for point in path.vertices[np.isfinite(path.vertices).all(axis=1)]:
            yield Mark(line, Path(point + corners), True, _clip(line))


@marks_of.register
def _(patch: Patch, drawn: Drawn) -> Iterator[Mark]:
    page_parts = [drawn.figure.patch, *(axes.patch for axes in drawn.figure.axes)]
    if isinstance(patch, Spine) or any(patch is part for part in page_parts):
        return
    filled = bool(patch.get_fill()) and to_rgba(patch.get_facecolor())[3] > 0
    edged = patch.get_linewidth() > 0 and to_rgba(patch.get_edgecolor())[3] > 0
    if filled or edged:
        yield Mark(patch, patch.get_transform().transform_path(patch.get_path()), filled, _clip(patch))


@marks_of.register
def _(collection: Collection, drawn: Drawn) -> Iterator[Mark]:
    paths, offsets = collection.get_paths(), np.ma.getdata(collection.get_offsets())
    shapes = collection.get_transforms()
    if not len(paths):
        return
    moved = isinstance(collection, PathCollection) or bool(np.any(offsets))
    filled = len(collection.get_facecolor()) > 0 and not isinstance(collection, LineCollection)
    place, move = collection.get_transform(), collection.get_offset_transform()
    for i in range(max(len(paths), len(offsets))):
        path = paths[i % len(paths)]
        if len(shapes):
            path = Affine2D(shapes[i % len(shapes)]).transform_path(path)
        path = place.transform_path(path)
        if moved and len(offsets):
            path = Path(path.vertices + move.transform(offsets[i % len(offsets)]), path.codes)
        yield Mark(collection, path, filled, _clip(collection))
