"""Tick labels as a theme prints numbers."""

from __future__ import annotations

import re
from dataclasses import replace

from k2meta.figures.axes.axis import Axis
from k2meta.figures.lettering.number_styles import get_number_style
from k2meta.figures.looks.themes import Theme

__all__ = ["with_point"]

_NUMBER = re.compile(r"[−+]?\d+\.\d+%?")


def with_point(axis: Axis, theme: Theme) -> Axis:
    """Return an axis whose tick labels have the theme's decimal point; names that label ticks stay.

    Examples
    --------
    >>> from k2meta.figures.axes.axis import Tick
    >>> from k2meta.figures.looks.themes import get_theme
    >>> [tick.label for tick in with_point(Axis(0, 1, (Tick(0.5, "0.5"),)), get_theme("lancet")).ticks]
    ['0·5']
    """
    point = get_number_style(theme.numbers).point
    if point == ".":
        return axis
    ticks = (
        replace(tick, label=tick.label.replace(".", point)) if _NUMBER.fullmatch(tick.label) else tick
        for tick in axis.ticks
    )
    return replace(axis, ticks=tuple(ticks))
