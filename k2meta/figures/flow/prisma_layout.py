"""A PRISMA 2020 flow diagram in points: boxes sized by their text, straight arrows, stages at the left."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from k2meta.errors import LayoutError
from k2meta.figures.flow.prisma_boxes import STAGES, Box, BoxLine, Section, prisma_arrows
from k2meta.figures.lettering.faces import is_han
from k2meta.figures.looks.display import Item, Page, Shape, Stroke, Text
from k2meta.figures.looks.model import Runs, run
from k2meta.figures.looks.themes import MM, Theme, type_sizes
from k2meta.figures.page.layout_columns import LEADING, Gaps
from k2meta.figures.page.layout_text import CAP, place_text
from k2meta.figures.page.wrapping import longest_piece, runs_width, wrap, wrap_balanced
from k2meta.figures.words.catalogue import say

__all__ = ["lay_out_prisma"]

# in type sizes
INSET = 0.55  # from the side of a box to its text
ABOVE = 0.45  # from its top to the first line
INDENT = 0.9
HANG = 0.6
ACROSS = 1.9  # least length of an arrow to the right
DOWN = 1.5  # of an arrow downwards
BAR = 1.9  # width of a stage's bar
NARROWEST = 11.5  # a box
WIDEST = 27.0
FILL = "#DCE6F1"
EDGE_WIDTH = 0.6
Edges = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class _Placed:
    """A box with its wrapped lines (indent, runs) and its edges, pt."""

    box: Box
    lines: tuple[tuple[float, Runs], ...]
    edges: Edges

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        left, top, right, bottom = self.edges
        return (left + right) / 2, (top + bottom) / 2


@dataclass(frozen=True, slots=True)
class _Plan:
    """Column edges by section and column, at one type size."""

    size: float
    columns: dict[tuple[str, bool], tuple[float, float]]
    lines: dict[str, tuple[tuple[float, Runs], ...]]


def _least(boxes: Sequence[Box], size: float) -> float:
    """Narrowest column in which no word is cut, pt."""
    width_of = partial(runs_width, size=size)
    words = max(
        longest_piece(line.text, width_of) + line.level * INDENT * size for box in boxes for line in box.lines
    )
    # a reason may be one long word: it is cut, rather than refusing the page
    return max(NARROWEST * size, min(words + 2 * INSET * size, 1.4 * NARROWEST * size))


def _frame(size: float, count: int, points: float) -> float:
    """What is not boxes: margins, bar, arrows, pt."""
    return 2 * Gaps.of(points).pad + (BAR + 0.7) * size + ACROSS * size * (count - 1)


def _plan(boxes: Sequence[Box], sections: Sequence[Section], size: float, points: float) -> _Plan | None:
    count = sum(section.columns for section in sections)
    room = (points - _frame(size, count, points)) / count
    if room < _least(boxes, size):
        return None
    own = min(room, WIDEST * size)
    gap = ACROSS * size + (room - own) * count / max(count - 1, 1)
    left = Gaps.of(points).pad + (BAR + 0.7) * size
    columns: dict[tuple[str, bool], tuple[float, float]] = {}
    for section in sections:
        for side in (False, True)[: section.columns]:
            columns[section.name, side] = (left, left + own)
            left += own + gap
    width_of = partial(runs_width, size=size)
    lines = {}
    for box in boxes:
        wrapped: list[tuple[float, Runs]] = []
        for line in box.lines:
            indent = line.level * INDENT * size
            inside = own - 2 * INSET * size - indent
            hang = HANG * size if _is_item(line, box) else 0.0  # so that each item begins visibly
            if width_of(line.text) <= inside:
                wrapped.append((indent, line.text))
                continue
            # balanced lines would tear names apart for the sake of the number behind them
            first, *rest = (wrap if line.key else wrap_balanced)(line.text, inside - hang, width_of)
            wrapped += [(indent, first), *((indent + hang, piece) for piece in rest)]
        lines[box.key] = tuple(wrapped)
    return _Plan(size, columns, lines)


def _is_item(line: BoxLine, box: Box) -> bool:
    """Whether a line is one of several of its kind: an indented one, or one of a box of nothing else."""
    return len(box.lines) > 1 and (line.level > 0 or not any(other.level for other in box.lines))


def _box_height(lines: int, size: float) -> float:
    return (2 * ABOVE + LEADING * lines - 0.2) * size


def _stage_length(stage: str, lang: str, size: float) -> float:
    """Length of a stage's name along its bar, pt."""
    name = say(f"prisma: {stage}", lang)
    if is_han(name[0]):
        return 1.15 * size * len(name)
    return runs_width(run(name, bold=True), size)


