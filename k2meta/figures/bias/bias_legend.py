"""The legend of the risk-of-bias figures: what the codes and the dots mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

from k2meta.figures.bias.bias_judgements import RISING
from k2meta.figures.bias.bias_marks import bias_dot, gid_part
from k2meta.figures.bias.bias_reading import RiskOfBias
from k2meta.figures.bias.words_risk_of_bias import code_label, judgement_name
from k2meta.figures.looks.display import Item
from k2meta.figures.looks.model import Runs, run
from k2meta.figures.page.layout_text import CAP, place_text
from k2meta.figures.page.wrapping import runs_width, wrap
from k2meta.figures.words.catalogue import say

__all__ = ["draw_dots_legend", "draw_legend", "legend_judgements", "legend_texts"]

LINE = 1.35  # line distance, in type sizes
DOT = 1.2  # diameter of a dot, in type sizes
GAP = 1.8  # between entries and columns, in type sizes
ALWAYS = (*RISING, "star", "no star")


def legend_judgements(found: RiskOfBias) -> tuple[str, ...]:
    """Judgements that the legend explains: the tool's scale, and what else occurs."""
    used = found.used()
    whole = () if found.tool.key == "custom" else ALWAYS
    return tuple(key for key in found.tool.judgements if key in used or key in whole)


def legend_texts(found: RiskOfBias, lang: str) -> list[str]:
    """Every text that the legend may print."""
    texts = [say("rob: domains", lang), say("rob: judgement", lang)]
    texts += [code_label(domain, found.tool, lang) for domain in found.domains]
    return texts + [judgement_name(key, found.tool, lang) for key in legend_judgements(found)]


def _entry_width(key: str, found: RiskOfBias, size: float, lang: str) -> float:
    return (DOT + 0.5) * size + runs_width(run(judgement_name(key, found.tool, lang)), size)


def _entry(
    key: str, found: RiskOfBias, x: float, y: float, size: float, lang: str, palette: str
) -> Iterator[Item]:
    """One dot and its name; y is the baseline."""
    yield from bias_dot(
        x + DOT * size / 2, y - CAP * size, DOT * size, key, palette, f"k2:legend:{gid_part(key)}"
    )
    name = run(judgement_name(key, found.tool, lang))
    left = x + (DOT + 0.5) * size
    yield from place_text(name, left, left, y, size, "left", f"k2:text:legend:{gid_part(key)}")


def draw_dots_legend(
    found: RiskOfBias, edges: tuple[float, float], top: float, size: float, lang: str, palette: str
) -> tuple[list[Item], float]:
    """The judgements side by side, in as many lines as they need; returns the items and the lowest edge."""
    items: list[Item] = []
    x, y = edges[0], top + LINE * size
    for key in legend_judgements(found):
        width = _entry_width(key, found, size, lang)
        if x > edges[0] and x + width > edges[1] + 1e-6:
            x, y = edges[0], y + 1.2 * LINE * size
        items.extend(_entry(key, found, x, y, size, lang, palette))
        x += width + GAP * size
    return items, y + 0.45 * size


def _domain_lines(found: RiskOfBias, room: float, size: float, lang: str) -> list[list[Runs]]:
    width_of = partial(runs_width, size=size)
    return [wrap(run(code_label(d, found.tool, lang)), room, width_of) for d in found.domains]


def _draw_domains(
    entries: Sequence[Sequence[Runs]], x: float, top: float, size: float, first: int
) -> tuple[list[Item], float]:
    items: list[Item] = []
    y = top
    for number, lines in enumerate(entries):
        for place, line in enumerate(lines):
            y += LINE * size
            left = x + (size if place else 0.0)  # what is left over of a name hangs in
            items.extend(place_text(line, left, left, y, size, "left", f"k2:text:domain:{first + number}"))
    return items, y


def _heading(text: str, x: float, y: float, size: float, gid: str) -> Iterator[Item]:
    yield from place_text(run(text, bold=True), x, x, y, size, "left", gid)


def draw_legend(
    found: RiskOfBias, edges: tuple[float, float], top: float, size: float, lang: str, palette: str
) -> tuple[list[Item], float]:
    """Domains and judgements beside each other where there is room, else one under the other.

    Parameters
    ----------
    found : RiskOfBias
    edges : pair of float
        Left and right edge, pt.
    top, size : float
        Upper edge and type size, pt.
    lang : {"en", "zh"}
    palette : str

    Returns
    -------
    tuple
        The items, and the lowest edge used (pt).
    """
    keys = legend_judgements(found)
    dots = max((_entry_width(key, found, size, lang) for key in keys), default=0.0)
    dots = max(dots, runs_width(run(say("rob: judgement", lang), bold=True), size))
    names = [run(code_label(domain, found.tool, lang)) for domain in found.domains]
    natural = max(runs_width(name, size) for name in names)
    room = edges[1] - edges[0]
    beside = natural + GAP * size + dots <= room
    columns = 1
    if beside:
        fit = int((room - dots) // (natural + GAP * size))
        columns = max(1, min(fit, math.ceil(len(names) / max(len(keys), 3))))
    items: list[Item] = []
    base = top + LINE * size
    items.extend(_heading(say("rob: domains", lang), edges[0], base, size, "k2:text:legend:domains"))
    width = natural if beside else room - size
    entries = _domain_lines(found, width, size, lang)
    step = math.ceil(len(entries) / columns)
    bottom = base
    for column in range(columns):
        part = entries[column * step : (column + 1) * step]
        x = edges[0] + column * (width + GAP * size)
        drawn, low = _draw_domains(part, x, base, size, column * step)
        items.extend(drawn)
        bottom = max(bottom, low)
    if not beside:
        more, low = draw_dots_legend(found, edges, bottom + 0.5 * size, size, lang, palette)
        return items + more, low
    x = edges[0] + columns * (width + GAP * size)
    items.extend(_heading(say("rob: judgement", lang), x, base, size, "k2:text:legend:judgement"))
    for place, key in enumerate(keys):
        low = base + LINE * size * (place + 1)
        items.extend(_entry(key, found, x, low, size, lang, palette))
        bottom = max(bottom, low)
    return items, bottom + 0.45 * size
