"""What stands under the rows: the axis, its title, the favours labels, statistics, footnotes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from k2meta.figures.axes.axis import Axis
from k2meta.figures.looks.display import Item, PlotBox, Shape, Stroke, Text
from k2meta.figures.looks.model import Line, Panel, Runs, join_runs
from k2meta.figures.looks.themes import Theme
from k2meta.figures.page.layout_columns import LEADING
from k2meta.figures.page.layout_text import place_text
from k2meta.figures.page.wrapping import (
    WidthOf,
    even_lines,
    longest_piece,
    runs_width,
    split_lines,
    wrap,
    wrap_balanced,
    wrap_segments,
)

__all__ = ["draw_axis", "draw_notes"]

TICK = 3.0
MINOR = 1.8
SLACK = 3.4  # how far a tick label may stand in the margin, pt


def draw_axis(
    panel: Panel,
    axis: Axis,
    plot: PlotBox,
    theme: Theme,
    size: float,
    page: tuple[float, float],
    lang: str,
) -> tuple[list[Item], float]:
    """Axis, tick labels, title and favours pair; returns the items and the lowest edge used (pt).

    ``page`` holds the left and right edge between which text may stand.
    """
    y = plot.top + plot.height
    items: list[Item] = [Stroke(((plot.left, y), (plot.left + plot.width, y)), 0.6, "black", "k2:bg:axis")]
    for number, position in enumerate(axis.minor):
        x = plot.x(position)
        items.append(Stroke(((x, y), (x, y + MINOR)), 0.4, "black", f"k2:bg:minor:{number}"))
    base = y + TICK + 0.95 * size
    slack = SLACK
    for number, tick in enumerate(axis.ticks):
        x = plot.x(tick.position)
        items.append(Stroke(((x, y), (x, y + TICK)), 0.6, "black", f"k2:bg:tick:{number}"))
        width = runs_width(_as_runs(tick.label), size)
        # a label at the edge may stand half in the margin: it belongs under its tick
        left = min(max(x - width / 2, page[0] - slack), page[1] + slack - width)
        items.append(Text(left, base, tick.label, size, gid=f"k2:text:tick:{number}"))
    base += 0.25 * size
    if panel.axis_title:
        for line in _title_lines(panel.axis_title, plot, size, page):
            base += LEADING * size
            items.extend(_centred(line, plot, base, size, page))
    if any(panel.favours) and not theme.favours_above:
        more, base = _favours(panel, plot, theme, size, page, base, lang)
        items.extend(more)
    return items, base + 0.3 * size


def _as_runs(text: str) -> Runs:
    from k2meta.figures.looks.model import run

    return run(text)


def _title_lines(title: Runs, plot: PlotBox, size: float, page: tuple[float, float]) -> list[Runs]:
    room = min(page[1] - page[0], 1.5 * plot.width)
    return wrap_balanced(title, room, partial(runs_width, size=size))


def _centred(line: Runs, plot: PlotBox, y: float, size: float, page: tuple[float, float]) -> Iterator[Text]:
    width = runs_width(line, size)
    left = plot.left + (plot.width - width) / 2
    left = min(max(left, page[0]), page[1] - width)
    yield from place_text(line, left, left + width, y, size, "left", "k2:text:axis:title")


def _favours(
    panel: Panel,
    plot: PlotBox,
    theme: Theme,
    size: float,
    page: tuple[float, float],
    base: float,
    lang: str,
) -> tuple[list[Item], float]:
    """Left label ends before the null, right label starts after it; below each other where they must."""
    width_of = partial(runs_width, size=size)
    null = panel.scale.null
    middle = (
        plot.x(null) if null is not None and plot.low <= null <= plot.high else plot.left + plot.width / 2
    )
    arrow = 1.9 * size if theme.favours_arrows else 0.0
    middle = _shifted(panel.favours, middle, 0.6 * size + arrow, page, width_of)
    sides = (
        (panel.favours[0], middle - 0.6 * size - page[0], -1),
        (panel.favours[1], page[1] - middle - 0.6 * size, 1),
    )
    items: list[Item] = []
    # a side without room for the longest word moves both labels to the plot's edges, side by side or, on a
    # narrow page, one under the other
    # a Chinese label is one word, though it may be broken anywhere
    unbroken = width_of if lang == "zh" else partial(longest_piece, width_of=width_of)
    if any(runs and unbroken(runs) + arrow > room for runs, room, _ in sides):
        if found := _at_edges(panel.favours, plot, arrow, size, page):
            lowest = base
            for (runs, _, sign), left in zip(sides, found, strict=True):
                y = base
                for number, line in enumerate(split_lines(runs) if runs else []):
                    y += LEADING * size
                    items.extend(place_text(line, left, left, y, size, "left", "k2:text:axis:favours"))
                    if arrow and not number:
                        items.extend(_arrow(left if sign < 0 else left + width_of(runs), y, size, sign))
                lowest = max(lowest, y)
            return items, lowest
        for runs, _, sign in sides:
            for line in wrap(runs, page[1] - page[0] - arrow, width_of) if runs else []:
                base += LEADING * size
                width = width_of(line)
                left = plot.left + arrow if sign < 0 else plot.left + plot.width - width - arrow
                left = min(max(left, page[0] + arrow), page[1] - width - arrow)
                items.extend(place_text(line, left, left, base, size, "left", "k2:text:axis:favours"))
                if arrow:
                    edge = left if sign < 0 else left + width
                    items.extend(_arrow(edge, base, size, sign))
        return items, base
    lowest = base
    for runs, room, sign in sides:
        y = base
        for number, line in enumerate(wrap_balanced(runs, room - arrow, width_of) if runs else []):
            y += LEADING * size
            width = width_of(line)
            left = middle - 0.6 * size - width if sign < 0 else middle + 0.6 * size
            items.extend(place_text(line, left, left, y, size, "left", "k2:text:axis:favours"))
            if arrow and number == 0:
                items.extend(_arrow(left if sign < 0 else left + width, y, size, sign))
        lowest = max(lowest, y)
    return items, lowest


def _at_edges(
    pair: tuple[Runs, Runs], plot: PlotBox, arrow: float, size: float, page: tuple[float, float]
) -> tuple[float, float] | None:
    """Left edges of both labels on one line at the ends of the plot; None where the page is too narrow."""
    first, second = (runs_width(runs, size) for runs in pair)
    total = first + second + 2 * arrow + 1.2 * size
    if total > page[1] - page[0]:
        return None
    end = min(page[1], max(plot.left + plot.width, plot.left + total))
    start = max(page[0], min(plot.left, end - total))
    return start + arrow, end - arrow - second


def _shifted(
    pair: tuple[Runs, Runs], middle: float, extra: float, page: tuple[float, float], width_of: WidthOf
) -> float:
    """Move the border between the labels a little where that lets a label keep one line."""
    left, right = (width_of(runs) + extra if runs else 0.0 for runs in pair)
    over, under = right - (page[1] - middle), left - (middle - page[0])
    if 0 < over <= 0.4 * right and left <= middle - over - page[0]:
        return middle - over
    if 0 < under <= 0.4 * left and right <= page[1] - middle - under:
        return middle + under
    return middle


def _arrow(edge: float, base: float, size: float, sign: int) -> Iterator[Item]:
    """Draw a small arrow beside a label, pointing away from the null."""
    y = base - 0.33 * size
    start, tip = edge + sign * 0.45 * size, edge + sign * 1.8 * size
    yield Stroke(((start, y), (tip - sign * 1.5, y)), 0.6, "black", "k2:bg:favours")
    points = ((tip, y), (tip - sign * 2.5, y - 1.4), (tip - sign * 2.5, y + 1.4))
    yield Shape(points, "black", "k2:bg:favours")


def _filled_lines(segments: Line, room: float, size: float) -> list[Runs]:
    """Run on as prose does; lines are filled a little less where the last would be a word or two."""
    width_of = partial(runs_width, size=size)
    text = join_runs([item for segment in segments for item in segment])
    best = wrap(text, room, width_of)
    for share in (0.95, 0.9, 0.85, 0.8):
        if len(best) < 2 or width_of(best[-1]) >= 8 * size:
            break
        trial = wrap(text, share * room, width_of)
        if len(trial) > len(best):
            break
        best = trial
    return best


def draw_notes(
    statistics: Sequence[Line],
    footnotes: Sequence[Line],
    top: float,
    size: float,
    small: float,
    page: tuple[float, float],
) -> tuple[list[Item], float]:
    """Overall statistics and footnotes under everything, across the page; returns the lowest edge."""
    items: list[Item] = []
    room = page[1] - page[0]
    y = top
    for number, segments in enumerate(statistics):
        for line in even_lines(
            partial(wrap_segments, segments, width_of=partial(runs_width, size=size)), room
        ):
            y += 1.35 * size
            gid = f"k2:text:statistic:{number}"
            items.extend(place_text(line, page[0], page[1], y, size, "left", gid))
    if statistics and footnotes:
        y += 0.5 * small
    for number, note in enumerate(footnotes):
        for line in _filled_lines(note, room, small):
            y += LEADING * small
            gid = f"k2:text:footnote:{number}"
            items.extend(place_text(line, page[0], page[1], y, small, "left", gid))
    return items, y + (0.3 * size if items else 0.0)
