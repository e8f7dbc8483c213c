"""The reader's own columns: what their cells print, and whether they are set as numbers or as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real

import numpy as np

from k2meta.figures.lettering.numbers import MISSING, NumberStyle, format_count, format_number
from k2meta.studies.columns import is_missing

__all__ = ["is_numeric", "user_texts"]


def is_numeric(values: Sequence[object]) -> bool:
    """Whether a column holds numbers only (apart from gaps), of Python or of NumPy.

    Examples
    --------
    >>> is_numeric([1, np.int64(2), None]), is_numeric(["1", 2]), is_numeric([True, False])
    (True, False, False)
    """
    known = [value for value in values if not is_missing(value)]
    return bool(known) and all(isinstance(v, Real) and not isinstance(v, (bool, np.bool_)) for v in known)


def _decimals(values: Sequence[float]) -> int:
    """Fewest decimals, up to four, that print all values as they are (to six significant digits)."""
    finite = [float(f"{value:.6g}") for value in values if math.isfinite(value)]
    for decimals in range(4):
        if all(abs(v - round(v, decimals)) <= 1e-9 * max(1.0, abs(v)) for v in finite):
            return decimals
    return 4


def user_texts(values: Sequence[object], lang: str, style: NumberStyle) -> list[str]:
    """Print a column; numbers with the same decimals, so that their points align.

    Examples
    --------
    >>> from k2meta.figures.lettering.numbers import get_number_style
    >>> user_texts([1.5, -2, None], "en", get_number_style("plain"))
    ['1.5', '−2.0', '–']
    """
    if not is_numeric(values):
        return [MISSING if is_missing(value) else str(value) for value in values]
    numbers = [math.nan if is_missing(v) else float(v) for v in values]  # type: ignore[arg-type]
    decimals = _decimals(numbers)
    if decimals == 0 and all(math.isfinite(v) or math.isnan(v) for v in numbers):
        return [format_count(v, lang, style) for v in numbers]
    return [format_number(v, decimals, style) for v in numbers]
