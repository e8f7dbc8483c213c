"""Faults of letters: missing glyphs, wrong fonts, hyphens for minus signs, P = 0.000, nan, ticks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .drawn import Drawn
from .problem import ERROR, WARNING, Problem, Profile

HYPHEN_FOR_MINUS = re.compile(r"(?<![\w.)\]])-(?=\.?\d)")
P_IS_ZERO = re.compile(r"\bP\s*[=<]\s*0?\.0+\b(?!\d)", re.IGNORECASE)
NOT_A_NUMBER = re.compile(r"\b(nan|inf)\b", re.IGNORECASE)


def glyphs(drawn: Drawn, _: Profile) -> Iterator[Problem]:
    """MISSING_GLYPH, FONT_FALLBACK: matplotlib neither warned of glyphs nor searched for fonts in vain."""
    missing = sorted({message for message in drawn.warnings if "missing from" in message})
    if missing:
        yield Problem("MISSING_GLYPH", ERROR, f"{len(missing)} glyphs missing, such as {missing[0][:70]}")
    astray = sorted({m for m in drawn.log if "not found" in m or "Failed to find font weight" in m})
    if astray:
        yield Problem("FONT_FALLBACK", WARNING, astray[0][:100])


def numbers(drawn: Drawn, _: Profile) -> Iterator[Problem]:
    """HYPHEN_MINUS, P_ZERO, NAN_TEXT, LOG_TICKS: numbers are set as numbers."""
    for text in drawn.texts:
        full = text.artist.get_text()
        if "$" not in full and HYPHEN_FOR_MINUS.search(full):
            yield Problem(
                "HYPHEN_MINUS", WARNING, f"{text.words!r}: a hyphen stands for a minus sign (U+2212)"
            )
        if P_IS_ZERO.search(full):
            yield Problem("P_ZERO", ERROR, f"{text.words!r}: P printed as zero")
        if NOT_A_NUMBER.search(full):
            yield Problem("NAN_TEXT", ERROR, f"{text.words!r}: nan or inf printed")
        if "mathdefault{10^" in full:
            yield Problem("LOG_TICKS", WARNING, f"{text.words!r}: a power of ten labels a ratio axis")


def tick_labels(drawn: Drawn, _: Profile) -> Iterator[Problem]:
    """NO_TICK_LABELS: a log axis shows two tick labels at least."""
    shown = {id(text.artist) for text in drawn.texts}
    for axes in drawn.figure.axes:
        if axes.get_xscale() != "log" or not axes.axison or not axes.xaxis.get_visible():
            continue
        ticks = axes.xaxis.get_major_ticks() + axes.xaxis.get_minor_ticks()
        count = sum(id(tick.label1) in shown for tick in ticks)
        if count < 2:
            low, high = sorted(axes.get_xlim())
            message = f"a log axis from {low:.3g} to {high:.3g} shows {count} tick labels"
            yield Problem("NO_TICK_LABELS", ERROR, message)


CHECKS = (glyphs, numbers, tick_labels)
