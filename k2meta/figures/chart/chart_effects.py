"""Effects in companions of the forest plot: titles of their axes, intervals as text, ends that differ."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

import k2meta.figures.chart.words_effects as _words  # adds its words to the catalogue
from k2meta.figures.chart.chart_parts import areas
from k2meta.figures.lettering.numbers import get_number_style
from k2meta.figures.looks.display import Marks
from k2meta.figures.looks.model import Line, Run, Runs, run
from k2meta.figures.looks.themes import Theme
from k2meta.figures.words.catalogue import say
from k2meta.figures.words.fit_words import effect_text, effect_words, number_style, signed_style
from k2meta.figures.words.reading import Reading
from k2meta.records import FloatArray, IntArray
from k2meta.studies.effects import Effects

__all__ = [
    "bubble_size",
    "effect_title",
    "excluded_note",
    "inside_sentence",
    "interval_text",
    "natural_text",
    "sentence_interval",
    "span",
    "tint",
    "undrawn_note",
    "weighted_marks",
    "with_symbol",
]

_ = _words
DOT = 1.2  # area in pt2


def excluded_note(effects: Effects, lang: str) -> tuple[Line, ...]:
    """Say how many studies of the data have no point, where there are any."""
    n = len(effects.excluded)
    if not n:
        return ()
    key = "effects: excluded one" if n == 1 else "effects: excluded"
    return ((run(say(key, lang, n=n)),),)


def undrawn_note(names: Sequence[str], lang: str) -> tuple[Line, ...]:
    """Name the studies that have no point, or not one in every panel, because a number is not finite."""
    if not names:
        return ()
    told = ("、" if lang == "zh" else ", ").join(names)
    return ((run(say("effects: undrawn", lang, names=told)),),)


def tint(colour: str, share: float) -> str:
    """Mix a colour with white.

    Examples
    --------
    >>> tint("black", 0.2), tint("#0072B2", 1.0)
    ('#cccccc', '#0072b2')
    """
    from matplotlib.colors import to_hex, to_rgb

    red, green, blue = (1.0 - share * (1.0 - part) for part in to_rgb(colour))
    return str(to_hex((red, green, blue)))


def bubble_size(k: int, largest: float = 9.0) -> float:
    """Diameter in pt of the largest bubble: less where many studies crowd the plot.

    Examples
    --------
    >>> bubble_size(13), round(bubble_size(200), 1)
    (9.0, 4.6)
    """
    return largest * min(1.0, float((30.0 / k) ** 0.35))


def weighted_marks(
    x: Sequence[float] | FloatArray,
    y: Sequence[float] | FloatArray,
    weights: FloatArray,
    fill: str,
    gid: str = "k2:points",
    largest: float = 9.0,
    panel: int = 0,
) -> tuple[Marks, Marks, IntArray]:
    """Discs of areas proportional to weights, the largest first so that no small one is hidden.

    They are pale with an edge of the full colour, so that what lies under another shows; a dot of one size
    in the middle shows a study whose weight is next to nothing.

    Returns
    -------
    marks, dots : Marks
    order : ndarray of int
        Positions of the studies in the order of the marks.
    """
    order = np.argsort(-np.nan_to_num(np.asarray(weights, dtype=float)), kind="stable")
    size = np.array(areas(weights, largest))
    marks = Marks(
        tuple(np.asarray(x, dtype=float)[order].tolist()),
        tuple(np.asarray(y, dtype=float)[order].tolist()),
        tuple(size[order].tolist()),
        "circle",
        tint(fill, 0.45),
        gid,
        fill,
        0.6,
        panel=panel,
    )
    dots = Marks(marks.x, marks.y, (DOT,) * len(marks.x), "circle", fill, "k2:bg:dots", panel=panel)
    return marks, dots, order


def effect_title(reading: Reading, lang: str) -> Runs:
    """Name the effect as the title of its axis, with the scale where it is not even."""
    words = effect_words(reading, lang, None)
    return run(say("log scale", lang, effect=words) if reading.is_ratio else words)


def interval_text(reading: Reading, values: tuple[float, float, float], look: Theme, lang: str) -> str:
    """Print estimate and limits (analysis scale) on the scale people know, as the theme prints intervals."""
    estimate, low, high = reading.natural(values)
    style = number_style(look.numbers, lang)
    if min(estimate, low, high) < 0:
        style = signed_style(style)
    return effect_text(estimate, low, high, reading.decimals, style, reading.is_ratio)


def sentence_interval(reading: Reading, values: tuple[float, float, float], look: Theme, lang: str) -> str:
    """Print estimate and limits inside a sentence; Chinese brackets are full-width in any theme."""
    return interval_text(reading, values, look.replace(numbers="cma"), lang)


def natural_text(reading: Reading, value: float, look: Theme, lang: str) -> str:
    """Print one effect (analysis scale) on the scale people know."""
    (natural,) = reading.natural([value])
    text = effect_text(natural, natural, natural, reading.decimals, number_style(look.numbers, lang))
    return text.split(number_style(look.numbers, lang).opening)[0]


def with_symbol(key: str, symbol: str, look: Theme, lang: str, **values: object) -> Runs:
    """Words of the catalogue whose ``{symbol}`` is a statistical symbol, italic where the theme has it so."""
    italic = get_number_style(look.numbers).symbol_italic or lang == "zh"
    pieces = say(key, lang, symbol="\0", **values).split("\0")
    runs = [Run(pieces[0])]
    for piece in pieces[1:]:
        runs += [Run(symbol, italic=italic), Run(piece)]
    return tuple(item for item in runs if item.text)


def inside_sentence(words: str, lang: str) -> str:
    """A head as it stands inside a sentence.

    Examples
    --------
    >>> inside_sentence("Risk ratio", "en"), inside_sentence("SD ratio", "en")
    ('risk ratio', 'SD ratio')
    """
    return words[:1].lower() + words[1:] if lang == "en" and words[1:2].islower() else words


def span(values: Iterable[float], room: float = 0.0) -> tuple[float, float]:
    """Lowest and highest finite value with some room on both sides; never two equal ends.

    Examples
    --------
    >>> span([1.0, 3.0, float("nan")]), span([2.0, 2.0])
    ((1.0, 3.0), (1.0, 3.0))
    """
    known = [float(v) for v in values if math.isfinite(v)]
    low, high = min(known, default=0.0), max(known, default=0.0)
    if not high - low > 1e-12 * max(abs(low), abs(high)):
        half = 0.5 * abs(low) or 1.0
        return low - half, high + half
    return low - room * (high - low), high + room * (high - low)
