"""Labels beside points: none overlaps another, a mark or a line, none leaves the plot.

Eight places round the mark, then places further off with a leader line, then a number with a key under
the figure. The order of the labels decides who chooses first, so equal input gives equal places.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from k2meta.records import FloatArray

__all__ = ["Box", "Candidate", "Obstacles", "Placed", "place_labels"]

# East first, as readers look for a label right of its mark; then the corners, then above and below.
_NEAR = ((1, 0), (0.71, -0.71), (0.71, 0.71), (-1, 0), (-0.71, -0.71), (-0.71, 0.71), (0, -1), (0, 1))
_FAR = tuple((math.cos(t * math.pi / 8), math.sin(t * math.pi / 8)) for t in (0, 15, 1, 14, 2, 13, 3, 12))
_FAR += tuple((math.cos(t * math.pi / 8), math.sin(t * math.pi / 8)) for t in (8, 9, 7, 10, 6, 11, 5, 4))
_REACH = (1.2, 2.0, 3.0, 4.0, 5.5, 7.0, 9.0)  # ems
_GAP = 0.18  # em between mark and label
_AIR = 0.12  # em that labels keep from everything
_BETWEEN = 0.4  # em between two labels on one line, or they are read as one
_APART = 0.4  # em from another mark at which nobody takes a label for that mark's
_ROUNDS = 6
_COST_NONE, _COST_NUMBER, _COST_LEADER = 100.0, 10.0, 1.0
_FURTHER = 1  # steps that a label goes further to keep off a reference line

Segment = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pt from the top left corner of the page."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A label that wants a place: its point, the radius of its mark, its size (all pt)."""

    x: float
    y: float
    radius: float
    width: float
    height: float
    number_width: float = 0.0


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What labels keep off: boxes, discs (x, y, radius), lines; and lines they had better not touch."""

    boxes: tuple[Box, ...] = ()
    discs: tuple[tuple[float, float, float], ...] = ()
    lines: tuple[Segment, ...] = ()
    faint: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a label stands.

    Attributes
    ----------
    box : Box
    leader : tuple of float or None
        x1, y1, x2, y2 of the line from the mark to the label.
    numbered : bool
        Whether a number stands there instead, to be explained in a key.
    """

    box: Box
    leader: Segment | None = None
    numbered: bool = False


def _array(rows: Sequence[Sequence[float]], columns: int) -> FloatArray:
    return np.array(rows, dtype=float).reshape(-1, columns)


def _crossing(lines: FloatArray, box: Box) -> bool:
    """Whether any line meets the box (clipping by Liang and Barsky, all lines at once)."""
    if not len(lines):
        return False
    x, y = lines[:, 0], lines[:, 1]
    dx, dy = lines[:, 2] - x, lines[:, 3] - y
    first, last = np.zeros(len(lines)), np.ones(len(lines))
    inside = np.ones(len(lines), dtype=bool)
    for step, room in ((-dx, x - box.left), (dx, box.right - x), (-dy, y - box.top), (dy, box.bottom - y)):
        still = step == 0
        inside &= ~(still & (room < 0))
        share = np.divide(room, step, out=np.zeros_like(room), where=~still)
        first = np.where(step < 0, np.maximum(first, share), first)
        last = np.where(step > 0, np.minimum(last, share), last)
    return bool(np.any(inside & (first <= last)))


class _Field:
    """The plot with everything that stands in it so far."""

    def __init__(self, room: Box, obstacles: Obstacles, em: float) -> None:
        self.room = room
        self.air = _AIR * em
        self.boxes = _array([(b.left, b.top, b.right, b.bottom) for b in obstacles.boxes], 4)
        self.leaders = _array((), 4)
        self.discs = _array(obstacles.discs, 3)
        self.lines = _array(obstacles.lines, 4)
        self.faint = _array(obstacles.faint, 4)

    def free(self, box: Box) -> bool:
        """Whether nothing stands in the way."""
        room, air = self.room, self.air
        if box.left < room.left or box.right > room.right or box.top < room.top or box.bottom > room.bottom:
            return False
        wide = Box(box.left - air, box.top - air, box.right + air, box.bottom + air)
        boxes = self.boxes
        if len(boxes):
            beside = _BETWEEN / _AIR * air
            apart = (boxes[:, 0] > box.right + beside) | (boxes[:, 2] < box.left - beside)
            apart |= (boxes[:, 1] > wide.bottom) | (boxes[:, 3] < wide.top)
            if not apart.all():
                return False
        if len(self.discs):
            x = np.clip(self.discs[:, 0], box.left, box.right)
            y = np.clip(self.discs[:, 1], box.top, box.bottom)
            away = np.hypot(self.discs[:, 0] - x, self.discs[:, 1] - y)
            if np.any(away < self.discs[:, 2] + 0.5 * air):
                return False
        return not _crossing(self.lines, wide) and not _crossing(self.leaders, wide)

    def clear(self, leader: Segment, label: Candidate) -> bool:
        """Whether a leader line crosses no label, and no mark but its own."""
        line = _array([leader], 4)
        if any(_crossing(line, Box(*box)) for box in self.boxes):
            return False
        if not len(self.discs):
            return True
        x1, y1, x2, y2 = leader
        dx, dy = x2 - x1, y2 - y1
        x, y = self.discs[:, 0], self.discs[:, 1]
        along = np.clip(((x - x1) * dx + (y - y1) * dy) / max(dx * dx + dy * dy, 1e-12), 0.0, 1.0)
        away = np.hypot(x - x1 - along * dx, y - y1 - along * dy)
        # marks that overlap the label's own cannot be kept off
        others = np.hypot(x - label.x, y - label.y) > label.radius + self.discs[:, 2]
        return not bool(np.any(others & (away < self.discs[:, 2] + 0.5 * self.air)))

    def touches_faint(self, box: Box) -> bool:
        """Whether a reference line runs through the box."""
        return _crossing(self.faint, box)

    def beside_another(self, box: Box, label: Candidate, em: float) -> bool:
        """Whether the label would stand so near another mark that it could be taken for its."""
        if not len(self.discs):
            return False
        x, y, radius = self.discs.T
        away = np.hypot(x - np.clip(x, box.left, box.right), y - np.clip(y, box.top, box.bottom))
        others = np.hypot(x - label.x, y - label.y) > label.radius + radius
        return bool(np.any(others & (away < radius + _APART * em)))

    def take(self, placed: Placed) -> None:
        """Put a label down."""
        box = placed.box
        self.boxes = np.vstack([self.boxes, (box.left, box.top, box.right, box.bottom)])
        if placed.leader is not None:
            self.leaders = np.vstack([self.leaders, placed.leader])


