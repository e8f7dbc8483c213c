"""Favours labels over the plot, side by side in the head, with the null between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from k2meta.figures.axes.axis import Axis
from k2meta.figures.looks.display import Text
from k2meta.figures.looks.model import Panel, Runs
from k2meta.figures.page.layout_columns import LEADING, PlotRoom
from k2meta.figures.page.layout_text import place_text
from k2meta.figures.page.wrapping import longest_piece, runs_width, wrap, wrap_balanced

__all__ = ["NO_LABELS", "Labels", "draw_labels", "labels_over"]

GAP = 0.5  # from the null to a label, in type sizes
PHRASE = 4.0  # least room for a Chinese label, which may be broken anywhere, in type sizes


@dataclass(frozen=True, slots=True)
class Labels:
    """Lines over one plot: line number from the top, left edge in pt, text."""

    lines: tuple[tuple[int, float, Runs], ...] = ()

    @property
    def count(self) -> int:
        """How many lines high they are."""
        return max((number + 1 for number, _, _ in self.lines), default=0)


NO_LABELS = Labels()


def labels_over(panel: Panel, axis: Axis, room: PlotRoom, size: float, lang: str) -> Labels:
    """Break the favours labels of a plot to the room on each side of the null.

    The border moves away from the null where a side is too narrow for its longest word; labels that do not
    fit beside each other at all stand one under the other, at the plot's edges.

    Parameters
    ----------
    panel : Panel
    axis : Axis
        Where the null stands.
    room : PlotRoom
        The plot, pt.
    size : float
        Type size, pt.
    lang : {"en", "zh"}
    """
    if not any(panel.favours):
        return NO_LABELS
    width_of = partial(runs_width, size=size)
    left, right = panel.favours
    needs = [_least(runs, size, lang) for runs in (left, right)]
    gap = GAP * size
    if sum(needs) + 2 * gap > room.width:
        upper = wrap(left, room.width, width_of) if left else []
        lower = wrap(right, room.width, width_of) if right else []
        stacked = [(i, room.left, line) for i, line in enumerate(upper)]
        stacked += [(len(upper) + i, room.right - width_of(line), line) for i, line in enumerate(lower)]
        return Labels(tuple(stacked))
    border = _border(panel, axis, room, needs, gap)
    lines = []
    columns = [
        wrap_balanced(left, border - gap - room.left, width_of) if left else [],
        wrap_balanced(right, room.right - border - gap, width_of) if right else [],
    ]
    height = max(map(len, columns))
    for side, broken in enumerate(columns):
        for i, line in enumerate(broken, height - len(broken)):
            lines.append((i, border + gap if side else border - gap - width_of(line), line))
    return Labels(tuple(lines))


def _least(runs: Runs, size: float, lang: str) -> float:
    """Least width of a label: its longest word."""
    if not runs:
        return 0.0
    width_of = partial(runs_width, size=size)
    if lang == "zh":
        return min(width_of(runs), max(PHRASE * size, longest_piece(runs, width_of)))
    return longest_piece(runs, width_of)


def _border(panel: Panel, axis: Axis, room: PlotRoom, needs: list[float], gap: float) -> float:
    null = panel.scale.null
    if null is None or not axis.low <= null <= axis.high:
        middle = room.left + room.width / 2
    else:
        middle = room.left + (null - axis.low) / (axis.high - axis.low) * room.width
    return min(max(middle, room.left + needs[0] + gap), room.right - needs[1] - gap)


def draw_labels(labels: Labels, bottom: float, size: float) -> Iterator[Text]:
    """Set the labels so that their last line stands on the baseline ``bottom`` (pt)."""
    for number, left, line in labels.lines:
        y = bottom - LEADING * size * (labels.count - 1 - number)
        yield from place_text(line, left, left, y, size, "left", "k2:text:head:favours")
