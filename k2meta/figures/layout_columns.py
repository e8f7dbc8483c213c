"""Column widths and the head, from measured text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from k2meta.figures.faces import trailing_blank
from k2meta.figures.model import Column, FigureModel, Row, Runs, plain_text
from k2meta.figures.themes import MM, Theme
from k2meta.figures.wrapping import WidthOf, longest_piece, runs_width, wrap_balanced

__all__ = ["ColumnBox", "Columns", "Gaps", "cell_width", "indent_of", "place_columns", "spanning"]

NAME = 9.0  # a name of a subgroup up to this width, in type sizes, is not broken where it need not be
LEADING = 1.2  # line distance inside a cell, in type sizes


@dataclass(frozen=True, slots=True)
class Gaps:
    """Blank room of a page, pt."""

    pad: float
    column: float

    @classmethod
    def of(cls, width: float) -> Gaps:
        """Gaps for a page width in pt: 2.2 mm between columns, 1.5 mm on a single journal column."""
        return cls(2.0 * MM, (1.5 if width <= 100 * MM else 2.2) * MM)


@dataclass(frozen=True, slots=True)
class ColumnBox:
    """A column with its place: left edge and width in pt."""

    column: Column
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Columns:
    """All columns of a page, placed.

    Attributes
    ----------
    size : float
        Type size, pt.
    boxes : tuple of ColumnBox
    plot_left, plot_width : float
    label_width : float
        Room for study labels, pt.
    arm_lines : mapping of int to list of Runs
        Arm names, broken to their spans.
    heads : mapping of str to tuple of Runs
        Heads of the columns, broken to their widths.
    notes_right : float
        Right edge for lines of text that run under the columns left of the plot.
    """

    size: float
    boxes: tuple[ColumnBox, ...]
    plot_left: float
    plot_width: float
    label_width: float
    arm_lines: Mapping[int, tuple[Runs, ...]]
    heads: Mapping[str, tuple[Runs, ...]]
    notes_right: float

    def box(self, key: str) -> ColumnBox:
        """The column of this key."""
        return next(box for box in self.boxes if box.column.key == key)


def indent_of(row: Row, size: float) -> float:
    """Indent of a row's label: members of a subgroup stand 1 em in."""
    return size if row.level and row.kind in ("study", "excluded") else 0.0


def spanning(row: Row) -> bool:
    """Whether the row's label may run under the columns to its right, which are empty there."""
    return row.kind in ("group", "note", "prediction")


def cell_width(runs: Runs, size: float, align: str) -> float:
    """Width a cell needs; a full-width bracket at a right edge gives its blank half away."""
    width = runs_width(runs, size)
    if align == "right" and runs:
        width -= trailing_blank(plain_text(runs), size)
    return width


def _head_need(line: Runs, width_of: WidthOf, size: float, cells: float) -> float:
    """Least width of a line of a head over its cells: short ones keep one line, others take two or three."""
    width = width_of(line)
    if width <= max(4.5 * size, min(1.45 * cells, 11.5 * size), cells):
        return width
    return max(longest_piece(line, width_of), width * (0.55 if width <= 20 * size else 0.38))


def natural_widths(model: FigureModel, columns: tuple[Column, ...], size: float) -> dict[str, float]:
    """Width of each column with unwrapped cells, pt; heads are broken to fit over them."""
    width_of = partial(runs_width, size=size)
    widths = {}
    alone = not any(c.side == "left" and c.key != "study" for c in columns)
    for column in columns:
        need = 0.0
        for row in model.rows:
            runs = row.cells.get(column.key)
            if not runs:
                continue
            own = cell_width(runs, size, column.align)
            if column.key != "study" or not spanning(row):
                need = max(need, own + (indent_of(row, size) if column.key == "study" else 0.0))
            elif alone and (row.kind == "prediction" or own <= NAME * size):
                need = max(need, own)  # nothing to run under: the plot stands to the right
        widths[column.key] = max([need, *(_head_need(line, width_of, size, need) for line in column.head)])
    return widths


def label_floor(model: FigureModel, size: float, cap: float) -> float:
    """Narrowest width for wrapped study labels: the longest word, at most the cap, at least 5 em."""
    width_of = partial(runs_width, size=size)
    need = 0.0
    for row in model.rows:
        runs = row.cells.get("study")
        if runs and not spanning(row):
            need = max(need, indent_of(row, size) + longest_piece(runs, width_of))
    return max(5.0 * size, min(need, cap))


