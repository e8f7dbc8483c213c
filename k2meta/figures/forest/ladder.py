"""What is given up, in which order, when a figure is too wide for its page.

1. Type size down in quarter points to the theme's smallest.
2. Study labels wrapped.
3. Each arm's columns merged (``events/total``).
4. Optional columns dropped: the arms' data, then the weights, then the reader's own columns; one
   :class:`LayoutWarning` names them.
5. :class:`LayoutError` with the millimetres needed.

After each step the largest type size that fits is taken.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from k2meta.errors import LayoutError, LayoutWarning
from k2meta.figures.forest.layout_rows import label_lines
from k2meta.figures.looks.model import Column, FigureModel, Row
from k2meta.figures.looks.themes import MM, Theme, type_sizes
from k2meta.figures.page.layout_columns import (
    Columns,
    Gaps,
    label_floor,
    least_room,
    natural_widths,
    place_columns,
)

__all__ = ["Fit", "fit_columns", "warn_of_dropped"]

WORD = 0.45  # share of the page that one unbreakable word of a label may take
CUT = (0.2, 0.0)


@dataclass(frozen=True, slots=True)
class Fit:
    """The columns that fit, and what it took."""

    columns: Columns
    merged: bool
    wrapped: bool
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Variant:
    """One rung: columns, whether merged, share of the page that a long word may take, keys dropped."""

    columns: tuple[Column, ...]
    merged: bool
    label_share: float | None
    dropped: tuple[str, ...] = ()
    strict: bool = False  # whether labels of more than three lines send the search further down


def _variants(model: FigureModel) -> Iterator[_Variant]:
    yield _Variant(model.columns, False, None)
    yield _Variant(model.columns, False, WORD, strict=model.merged != model.columns)
    columns, merged = model.columns, model.merged != model.columns
    if merged:
        columns = model.merged
        yield _Variant(columns, True, WORD)
    dropped: tuple[str, ...] = ()
    for number in sorted({c.drop for c in columns if c.drop}):
        dropped += tuple(c.key for c in columns if c.drop == number)
        rest = tuple(c for c in columns if c.drop != number)
        yield _Variant(rest, merged, WORD, dropped)
        columns = rest
    # as a last resort, words longer than a fifth of the page are cut, then all that are longer than 5 em
    for share in CUT:
        yield _Variant(columns, merged, share, dropped)


def fit_columns(model: FigureModel, theme: Theme, width: float) -> Fit:
    """Walk down the ladder until the columns fit a page.

    Parameters
    ----------
    model : FigureModel
    theme : Theme
    width : float
        Page width, pt.

    Raises
    ------
    LayoutError
        When nothing helps; the message gives the millimetres needed.
    """
    last = model.columns
    for rung in _variants(model):
        last = rung.columns
        limit = None if rung.label_share is None else rung.label_share * width
        placed = _largest(model, rung, theme, width, limit)
        if placed is not None:
            return Fit(placed, rung.merged, limit is not None, rung.dropped)
    raise LayoutError(_needed(model, last, theme, width))


def _largest(
    model: FigureModel, rung: _Variant, theme: Theme, width: float, limit: float | None
) -> Columns | None:
    """Largest type size that fits with labels of two lines, or else three.

    Labels that need more lines send the search down one rung while another one remains that costs no
    column; on the last of those, the size with the fewest lines is taken.
    """
    tried: list[tuple[int, Columns]] = []
    labels = [row for row in model.rows if row.kind != "note"]
    for size in type_sizes(theme):
        placed = place_columns(model, rung.columns, theme, width, size, label_limit=limit)
        if placed is None:
            continue
        # a total in three lines counts as a study in four: its label is short, its column too narrow
        lines = max((_lines(row, placed, theme) for row in labels), default=1)
        if lines <= 2:
            return placed
        tried.append((lines, placed))
    if not tried:
        return None
    fewest, best = min(tried, key=lambda pair: pair[0])
    return next((p for lines, p in tried if lines <= 3), None if rung.strict and fewest > 3 else best)


def _lines(row: Row, columns: Columns, theme: Theme) -> int:
    lines = len(label_lines(row, columns, theme))
    return lines + (row.kind != "study" and lines > 2)


def warn_of_dropped(dropped: tuple[str, ...], width: float) -> None:
    """Name the columns left out."""
    names = ", ".join(dropped)
    warnings.warn(
        f"the page of {width / MM:.4g} mm is too narrow for every column - left out: {names} - "
        "take a wider page, or name the columns to be shown with columns=[...]",
        LayoutWarning,
        stacklevel=4,
    )


def _needed(model: FigureModel, columns: tuple[Column, ...], theme: Theme, width: float) -> str:
    size = theme.min_size
    need, asked = 0, width
    while not need or need * MM > asked + 1e-9:  # gaps and the least plot grow with the page
        asked = max(width, need * MM)
        widths = natural_widths(model, columns, size)
        widths["study"] = min(widths["study"], label_floor(model, size, CUT[-1] * asked))
        panels = len(model.panels)
        gap = Gaps.of(asked).column * (len(columns) + 1.6 * (panels - 1))
        least = sum(widths.values()) + gap + 2 * Gaps.of(asked).pad + least_room(asked, panels)
        need = math.ceil(least / MM)
    return (
        f"a page of {width / MM:.4g} mm is too narrow even at {size:g} pt with only the columns "
        f"{', '.join(c.key for c in columns)} - about {need} mm are needed - take a wider page or "
        "shorter labels"
    )
