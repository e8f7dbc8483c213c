"""Rows and head: what stands on which baseline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from k2meta.figures.bias.bias_marks import bias_dot
from k2meta.figures.forest.layout_favours import Labels, draw_labels
from k2meta.figures.forest.layout_rules import draw_head_rules
from k2meta.figures.looks.display import Item, Stroke
from k2meta.figures.looks.model import FigureModel, Row, Runs
from k2meta.figures.looks.themes import Theme
from k2meta.figures.page.layout_columns import DOT, LEADING, ColumnBox, Columns, indent_of, spanning
from k2meta.figures.page.layout_text import CAP, place_text
from k2meta.figures.page.wrapping import runs_width, split_lines, wrap_balanced, wrap_segments

__all__ = [
    "RowBox",
    "draw_head",
    "draw_rows",
    "head_height",
    "label_lines",
    "note_size",
    "row_boxes",
]


@dataclass(frozen=True, slots=True)
class RowBox:
    """A row with its place: top and height in pt from the top of the page, lines of its label."""

    index: int
    row: Row
    lines: tuple[Runs, ...]
    top: float
    height: float
    baseline: float
    centre: float


# --------------------------------------------------------------------------- rows
def _label_room(row: Row, columns: Columns) -> float:
    """Width for the row's label: its column, or up to the next filled column."""
    study = columns.box("study")
    if not spanning(row):
        return study.width - indent_of(row, columns.size)
    left = [b for b in columns.boxes if b.column.side == "left" and b.left > study.left]
    filled = [b.left for b in left if row.cells.get(b.column.key)]
    gap = columns.size
    return (min(filled) - gap if filled else columns.notes_right) - study.left


def note_size(columns: Columns, theme: Theme) -> float:
    """Type size of statistics and notes: a point below that of the rows, never under the smallest."""
    return max(theme.min_size, columns.size - 1.0)


def label_lines(row: Row, columns: Columns, theme: Theme) -> tuple[Runs, ...]:
    """Return the label of a row (or the text of a note), broken into lines."""
    if row.kind == "space":
        return ()
    room = _label_room(row, columns)
    if row.kind == "note":
        return tuple(wrap_segments(row.segments, room, partial(runs_width, size=note_size(columns, theme))))
    width_of = partial(runs_width, size=columns.size)
    runs = row.cells.get("study", ())
    if width_of(runs) <= room + 1e-6:
        return tuple(split_lines(runs))
    return tuple(wrap_balanced(runs, room, width_of))


def row_boxes(rows: Sequence[tuple[int, Row]], columns: Columns, theme: Theme, top: float) -> list[RowBox]:
    """Stack rows from ``top`` downwards."""
    size = columns.size
    pitch = theme.row_pitch * size
    boxes = []
    for index, row in rows:
        lines = label_lines(row, columns, theme)
        if row.kind == "note":
            small = note_size(columns, theme)
            height = 1.4 * small * len(lines)
            centre = top + 0.7 * small
            baseline = centre + CAP * small
        else:
            height = 0.5 * pitch if row.kind == "space" else pitch + LEADING * size * (len(lines) - 1)
            if row.kind == "prediction" and row.spread and theme.prediction_style == "density":
                height += 0.7 * pitch  # room for the curve over the line of text
            centre = top + (pitch / 2 if len(lines) > 1 else height / 2)
            baseline = centre + CAP * size
        boxes.append(RowBox(index, row, lines, top, height, baseline, centre))
        top += height
    return boxes


def draw_rows(boxes: Sequence[RowBox], columns: Columns, theme: Theme) -> Iterator[Item]:
    """Texts of the rows."""
    study = columns.box("study")
    for box in boxes:
        note = box.row.kind == "note"
        size = note_size(columns, theme) if note else columns.size
        left = study.left + indent_of(box.row, size)
        y = box.baseline
        for line in box.lines:
            yield from place_text(line, left, left, y, size, "left", f"k2:text:{box.index}:study")
            y += (1.4 if note else LEADING) * size
        for column in columns.boxes:
            key = column.column.key
            if key in box.row.dots:
                middle, gid = column.left + column.width / 2, f"k2:rob:{box.index}:{key.partition(':')[2]}"
                judgement = box.row.dots[key]
                yield from bias_dot(middle, box.centre, DOT * size, judgement, theme.rob_palette, gid)
            runs = box.row.cells.get(key)
            if key != "study" and runs:
                right = column.left + column.width
                gid = f"k2:text:{box.index}:{key}"
                yield from place_text(runs, column.left, right, box.baseline, size, column.column.align, gid)


