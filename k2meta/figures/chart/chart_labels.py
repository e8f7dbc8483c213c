"""Names of points: what stands in their way, and the text that is drawn where they found room."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from k2meta.figures.chart.chart import Panel, PointLabel
from k2meta.figures.chart.placer import Box, Candidate, Obstacles, Placed, place_labels
from k2meta.figures.looks.display import Item, Marks, PlotBox, Segments, Shape, Squares, Stroke, Text
from k2meta.figures.looks.model import Line, plain_text, run
from k2meta.figures.page.wrapping import NO_BREAK, runs_width

__all__ = ["Naming", "label_size", "name_points"]

UP, DOWN = 0.76, 0.24  # ink above and below the baseline, in type sizes


class Naming:
    """The names of one panel: items to draw, names in the key, names without room."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.keyed: list[tuple[int, str]] = []
        self.unlabelled: list[str] = []

    def key(self, lang: str) -> Line:
        """The key as segments of a note; a number and the first word of its name stay on one line."""
        between = "；" if lang == "zh" else "; "
        return tuple(
            run(f"{number}{NO_BREAK}{text}" + (between if place < len(self.keyed) - 1 else ""))
            for place, (number, text) in enumerate(self.keyed)
        )


def label_size(size: float, least: float) -> float:
    """Type size of names in a plot: a point below that of the axes, never under the smallest."""
    return max(least, size - 1.0)


def _pieces(points: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float, float, float]]:
    for a, b in itertools.pairwise(points):
        yield (*a, *b)


def _in_points(item: Item, plot: PlotBox) -> list[list[tuple[float, float]]]:
    """Lines of an item in pt, nothing for text and points."""
    if isinstance(item, Segments):
        lines = [list(points) for points in item.lines]
    elif isinstance(item, Stroke):
        lines = [list(item.points)]
    elif isinstance(item, Shape):
        lines = [[*item.points, item.points[0]]] if item.points else []
    else:
        return []
    if item.space == "page":
        return lines
    return [[(plot.x(x), plot.y(y)) for x, y in line] for line in lines]


def _discs(item: Item, plot: PlotBox) -> Iterator[tuple[float, float, float]]:
    if isinstance(item, (Marks, Squares)):
        for x, y, area in zip(item.x, item.y, item.area, strict=True):
            yield plot.x(x), plot.y(y), 0.5 * math.sqrt(area) * 1.15


def _obstacles(items: Sequence[Item], plot: PlotBox) -> Obstacles:
    discs: list[tuple[float, float, float]] = []
    lines: list[tuple[float, float, float, float]] = []
    faint: list[tuple[float, float, float, float]] = []
    boxes: list[Box] = []
    for item in items:
        if isinstance(item, Text):
            width = runs_width(run(item.text), item.size)
            boxes.append(
                Box(item.x, item.y - UP * item.size, item.x + width, item.y + DOWN * item.size)
                if not item.angle
                else Box(item.x - UP * item.size, item.y - width, item.x + DOWN * item.size, item.y)
            )
            continue
        discs.extend(_discs(item, plot))
        under = item.gid.startswith("k2:bg")
        if under and isinstance(item, Shape):
            continue  # shaded areas lie under names without harm
        for line in _in_points(item, plot):
            (faint if under else lines).extend(_pieces(line))
    return Obstacles(tuple(boxes), tuple(discs), tuple(lines), tuple(faint))


def name_points(
    panel: Panel, plot: PlotBox, items: Sequence[Item], number: int, size: float, start: int
) -> Naming:
    """Place the names of a panel's points.

    Parameters
    ----------
    panel : Panel
    plot : PlotBox
    items : sequence of Item
        What is drawn in the panel.
    number : int
        Of the panel.
    size : float
        Type size of the names, pt.
    start : int
        Names in the key so far, over all panels.
    """
    naming = Naming()
    if not panel.labels:
        return naming
    room = Box(plot.left + 1, plot.top + 1, plot.left + plot.width - 1, plot.top + plot.height - 2)
    height = (UP + DOWN) * size
    wanted = [
        Candidate(
            plot.x(label.x),
            plot.y(label.y),
            label.radius,
            runs_width(run(label.text), size),
            height,
            runs_width(run("88"), size),
        )
        for label in panel.labels
    ]
    places = place_labels(wanted, room, _obstacles(items, plot), size)
    for place, (label, placed) in enumerate(zip(panel.labels, places, strict=True)):
        if placed is None:
            naming.unlabelled.append(label.text)
            continue
        naming.items.extend(_name(label, placed, naming, number, place, size, start))
    return naming


def _name(
    label: PointLabel, placed: Placed, naming: Naming, number: int, place: int, size: float, start: int
) -> Iterator[Item]:
    if placed.leader is not None:
        x1, y1, x2, y2 = placed.leader
        yield Stroke(((x1, y1), (x2, y2)), 0.4, "#555555", f"k2:bg:leader:{number}:{place}")
    text = plain_text(run(label.text))
    if placed.numbered:
        naming.keyed.append((start + len(naming.keyed) + 1, text))
        text = str(naming.keyed[-1][0])
    gid = f"k2:text:label:{number}:{place}"
    yield Text(placed.box.left, placed.box.top + UP * size, text, size, gid=gid)
