"""What effects and fits are called and how they are printed, in forest plots and their companions alike."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from k2meta.figures.lettering.numbers import (
    MINUS,
    THIN_SPACE,
    NumberStyle,
    format_interval,
    format_number,
    get_number_style,
)
from k2meta.figures.looks.model import Line
from k2meta.figures.words.catalogue import effect_name, level_text, say
from k2meta.figures.words.fit_names import CONVENTION_NAMES
from k2meta.figures.words.method_notes import Method
from k2meta.figures.words.reading import Reading
from k2meta.figures.words.statistics_lines import heterogeneity_line, overall_effect_line
from k2meta.models.result import MetaResult

__all__ = [
    "effect_text",
    "effect_words",
    "heterogeneity_of",
    "method_code",
    "method_of",
    "number_style",
    "number_text",
    "overall_effect_of",
    "signed_style",
]

# Printed with a power of ten from here on: a ratio of 100,000 says no more than its order of magnitude.
HUGE_RATIO, HUGE = 1e5, 1e8
POWERS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
POOLING_CODES = {"inverse variance": "IV", "Mantel-Haenszel": "M-H", "Peto": "Peto"}


def number_style(name: str, lang: str) -> NumberStyle:
    """Return the number style of a theme in a language.

    Chinese ranges take ～ instead of ``to`` and dashes; English takes no full-width marks.
    """
    style = get_number_style(name)
    if lang == "zh":
        style = replace(style, grouping=THIN_SPACE)
        return replace(style, separator="～") if style.separator in (" to ", "-", "\N{EN DASH}") else style
    if style.separator == "～":
        style = replace(style, separator=" to ")
    return replace(style, opening=" (", closing=")") if style.opening == "（" else style


def signed_style(style: NumberStyle) -> NumberStyle:
    """Return the style for a figure with negative limits: no minus meets a dash, and all rows look alike."""
    if style.separator == "～":
        return replace(style, separator="至")
    return replace(style, separator=" to ") if style.separator in ("-", "\N{EN DASH}") else style


def _is_extreme(value: float, decimals: int, positive: bool) -> bool:
    """Whether fixed decimals would print a line of zeros, or 0.00 for a ratio that is none."""
    tiny = positive and 0 < value < 0.5 * 10.0**-decimals
    return math.isfinite(value) and (abs(value) >= (HUGE_RATIO if positive else HUGE) or tiny)


def number_text(value: float, decimals: int, style: NumberStyle, positive: bool = False) -> str:
    """Print a number, one too large or too small for its decimals with a power of ten or further digits."""
    if not _is_extreme(value, decimals, positive):
        return format_number(value, decimals, style)
    if 1e-4 <= abs(value) < 1:
        return format_number(value, -math.floor(math.log10(abs(value)) + 1e-9), style)
    power = math.floor(math.log10(abs(value)))
    text = f"{abs(value) / 10.0**power:.1f}×10{str(power).translate(POWERS)}"
    return (MINUS if value < 0 else "") + text


def effect_text(
    estimate: float | None,
    low: float,
    high: float,
    decimals: int,
    style: NumberStyle,
    positive: bool = False,
) -> str:
    """Print an effect with its interval, or an interval alone in its brackets.

    Parameters
    ----------
    estimate : float or None
    low, high : float
        On the natural scale.
    decimals : int
    style : NumberStyle
    positive : bool
        Whether 0 is impossible (ratios), so that a small limit is not printed as 0.00.

    Examples
    --------
    >>> effect_text(0.5, 0.003, 3e8, 2, number_style("revman", "en"), positive=True)
    '0.50 [0.003, 3.0×10⁸]'
    """
    values = [v for v in (estimate, low, high) if v is not None]
    if not any(_is_extreme(v, decimals, positive) for v in values):
        if estimate is not None:
            return format_interval(low, high, decimals, style, estimate)
        return style.opening.strip() + format_interval(low, high, decimals, style) + style.closing
    inside = style.separator.join(number_text(v, decimals, style, positive) for v in (low, high))
    if estimate is None:
        return f"{style.opening.strip()}{inside}{style.closing}"
    return f"{number_text(estimate, decimals, style, positive)}{style.opening}{inside}{style.closing}"


def effect_words(reading: Reading, lang: str, given: str | None) -> str:
    """Name of the effect as a head; the reader's own where given."""
    if given:
        return given
    name = effect_name(reading.measure, lang)
    if lang == "zh":
        # 风险比（相对危险度）（RR）: a synonym and a code in a row are one bracket too many
        return f"{name.split('（')[0]}（{reading.measure.code}）" if "）（" in name else name
    return name