def _row_heights(boxes: Sequence[Box], plan: _Plan, lang: str) -> dict[int, float]:
    """Height of each row: its highest box; a stage is as long as its name at least."""
    size = plan.size
    heights: dict[int, float] = {}
    for box in boxes:
        own = _box_height(len(plan.lines[box.key]), size)
        heights[box.row] = max(heights.get(box.row, 0.0), own)
    for stage, (first, last) in STAGES.items():
        rows = [row for row in heights if first <= row <= last]
        has = sum(heights[row] for row in rows) + DOWN * size * (len(rows) - 1)
        short = _stage_length(stage, lang, size) + 1.2 * size - has
        for row in rows:
            heights[row] += max(0.0, short) / len(rows)
    return heights


def _head_lines(sections: Sequence[Section], plan: _Plan) -> dict[str, list[Runs]]:
    width_of = partial(runs_width, size=plan.size)
    out: dict[str, list[Runs]] = {}
    for section in sections:
        left, right = _span(section, plan)
        out[section.name] = wrap_balanced(section.head, right - left - 2 * INSET * plan.size, width_of)
    return out


def _span(section: Section, plan: _Plan) -> tuple[float, float]:
    return plan.columns[section.name, False][0], plan.columns[section.name, section.columns == 2][1]


def _rectangle(edges: Edges) -> tuple[tuple[float, float], ...]:
    left, top, right, bottom = edges
    return ((left, top), (right, top), (right, bottom), (left, bottom))


# --------------------------------------------------------------------------- drawing
def _draw_heads(sections: Sequence[Section], plan: _Plan, top: float) -> tuple[list[Item], float]:
    size = plan.size
    lines = _head_lines(sections, plan)
    height = _box_height(max(map(len, lines.values())), size)
    items: list[Item] = []
    for section in sections:
        left, right = _span(section, plan)
        corners = _rectangle((left, top, right, top + height))
        items.append(Shape(corners, FILL, f"k2:head:{section.name}", "black", EDGE_WIDTH))
        own = lines[section.name]
        y = top + height / 2 + CAP * size - LEADING * size * (len(own) - 1) / 2
        for line in own:
            items.extend(place_text(line, left, right, y, size, "centre", f"k2:text:head:{section.name}"))
            y += LEADING * size
    return items, top + height


def _draw_box(placed: _Placed, size: float) -> Iterator[Item]:
    left, top, _, _ = placed.edges
    key = placed.box.key
    yield Shape(_rectangle(placed.edges), "white", f"k2:box:{key}", "black", EDGE_WIDTH)
    y = top + (ABOVE + 0.5 + CAP) * size
    for indent, line in placed.lines:
        x = left + INSET * size + indent
        yield from place_text(line, x, x, y, size, "left", f"k2:text:{key}")
        y += LEADING * size


def _draw_stage(stage: str, edges: Edges, size: float, lang: str) -> Iterator[Item]:
    left, top, right, bottom = edges
    yield Shape(_rectangle(edges), FILL, f"k2:stage:{stage}", "black", EDGE_WIDTH)
    name = say(f"prisma: {stage}", lang)
    x, y = (left + right) / 2, (top + bottom) / 2
    gid = f"k2:text:stage:{stage}"
    if is_han(name[0]):  # Chinese stands upright, one character under the other
        step = 1.15 * size
        base = y - step * (len(name) - 1) / 2 + 0.38 * size
        for place, char in enumerate(name):
            yield Text(x - size / 2, base + place * step, char, size, bold=True, gid=gid)
        return
    width = runs_width(run(name, bold=True), size)
    yield Text(x + CAP * size, y + width / 2, name, size, bold=True, gid=gid, angle=90.0)


