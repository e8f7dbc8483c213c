"""Geometry of a radial plot: how its axes are chosen so that the arc holds every point, and what is drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from k2meta.figures.axes.axis import Axis, Tick, choose_axis
from k2meta.figures.axes.axis_labels import with_point
from k2meta.figures.chart.chart import LINEAR
from k2meta.figures.looks.display import Item, Marks, PlotBox, Shape, Stroke, Text
from k2meta.figures.looks.model import Scale
from k2meta.figures.looks.themes import Theme
from k2meta.figures.page.clipping import clip_area, clip_curve
from k2meta.figures.page.layout_text import CAP
from k2meta.records import FloatArray

__all__ = ["BAND", "LINE", "Frame", "RadialItems", "choose_frame", "few_ticks"]

ARC = 0.82  # radius of the arc over the width of the plot; its labels take the rest
DATA = 0.66  # the highest precision over the width of the plot
INSIDE = 0.93  # of the radius: no point lies further out
LINE, BAND, EDGE = "#222222", "#E4E4E4", "#777777"
TICK, BRACKET, GAP = 3.0, 4.5, 0.35


@dataclass(frozen=True, slots=True)
class Frame:
    """Ends of the axes, in their units: 0 to ``right``, ``low`` to ``high``.

    ``last`` is the highest x; ``aspect`` is the height of the plot over its width.
    """

    right: float
    last: float
    low: float
    high: float
    aspect: float

    @property
    def shape(self) -> float:
        """How much an effect of 1 rises on the page for each unit to the right."""
        return self.aspect * self.right / (self.high - self.low)

    def reach(self) -> tuple[float, float]:
        """Effects whose rays meet the arc at the lower and upper edge of the plot."""
        share = 0.96 * self.aspect / ARC / (self.high - self.low)
        return self._effect_at(self.low * share), self._effect_at(self.high * share)

    def _effect_at(self, sine: float) -> float:
        if abs(sine) >= 1:
            return math.copysign(math.inf, sine)
        return sine / math.sqrt(1 - sine**2) / self.shape


def choose_frame(
    x: FloatArray, y: FloatArray, effects: FloatArray, band: float, slope: float, aspect: float
) -> Frame:
    """Axes that hold all points inside the arc, and the effects on it where that does not cost too much.

    Parameters
    ----------
    x, y : ndarray, shape (k,)
    effects : ndarray
        The studies' effects and the ends of the pooled interval; the last two must be on the arc.
    band : float
        Half the height of the band round the line.
    slope : float
        Of the line.
    aspect : float
        Height of the plot over its width.
    """
    last = float(x.max())
    right = last / DATA
    ends = [*y.tolist(), band, -band, slope * last + band, slope * last - band, 2.4, -2.4]
    low, high = 1.06 * min(ends), 1.06 * max(ends)
    frame = Frame(right, last, low, high, aspect)
    for step in range(60):
        wide = effects if step < 6 else effects[-2:]
        below, above = frame.reach()
        far = np.hypot(x / right, y / (frame.high - frame.low) * aspect).max()
        if below <= wide.min() and above >= wide.max() and far <= INSIDE * ARC:
            break
        frame = Frame(right, last, 1.08 * frame.low, 1.08 * frame.high, aspect)
    return frame


def few_ticks(low: float, high: float, length: float) -> tuple[Tick, ...]:
    """Ticks of an axis whose length in pt is known roughly."""
    em = 8.0
    axis = choose_axis(
        low, high, LINEAR, width=length, em=em, label_width=lambda text: 0.56 * em * len(text), fixed=True
    )
    return axis.ticks


@dataclass(frozen=True, slots=True)
class RadialItems:
    """What is drawn in the plot; effects are differences from ``origin`` on the analysis scale."""

    marks: Marks
    frame: Frame
    slope: float
    ci: tuple[float, float]
    spread: tuple[float, float]
    band: float
    scale: Scale
    origin: float
    size: float
    look: Theme
    ticks: tuple[Tick, ...]

    def __call__(self, plot: PlotBox, number: int) -> Iterator[Item]:
        """Items of the panel."""
        arc = _Arc(plot)
        yield from self._band(plot, number)
        yield from self._axes(plot)
        end = arc.data(self.slope, arc.radius - BRACKET)
        yield Stroke(((0.0, 0.0), end), 0.9, LINE, "k2:curve:slope", "plot", (), number)
        yield from self._scale(arc)
        yield from self._bracket(arc)
        yield self.marks

    def _band(self, plot: PlotBox, number: int) -> Iterator[Item]:
        last, rise = self.frame.last, self.slope * self.frame.last
        upper = [(0.0, self.band), (last, rise + self.band)]
        lower = [(0.0, -self.band), (last, rise - self.band)]
        area = clip_area([*upper, *reversed(lower)], plot)
        if area:
            yield Shape(area, BAND, "k2:bg:band", space="plot", panel=number)
        for name, points in (("upper", upper), ("lower", lower)):
            for piece in clip_curve(points, plot):
                yield Stroke(piece, 0.6, EDGE, f"k2:bg:band:{name}", "plot", (3.0, 2.0), number)

    def _axes(self, plot: PlotBox) -> Iterator[Item]:
        left, low = plot.left, plot.top + plot.height
        right = plot.x(max(self.frame.last, *(tick.position for tick in self.ticks)))
        yield Stroke(((left, plot.top), (left, low), (right, low)), 0.6, "black", "k2:bg:frame")
        zero = plot.y(0.0)
        yield Stroke(((left, zero), (plot.x(self.frame.last), zero)), 0.4, EDGE, "k2:bg:zero")

    def _scale(self, arc: _Arc) -> Iterator[Item]:
        """The arc with its ticks and labels."""
        axis = self._arc_axis(arc)
        yield Stroke(arc.curve(axis.low, axis.high, arc.radius), 0.6, "black", "k2:curve:arc")
        for n, position in enumerate(axis.minor):
            ends = (arc.page(position - self.origin, arc.radius + reach) for reach in (0.0, 0.6 * TICK))
            yield Stroke(tuple(ends), 0.4, "black", f"k2:bg:arc-minor:{n}")
        taken = -math.inf
        places = sorted(
            ((arc.page(t.position - self.origin, arc.radius), t) for t in axis.ticks), key=_height
        )
        for n, ((x, y), tick) in enumerate(places):
            if y - taken < 1.15 * self.size:
                continue
            taken = y
            out = arc.page(tick.position - self.origin, arc.radius + TICK)
            yield Stroke(((x, y), out), 0.6, "black", f"k2:bg:arc-tick:{n}")
            base = out[1] + CAP * self.size
            yield Text(out[0] + GAP * self.size, base, tick.label, self.size, gid=f"k2:text:arc:{n}")

    def _arc_axis(self, arc: _Arc) -> Axis:
        first, last = arc.steepest(CAP * self.size + 1.5)  # the label of an end keeps clear of the axis
        low, high = (max(self.spread[0], first), min(self.spread[1], last))
        length = abs(arc.page(low, arc.radius)[1] - arc.page(high, arc.radius)[1])
        for fixed in (False, True):
            axis = choose_axis(
                low + self.origin,
                high + self.origin,
                self.scale,
                width=max(length, 3 * self.size),
                em=0.5 * self.size,
                label_width=lambda text: self.size if text else 0.0,
                fixed=fixed,
            )
            ends = (axis.low - self.origin, axis.high - self.origin)
            if ends[0] >= first and ends[1] <= last:
                break
        return with_point(Axis(*ends, axis.ticks, axis.minor), self.look)

    def _bracket(self, arc: _Arc) -> Iterator[Item]:
        """The interval of the pooled effect, just inside the arc."""
        radius = arc.radius - BRACKET
        low, high = max(self.ci[0], arc.lowest), min(self.ci[1], arc.highest)
        yield Stroke(arc.curve(low, high, radius), 1.4, LINE, "k2:curve:ci")
        for name, effect in (("lo", low), ("estimate", self.slope), ("hi", high)):
            ends = (arc.page(effect, radius - 2.2), arc.page(effect, radius + 2.2))
            yield Stroke(ends, 0.9, LINE, f"k2:bg:ci:{name}")


def _height(place: tuple[tuple[float, float], Tick]) -> float:
    return place[0][1]


class _Arc:
    """Rays from the origin of a plot and where they meet circles round it, in pt on the page."""

    def __init__(self, plot: PlotBox) -> None:
        self.plot = plot
        self.x0, self.y0 = plot.x(0.0), plot.y(0.0)
        self.right = plot.x(1.0) - self.x0
        self.up = self.y0 - plot.y(1.0)
        self.radius = ARC * plot.width
        self.lowest, self.highest = self.steepest(0.0)

    def steepest(self, margin: float) -> tuple[float, float]:
        """Effects whose rays leave the plot by its lower and upper edge, or by that much before."""
        below, above = self.plot.top + self.plot.height - self.y0, self.y0 - self.plot.top
        return self._steepest(below - margin, -1.0), self._steepest(above - margin, 1.0)

    def _steepest(self, room: float, sign: float) -> float:
        sine = min(0.999, max(room, 0.0) / (self.radius + TICK))
        return sign * sine / math.sqrt(1 - sine**2) * self.right / self.up

    def page(self, effect: float, radius: float) -> tuple[float, float]:
        """Point of a ray on a circle, on the page."""
        x, y = self.right, effect * self.up
        length = math.hypot(x, y)
        return self.x0 + radius * x / length, self.y0 - radius * y / length

    def data(self, effect: float, radius: float) -> tuple[float, float]:
        """The same in the units of the axes, on the ray to the last bit."""
        x = (self.page(effect, radius)[0] - self.x0) / self.right
        return x, x * effect

    def curve(self, low: float, high: float, radius: float) -> tuple[tuple[float, float], ...]:
        """A stretch of a circle between two effects, in even steps of its angle."""
        first, last = (math.atan2(effect * self.up, self.right) for effect in (low, high))
        steps = np.linspace(first, last, 61)
        return tuple(
            (float(self.x0 + radius * math.cos(a)), float(self.y0 - radius * math.sin(a))) for a in steps
        )
