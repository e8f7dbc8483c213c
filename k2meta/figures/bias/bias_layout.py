"""The traffic light in points: labels, one column of dots for each domain, legend, pages."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from k2meta.errors import LayoutError
from k2meta.figures.bias.bias_legend import draw_legend
from k2meta.figures.bias.bias_marks import bias_dot
from k2meta.figures.bias.bias_reading import RiskOfBias
from k2meta.figures.looks.display import Item, Page, Stroke
from k2meta.figures.looks.model import Runs, bold, run
from k2meta.figures.looks.themes import MM, Theme, type_sizes
from k2meta.figures.page.layout_columns import LEADING, Gaps
from k2meta.figures.page.layout_text import CAP, place_text
from k2meta.figures.page.wrapping import longest_piece, runs_width, wrap_balanced
from k2meta.figures.words.catalogue import say

__all__ = ["BiasColumn", "BiasLayout", "lay_out_bias"]

DOT = 0.84  # diameter of a dot, in row heights
BETWEEN = 1.6  # pt between two dots at least
WIDEST = 8.0  # a column of dots, in type sizes
APART = 0.7  # more room before a new group of columns, in type sizes
GREY = "#C8C8C8"
OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class BiasColumn:
    """One column of dots: its code, what stands over it, its group, its place (pt)."""

    code: str
    head: str
    group: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class _Grid:
    """A type size with the places that follow from it."""

    size: float
    pitch: float
    left: float
    label_width: float
    columns: tuple[BiasColumn, ...]
    lines: tuple[tuple[Runs, ...], ...]

    def height(self, study: int) -> float:
        """Height of a study's row, pt."""
        return self.pitch + LEADING * self.size * (len(self.lines[study]) - 1)


@dataclass(frozen=True, slots=True)
class BiasLayout:
    """A laid-out traffic light: its pages, the type size, and whether labels were wrapped."""

    pages: tuple[Page, ...]
    size: float
    wrapped: bool


def _heads(found: RiskOfBias, lang: str) -> list[tuple[str, str, str]]:
    """Code, head and group of each column."""
    heads = [(domain.code, domain.code, domain.group) for domain in found.domains]
    if found.overall is not None:
        heads.append((OVERALL, say("rob: overall", lang), OVERALL))
    return heads


def _least_widths(heads: Sequence[tuple[str, str, str]], size: float, pitch: float) -> list[float]:
    """Narrowest columns: a dot, or the head over it, alike in all domains; a new group stands apart."""
    own = [
        max(DOT * pitch + BETWEEN, runs_width(run(head, bold=True), size) + 0.5 * size)
        for _, head, _ in heads
    ]
    alike = max(need for need, (code, _, _) in zip(own, heads, strict=True) if code != OVERALL)
    widths = []
    before = heads[0][2]
    for need, (code, _, group) in zip(own, heads, strict=True):
        apart = APART * size if group != before else 0.0
        widths.append((need if code == OVERALL else alike) + apart)
        before = group
    return widths


def _grid(
    found: RiskOfBias, theme: Theme, width: float, size: float, lang: str, wrapped: bool, cut: bool
) -> _Grid | None:
    """Places at one type size; None when the page is too narrow for it."""
    gaps = Gaps.of(width)
    pitch = theme.row_pitch * size
    heads = _heads(found, lang)
    least = _least_widths(heads, size, pitch)
    labels = [run(study) for study in found.studies]
    width_of = partial(runs_width, size=size)
    natural = max(max(map(width_of, labels)), width_of(run(say("study", lang), bold=True)))
    room = width - 2 * gaps.pad - gaps.column
    free = room - sum(least)
    label_width = natural
    if wrapped:
        words = max(longest_piece(label, width_of) for label in labels)
        floor = 5.0 * size if cut else max(5.0 * size, words)
        if floor > free:
            return None
        label_width = min(natural, free)
    elif natural > free:
        return None
    lines = tuple(
        (label,) if width_of(label) <= label_width else tuple(wrap_balanced(label, label_width, width_of))
        for label in labels
    )
    share = (room - label_width - 2 * size) / sum(least)
    widths = [max(need, min(need * share, WIDEST * size)) for need in least]
    left = width - gaps.pad - sum(widths)
    columns = []
    for (code, head, group), own in zip(heads, widths, strict=True):
        columns.append(BiasColumn(code, head, group, left, own))
        left += own
    return _Grid(size, pitch, gaps.pad, label_width, tuple(columns), lines)


def _choose(found: RiskOfBias, theme: Theme, width: float, lang: str) -> tuple[_Grid, bool]:
    """Walk down the ladder: smaller type, labels of two lines, of three; then words cut, in few lines."""
    for most, wrapped in ((1, False), (2, True), (3, True)):
        for size in type_sizes(theme):
            grid = _grid(found, theme, width, size, lang, wrapped, cut=False)
            if grid is not None and max(map(len, grid.lines)) <= most:
                return grid, wrapped
    tried = [_grid(found, theme, width, size, lang, True, cut=True) for size in type_sizes(theme)]
    fitting = [grid for grid in tried if grid is not None]
    if fitting:
        return min(fitting, key=lambda grid: max(map(len, grid.lines))), True
    size = theme.min_size
    gaps = Gaps.of(width)
    least = sum(_least_widths(_heads(found, lang), size, theme.row_pitch * size))
    need = math.ceil((least + 5 * size + 2 * gaps.pad + gaps.column) / MM)
    raise LayoutError(
        f"a page of {width / MM:.4g} mm is too narrow for {len(found.domains)} domains even at {size:g} pt - "
        f"about {need} mm are needed - take a wider page"
    )


