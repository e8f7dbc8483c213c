"""The summary of the risk of bias in points: one stacked bar for each domain over an axis in percent."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from k2meta.errors import LayoutError
from k2meta.figures.bias.bias_legend import draw_dots_legend
from k2meta.figures.bias.bias_marks import EDGE, bias_glyph, gid_part, look_of
from k2meta.figures.bias.bias_reading import RiskOfBias
from k2meta.figures.looks.display import Item, Page, PlotBox, Shape, Stroke
from k2meta.figures.looks.model import Runs, bold, run
from k2meta.figures.looks.themes import MM, Theme, type_sizes
from k2meta.figures.page.layout_columns import LEADING, Gaps
from k2meta.figures.page.layout_text import CAP, place_text
from k2meta.figures.page.wrapping import longest_piece, runs_width, wrap_balanced
from k2meta.figures.words.catalogue import say

__all__ = ["SummaryRow", "lay_out_summary", "summary_rows"]

BAR = 1.5  # height of a bar, in type sizes
PITCH = 2.1  # of a row
NARROWEST = 30 * MM  # the bars
LABELS = 0.48  # share of the page that labels may take
GLYPH = 1.15  # a glyph stands in a circle of this diameter, in type sizes
SMALLEST = 3.0  # pt: a narrower part of a bar has no glyph
TICKS = (0, 25, 50, 75, 100)


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One row: a heading, or a bar with its parts.

    Attributes
    ----------
    code : str
        Of the domain; empty for a heading.
    label : Runs
    shares : mapping of str to float
        Percent of each judgement, exact, in the order drawn.
    printed : mapping of str to str
        The same as printed.
    """

    code: str
    label: Runs
    shares: Mapping[str, float]
    printed: Mapping[str, str]


def summary_rows(
    found: RiskOfBias,
    names: Mapping[str, str],
    shares: Mapping[str, Mapping[str, float]],
    printed: Mapping[str, Mapping[str, str]],
    lang: str,
) -> list[SummaryRow]:
    """Rows from the top: headings where the tool judges more than bias, then domains, then overall."""
    rows: list[SummaryRow] = []
    groups = {domain.code: domain.group for domain in found.domains}
    before = ""
    for code in shares:
        group = groups.get(code, "")
        if group and group != before and len(set(groups.values())) > 1:
            rows.append(SummaryRow("", bold(run(say(f"rob: {group}", lang))), {}, {}))
        before = group
        label = run(names[code])
        rows.append(SummaryRow(code, label if group else bold(label), shares[code], printed[code]))
    return rows


@dataclass(frozen=True, slots=True)
class _Grid:
    size: float
    label_width: float
    lines: tuple[tuple[Runs, ...], ...]

    def height(self, place: int, row: SummaryRow) -> float:
        """Height of a row, pt."""
        text = (0.6 + LEADING * len(self.lines[place])) * self.size
        return text if not row.code else max(PITCH * self.size, text)


def _choose(rows: Sequence[SummaryRow], theme: Theme, width: float) -> _Grid:
    """The largest type at which labels of at most three lines leave room for the bars."""
    gaps = Gaps.of(width)
    room = width - 2 * gaps.pad - gaps.column
    names = [row.label for row in rows if row.code]  # a heading may run on: there is no bar beside it
    for most in (3, 5, 99):
        for size in type_sizes(theme):
            width_of = partial(runs_width, size=size)
            natural = max(map(width_of, names))
            words = max(longest_piece(label, width_of) for label in names)
            least = max(5 * size, words if most < 99 else 0.0)
            limit = min(natural, max(LABELS * width, least))
            if most == 99:  # the last resort: names take what the bars leave
                limit = min(limit, max(room - NARROWEST, least))
            if room - limit < NARROWEST:
                continue
            lines = tuple(
                (row.label,)
                if not row.code or width_of(row.label) <= limit
                else tuple(wrap_balanced(row.label, limit, width_of))
                for row in rows
            )
            if max(map(len, lines)) <= most:
                bars = [own for own, row in zip(lines, rows, strict=True) if row.code]
                own = max(width_of(line) for each in bars for line in each)
                return _Grid(size, own, lines)
    need = math.ceil((NARROWEST + 5 * theme.min_size + 2 * gaps.pad + gaps.column) / MM)
    raise LayoutError(
        f"a page of {width / MM:.4g} mm is too narrow for bars beside the names of the domains even at "
        f"{theme.min_size:g} pt - about {need} mm are needed - take a wider page"
    )