def method_code(fit: MetaResult, lang: str) -> str:
    """``IV, Random, 95% CI`` as Cochrane's figures head the effects."""
    comma = "，" if lang == "zh" else ", "
    # RevMan names random effects after the estimate that Q is taken round
    pooling = fit.options.pooling if fit.options.pooling != "inverse variance" else fit.options.q_around
    pieces = [POOLING_CODES.get(pooling, pooling)]
    if fit.options.pooling != "Peto":
        pieces.append(say(f"weight, {fit.options.model}", lang))
    pieces.append(say("level ci", lang, level=level_text(fit.options.level)))
    return comma.join(pieces)


# --------------------------------------------------------------------------- statistics
def heterogeneity_of(fit: MetaResult, style: NumberStyle, lang: str, model: str = "") -> Line:
    """Heterogeneity line of a fit; tau2 only where the model has one."""
    tau2 = fit.tau2 if fit.options.model == "random" else None
    if fit.k < 2:
        return heterogeneity_line(math.nan, 0, math.nan, math.nan, style=style, lang=lang, model=model)
    return heterogeneity_line(fit.q, fit.q_df, fit.q_p, fit.i2, tau2, style=style, lang=lang, model=model)


def overall_effect_of(fit: MetaResult, style: NumberStyle, lang: str, model: str = "") -> Line:
    """Line of the test for an overall effect."""
    df = fit.df if fit.ci.method != "z" else math.inf
    return overall_effect_line(fit.statistic, fit.p_value, df, style=style, lang=lang, model=model)


def _corrected(fit: MetaResult) -> bool:
    """Whether any pooled study has a zero cell (events or non-events), so that a correction was made."""
    roles = fit.effects.roles
    for arm in ("1", "2", ""):
        events, total = roles.get(f"events{arm}"), roles.get(f"n{arm}")
        if events is None:
            continue
        count = events[fit.effects.row]
        if np.any(count == 0):
            return True
        if total is not None and np.any(count == total[fit.effects.row]):
            return True
    return False


def _i2_basis(fit: MetaResult) -> str:
    if fit.k < 2:
        return ""
    return "q mh" if fit.options.q_around == "Mantel-Haenszel" else fit.options.i2_basis.lower()


def method_of(fit: MetaResult, *, prediction: bool, excluded: int) -> Method:
    """How the numbers were made, for the footnote."""
    options = fit.options
    add = fit.effects.options.get("add", 0.0)
    rule = fit.effects.options.get("zero_rule", {})
    inverse = options.pooling == "inverse variance"
    pooled = inverse or (rule.get("pooling_add", 0.0) > 0 and rule.get("pooling_to") != "none")
    return Method(
        model=options.model,
        pooling=options.pooling,
        tau2=options.tau2 if fit.k > 1 else "none",  # one study tells nothing about tau2
        test=fit.ci.method or options.test,
        level=options.level,
        prediction=options.prediction if prediction else "",
        df=fit.df if fit.ci.method != "z" else math.inf,
        k=fit.k,
        add=float(add) if add is not None and _corrected(fit) else 0.0,
        add_pooled=pooled,
        to=str(fit.effects.options.get("to", "only0")),
        i2_basis=_i2_basis(fit),
        excluded=excluded,
        own_weights=options.weights == "user",
        convention=CONVENTION_NAMES.get(options.convention, options.convention),
        tau2_value=fit.tau2,
    )