def _beside(label: Candidate, width: float, along: tuple[float, float], away: float) -> Box:
    """The box of a label whose nearest point lies so far from the middle of its mark."""
    x, y = label.x + away * along[0], label.y + away * along[1]
    left = x - width * (1 - along[0]) / 2
    top = y - label.height * (1 - along[1]) / 2
    return Box(left, top, left + width, top + label.height)


def _nearest(box: Box, x: float, y: float) -> tuple[float, float]:
    """The point of a box at which a leader ends: the middle of the edge that faces the mark."""
    middle = (box.top + box.bottom) / 2
    if x < box.left:
        return box.left, middle
    if x > box.right:
        return box.right, middle
    return min(max(x, box.left), box.right), box.bottom if y > box.bottom else box.top


def _choose(label: Candidate, field: _Field, em: float, width: float, numbered: bool) -> Placed | None:
    best: tuple[float, Placed] | None = None
    for rank, along in enumerate(_NEAR):
        box = _beside(label, width, along, label.radius + _GAP * em)
        if field.free(box):
            cost = rank + (len(_NEAR) if field.touches_faint(box) else 0)
            cost += len(_NEAR) // 2 if field.beside_another(box, label, em) else 0
            if best is None or cost < best[0]:
                best = (cost, Placed(box, None, numbered))
    if best is not None:
        return best[1]
    return _choose_far(label, field, em, width, numbered)


def _choose_far(label: Candidate, field: _Field, em: float, width: float, numbered: bool) -> Placed | None:
    """The nearest place with a leader line, or a somewhat further one off all lines and other marks."""
    second: tuple[int, Placed] | None = None
    for step, reach in enumerate(_REACH):
        if second is not None and step > second[0] + _FURTHER:
            break
        for along in _FAR:
            box = _beside(label, width, along, label.radius + reach * em)
            if not field.free(box):
                continue
            leader = _leader(label, box)
            if leader is None or not field.clear(leader, label):
                continue
            if not field.touches_faint(box) and not field.beside_another(box, label, em):
                return Placed(box, leader, numbered)
            second = second or (step, Placed(box, leader, numbered))
    return None if second is None else second[1]


def _leader(label: Candidate, box: Box) -> Segment | None:
    """The line from the edge of a mark to its label; None where that would begin inside the mark."""
    end = _nearest(box, label.x, label.y)
    length = math.hypot(end[0] - label.x, end[1] - label.y)
    if length <= label.radius:
        return None
    share = label.radius / length
    return (label.x + (end[0] - label.x) * share, label.y + (end[1] - label.y) * share, *end)


def place_labels(
    labels: Sequence[Candidate], room: Box, obstacles: Obstacles, em: float
) -> list[Placed | None]:
    """Find a place for each label.

    Parameters
    ----------
    labels : sequence of Candidate
        In the order in which they may choose.
    room : Box
        No label leaves it.
    obstacles : Obstacles
        The marks of the labels themselves among them.
    em : float
        Type size, pt.

    Returns
    -------
    list of Placed or None
        In the order given; None where not even a number finds room.

    Examples
    --------
    >>> place_labels([Candidate(50, 50, 2, 20, 8)], Box(0, 0, 100, 100), Obstacles(), 8)[0].box.left
    53.44
    """
    order = list(range(len(labels)))
    best: tuple[float, list[Placed | None]] | None = None
    for _ in range(_ROUNDS):
        found = _one_round(labels, order, room, obstacles, em)
        cost = sum(map(_cost, found))
        if best is None or cost < best[0]:
            best = (cost, found)
        hard = [i for i in order if _cost(found[i]) >= _COST_NUMBER]
        if not hard:
            break
        # whoever found no room for a name chooses first in the next round
        order = hard + [i for i in order if i not in hard]
    return best[1] if best is not None else []


def _cost(placed: Placed | None) -> float:
    if placed is None:
        return _COST_NONE
    return (_COST_NUMBER if placed.numbered else 0.0) + (_COST_LEADER if placed.leader else 0.0)


def _one_round(
    labels: Sequence[Candidate], order: Sequence[int], room: Box, obstacles: Obstacles, em: float
) -> list[Placed | None]:
    field = _Field(room, obstacles, em)
    found: list[Placed | None] = [None] * len(labels)
    for i in order:
        label = labels[i]
        placed = _choose(label, field, em, label.width, False)
        if placed is None and label.number_width:
            placed = _choose(label, field, em, label.number_width, True)
        if placed is not None:
            field.take(placed)
        found[i] = placed
    return found