def _bar(
    row: SummaryRow, place: int, plot: PlotBox, centre: float, size: float, small: float, palette: str
) -> Iterator[Item]:
    """Parts of one bar from left to right, with glyph and percentage where there is room."""
    top, bottom = centre - BAR * size / 2, centre + BAR * size / 2
    low = 0.0
    for key, share in row.shares.items():
        high = low + share
        if share <= 0:
            continue
        corners = ((low, top), (high, top), (high, bottom), (low, bottom))
        look = look_of(key, palette)
        yield Shape(corners, look.fill, f"k2:bar:{row.code}:{gid_part(key)}", EDGE, 0.5, "plot")
        room = plot.x(high) - plot.x(low) - 1.0
        middle = (plot.x(low) + plot.x(high)) / 2
        words = run(row.printed[key])
        text = runs_width(words, small)
        mark = min(GLYPH * size, room)
        gid = f"k2:bar:{row.code}:{gid_part(key)}:glyph"
        both = mark + 0.15 * size + text
        if both + 0.5 * size <= room:
            left = middle - both / 2
            yield from bias_glyph(left + mark / 2, centre, mark, key, palette, gid, look.text)
            start = left + mark + 0.15 * size
            y = centre + CAP * small
            for piece in place_text(
                words, start, start, y, small, "left", f"k2:text:{place}:{gid_part(key)}"
            ):
                yield replace(piece, colour=look.text)
        elif mark >= SMALLEST:
            yield from bias_glyph(middle, centre, mark, key, palette, gid, look.text)
        low = high


def _axis(plot: PlotBox, title: Runs, size: float, right: float) -> tuple[list[Item], float]:
    y = plot.top + plot.height
    ends = ((plot.left, y), (plot.left + plot.width, y))
    items: list[Item] = [Stroke(ends, 0.6, "black", "k2:bg:axis")]
    base = y + 3.0 + 0.95 * size
    for value in TICKS:
        x = plot.x(value)
        items.append(Stroke(((x, y), (x, y + 3.0)), 0.6, "black", f"k2:bg:tick:{value}"))
        label = run(str(value))
        width = runs_width(label, size)
        left = min(x - width / 2, right + 3.0 - width)  # the last may stand a little in the margin
        items.extend(place_text(label, left, left, base, size, "left", f"k2:text:tick:{value}"))
    width_of = partial(runs_width, size=size)
    for line in wrap_balanced(title, 1.3 * plot.width, width_of):
        base += 1.3 * size
        width = width_of(line)
        left = min(plot.left + (plot.width - width) / 2, right - width)
        items.extend(place_text(line, left, left, base, size, "left", "k2:text:axis"))
    return items, base + 0.4 * size


def lay_out_summary(
    found: RiskOfBias,
    rows: Sequence[SummaryRow],
    title: Runs,
    theme: Theme,
    width: float,
    lang: str,
    palette: str,
) -> tuple[Page, float]:
    """Lay a summary out on one page.

    Parameters
    ----------
    found : RiskOfBias
    rows : sequence of SummaryRow
    title : Runs
        Of the axis.
    theme : Theme
    width : float
        Page width, mm.
    lang : {"en", "zh"}
    palette : str

    Returns
    -------
    tuple
        The page, and the type size used (pt).

    Raises
    ------
    LayoutError
        When the page is too narrow; with the millimetres needed.
    """
    points = width * MM
    grid = _choose(rows, theme, points)
    gaps = Gaps.of(points)
    size, small = grid.size, max(theme.min_size, grid.size - 1.0)
    left = gaps.pad + grid.label_width + gaps.column
    right = points - gaps.pad - 0.6 * size  # the label of 100 stands half beyond the bars
    heights = [grid.height(place, row) for place, row in enumerate(rows)]
    plot = PlotBox(left, gaps.pad, right - left, sum(heights), 0.0, 100.0)
    items: list[Item] = []
    y = gaps.pad
    for place, (row, height) in enumerate(zip(rows, heights, strict=True)):
        lines = grid.lines[place]
        base = y + height / 2 + CAP * size - LEADING * size * (len(lines) - 1) / 2
        for line in lines:
            items.extend(place_text(line, gaps.pad, gaps.pad, base, size, "left", f"k2:text:{place}:label"))
            base += LEADING * size
        items.extend(_bar(row, place, plot, y + height / 2, size, small, palette))
        y += height
    axis, y = _axis(plot, title, size, points - gaps.pad)
    items.extend(axis)
    legend, y = draw_dots_legend(found, (gaps.pad, points - gaps.pad), y + 0.3 * size, small, lang, palette)
    items.extend(legend)
    return Page(points, y + gaps.pad, (plot,), tuple(items), (), theme.latin), size
