"""Column widths and the head, from measured text."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from k2meta.figures.lettering.faces import trailing_blank
from k2meta.figures.looks.model import Column, FigureModel, Row, Runs, plain_text
from k2meta.figures.looks.themes import MM, Theme
from k2meta.figures.page.wrapping import WidthOf, longest_piece, runs_width, wrap_balanced

__all__ = [
    "ColumnBox",
    "Columns",
    "Gaps",
    "PlotRoom",
    "cell_width",
    "indent_of",
    "least_room",
    "place_columns",
    "spanning",
]

NAME = 9.0  # a name of a subgroup up to this width, in type sizes, is not broken where it need not be
LEADING = 1.2  # line distance inside a cell, in type sizes
DOT = 1.15  # diameter of a dot, in type sizes
TIGHT = 0.22  # gap between columns of dots, in type sizes


@dataclass(frozen=True, slots=True)
class Gaps:
    """Blank room of a page, pt."""

    pad: float
    column: float

    @classmethod
    def of(cls, width: float) -> Gaps:
        """Gaps for a page width in pt: 2.2 mm between columns, 1.5 mm on a single journal column.

        Between 100 and 115 mm they grow evenly, so that a wider page never holds less.
        """
        grown = min(max((width / MM - 100) / 15, 0.0), 1.0)
        return cls(2.0 * MM, (1.5 + 0.7 * grown) * MM)


@dataclass(frozen=True, slots=True)
class ColumnBox:
    """A column with its place: left edge and width in pt."""

    column: Column
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class PlotRoom:
    """Where a plot stands, and how far to its left and right text under it may go; all in pt."""

    left: float
    width: float
    zone: tuple[float, float]

    @property
    def right(self) -> float:
        """Right edge of the plot."""
        return self.left + self.width


@dataclass(frozen=True, slots=True)
class Columns:
    """All columns of a page, placed.

    Attributes
    ----------
    size : float
        Type size, pt.
    boxes : tuple of ColumnBox
    plots : tuple of PlotRoom
        One for each panel.
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
    plots: tuple[PlotRoom, ...]
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
    short = width <= 20 * size
    need = max(longest_piece(line, width_of), width * (0.55 if short else 0.38))
    while short and len(wrap_balanced(line, need, width_of)) > 2:  # "Events/" over "person-time"
        need *= 1.05
    return need


def natural_widths(model: FigureModel, columns: tuple[Column, ...], size: float) -> dict[str, float]:
    """Width of each column with unwrapped cells, pt; heads are broken to fit over them."""
    width_of = partial(runs_width, size=size)
    widths = {}
    over: dict[tuple[Runs, ...], float] = {}  # the widest cells under a head: both arms break it alike
    alone = not any(c.side == "left" and c.key != "study" for c in columns)
    for column in columns:
        need = DOT * size if column.dots else 0.0
        for row in model.rows:
            runs = row.cells.get(column.key)
            if not runs:
                continue
            own = cell_width(runs, size, column.align)
            if column.key != "study" or not spanning(row):
                need = max(need, own + (indent_of(row, size) if column.key == "study" else 0.0))
            elif alone and (row.kind == "prediction" or own <= NAME * size):
                need = max(need, own)  # nothing to run under: the plot stands to the right
        widths[column.key] = need
        if column.arm is not None:
            over[column.head] = max(need, over.get(column.head, 0.0))
    for column in columns:
        need = widths[column.key]
        cells = over[column.head] if column.arm is not None else need
        widths[column.key] = max([need, *(_head_need(line, width_of, size, cells) for line in column.head)])
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
    widens the gaps. Several plots share the room; each gets 24 mm at least.
    """
    gaps = Gaps.of(width)
    widths = natural_widths(model, columns, size)
    arm_lines = _spread_arms(model, columns, widths, gaps.column, size)
    number = len(model.panels)
    least, most = least_room(width, number), 0.45 * width * (1 if number == 1 else 1.35)
    slots = _slots(columns, number)
    fixed = _gaps_between(slots, gaps.column, size)
    room = width - 2 * gaps.pad - sum(gap for gap, _ in fixed) - sum(widths.values())
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
    plots = min(room, most)
    elastic = sum(grows for _, grows in fixed)
    spare = (room - plots) / max(elastic, 1)
    between = [gap + (spare if grows else 0.0) for gap, grows in fixed]
    boxes, rooms = _positions(slots, between, widths, gaps.pad, plots / number)
    heads = {box.column.key: _broken_head(box.column, box.width, size) for box in boxes}
    notes_right = rooms[0].left - between[next(i for i, slot in enumerate(slots) if slot == 0) - 1]
    return Columns(size, boxes, _zoned(rooms, boxes, width), label, arm_lines, heads, notes_right)


def least_room(width: float, panels: int) -> float:
    """Least width for all plots together on a page, pt."""
    if panels > 1:
        return panels * 24.0 * MM
    least, most = max(24 * MM, 0.18 * width), 0.45 * width
    return min(least, most) if width >= 60 * MM else least


Slot = Column | int  # a column, or the number of a plot


def _slots(columns: tuple[Column, ...], panels: int) -> list[Slot]:
    """Columns and plots, left to right: each panel's own columns stand beside its plot."""

    def side(name: str, *owners: int | None) -> list[Slot]:
        return [c for c in columns if c.side == name and c.panel in owners]

    if panels == 1:
        return [*side("left", 0, None), 0, *side("right", 0, None)]
    slots: list[Slot] = [*side("left", 0, None), 0, *side("right", 0)]
    for number in range(1, panels):
        slots += [*side("left", number), number, *side("right", number)]
    return [*slots, *side("right", None)]