def _spread_arms(
    model: FigureModel, columns: tuple[Column, ...], widths: dict[str, float], gap: float, size: float
) -> dict[int, tuple[Runs, ...]]:
    """Break arm names to their spans, widening a span where a single word is wider."""
    width_of = partial(runs_width, size=size)
    lines: dict[int, tuple[Runs, ...]] = {}
    for arm, name in model.arms.items():
        members = [c.key for c in columns if c.arm == arm]
        if not members or not name:
            continue
        span = sum(widths[key] for key in members) + gap * (len(members) - 1)
        word = longest_piece(name, width_of)
        # a name is broken into two lines at most, three on a single column: longer ones widen the span
        for _ in range(6):
            broken = wrap_balanced(name, max(span, word), width_of)
            if len(broken) <= (2 if len(members) > 1 else 3):
                break
            word = max(span, word) * 1.15
        lines[arm] = tuple(broken)
        extra = max(map(width_of, broken)) - span
        if extra > 0:
            for key in members:
                widths[key] += extra / len(members)
    return lines


def place_columns(
    model: FigureModel,
    columns: tuple[Column, ...],
    theme: Theme,
    width: float,
    size: float,
    *,
    label_limit: float | None,
) -> Columns | None:
    """Place the columns and the plot on a page, or return None when they do not fit.

    Parameters
    ----------
    model : FigureModel
    columns : tuple of Column
        Those to be shown.
    theme : Theme
    width : float
        Page width, pt.
    size : float
        Type size, pt.
    label_limit : float or None
        None: study labels keep one line. Otherwise they are wrapped into what room there is, at least
        the longest word and at most this width (pt).

    Notes
    -----
    The plot gets at least the larger of 24 mm and 18 % of the page and at most 45 %; what is then left
    widens the gaps.
    """
    gaps = Gaps.of(width)
    widths = natural_widths(model, columns, size)
    arm_lines = _spread_arms(model, columns, widths, gaps.column, size)
    least, most = max(24 * MM, 0.18 * width), 0.45 * width
    least = min(least, most) if width >= 60 * MM else least
    room = width - 2 * gaps.pad - gaps.column * len(columns) - sum(widths.values())
    cap = theme.label_share * width
    label = widths["study"]
    if label_limit is None and label > cap:
        room += label - cap
        label = max(label_floor(model, size, cap), min(cap, label))
        room -= label - cap
    if label_limit is not None and room < least:
        floor = label_floor(model, size, label_limit)
        wanted = max(floor, label + room - least)
        if wanted > label:
            return None
        room += label - wanted
        label = wanted
    if room < least - 1e-9:
        return None
    widths["study"] = label
    plot = min(room, most)
    gap = gaps.column + (room - plot) / max(len(columns), 1)
    return _positions(columns, widths, gaps.pad, gap, plot, label, size, arm_lines)


def _positions(
    columns: tuple[Column, ...],
    widths: dict[str, float],
    pad: float,
    gap: float,
    plot: float,
    label: float,
    size: float,
    arm_lines: dict[int, tuple[Runs, ...]],
) -> Columns:
    boxes: list[ColumnBox] = []
    x = pad
    for column in (c for c in columns if c.side == "left"):
        boxes.append(ColumnBox(column, x, widths[column.key]))
        x += widths[column.key] + gap
    plot_left = x
    notes_right = x - gap
    x += plot
    for column in (c for c in columns if c.side == "right"):
        x += gap
        boxes.append(ColumnBox(column, x, widths[column.key]))
        x += widths[column.key]
    heads = {box.column.key: _broken_head(box.column, widths[box.column.key], size) for box in boxes}
    return Columns(size, tuple(boxes), plot_left, plot, label, arm_lines, heads, notes_right)


def _broken_head(column: Column, width: float, size: float) -> tuple[Runs, ...]:
    width_of = partial(runs_width, size=size)
    lines: list[Runs] = []
    for line in column.head:
        lines.extend(wrap_balanced(line, width + 0.01, width_of))
    return tuple(lines)
