"""A figure model to pages of a display list: pure arithmetic on measured text, nothing is drawn."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from k2meta.errors import LayoutError, LayoutWarning
from k2meta.figures.axes.axis import Axis, choose_axis
from k2meta.figures.axes.axis_labels import with_point
from k2meta.figures.bias.bias_legend import draw_legend
from k2meta.figures.forest.ladder import Fit, fit_columns, warn_of_dropped
from k2meta.figures.forest.layout_favours import NO_LABELS, Labels, labels_over
from k2meta.figures.forest.layout_marks import draw_marks, draw_reference
from k2meta.figures.forest.layout_rows import (
    RowBox,
    draw_head,
    draw_rows,
    head_height,
    label_lines,
    note_size,
    row_boxes,
)
from k2meta.figures.forest.layout_rules import draw_foot_rule, draw_row_rules
from k2meta.figures.forest.limits import data_limits
from k2meta.figures.looks.display import Item, Layout, Page, PlotBox, Text
from k2meta.figures.looks.model import FigureModel, Line, Panel, Row, Runs, bold, run
from k2meta.figures.looks.themes import MM, Theme, type_sizes
from k2meta.figures.page.layout_columns import Gaps
from k2meta.figures.page.layout_foot import draw_axis, draw_notes
from k2meta.figures.page.layout_text import place_text
from k2meta.figures.page.wrapping import runs_width

__all__ = ["ForestLayout", "lay_out"]

Numbered = tuple[int, Row]


@dataclass(frozen=True, slots=True)
class ForestLayout(Layout):
    """A laid-out forest plot.

    Attributes
    ----------
    panel_ticks : tuple of tuple of (float, str)
        Ticks of each panel.
    panel_rows : tuple of tuple of Row
        What the marks of each panel show, for each of ``rows``.
    """

    panel_ticks: tuple[tuple[tuple[float, str], ...], ...]
    panel_rows: tuple[tuple[Row, ...], ...]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Everything the pages of one figure share."""

    model: FigureModel
    theme: Theme
    fit: Fit
    axes: tuple[Axis, ...]
    width: float
    statistics: tuple[Line, ...]
    over: tuple[Labels, ...]

    @property
    def size(self) -> float:
        return self.fit.columns.size

    @property
    def pitch(self) -> float:
        return self.theme.row_pitch * self.size


def _axis_of(panel: Panel, size: float, width: float) -> Axis:
    low, high = panel.xlim if panel.xlim is not None else data_limits(panel)
    return choose_axis(
        low,
        high,
        panel.scale,
        width=width,
        em=size,
        label_width=lambda text: runs_width(run(text), size),
        fixed=panel.xlim is not None,
        ticks=panel.ticks,
    )


def _place_notes(model: FigureModel, fit: Fit, theme: Theme) -> tuple[FigureModel, tuple[Line, ...]]:
    """Move the subgroups' statistics under the figure where they would need many lines in their place."""
    notes = [row for row in model.rows if row.kind == "note"]
    if all(len(label_lines(row, fit.columns, theme)) <= 1 for row in notes):
        return model, model.statistics
    groups = {row.group: [r.segments for r in notes if r.group == row.group] for row in notes}
    lines = [_one_line(run(group), own, model.lang) for group, own in groups.items()]
    overall, rest = model.statistics[: model.overall_lines], model.statistics[model.overall_lines :]
    if overall:
        lines.append(_one_line(model.all_studies, overall, model.lang))
    kept = [i for i, row in enumerate(model.rows) if row.kind != "note"]
    panels = tuple(replace(panel, rows=tuple(panel.rows[i] for i in kept)) for panel in model.panels)
    return replace(model, rows=tuple(model.rows[i] for i in kept), panels=panels), (*lines, *rest)


def _one_line(name: Runs, lines: Sequence[Line], lang: str) -> Line:
    """Join lines of statistics into one that begins with a bold name."""
    colon, stop = ("：", "。") if lang == "zh" else (": ", ". ")
    first, *others = lines
    line: Line = ((*bold((*name, *run(colon))), *first[0]), *first[1:])
    for other in others:
        line = (*line[:-1], (*line[-1], *run(stop)), *other)
    return line


