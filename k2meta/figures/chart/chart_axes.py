"""Axes of a companion's panels: their ticks, the room these take, and the items that draw them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from k2meta.figures.axes.axis import Axis, choose_axis
from k2meta.figures.chart.chart import AxisSpec, Panel
from k2meta.figures.looks.display import Item, PlotBox, Stroke, Text
from k2meta.figures.looks.model import Runs, plain_text, run
from k2meta.figures.page.layout_columns import LEADING
from k2meta.figures.page.layout_text import CAP, place_text
from k2meta.figures.page.wrapping import runs_width, wrap_balanced

__all__ = ["PanelAxes", "choose_axes", "draw_panel_axes", "is_crowded", "room_below", "room_left"]

TICK = 3.0
MINOR = 1.8
RULE = 0.6


@dataclass(frozen=True, slots=True)
class PanelAxes:
    """Both axes of a panel with their ticks."""

    panel: Panel
    x: Axis
    y: Axis


def _choose(spec: AxisSpec, length: float, size: float, *, upright: bool) -> Axis:
    if spec.ticks is not None:
        low, high = spec.low, spec.high
        if not spec.fixed and spec.ticks:
            low = min(low, *(tick.position for tick in spec.ticks))
            high = max(high, *(tick.position for tick in spec.ticks))
        return Axis(low, high, spec.ticks)
    # labels beside an upright axis need their height only
    width_of = (lambda _: 0.9 * size) if upright else (lambda text: runs_width(run(text), size))
    return choose_axis(
        spec.low, spec.high, spec.scale, width=length, em=size, label_width=width_of, fixed=spec.fixed
    )


def choose_axes(panel: Panel, width: float, height: float, size: float) -> PanelAxes:
    """Choose ticks for a plot of this size (pt)."""
    return PanelAxes(
        panel,
        _choose(panel.x, width, size, upright=False),
        _choose(panel.y, height, size, upright=True),
    )


def _title_lines(title: Runs, room: float, size: float) -> list[Runs]:
    return wrap_balanced(title, room, partial(runs_width, size=size)) if title else []


def _tick_lines(axes: PanelAxes, width: float, size: float) -> list[list[Runs]]:
    """Labels under the ticks; given ones that are wider than their place, as names may be, are broken."""
    ticks, spec = axes.x.ticks, axes.panel.x
    if spec.ticks is None or not ticks:
        return [[run(tick.label)] for tick in ticks]
    places = sorted(tick.position for tick in ticks)
    apart = min((b - a for a, b in itertools.pairwise(places)), default=axes.x.high - axes.x.low)
    room = max(apart / (axes.x.high - axes.x.low) * width - 0.7 * size, 2.0 * size)
    return [_title_lines(run(tick.label), room, size) for tick in ticks]


def room_left(axes: PanelAxes, height: float, size: float) -> float:
    """Width in pt that tick labels and title of the vertical axis take."""
    spec = axes.panel.y
    if not spec.labels:
        return 0.0
    widest = max((runs_width(run(t.label, bold=t.bold), size) for t in axes.y.ticks), default=0.0)
    lines = len(_title_lines(spec.title, height, size))
    labels = TICK + 0.3 * size + widest if axes.y.ticks else 0.0
    return labels + (0.45 * size + lines * LEADING * size if lines else 0.0)


def room_below(axes: PanelAxes, width: float, size: float) -> float:
    """Height in pt that tick labels and title of the horizontal axis take."""
    spec = axes.panel.x
    if not spec.labels:
        return 0.0
    lines = len(_title_lines(spec.title, width, size))
    deepest = max((len(own) for own in _tick_lines(axes, width, size)), default=0)
    labels = TICK + (1.2 + (deepest - 1) * LEADING) * size if axes.x.ticks else 0.2 * size
    return labels + lines * LEADING * size + (0.35 * size if lines else 0.1 * size)


def is_crowded(axes: PanelAxes, width: float, height: float, size: float) -> bool:
    """Whether type of this size is too large for a plot: labels would meet, or a title's words be torn."""
    x, y = axes.panel.x, axes.panel.y
    if x.labels:
        ends = sorted(
            (at - wide / 2, at + wide / 2)
            for tick, lines in zip(axes.x.ticks, _tick_lines(axes, width, size), strict=True)
            for wide in [max((runs_width(line, size) for line in lines), default=0.0)]
            for at in [(tick.position - axes.x.low) / (axes.x.high - axes.x.low) * width]
        )
        if any(right - 0.05 * size > left for (_, right), (left, _) in itertools.pairwise(ends)):
            return True
    if y.labels:
        share = height / (axes.y.high - axes.y.low)
        places = sorted(tick.position * share for tick in axes.y.ticks)
        if any(b - a < 0.75 * size for a, b in itertools.pairwise(places)):
            return True
    rooms = ((x, width), (y, height))
    words = (
        (word, room) for spec, room in rooms if spec.labels for word in plain_text(spec.title).split(" ")
    )
    return any(word.isascii() and runs_width(run(word), size) > room for word, room in words)