# --------------------------------------------------------------------------- head
@dataclass(frozen=True, slots=True)
class _HeadSizes:
    """Heights in the head, pt."""

    own: float  # the columns' own lines under an arm name
    total: float


def _head_sizes(columns: Columns, plot_lines: int) -> _HeadSizes:
    step = LEADING * columns.size
    lines = [len(head) for head in columns.heads.values()]
    arm_lines = [len(columns.heads[b.column.key]) for b in columns.boxes if b.column.arm in columns.arm_lines]
    own = max(arm_lines, default=0) * step
    names = max((len(v) for v in columns.arm_lines.values()), default=0)
    with_names = own + names * step + 0.35 * columns.size if names else 0.0
    return _HeadSizes(own, max(max(lines, default=1) * step, with_names, plot_lines * step))


def _plot_heads(model: FigureModel, columns: Columns) -> list[list[Runs]]:
    """Lines over each plot, broken to its width."""
    width_of = partial(runs_width, size=columns.size)
    return [
        [part for line in panel.plot_head for part in wrap_balanced(line, room.width, width_of)]
        for panel, room in zip(model.panels, columns.plots, strict=True)
    ]


def _sizes_of(model: FigureModel, columns: Columns, over: Sequence[Labels]) -> _HeadSizes:
    heads = zip(_plot_heads(model, columns), over, strict=True)
    return _head_sizes(columns, max(len(lines) + labels.count for lines, labels in heads))


def head_height(model: FigureModel, columns: Columns, over: Sequence[Labels]) -> float:
    """Height of the head in pt, down to its rule; ``over`` holds the favours labels over each plot."""
    return _sizes_of(model, columns, over).total + 0.45 * columns.size


def draw_head(
    model: FigureModel, columns: Columns, theme: Theme, top: float, width: float, over: Sequence[Labels]
) -> Iterator[Item]:
    """Head texts bottom-aligned, arm names centred over their span with a rule, rule under all."""
    size = columns.size
    step = LEADING * size
    sizes = _sizes_of(model, columns, over)
    bottom = top + sizes.total - 0.22 * size  # last baseline
    for box in columns.boxes:
        gid = f"k2:text:head:{box.column.key}"
        head = columns.heads[box.column.key]
        y = bottom - step * (len(head) - 1)
        for line in head:
            yield from place_text(line, box.left, box.left + box.width, y, size, box.column.align, gid)
            y += step
    for arm, names in columns.arm_lines.items():
        span = [b for b in columns.boxes if b.column.arm == arm]
        yield from _draw_arm(span, names, bottom - sizes.own, size, arm)
    heads = zip(_plot_heads(model, columns), columns.plots, over, strict=True)
    for number, (lines, room, labels) in enumerate(heads):
        yield from draw_labels(labels, bottom, size)
        y = bottom - step * (len(lines) + labels.count - 1)
        gid = f"k2:text:head:plot{number or ''}"
        for line in lines:
            yield from place_text(line, room.left, room.right, y, size, "centre", gid)
            y += step
    yield from draw_head_rules(columns, theme, top, top + head_height(model, columns, over), width)


def _draw_arm(
    span: Sequence[ColumnBox], names: Sequence[Runs], base: float, size: float, arm: int
) -> Iterator[Item]:
    left, right = span[0].left, span[-1].left + span[-1].width
    y = base - 0.32 * size - LEADING * size * (len(names) - 1)
    for line in names:
        yield from place_text(line, left, right, y, size, "centre", f"k2:text:head:arm{arm}")
        y += LEADING * size
    rule = base + 0.02 * size
    yield Stroke(((left, rule), (right, rule)), 0.4, "black", f"k2:bg:arm:{arm}")
