"""Numbers as text: fixed decimals, P values, intervals. One place, so that all outputs agree."""

from __future__ import annotations

import math

__all__ = ["format_fixed", "format_interval", "format_p", "format_significant"]


def format_fixed(value: float | None, decimals: int = 2, missing: str = "") -> str:
    """Write a number with a fixed number of decimals; nothing for NaN and None.

    A negative number that rounds to zero loses its sign: ``-0.00`` says nothing.

    Examples
    --------
    >>> format_fixed(0.4878, 2), format_fixed(-0.001, 2), format_fixed(float("nan"))
    ('0.49', '0.00', '')
    """
    if value is None or math.isnan(value):
        return missing
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def format_significant(value: float | None, digits: int = 3, missing: str = "") -> str:
    """Write a number with so many significant digits, trailing zeros kept.

    Examples
    --------
    >>> format_significant(0.00020154, 2), format_significant(12.5, 3), format_significant(0.0)
    ('0.00020', '12.5', '0')
    """
    if value is None or math.isnan(value):
        return missing
    if value == 0.0:
        return "0"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    exponent = math.floor(math.log10(abs(value)))
    if exponent < -7 or exponent >= 7:
        return f"{value:.{digits - 1}e}"
    return f"{value:.{max(0, digits - 1 - exponent)}f}"


def format_p(value: float | None, missing: str = "") -> str:
    """Write a P value: two decimals from 0.10, three below, ``<0.001`` under that; never 0.000.

    Examples
    --------
    >>> format_p(0.0004), format_p(0.0297), format_p(0.31), format_p(0.9996)
    ('<0.001', '0.030', '0.31', '1.00')
    """
    if value is None or math.isnan(value):
        return missing
    if value < 0.001:
        return "<0.001"
    return f"{value:.2f}" if value >= 0.0995 else f"{value:.3f}"


def format_interval(low: float, high: float, decimals: int = 2, missing: str = "") -> str:
    """Write an interval as ``low to high``.

    Examples
    --------
    >>> format_interval(-1.85, -0.74)
    '-1.85 to -0.74'
    """
    if math.isnan(low) and math.isnan(high):
        return missing
    return f"{format_fixed(low, decimals, '?')} to {format_fixed(high, decimals, '?')}"