def _frame(panel: Panel, plot: PlotBox, number: int) -> Iterator[Item]:
    left, right, top, bottom = plot.left, plot.left + plot.width, plot.top, plot.top + plot.height
    gid = f"k2:bg:frame:{number}"
    if panel.frame == "box":
        corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top), (right, top))
        yield Stroke(corners, RULE, "black", gid)
    elif panel.frame == "L":
        yield Stroke(((left, top), (left, bottom), (right, bottom)), RULE, "black", gid)


def draw_panel_axes(
    axes: PanelAxes, plot: PlotBox, number: int, size: float, page: tuple[float, float]
) -> Iterator[Item]:
    """Frame, ticks, tick labels and titles; ``page`` holds the edges between which text may stand."""
    yield from _frame(axes.panel, plot, number)
    if axes.panel.x.labels:
        yield from _below(axes, plot, number, size, page)
    if axes.panel.y.labels:
        yield from _beside(axes, plot, number, size)


def _below(
    axes: PanelAxes, plot: PlotBox, number: int, size: float, page: tuple[float, float]
) -> Iterator[Item]:
    y = plot.top + plot.height
    for n, position in enumerate(axes.x.minor):
        x = plot.x(position)
        yield Stroke(((x, y), (x, y + MINOR)), 0.4, "black", f"k2:bg:minor:{number}:x:{n}")
    base = y + TICK + 0.95 * size
    slack = 0.6 * page[0]
    lines = _tick_lines(axes, plot.width, size)
    for n, tick in enumerate(axes.x.ticks):
        x = plot.x(tick.position)
        yield Stroke(((x, y), (x, y + TICK)), RULE, "black", f"k2:bg:tick:{number}:x:{n}")
        for down, line in enumerate(lines[n]):
            width = runs_width(line, size)
            left = min(max(x - width / 2, page[0] - slack), page[1] + slack - width)
            gid = f"k2:text:tick:{number}:x:{n}"
            yield Text(left, base + down * LEADING * size, plain_text(line), size, gid=gid)
    base += max((len(own) - 1 for own in lines), default=0) * LEADING * size
    base += 0.25 * size if axes.x.ticks else -0.95 * size
    for line in _title_lines(axes.panel.x.title, plot.width, size):
        base += LEADING * size
        width = runs_width(line, size)
        left = min(max(plot.left + (plot.width - width) / 2, page[0]), page[1] - width)
        yield from place_text(line, left, left, base, size, "left", f"k2:text:axis:{number}:x")


def _beside(axes: PanelAxes, plot: PlotBox, number: int, size: float) -> Iterator[Item]:
    x = plot.left
    for n, position in enumerate(axes.y.minor):
        y = plot.y(position)
        yield Stroke(((x, y), (x - MINOR, y)), 0.4, "black", f"k2:bg:minor:{number}:y:{n}")
    widest = 0.0
    for n, tick in enumerate(axes.y.ticks):
        y = plot.y(tick.position)
        if not tick.bold:
            yield Stroke(((x, y), (x - TICK, y)), RULE, "black", f"k2:bg:tick:{number}:y:{n}")
        width = runs_width(run(tick.label, bold=tick.bold), size)
        widest = max(widest, width)
        left = x - TICK - 0.3 * size - width
        gid = f"k2:text:tick:{number}:y:{n}"
        yield Text(left, y + CAP * size, tick.label, size, tick.bold, gid=gid)
    lines = _title_lines(axes.panel.y.title, plot.height, size)
    base = x - (TICK + 0.3 * size + widest if axes.y.ticks else 0.0) - 0.45 * size - 0.25 * size
    for back, line in enumerate(reversed(lines)):
        at = base - back * LEADING * size
        length = runs_width(line, size)
        y = plot.top + (plot.height + length) / 2
        for item in line:
            gid = f"k2:text:axis:{number}:y"
            yield Text(at, y, item.text, size, item.bold, item.italic, gid=gid, angle=90.0)
            y -= runs_width((item,), size)
