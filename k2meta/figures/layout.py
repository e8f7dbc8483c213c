"""A figure model to pages of a display list: pure arithmetic on measured text, nothing is drawn."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

from k2meta.errors import LayoutError, LayoutWarning
from k2meta.figures.axis import Axis, choose_axis
from k2meta.figures.display import Item, Layout, Page, PlotBox
from k2meta.figures.ladder import Fit, fit_columns
from k2meta.figures.layout_columns import Gaps
from k2meta.figures.layout_foot import draw_axis, draw_notes
from k2meta.figures.layout_marks import draw_marks, draw_reference
from k2meta.figures.layout_rows import (
    draw_head,
    draw_rows,
    head_height,
    label_lines,
    note_size,
    place_text,
    row_boxes,
)
from k2meta.figures.limits import data_limits
from k2meta.figures.model import FigureModel, Line, Row, Runs, bold, run
from k2meta.figures.themes import MM, Theme
from k2meta.figures.wrapping import runs_width

__all__ = ["lay_out"]

Numbered = tuple[int, Row]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Everything the pages of one figure share."""

    model: FigureModel
    theme: Theme
    fit: Fit
    axis: Axis
    width: float
    statistics: tuple[Line, ...]

    @property
    def size(self) -> float:
        return self.fit.columns.size

    @property
    def pitch(self) -> float:
        return self.theme.row_pitch * self.size


def _axis_of(model: FigureModel, fit: Fit) -> Axis:
    low, high = model.xlim if model.xlim is not None else data_limits(model)
    size = fit.columns.size
    return choose_axis(
        low,
        high,
        model.scale,
        width=fit.columns.plot_width,
        em=size,
        label_width=lambda text: runs_width(run(text), size),
        fixed=model.xlim is not None,
        ticks=model.ticks,
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
    rows = tuple(row for row in model.rows if row.kind != "note")
    return replace(model, rows=rows), (*lines, *rest)


def _one_line(name: Runs, lines: Sequence[Line], lang: str) -> Line:
    """Join lines of statistics into one that begins with a bold name."""
    colon, stop = ("：", "。") if lang == "zh" else (": ", ". ")
    first, *others = lines
    line: Line = ((*bold((*name, *run(colon))), *first[0]), *first[1:])
    for other in others:
        line = (*line[:-1], (*line[-1], *run(stop)), *other)
    return line


def lay_out(model: FigureModel, theme: Theme, width: float, *, pages: bool = False) -> Layout:
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

    Returns
    -------
    Layout

    Raises
    ------
    LayoutError
        When the figure does not fit the width; the message gives the millimetres needed.
    """
    points = width * MM
    fit = fit_columns(model, theme, points)
    model, statistics = _place_notes(model, fit, theme)
    sheet = _Sheet(model, theme, fit, _axis_of(model, fit), points, statistics)
    rows = list(enumerate(model.rows))
    chunks = _paginate(sheet, rows) if pages else [rows]
    laid = tuple(
        _compose(sheet, chunk, first=number == 0, last=number == len(chunks) - 1)
        for number, chunk in enumerate(chunks)
    )
    tallest = max(page.height for page in laid) / MM
    if not pages and tallest > theme.max_height + 0.05:
        warnings.warn(
            f"the figure is {tallest:.0f} mm tall, more than the {theme.max_height:g} mm of a page - "
            'pages="auto" splits it into pages with repeated heads',
            LayoutWarning,
            stacklevel=2,
        )
    ticks = tuple((tick.position, tick.label) for tick in sheet.axis.ticks)
    keys = tuple(box.column.key for box in fit.columns.boxes)
    return Layout(laid, fit.columns.size, fit.dropped, fit.merged, fit.wrapped, ticks, model.rows, keys)


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
    items.extend(draw_head(model, columns, theme, y, sheet.width))
    top = y + head_height(model, columns) + 0.25 * size
    boxes = row_boxes(rows, columns, theme, top)
    bottom = (boxes[-1].top + boxes[-1].height if boxes else top) + 0.2 * size
    plot = PlotBox(columns.plot_left, top, columns.plot_width, bottom - top, sheet.axis.low, sheet.axis.high)
    items.extend(draw_reference(model, boxes, plot))
    items.extend(draw_rows(boxes, columns, theme))
    items.extend(draw_marks(model, boxes, plot, theme, sheet.pitch))
    axis_items, y = draw_axis(model, sheet.axis, plot, theme, size, edges)
    items.extend(axis_items)
    if last:
        small = note_size(columns, theme)
        notes, y = draw_notes(sheet.statistics, model.footnotes, y, size, small, edges)
        items.extend(notes)
    shown = tuple(index for index, _ in rows)
    return Page(sheet.width, y + gaps.pad, (plot,), tuple(items), shown, theme.latin)


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
