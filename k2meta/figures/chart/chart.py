"""What a companion of the forest plot shows: panels with two axes, labels, legend, notes, as pure data.

A companion is one function that builds a :class:`Chart` in either language, which
:func:`~k2meta.figures.chart.chart_figure.chart_figure` lays out and draws. Nothing here has a position yet:
``Panel.draw`` is asked for its marks when the axes are known.

The truth record of a companion (``fig.k2meta``) holds ``kind`` (``"funnel"`` ...), ``rows``, ``axes`` (by
panel name: ``x`` and ``y``, each with ``low, high, scale, title, ticks``), ``alt``, ``captions``,
``unlabelled`` and what every figure has. A row of kind ``"point"`` names the collection it stands in
(``gid``), its place there (``index``), its ``panel``, ``x`` and ``y``, its ``label``, and ``weight`` where
the area of the mark is proportional to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from k2meta.figures.axes.axis import Tick
from k2meta.figures.looks.display import Item, PlotBox
from k2meta.figures.looks.model import BLANK, Line, Runs, Scale

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LINEAR", "AxisSpec", "Chart", "Draw", "LegendEntry", "Panel", "PointLabel", "Sample"]

# Items of a panel: the plot with its final axes, and the number that its items bear as ``panel``.
Draw = Callable[[PlotBox, int], Iterable[Item]]
# Items of a sample in the legend: left edge, middle (pt from the top) and the type size.
Sample = Callable[[float, float, float], Iterable[Item]]


def _same(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(values, dtype=float)


LINEAR = Scale("identity", None, _same, _same)


@dataclass(frozen=True, slots=True)
class AxisSpec:
    """One axis before its ticks are chosen.

    Attributes
    ----------
    low, high : float
        What must be visible, in the units of the data (log for ratios).
    title : Runs
    scale : Scale
        How values are read; a ratio's axis shows natural values.
    fixed : bool
        Whether ``low`` and ``high`` are the ends; otherwise the ends are ticks.
    ticks : tuple of Tick or None
        Given ticks; none at all with ``()``.
    labels : bool
        Whether tick labels and title are drawn.
    descending : bool
        For vertical axes: ``low`` at the top.
    """

    low: float
    high: float
    title: Runs = BLANK
    scale: Scale = LINEAR
    fixed: bool = False
    ticks: tuple[Tick, ...] | None = None
    labels: bool = True
    descending: bool = False


@dataclass(frozen=True, slots=True)
class PointLabel:
    """The name of a point: where the point is (units of the axes) and the radius of its mark (pt)."""

    x: float
    y: float
    text: str
    radius: float = 2.0


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot of a chart.

    Attributes
    ----------
    x, y : AxisSpec
    draw : callable
        ``draw(plot, number)`` returns its items, everything with gids; curves and areas cut at the edges
        (:mod:`k2meta.figures.page.clipping`).
    labels : tuple of PointLabel
        Names of points, the most important first.
    title : Runs
        Over the plot.
    name : str
        The axes are ``fig.parts[name]``.
    frame : {"L", "box", "none"}
        Axis lines left and below, on all sides, or none.
    """

    x: AxisSpec
    y: AxisSpec
    draw: Draw
    labels: tuple[PointLabel, ...] = ()
    title: Runs = BLANK
    name: str = "plot"
    frame: Literal["L", "box", "none"] = "L"


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A sample and what it means."""

    text: Runs
    sample: Sample


@dataclass(frozen=True, slots=True)
class Chart:
    """A companion figure in one language.

    Attributes
    ----------
    kind : str
        ``"funnel"``, ``"baujat"`` ... for the record.
    panels : tuple of Panel
    grid : tuple of tuple of int or None
        Rows of panel numbers; None leaves a place empty.
    widths, heights : tuple of float
        Of the columns, relative to each other; of the rows, relative to the width of the first column.
    row_points : tuple of float or None
        Heights of rows in pt instead; None leaves the relative one.
    tallest : float
        No plot is taller, mm; infinite where the proportions are part of the figure.
    legend : tuple of LegendEntry
    statistics, notes : tuple of Line
        Under the figure, in full and in small type.
    rows : sequence of mapping
        The truth record of the marks (see the module).
    table : DataFrame or None
        The numbers of the figure as printed or plotted.
    title, alt, caption : str
    record : mapping
        Further entries of the truth record.
    """

    kind: str
    panels: tuple[Panel, ...]
    title: str
    alt: str
    caption: str
    grid: tuple[tuple[int | None, ...], ...] = ((0,),)
    widths: tuple[float, ...] = (1.0,)
    heights: tuple[float, ...] = (0.8,)
    row_points: tuple[float | None, ...] = ()
    tallest: float = 95.0
    legend: tuple[LegendEntry, ...] = ()
    statistics: tuple[Line, ...] = ()
    notes: tuple[Line, ...] = ()
    rows: Sequence[Mapping[str, Any]] = ()
    table: pd.DataFrame | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