def lay_out(
    model: FigureModel, theme: Theme, width: float, *, pages: bool = False, height: float | None = None
) -> ForestLayout:
    """Lay a figure out.

    Parameters
    ----------
    model : FigureModel
    theme : Theme
    width : float
        Page width, mm.
    pages : bool
        Split over pages of the theme's height. Otherwise one page as tall as it must be, with a
        :class:`LayoutWarning` where that is taller than the theme allows.

    height : float, optional
        Height of the box that the figure must not leave, mm; the type shrinks down to the theme's smallest
        where that helps.

    Returns
    -------
    ForestLayout

    Raises
    ------
    LayoutError
        When the figure does not fit the box; the message gives the millimetres needed.
    """
    layout = _laid_out(model, theme, width, pages) if height is None else _boxed(model, theme, width, height)
    if layout.dropped:
        warn_of_dropped(layout.dropped, width * MM)
    tallest = max(page.height for page in layout.pages) / MM
    if not pages and height is None and tallest > theme.max_height + 0.05:
        warnings.warn(
            f"the figure is {tallest:.0f} mm tall, more than the {theme.max_height:g} mm of a page - "
            'pages="auto" splits it into pages with repeated heads',
            LayoutWarning,
            stacklevel=3,
        )
    return layout


def _boxed(model: FigureModel, theme: Theme, width: float, height: float) -> ForestLayout:
    """The largest type with which the figure keeps inside a box."""
    needed = math.inf
    for size in type_sizes(theme):
        layout = _laid_out(model, theme.replace(size=size), width, False)
        needed = layout.pages[0].height / MM
        if needed <= height + 0.01:
            return layout
    raise LayoutError(
        f"a box of {width:.4g} x {height:.4g} mm is too low even at {theme.min_size:g} pt - "
        f"{math.ceil(needed)} mm of height are needed - give ax a taller box, or fewer lines "
        "(statistics=False, footnote=False)"
    )


def _laid_out(model: FigureModel, theme: Theme, width: float, pages: bool) -> ForestLayout:
    points = width * MM
    fit = fit_columns(model, theme, points)
    model, statistics = _place_notes(model, fit, theme)
    axes = tuple(
        with_point(_axis_of(panel, fit.columns.size, room.width), theme)
        for panel, room in zip(model.panels, fit.columns.plots, strict=True)
    )
    over = tuple(
        labels_over(panel, axis, room, fit.columns.size, model.lang) if theme.favours_above else NO_LABELS
        for panel, axis, room in zip(model.panels, axes, fit.columns.plots, strict=True)
    )
    sheet = _Sheet(model, theme, fit, axes, points, statistics, over)
    rows = list(enumerate(model.rows))
    chunks = _paginate(sheet, rows) if pages else [rows]
    laid = tuple(
        _compose(sheet, chunk, first=number == 0, last=number == len(chunks) - 1)
        for number, chunk in enumerate(chunks)
    )
    ticks = tuple(tuple((tick.position, tick.label) for tick in axis.ticks) for axis in axes)
    return ForestLayout(
        pages=laid,
        size=fit.columns.size,
        dropped=fit.dropped,
        merged=fit.merged or any(b.column.arm and "+" in b.column.key for b in fit.columns.boxes),
        wrapped=fit.wrapped,
        ticks=ticks[0],
        rows=model.rows,
        columns=tuple(box.column.key for box in fit.columns.boxes),
        panel_ticks=ticks,
        panel_rows=tuple(panel.rows for panel in model.panels),
    )