def _panel_of(slot: Slot) -> int | None:
    return slot if isinstance(slot, int) else slot.panel


def _gaps_between(slots: list[Slot], gap: float, size: float) -> list[tuple[float, bool]]:
    """Gap between each slot and the next, and whether it grows where there is room to spare."""
    gaps = []
    for one, other in itertools.pairwise(slots):
        dots = [not isinstance(slot, int) and slot.dots for slot in (one, other)]
        apart = _panel_of(one) != _panel_of(other) and _panel_of(other)
        gaps.append((TIGHT * size, False) if all(dots) else (gap * (1.6 if apart else 1.0), True))
    return gaps


def _positions(
    slots: list[Slot], between: list[float], widths: dict[str, float], pad: float, plot: float
) -> tuple[tuple[ColumnBox, ...], list[PlotRoom]]:
    boxes: list[ColumnBox] = []
    rooms: list[PlotRoom] = []
    x = pad
    for slot, gap in zip(slots, [*between, 0.0], strict=True):
        if isinstance(slot, int):
            rooms.append(PlotRoom(x, plot, (x, x + plot)))
            x += plot + gap
        else:
            boxes.append(ColumnBox(slot, x, widths[slot.key]))
            x += widths[slot.key] + gap
    return tuple(boxes), rooms


def _zoned(rooms: list[PlotRoom], boxes: tuple[ColumnBox, ...], width: float) -> tuple[PlotRoom, ...]:
    """Let the text under each plot go half way to what belongs to the next."""
    pad = Gaps.of(width).pad
    borders = [pad]
    for number, (one, other) in enumerate(itertools.pairwise(rooms)):
        own = [b.left + b.width for b in boxes if b.column.panel == number]
        next_own = [b.left for b in boxes if b.column.panel == number + 1]
        end, start = max([one.right, *own]), min([other.left, *next_own])
        borders.append((end + start) / 2)
    borders.append(width - pad)
    half = Gaps.of(width).column / 2
    edges = [
        (low + (half if i else 0.0), high - (half if i + 1 < len(rooms) else 0.0))
        for i, (low, high) in enumerate(itertools.pairwise(borders))
    ]
    return tuple(PlotRoom(r.left, r.width, zone) for r, zone in zip(rooms, edges, strict=True))


def _broken_head(column: Column, width: float, size: float) -> tuple[Runs, ...]:
    width_of = partial(runs_width, size=size)
    lines: list[Runs] = []
    for line in column.head:
        lines.extend(wrap_balanced(line, width + 0.01, width_of))
    return tuple(lines)
