"""Statistical symbols inside words: which letters of a note or a head are italic.

After GB/T 3358 in Chinese (*t F χ² P ν r Q* and so on); in English where the number style says so.
"""

from __future__ import annotations

import re

from k2meta.figures.lettering.numbers import NumberStyle
from k2meta.figures.looks.model import Line, Run, Runs, join_runs

__all__ = ["symbol_line", "symbol_runs"]

# A Greek letter or I before a square, ν alone, or one Latin letter that belongs to no word or number (a point
# after it may be that of an initial, but for "I² from Q.").
_SYMBOL = re.compile(r"[τχI](?=²)|ν|(?<=² from )Q|(?<![A-Za-z0-9’'/.-])[tFPQzZr](?![A-Za-z0-9’'/.²-])")
_POINT = re.compile(r"(?<=\d)\.(?=\d)")


def _is_italic(symbol: str, look: NumberStyle, lang: str) -> bool:
    if lang == "zh":
        return True
    return look.p_italic if symbol == "P" else look.symbol_italic


def symbol_runs(text: str, look: NumberStyle, lang: str, *, bold: bool = False) -> Runs:
    """Cut a text so that its statistical symbols are italic.

    The characters stay the same, but for ``p`` instead of ``P`` where the number style says so.

    Parameters
    ----------
    text : str
        The package's own words, not a reader's.
    look : NumberStyle
    lang : {"en", "zh"}
    bold : bool
        Style of the whole.

    Examples
    --------
    >>> from k2meta.figures.lettering.numbers import get_number_style
    >>> runs = symbol_runs("预测区间：t分位数，ν = 12", get_number_style("bmj"), "zh")
    >>> [run.text for run in runs if run.italic]
    ['t', 'ν']
    """
    runs: list[Run] = []
    start = 0
    for found in _SYMBOL.finditer(text):
        symbol = look.p_symbol if found[0] == "P" and lang == "en" else found[0]
        italic = _is_italic(found[0], look, lang)
        if not italic and symbol == found[0]:
            continue
        runs += [Run(text[start : found.start()], bold), Run(symbol, bold, italic)]
        start = found.end()
    return join_runs((*runs, Run(text[start:], bold)))


def symbol_line(line: Line, look: NumberStyle, lang: str) -> Line:
    """Return a line with its symbols italic (see :func:`symbol_runs`) and the style's decimal points."""
    return tuple(tuple(part for item in runs for part in _parts(item, look, lang)) for runs in line)


def _parts(item: Run, look: NumberStyle, lang: str) -> Runs:
    item = Run(_POINT.sub(look.point, item.text), item.bold, item.italic)
    return (item,) if item.italic else symbol_runs(item.text, look, lang, bold=item.bold)
