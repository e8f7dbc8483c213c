"""Sentences about a fit for a manuscript, in English and Chinese."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from k2meta.tables.fits import effect_decimals, fit_record
from k2meta.tables.notes import checked_language, method_note
from k2meta.tables.numbers import format_fixed, format_p

if TYPE_CHECKING:
    from k2meta.models.result import MetaResult

__all__ = ["describe_fit", "heterogeneity_sentence", "method_sentence", "p_text", "result_sentence"]


def p_text(value: float) -> str:
    """Write ``P = 0.030`` or ``P < 0.001``."""
    text = format_p(value)
    return f"P < {text[1:]}" if text.startswith("<") else f"P = {text}"


def method_sentence(fit: MetaResult, lang: str = "en") -> str:
    """Say how the result was made: model, tau2 estimator, interval, basis of I2, prediction rule."""
    note = method_note(fit, lang)
    return f"方法：{note}。" if lang == "zh" else f"Method: {note}."


def result_sentence(fit: MetaResult, lang: str = "en", decimals: int | None = None) -> str:
    """Say the pooled effect with its interval, P value and number of studies."""
    from k2meta.measures import get_measure

    checked_language(lang)
    record = fit_record(fit)
    level = f"{100 * fit.options.level:g}"
    places = effect_decimals(fit) if decimals is None else decimals
    estimate, low, high = (format_fixed(record[key], places) for key in ("estimate", "ci_low", "ci_high"))
    measure = get_measure(fit.measure)
    if lang == "zh":
        studies = f"{fit.k}项研究"
        return (
            f"{studies}的合并{measure.name_zh}（{fit.measure}）为{estimate}"
            f"（{level}% CI {low}～{high}，{p_text(fit.p_value)}）。"
        )
    name = measure.name if fit.measure == "GEN" else f"{measure.name} ({fit.measure})"
    start = f"One study: {name}" if fit.k == 1 else f"The pooled {name} of {fit.k} studies was"
    return f"{start} {estimate} ({level}% CI {low} to {high}, {p_text(fit.p_value)})."


def heterogeneity_sentence(fit: MetaResult, lang: str = "en", decimals: int | None = None) -> str:
    """Say how much the studies differ, and where a new study's effect is expected."""
    zh = checked_language(lang) == "zh"
    if fit.k == 1:
        return "仅有一项研究，异质性不适用。" if zh else "With one study, heterogeneity is not defined."
    record = fit_record(fit)
    q = f"Q = {fit.q:.2f}"
    numbers = f"I² = {fit.i2:.0f}%"
    random = fit.options.model == "random"
    if random:
        numbers += f"，τ² = {fit.tau2:.3f}" if zh else f", tau² = {fit.tau2:.3f}"
    if zh:
        text = f"异质性：{q}，ν = {fit.q_df:g}，{p_text(fit.q_p)}；{numbers}。"
    else:
        text = f"Heterogeneity: {q} on {fit.q_df:g} df, {p_text(fit.q_p)}; {numbers}."
    if random and not math.isnan(record["pi_low"]):
        places = effect_decimals(fit) if decimals is None else decimals
        low, high = (format_fixed(record[key], places) for key in ("pi_low", "pi_high"))
        level = f"{100 * fit.options.level:g}"
        text += (
            f"{level}%预测区间{low}～{high}。" if zh else f" {level}% prediction interval {low} to {high}."
        )
    return text


def describe_fit(fit: MetaResult, lang: str = "en", decimals: int | None = None) -> str:
    """Join the sentences on result, heterogeneity and method, and what a reader must know.

    Parameters
    ----------
    fit : MetaResult
    lang : {"en", "zh"}
    decimals : int, optional
        Of effects; as many as the studies' precision asks for by default.

    Raises
    ------
    OptionError
        When the language is not known.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), "RR"), test="z")
    >>> print(describe_fit(fit).splitlines()[0])
    The pooled risk ratio (RR) of 13 studies was 0.49 (95% CI 0.34 to 0.70, P < 0.001).
    """
    lines = [
        result_sentence(fit, lang, decimals),
        heterogeneity_sentence(fit, lang, decimals),
        method_sentence(fit, lang),
        *fit.options.notes,
    ]
    return "\n".join(lines)