def _head_of_arrow(
    tip: tuple[float, float], along: tuple[int, int], size: float
) -> tuple[tuple[float, float], ...]:
    (x, y), (u, v) = tip, along
    deep, half = 0.62 * size, 0.27 * size
    back = (x - u * deep, y - v * deep)
    return (tip, (back[0] - v * half, back[1] + u * half), (back[0] + v * half, back[1] - u * half))


def _arrow(start: _Placed, end: _Placed, size: float) -> Iterator[Item]:
    """A straight arrow to the right or downwards, or down and round one corner."""
    gid = f"k2:flow:{start.box.key}:{end.box.key}"
    (x0, y0), (x1, y1) = start.middle, end.middle
    if start.box.row == end.box.row:
        points, along = [(start.edges[2], y0), (end.edges[0], y0)], (1, 0)
    elif abs(x0 - x1) < 1e-6:
        points, along = [(x0, start.edges[3]), (x0, end.edges[1])], (0, 1)
    elif x0 > x1:
        points, along = [(x0, start.edges[3]), (x0, y1), (end.edges[2], y1)], (-1, 0)
    else:
        points, along = [(x0, start.edges[3]), (x0, y1), (end.edges[0], y1)], (1, 0)
    tip = points[-1]
    short = (tip[0] - along[0] * 0.5 * size, tip[1] - along[1] * 0.5 * size)
    yield Stroke((*points[:-1], short), 0.8, "black", gid)
    yield Shape(_head_of_arrow(tip, along, size), "black", f"{gid}:head")


def _compose(
    boxes: Sequence[Box], sections: Sequence[Section], plan: _Plan, theme: Theme, points: float, lang: str
) -> Page:
    size = plan.size
    pad = Gaps.of(points).pad
    items, y = _draw_heads(sections, plan, pad)
    heights = _row_heights(boxes, plan, lang)
    y += 0.8 * size
    tops: dict[int, float] = {}
    for row in sorted(heights):
        tops[row] = y
        y += heights[row] + DOWN * size
    placed = {}
    for box in boxes:
        left, right = plan.columns[box.section, box.side]
        own = _box_height(len(plan.lines[box.key]), size)
        top = tops[box.row] + (heights[box.row] - own) / 2
        placed[box.key] = _Placed(box, plan.lines[box.key], (left, top, right, top + own))
    for stage, (first, last) in STAGES.items():
        rows = [row for row in heights if first <= row <= last]
        edges = (pad, tops[rows[0]], pad + BAR * size, tops[rows[-1]] + heights[rows[-1]])
        items.extend(_draw_stage(stage, edges, size, lang))
    for start, end in prisma_arrows(boxes):
        items.extend(_arrow(placed[start], placed[end], size))
    for each in placed.values():
        items.extend(_draw_box(each, size))
    return Page(points, y - DOWN * size + pad, (), tuple(items), (), theme.latin)


def lay_out_prisma(
    boxes: Sequence[Box], sections: Sequence[Section], theme: Theme, width: float, lang: str
) -> tuple[Page, float]:
    """Lay a flow diagram out at the largest type that fits.

    Parameters
    ----------
    boxes : sequence of Box
    sections : sequence of Section
    theme : Theme
    width : float
        Page width, mm.
    lang : {"en", "zh"}

    Returns
    -------
    tuple
        The page, and the type size used (pt).

    Raises
    ------
    LayoutError
        When it is too wide or too high for the page even at the smallest type; with the millimetres needed.
    """
    points = width * MM
    page = None
    for size in type_sizes(theme):
        plan = _plan(boxes, sections, size, points)
        if plan is None:
            continue
        page = _compose(boxes, sections, plan, theme, points, lang)
        if page.height <= theme.max_height * MM + 1e-6:
            return page, size
    size = theme.min_size
    if page is not None:
        need = math.ceil(page.height / MM)
        raise LayoutError(
            f"the flow diagram is {need} mm high on a page of {width:.4g} mm even at {size:g} pt - expected "
            f"at most {theme.max_height:g} mm - take a wider page, shorten the lists of reasons, or raise "
            "max_height"
        )
    count = sum(section.columns for section in sections)
    need = math.ceil((_frame(size, count, points) + count * _least(boxes, size)) / MM)
    raise LayoutError(
        f"a page of {width:.4g} mm is too narrow for {count} columns of boxes even at {size:g} pt - about "
        f"{need} mm are needed - take a wider page"
    )