def _compose(sheet: _Sheet, rows: Sequence[Numbered], *, first: bool, last: bool) -> Page:
    """One page: head, rows, marks, axis, and on the last one the notes."""
    model, theme, columns = sheet.model, sheet.theme, sheet.fit.columns
    size = columns.size
    gaps = Gaps.of(sheet.width)
    edges = (gaps.pad, sheet.width - gaps.pad)
    y = gaps.pad
    items: list[Item] = []
    if not first:
        y += size
        items.extend(place_text(model.continued, *edges, y, size, "left", "k2:text:head:continued"))
        y += 0.4 * size
    items.extend(draw_head(model, columns, theme, y, sheet.width, sheet.over))
    top = y + head_height(model, columns, sheet.over) + 0.25 * size
    boxes = row_boxes(rows, columns, theme, top)
    edged = [(box.row, box.top + box.height) for box in boxes]
    items.extend(draw_row_rules(edged, columns, theme, sheet.width))
    bottom = (boxes[-1].top + boxes[-1].height if boxes else top) + 0.2 * size
    plots: list[PlotBox] = []
    for number, (axis, room) in enumerate(zip(sheet.axes, columns.plots, strict=True)):
        name = f"plot{number or ''}"
        plots.append(PlotBox(room.left, top, room.width, bottom - top, axis.low, axis.high, name=name))
    own = [_of_panel(boxes, panel) for panel in model.panels]
    for number, (panel, plot) in enumerate(zip(model.panels, plots, strict=True)):
        items.extend(_on_panel(number, draw_reference(panel, own[number], plot)))
    items.extend(draw_rows(boxes, columns, theme))
    lowest = y
    for number, (panel, plot) in enumerate(zip(model.panels, plots, strict=True)):
        items.extend(_on_panel(number, draw_marks(panel, own[number], plot, theme, sheet.pitch)))
        zone, axis = columns.plots[number].zone, sheet.axes[number]
        found, below = draw_axis(panel, axis, plot, theme, size, zone, model.lang)
        items.extend(_on_panel(number, found))
        lowest = max(lowest, below)
    rules, y = draw_foot_rule(columns, theme, lowest, sheet.width)
    items.extend(rules)
    if last:
        small = note_size(columns, theme)
        notes, y = draw_notes(sheet.statistics, model.footnotes, y, size, small, edges)
        items.extend(notes)
        if model.bias is not None and any(box.column.dots for box in columns.boxes):
            top = y + 0.6 * small
            legend, y = draw_legend(model.bias, edges, top, small, model.lang, theme.rob_palette)
            items.extend(legend)
    shown = tuple(index for index, _ in rows)
    return Page(sheet.width, y + gaps.pad, tuple(plots), tuple(items), shown, theme.latin)


def _of_panel(boxes: Sequence[RowBox], panel: Panel) -> list[RowBox]:
    """The rows of a page as one panel shows them."""
    return [replace(box, row=panel.rows[box.index]) if box.index >= 0 else box for box in boxes]


def _on_panel(number: int, items: Iterable[Item]) -> Iterator[Item]:
    """Put items on a further panel; their gids name it: ``k2:p1:ci:0``, ``k2:bg:p1:null``."""
    for item in items:
        if not number:
            yield item
            continue
        start = next(s for s in ("k2:bg:", "k2:text:", "k2:") if item.gid.startswith(s))
        gid = f"{start}p{number}:{item.gid.removeprefix(start)}"
        yield replace(item, gid=gid) if isinstance(item, Text) else replace(item, gid=gid, panel=number)


# --------------------------------------------------------------------------- pages
def _again(sheet: _Sheet, row: Row) -> Numbered:
    """Return the head of a subgroup that goes on from the page before."""
    runs = (*bold(run(row.group)), *run(" "), *sheet.model.continued)
    return (-1, Row("group", row.group, {"study": runs}, level=row.level, group=row.group))


def _paginate(sheet: _Sheet, rows: list[Numbered]) -> list[list[Numbered]]:
    """Cut the rows into pages; a name never ends a page and a total never begins one."""
    limit = sheet.theme.max_height * MM
    heights = [box.height for box in row_boxes(rows, sheet.fit.columns, sheet.theme, 0.0)]
    bare = _compose(sheet, [], first=False, last=False).height
    ending = _compose(sheet, [], first=False, last=True).height
    if bare + 4 * sheet.pitch > limit or ending + 2 * sheet.pitch > limit:
        raise LayoutError(
            f"a page of {limit / MM:.0f} mm has no room for rows beside head, axis and notes "
            f"({ending / MM:.0f} mm) - raise max_height"
        )
    chunks: list[list[Numbered]] = []
    start = 0
    while start < len(rows):
        lead = [_again(sheet, rows[start][1])] if start and _inside_group(rows[start][1]) else []
        used = sheet.pitch * len(lead)
        if ending + used + sum(heights[start:]) <= limit:
            chunks.append(lead + rows[start:])
            break
        stop = start
        while stop < len(rows) and bare + used + heights[stop] <= limit:
            used += heights[stop]
            stop += 1
        stop = _good_break(rows, start, min(stop, len(rows) - 1))
        chunks.append(lead + rows[start:stop])
        start = stop
        while start < len(rows) and rows[start][1].kind == "space":
            start += 1
    return chunks


def _inside_group(row: Row) -> bool:
    return bool(row.group) and row.kind != "group" and row.level > 0


def _good_break(rows: list[Numbered], start: int, stop: int) -> int:
    """Move a break up until the next page begins with a study, a group name or a blank."""
    for place in range(stop, start + 1, -1):
        after, before = rows[place][1], rows[place - 1][1]
        if after.kind in ("study", "excluded", "group", "space") and before.kind != "group":
            return place
    return stop
