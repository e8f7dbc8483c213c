"""A companion's panels, legend and notes to one page of a display list: arithmetic on measured text."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from k2meta.errors import LayoutError, LayoutWarning
from k2meta.figures.axes.axis_labels import with_point
from k2meta.figures.chart.chart import Chart, LegendEntry
from k2meta.figures.chart.chart_axes import (
    PanelAxes,
    choose_axes,
    draw_panel_axes,
    is_crowded,
    room_below,
    room_left,
)
from k2meta.figures.chart.chart_labels import label_size, name_points
from k2meta.figures.looks.display import Item, Page, PlotBox
from k2meta.figures.looks.model import bold
from k2meta.figures.looks.themes import MM, Theme
from k2meta.figures.page.layout_columns import LEADING, Gaps
from k2meta.figures.page.layout_foot import draw_notes
from k2meta.figures.page.layout_text import CAP, place_text
from k2meta.figures.page.wrapping import even_lines, runs_width, wrap_balanced

__all__ = ["ChartLayout", "lay_out_chart"]

LEAST = 24 * MM  # no plot is narrower, nor a plot of a grid narrower than its share of this
FLATTER = (0.9, 0.8, 0.7)  # shares of their height that plots keep where the page would be too tall
BETWEEN = 1.2  # ems between columns of plots
ROUNDS = 3  # ticks depend on the room that ticks leave
SAMPLE = 2.0  # ems that a sample in the legend takes


@dataclass(frozen=True, slots=True)
class ChartLayout:
    """A laid-out companion.

    Attributes
    ----------
    page : Page
    axes : tuple of PanelAxes
    size : float
        Type size used, pt.
    unlabelled : tuple of str
        Names that found no room.
    """

    page: Page
    axes: tuple[PanelAxes, ...]
    size: float
    unlabelled: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Grid:
    """Plots of a grid in pt: where each stands, and the lowest edge of all with their axis labels."""

    axes: tuple[PanelAxes, ...]
    plots: tuple[PlotBox, ...]
    bottom: float


def lay_out_chart(chart: Chart, theme: Theme, width: float, lang: str = "en") -> ChartLayout:
    """Lay a companion out.

    Parameters
    ----------
    chart : Chart
    theme : Theme
    width : float
        Page width, mm.
    lang : {"en", "zh"}
        Of the punctuation of the key to numbered points.

    Raises
    ------
    LayoutError
        When the plots would be too narrow even at the smallest type; the message gives the
        millimetres needed.
    """
    points = width * MM
    layout = _laid_out(chart, theme, points, lang)
    for share in FLATTER if math.isfinite(chart.tallest) else ():  # others keep their aspect
        if layout.page.height <= theme.max_height * MM:
            break
        flat = replace(chart, heights=tuple(share * h for h in chart.heights), tallest=share * chart.tallest)
        layout = _laid_out(flat, theme, points, lang)
    _warn(layout, theme)
    return layout


def _laid_out(chart: Chart, theme: Theme, points: float, lang: str) -> ChartLayout:
    size = theme.size
    while True:
        grid = _place(chart, points, size)
        if grid is not None:
            break
        if size <= theme.min_size:
            raise LayoutError(_needed(chart, theme, points))
        size = max(theme.min_size, size - 0.5)
    marked = (replace(a, x=with_point(a.x, theme), y=with_point(a.y, theme)) for a in grid.axes)
    return _compose(chart, theme, points, size, replace(grid, axes=tuple(marked)), lang)


def _warn(layout: ChartLayout, theme: Theme) -> None:
    tall = layout.page.height / MM
    if tall > theme.max_height + 0.05:
        warnings.warn(
            f"the figure is {tall:.0f} mm tall, more than the {theme.max_height:g} mm of a page - take a "
            "narrower width",
            LayoutWarning,
            stacklevel=3,
        )
    if layout.unlabelled:
        warnings.warn(
            f"names that found no room are not drawn ({len(layout.unlabelled)}): "
            f"{', '.join(layout.unlabelled[:5])}{' ...' if len(layout.unlabelled) > 5 else ''} - take a "
            "wider page or name fewer points",
            LayoutWarning,
            stacklevel=3,
        )


def _needed(chart: Chart, theme: Theme, width: float) -> str:
    trial = width
    while trial < 2000 * MM and _place(chart, trial, theme.min_size) is None:
        trial += MM
    return (
        f"a page of {width / MM:.4g} mm is too narrow for this figure even at {theme.min_size:g} pt - about "
        f"{math.ceil(trial / MM)} mm are needed - take a wider page"
    )


# --------------------------------------------------------------------------- plots
def _cell(chart: Chart, number: int) -> tuple[int, int]:
    for r, row in enumerate(chart.grid):
        if number in row:
            return r, row.index(number)
    raise ValueError(f"panel {number} is not in the grid")


def _heights(chart: Chart, width: float) -> list[float]:
    relative = [min(share * width, chart.tallest * MM) for share in chart.heights]
    given = (*chart.row_points, *([None] * len(relative)))
    return [own if own is not None else share for own, share in zip(given, relative, strict=False)]


def _widths(chart: Chart, page: float, size: float, lefts: Sequence[float]) -> list[float]:
    """Widths of the plots' columns beside the room that upright axes take."""
    between = BETWEEN * size * (len(chart.widths) - 1)
    room = page - 2 * Gaps.of(page).pad - sum(lefts) - between - 0.8 * size
    return [room * share / sum(chart.widths) for share in chart.widths]