# --------------------------------------------------------------------------- drawing
def _spans(found: RiskOfBias, grid: _Grid) -> list[tuple[str, list[BiasColumn]]]:
    """Groups of columns with a name over them: only where the tool has more than one group."""
    groups = [domain.group for domain in found.domains]
    if len(set(groups)) < 2:
        return []
    return [(group, [c for c in grid.columns if c.group == group]) for group in dict.fromkeys(groups)]


def _span_lines(found: RiskOfBias, grid: _Grid, lang: str) -> list[tuple[float, float, list[Runs]]]:
    width_of = partial(runs_width, size=grid.size)
    spans = []
    for group, columns in _spans(found, grid):
        left, right = columns[0].left, columns[-1].left + columns[-1].width
        name = bold(run(say(f"rob: {group}", lang)))
        spans.append((left, right, wrap_balanced(name, right - left - grid.size, width_of)))
    return spans


def _draw_head(
    found: RiskOfBias, grid: _Grid, top: float, right: float, lang: str
) -> tuple[list[Item], float]:
    size = grid.size
    spans = _span_lines(found, grid, lang)
    deep = max((len(lines) for _, _, lines in spans), default=0)
    base = top + size + (deep * LEADING * size + 0.5 * size if spans else 0.0)
    items: list[Item] = []
    for number, (left, end, lines) in enumerate(spans):
        rule = base - 1.15 * size
        y = rule - 0.4 * size - LEADING * size * (len(lines) - 1)
        for line in lines:
            items.extend(place_text(line, left, end, y, size, "centre", f"k2:text:head:span{number}"))
            y += LEADING * size
        inset = 0.35 * size
        items.append(
            Stroke(((left + inset, rule), (end - inset, rule)), 0.4, "black", f"k2:bg:span:{number}")
        )
    head = run(say("study", lang), bold=True)
    items.extend(place_text(head, grid.left, grid.left, base, size, "left", "k2:text:head:study"))
    for column in grid.columns:
        text = run(column.head, bold=True)
        edges = (column.left, column.left + column.width)
        items.extend(place_text(text, *edges, base, size, "centre", f"k2:text:head:{column.code}"))
    rule = base + 0.45 * size
    items.append(Stroke(((grid.left, rule), (right, rule)), 0.6, "black", "k2:bg:rule:head"))
    return items, rule


def _draw_row(found: RiskOfBias, grid: _Grid, study: int, top: float, palette: str) -> Iterator[Item]:
    size = grid.size
    centre = top + grid.height(study) / 2
    lines = grid.lines[study]
    y = centre + CAP * size - LEADING * size * (len(lines) - 1) / 2
    for line in lines:
        yield from place_text(line, grid.left, grid.left, y, size, "left", f"k2:text:{study}:study")
        y += LEADING * size
    cells = list(found.judgements[study])
    if found.overall is not None:
        cells.append(found.overall[study])
    for column, cell in zip(grid.columns, cells, strict=True):
        x = column.left + column.width / 2
        yield from bias_dot(x, centre, DOT * grid.pitch, cell, palette, f"k2:dot:{study}:{column.code}")


def _page(
    found: RiskOfBias,
    grid: _Grid,
    rows: Sequence[int],
    theme: Theme,
    width: float,
    lang: str,
    palette: str,
    first: bool,
) -> Page:
    pad = Gaps.of(width).pad
    right = width - pad
    items: list[Item] = []
    y = pad
    if not first:
        y += grid.size
        continued = run(say("continued", lang))
        items.extend(place_text(continued, pad, pad, y, grid.size, "left", "k2:text:head:continued"))
        y += 0.4 * grid.size
    head, y = _draw_head(found, grid, y, right, lang)
    items.extend(head)
    for place, study in enumerate(rows):
        if place:
            items.append(Stroke(((pad, y), (right, y)), 0.25, GREY, f"k2:bg:rule:{study}"))
        items.extend(_draw_row(found, grid, study, y, palette))
        y += grid.height(study)
    items.append(Stroke(((pad, y), (right, y)), 0.6, "black", "k2:bg:rule:foot"))
    small = max(theme.min_size, grid.size - 1.0)
    legend, y = draw_legend(found, (pad, right), y + 0.3 * small, small, lang, palette)
    items.extend(legend)
    return Page(width, y + pad, (), tuple(items), tuple(rows), theme.latin)


def lay_out_bias(
    found: RiskOfBias, theme: Theme, width: float, lang: str, palette: str, *, pages: bool
) -> BiasLayout:
    """Lay a traffic light out.

    Parameters
    ----------
    found : RiskOfBias
    theme : Theme
    width : float
        Page width, mm.
    lang : {"en", "zh"}
    palette : str
    pages : bool
        Whether to cut it into pages no higher than the theme allows.

    Raises
    ------
    LayoutError
        When the page is too narrow, or too low for a single study; with the millimetres needed.
    """
    points = width * MM
    grid, wrapped = _choose(found, theme, points, lang)
    compose = partial(_page, found, grid, theme=theme, width=points, lang=lang, palette=palette)
    if not pages:
        return BiasLayout((compose(range(found.k), first=True),), grid.size, wrapped)
    limit = theme.max_height * MM
    bare = compose([], first=False).height
    chunks: list[list[int]] = [[]]
    used = bare
    for study in range(found.k):
        height = grid.height(study)
        if chunks[-1] and used + height > limit:
            chunks.append([])
            used = bare
        if used + height > limit:
            need = math.ceil((used + height) / MM)
            raise LayoutError(
                f"a page of {theme.max_height:g} mm height has no room for a study beside head and legend - "
                f"about {need} mm are needed - raise max_height"
            )
        chunks[-1].append(study)
        used += height
    done = tuple(compose(chunk, first=number == 0) for number, chunk in enumerate(chunks))
    return BiasLayout(done, grid.size, wrapped)
