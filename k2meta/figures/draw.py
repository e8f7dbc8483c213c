"""Draw a page of the display list with matplotlib: ordinary artists, each found by its gid."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Transform, TransformedBbox

from k2meta.figures.display import Item, Page, Segments, Shape, Squares, Stroke, Text
from k2meta.figures.faces import Face, split_runs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

__all__ = ["draw_page"]

UNIT_SQUARE = Path([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5]], closed=True)
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
        self.axes = self._axes()
        self.order = 0.0

    def _axes(self) -> Axes:
        page, plot = self.page, self.page.plot
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
        # vertical data coordinates are points from the top of the page, as everywhere in the layout
        axes.set_ylim(plot.top + plot.height, plot.top)
        axes.set_gid("k2:plot")
        return axes

    def settings(self, gid: str) -> dict[str, Any]:
        """Return what every artist gets: its gid and its place in the drawing order."""
        self.order += 1e-4
        return {"gid": gid, "zorder": 2 + self.order}

    def text(self, item: Text) -> None:
        """Draw a text, cut into the faces that have its characters, all on one baseline."""
        from k2meta.figures.faces import measure

        x = item.x
        for piece, face in split_runs(item.text, item.bold, item.italic):
            if piece.strip():
                self.figure.text(
                    x,
                    item.y,
                    piece,
                    transform=self.points,
                    fontproperties=_properties(face, item.size),
                    color=item.colour,
                    va="baseline",
                    ha="left",
                    parse_math=False,
                    gid=item.gid or None,
                )
            x += measure(piece, item.size, item.bold, item.italic).width

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
        self._add(line, item.space)

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
        self.axes.add_collection(lines, autolim=False)

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
        self._add(polygon, item.space, clipped=item.clipped)

    def squares(self, item: Squares) -> None:
        """Draw the study squares as one collection whose sizes are areas in pt2."""
        colours = [item.colour if shown else (1.0, 1.0, 1.0, 0.0) for shown in item.shown]
        marks = PathCollection(
            (UNIT_SQUARE,),
            sizes=np.array(item.area),
            offsets=np.column_stack([item.x, item.y]),
            offset_transform=self.axes.transData,
            facecolors=colours,
            edgecolors="none",
            linewidths=0,
            **self.settings(item.gid),
        )
        marks.set_transform(Affine2D())
        self.axes.add_collection(marks, autolim=False)
        plot = self.page.plot
        room = (plot.left - OVERHANG, plot.left + plot.width + OVERHANG)
        marks.set_clip_box(_box(room, (plot.top, plot.top + plot.height), self.points))

    def _add(self, artist: Any, space: str, *, clipped: bool = False) -> None:
        if space == "page":
            artist.set_transform(self.points)
            self.figure.add_artist(artist)
            return
        if isinstance(artist, Line2D):
            self.axes.add_line(artist)
        else:
            self.axes.add_patch(artist)
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
}


def draw_page(figure: Figure, page: Page) -> Axes:
    """Put every item of a page on a figure of the same size; returns the axes of the plot."""
    pen = _Pen(figure, page)
    for item in page.items:
        how: Callable[[Item], None] = getattr(pen, _HOW[type(item)])
        how(item)
    return pen.axes
