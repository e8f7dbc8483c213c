"""Draw a page of the display list with matplotlib: ordinary artists, each found by its gid."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Transform, TransformedBbox

from k2meta.figures.lettering.faces import Face, latin_face, split_runs
from k2meta.figures.looks.display import Item, Marks, Page, PlotBox, Segments, Shape, Squares, Stroke, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

__all__ = ["draw_page"]

UNIT_SQUARE = Path([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5]], closed=True)
# Each shape has an area of 1, so that the size of a mark is its area.
_RADIUS = math.sqrt(1 / math.pi)
_SIDE = 2 / 3**0.75  # an equilateral triangle of area 1 has this circumradius
UNIT_SHAPES: dict[str, Path] = {
    "circle": Path.unit_circle().transformed(Affine2D().scale(_RADIUS)),
    "square": UNIT_SQUARE,
    "diamond": UNIT_SQUARE.transformed(Affine2D().rotate_deg(45)),
    "triangle": Path.unit_regular_polygon(3).transformed(Affine2D().scale(_SIDE)),
    "triangle-down": Path.unit_regular_polygon(3).transformed(Affine2D().scale(_SIDE, -_SIDE)),
    "cross": Path([[-0.5, -0.5], [0.5, 0.5], [-0.5, 0.5], [0.5, -0.5]], [1, 2, 1, 2]),
    "plus": Path([[-0.5, 0], [0.5, 0], [0, -0.5], [0, 0.5]], [1, 2, 1, 2]),
}
OVERHANG = 6.0  # pt: a square whose centre is on the axis may stand over its edge


@cache
def _properties(face: Face, size: float) -> FontProperties:
    return face.properties(size)


class _Pen:
    """The page being drawn: its figure, its axes, and the way from points to both."""

    def __init__(self, figure: Figure, page: Page) -> None:
        self.figure = figure
        self.page = page
        self.points: Transform = (
            Affine2D().scale(1 / page.width, -1 / page.height).translate(0, 1) + figure.transFigure
        )
        self.axes = [self._axes(plot) for plot in page.plots]
        self.order = 0.0

    def _axes(self, plot: PlotBox) -> Axes:
        page = self.page
        axes = self.figure.add_axes(
            (
                plot.left / page.width,
                1 - (plot.top + plot.height) / page.height,
                plot.width / page.width,
                plot.height / page.height,
            )
        )
        axes.set_axis_off()
        axes.patch.set_visible(False)
        axes.set_xlim(plot.low, plot.high)
        if plot.bottom_value is None or plot.top_value is None:
            # vertical data coordinates are points from the top of the page, as everywhere in the layout
            axes.set_ylim(plot.top + plot.height, plot.top)
        else:
            axes.set_ylim(plot.bottom_value, plot.top_value)
        axes.set_gid(f"k2:{plot.name}")
        return axes

    def settings(self, gid: str) -> dict[str, Any]:
        """Return what every artist gets: its gid and its place in the drawing order."""
        self.order += 1e-4
        return {"gid": gid, "zorder": 2 + self.order}

    def text(self, item: Text) -> None:
        """Draw a text, cut into the faces that have its characters, all on one baseline."""
        from k2meta.figures.lettering.faces import measure

        x, y = item.x, item.y
        turn = math.radians(item.angle)
        along = (math.cos(turn), math.sin(turn)) if item.angle else (1.0, 0.0)
        for piece, face in split_runs(item.text, item.bold, item.italic):
            if piece.strip():
                self.figure.text(
                    x,
                    y,
                    piece,
                    transform=self.points,
                    fontproperties=_properties(face, item.size),
                    color=item.colour,
                    va="baseline",
                    ha="left",
                    rotation=item.angle,
                    rotation_mode="anchor",
                    parse_math=False,
                    gid=item.gid or None,
                )
            width = measure(piece, item.size, item.bold, item.italic).width
            x, y = x + width * along[0], y - width * along[1]

    def stroke(self, item: Stroke) -> None:
        """Draw an open line with butt ends."""
        xs, ys = zip(*item.points, strict=True)
        line = Line2D(
            xs,
            ys,
            color=item.colour,
            linewidth=item.width,
            solid_capstyle="butt",
            dash_capstyle="butt",
            clip_on=False,
            **self.settings(item.gid),
        )
        if item.dashes:
            # matplotlib scales dashes by the line width; the display list gives points
            line.set_linestyle((0, tuple(d / item.width for d in item.dashes)))
        self._add(line, item.space, item.panel)

    def segments(self, item: Segments) -> None:
        """Draw many short lines as one artist."""
        lines = LineCollection(
            [np.asarray(points) for points in item.lines],
            colors=[item.colour],
            linewidths=[item.width],
            capstyle="butt",
            clip_on=False,
            **self.settings(item.gid),
        )
        if item.space == "page":
            lines.set_transform(self.points)
            self.figure.add_artist(lines)
        else:
            self.axes[item.panel].add_collection(lines, autolim=False)

    def shape(self, item: Shape) -> None:
        """Draw a polygon."""
        polygon = Polygon(
            np.asarray(item.points),
            closed=True,
            facecolor=item.fill,
            edgecolor=item.edge,
            linewidth=item.edge_width,
            clip_on=item.clipped,
            **self.settings(item.gid),
        )
        self._add(polygon, item.space, item.panel, clipped=item.clipped)

    def squares(self, item: Squares) -> None:
        """Draw the study marks as one collection whose sizes are areas in pt2."""
        axes, plot = self.axes[item.panel], self.page.plots[item.panel]
        colours = [item.colour if shown else (1.0, 1.0, 1.0, 0.0) for shown in item.shown]
        marks = PathCollection(
            (UNIT_SHAPES[item.mark],),
            sizes=np.array(item.area),
            offsets=np.column_stack([item.x, item.y]),
            offset_transform=axes.transData,
            facecolors=colours,
            edgecolors="none",
            linewidths=0,
            **self.settings(item.gid),
        )
        marks.set_transform(Affine2D())
        axes.add_collection(marks, autolim=False)
        room = (plot.left - OVERHANG, plot.left + plot.width + OVERHANG)
        marks.set_clip_box(_box(room, (plot.top, plot.top + plot.height), self.points))

    def marks(self, item: Marks) -> None:
        """Draw points as one collection whose sizes are areas in pt2."""
        on_page = item.space == "page"
        lines_only = item.shape in ("cross", "plus")
        colours = [item.fill] if isinstance(item.fill, str) else list(item.fill)
        points = PathCollection(
            (UNIT_SHAPES[item.shape],),
            sizes=np.array(item.area),
            offsets=np.column_stack([item.x, item.y]),
            offset_transform=self.points if on_page else self.axes[item.panel].transData,
            facecolors="none" if lines_only else colours,
            edgecolors=colours if lines_only else item.edge,
            linewidths=item.edge_width,
            clip_on=False,
            rasterized=item.pixels,
            **self.settings(item.gid),
        )
        points.set_transform(Affine2D())
        if on_page:
            self.figure.add_artist(points)
        else:
            self.axes[item.panel].add_collection(points, autolim=False)

    def _add(self, artist: Any, space: str, panel: int, *, clipped: bool = False) -> None:
        if space == "page":
            artist.set_transform(self.points)
            self.figure.add_artist(artist)
            return
        if isinstance(artist, Line2D):
            self.axes[panel].add_line(artist)
        else:
            self.axes[panel].add_patch(artist)
        artist.set_clip_on(clipped)


def _box(x: tuple[float, float], y: tuple[float, float], points: Transform) -> TransformedBbox:
    from matplotlib.transforms import Bbox

    return TransformedBbox(Bbox([[x[0], y[0]], [x[1], y[1]]]), points)


_HOW: dict[type, str] = {
    Text: "text",
    Stroke: "stroke",
    Segments: "segments",
    Shape: "shape",
    Squares: "squares",
    Marks: "marks",
}


def draw_page(figure: Figure, page: Page) -> dict[str, Axes]:
    """Put every item of a page on a figure of the same size; returns the axes of its plots by name."""
    pen = _Pen(figure, page)
    with latin_face(page.latin):
        for item in page.items:
            how: Callable[[Item], None] = getattr(pen, _HOW[type(item)])
            how(item)
    return {plot.name: axes for plot, axes in zip(page.plots, pen.axes, strict=True)}
