"""Rules of a forest plot: over and under the head, between rows, under the axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from k2meta.figures.looks.display import Stroke
from k2meta.figures.looks.model import Row
from k2meta.figures.looks.themes import Theme
from k2meta.figures.page.layout_columns import Columns

__all__ = ["draw_foot_rule", "draw_head_rules", "draw_row_rules"]

ROW_COLOUR = "#8C8C8C"  # between rows, where black would outweigh the text


def _across(columns: Columns, width: float) -> tuple[float, float]:
    left = columns.boxes[0].left
    return left, width - left


def _rule(ends: tuple[float, float], y: float, weight: float, name: str, colour: str = "black") -> Stroke:
    return Stroke(((ends[0], y), (ends[1], y)), weight, colour, f"k2:bg:rule:{name}")


def draw_head_rules(
    columns: Columns, theme: Theme, top: float, bottom: float, width: float
) -> Iterator[Stroke]:
    """Rules at the upper and lower edge of the head; the lower one only left of the plot where so wanted."""
    page = _across(columns, width)
    if theme.top_rule:
        yield _rule(page, top - 0.3 * columns.size, theme.top_rule, "top")
    if theme.head_rule:
        left_only = theme.head_rule_span == "left"
        yield _rule((page[0], columns.notes_right) if left_only else page, bottom, theme.head_rule, "head")


def draw_row_rules(
    rows: Sequence[tuple[Row, float]], columns: Columns, theme: Theme, width: float
) -> Iterator[Stroke]:
    """Fine rules between rows, given each row with its lower edge in pt; statistics stay with their total."""
    if not theme.row_rule:
        return
    page = _across(columns, width)
    for number, ((row, bottom), (after, _)) in enumerate(pairwise(rows)):
        if row.kind != "space" and after.kind not in ("note", "space"):
            yield _rule(page, bottom, theme.row_rule, f"row{number}", ROW_COLOUR)


def draw_foot_rule(columns: Columns, theme: Theme, y: float, width: float) -> tuple[list[Stroke], float]:
    """Draw the rule that closes the table, under axis and labels; returns the lowest edge used (pt)."""
    if not theme.foot_rule:
        return [], y
    below = y + 0.35 * columns.size
    return [_rule(_across(columns, width), below, theme.foot_rule, "foot")], below + 0.25 * columns.size