def _place(chart: Chart, page: float, size: float) -> _Grid | None:
    """Places of all plots; None where they would be too narrow."""
    count = len(chart.widths)
    cells = [_cell(chart, n) for n in range(len(chart.panels))]
    lefts = [3.5 * size] * count
    axes: tuple[PanelAxes, ...] = ()
    heights: list[float] = []
    for _ in range(ROUNDS):
        widths = _widths(chart, page, size, lefts)
        if widths[0] < LEAST / (1 if count == 1 else 1.6):
            return None
        heights = _heights(chart, widths[0])
        axes = tuple(
            choose_axes(panel, widths[c], heights[r], size)
            for panel, (r, c) in zip(chart.panels, cells, strict=True)
        )
        lefts = [0.0] * count
        for own, (r, c) in zip(axes, cells, strict=True):
            lefts[c] = max(lefts[c], room_left(own, heights[r], size))
    widths = _widths(chart, page, size, lefts)
    if any(is_crowded(own, widths[c], heights[r], size) for own, (r, c) in zip(axes, cells, strict=True)):
        return None
    return _stack(chart, axes, size, Gaps.of(page).pad, lefts, widths)


def _stack(
    chart: Chart,
    axes: tuple[PanelAxes, ...],
    size: float,
    pad: float,
    lefts: Sequence[float],
    widths: Sequence[float],
) -> _Grid:
    y = pad
    plots: dict[int, PlotBox] = {}
    heights = _heights(chart, widths[0])
    for r, row in enumerate(chart.grid):
        height = heights[r]
        shown = [n for n in row if n is not None]
        titles = [len(_titles(chart, n, widths[row.index(n)], size)) for n in shown]
        # half a tick label stands over the top of an upright axis
        y += max(titles, default=0) * LEADING * size + (0.5 * size if any(titles) else 0.4 * size)
        x = pad
        for c, n in enumerate(row):
            x += lefts[c]
            if n is not None:
                own = axes[n]
                ends = (own.y.high, own.y.low) if own.panel.y.descending else (own.y.low, own.y.high)
                plots[n] = PlotBox(
                    x, y, widths[c], height, own.x.low, own.x.high, ends[0], ends[1], own.panel.name
                )
            x += widths[c] + BETWEEN * size
        below = [room_below(axes[n], widths[row.index(n)], size) for n in shown]
        y += height + max(below, default=0.0) + (0.6 * size if r < len(chart.grid) - 1 else 0.0)
    return _Grid(axes, tuple(plots[n] for n in range(len(chart.panels))), y)


def _titles(chart: Chart, number: int, width: float, size: float) -> list[tuple]:  # type: ignore[type-arg]
    title = chart.panels[number].title
    return wrap_balanced(bold(title), width, lambda runs: runs_width(runs, size)) if title else []


# --------------------------------------------------------------------------- page
def _compose(chart: Chart, theme: Theme, width: float, size: float, grid: _Grid, lang: str) -> ChartLayout:
    pad = Gaps.of(width).pad
    edges = (pad, width - pad)
    small = label_size(size, theme.min_size)
    items: list[Item] = []
    unlabelled: list[str] = []
    keyed: list[str] = []
    key = []
    for n, plot in enumerate(grid.plots):
        panel = chart.panels[n]
        inside = list(panel.draw(plot, n))
        items.extend(draw_panel_axes(grid.axes[n], plot, n, size, edges))
        items.extend(inside)
        lines = _titles(chart, n, plot.width, size)
        for back, line in enumerate(reversed(lines)):
            base = plot.top - 0.5 * size - back * LEADING * size
            items.extend(place_text(line, plot.left, plot.left, base, size, "left", f"k2:text:title:{n}"))
        naming = name_points(panel, plot, inside, n, small, len(keyed))
        items.extend(naming.items)
        unlabelled.extend(naming.unlabelled)
        keyed.extend(text for _, text in naming.keyed)
        if naming.keyed:
            key.append(naming.key(lang))
    legend, y = _legend(chart.legend, grid.bottom, size, edges)
    items.extend(legend)
    notes, y = draw_notes(chart.statistics, (*key, *chart.notes), y, size, small, edges)
    items.extend(notes)
    page = Page(width, y + pad, grid.plots, tuple(items), latin=theme.latin)
    return ChartLayout(page, grid.axes, size, tuple(unlabelled))


def _legend(
    entries: Sequence[LegendEntry], top: float, size: float, page: tuple[float, float]
) -> tuple[list[Item], float]:
    """Samples and words, as many on a line as there is room for; returns the lowest edge."""
    if not entries:
        return [], top
    items: list[Item] = []
    y = top + 0.3 * size
    room = page[1] - page[0]
    broken = list(_wrapped(entries, room, size))
    for line in even_lines(lambda width: list(_filled_lines(broken, width, size)), room):
        y += 1.35 * size
        x = page[0]
        for entry in line:
            items.extend(entry.sample(x, y - CAP * size, size))
            x += (SAMPLE + 0.4) * size
            items.extend(place_text(entry.text, x, x, y, size, "left", "k2:text:legend"))
            x += runs_width(entry.text, size) + 1.4 * size
    return items, y + 0.4 * size


def _filled_lines(entries: Sequence[LegendEntry], room: float, size: float) -> Iterator[list[LegendEntry]]:
    line: list[LegendEntry] = []
    used = 0.0
    for entry in entries:
        need = (SAMPLE + 0.4) * size + runs_width(entry.text, size)
        if line and used + need > room:
            yield line
            line, used = [], 0.0
        line.append(entry)
        used += need + 1.4 * size
    if line:
        yield line


def _wrapped(entries: Sequence[LegendEntry], room: float, size: float) -> Iterator[LegendEntry]:
    """Break entries that are wider than the page; the lines after the first have no sample."""
    for entry in entries:
        lines = wrap_balanced(entry.text, room - (SAMPLE + 0.4) * size, lambda runs: runs_width(runs, size))
        yield replace(entry, text=lines[0])
        for line in lines[1:]:
            yield LegendEntry(line, lambda *_: ())
