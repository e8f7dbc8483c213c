"""A fit as text and as HTML: every number with the convention behind it."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

import numpy as np

from k2meta.measures.registry import get_measure
from k2meta.models.options import PREDICTION_RULES

if TYPE_CHECKING:
    from k2meta.models.result import MetaResult
    from k2meta.records import Interval

__all__ = ["summarise", "summarise_html"]


def _number(value: float, digits: int = 4) -> str:
    if not math.isfinite(value):
        return "not available"
    small = value != 0 and abs(value) < 10.0 ** (-digits)
    large = abs(value) >= 1e6
    return f"{value:.{digits}g}" if small or large else f"{value:.{digits}f}"


def _p(value: float) -> str:
    if math.isnan(value):
        return "p not available"
    return "p < 0.0001" if value < 0.0001 else f"p = {value:.4f}"


def _interval(interval: Interval) -> str:
    if math.isnan(interval.low):
        return f"none ({interval.note})" if interval.note else "none"
    return f"{_number(interval.low)} to {_number(interval.high)}"


def _statistic(fit: MetaResult) -> str:
    if math.isinf(fit.df):
        return f"z = {fit.statistic:.4f}"
    return f"t = {fit.statistic:.4f} on {fit.df:g} df"


def _lines(fit: MetaResult) -> list[tuple[str, str]]:
    lines = _pooled_lines(fit)
    if fit.options.model == "random":
        lines += _between_lines(fit)
    lines += _heterogeneity_lines(fit)
    lines += [(test.name, _test_line(test)) for test in fit.tests]
    lines.append(("Log-likelihood", f"{fit.log_likelihood:.4f}; AIC {fit.aic:.4f}, BIC {_number(fit.bic)}"))
    if fit.convergence.optima > 1:
        lines.append(
            ("Note", f"the likelihood has {fit.convergence.optima} local maxima; the highest is reported")
        )
    if not fit.convergence.converged:
        lines.append(("Note", "the root search stopped before it reached rounding error"))
    return lines + [("Note", note) for note in fit.options.notes]


def _pooled_lines(fit: MetaResult) -> list[tuple[str, str]]:
    """Studies, measure, model, the pooled effect on both scales, and its test."""
    options, measure = fit.options, get_measure(fit.measure)
    percent = f"{100 * options.level:g}%"
    excluded = f" ({len(fit.effects.excluded)} excluded)" if fit.effects.excluded else ""
    scale = f", {fit.effects.scale} scale" if fit.effects.scale != "identity" else ""
    lines = [
        ("Studies", f"k = {fit.k}{excluded}"),
        ("Measure", f"{measure.name} ({fit.measure}){scale}"),
        ("Model", f"{options.model_in_words}, {options.pooling} pooling"),
        ("Estimate", f"{_number(fit.estimate)} (se {_number(fit.se)}), {percent} CI {_interval(fit.ci)}"),
    ]
    if fit.effects.scale != "identity":
        natural = fit.effects.natural(np.array([fit.estimate, fit.ci.low, fit.ci.high]), pooled=True)
        estimate, low, high = map(_number, natural)
        lines.append(("  back-transformed", f"{estimate}, {percent} CI {low} to {high}"))
    lines.append(("Test", f"{_statistic(fit)}, {_p(fit.p_value)} ({options.test_in_words})"))
    wald = _wald_beside(fit)
    return [*lines, wald] if wald else lines


def _between_lines(fit: MetaResult) -> list[tuple[str, str]]:
    """Prediction interval on both scales, and tau2."""
    options, prediction = fit.options, fit.prediction_interval()
    lines = [("Prediction interval", f"{_interval(prediction)} ({PREDICTION_RULES[options.prediction]})")]
    if fit.effects.scale != "identity" and not math.isnan(prediction.low):
        natural = fit.effects.natural(np.array([prediction.low, prediction.high]), pooled=True)
        lines.append(("  back-transformed", f"{_number(natural[0])} to {_number(natural[1])}"))
    se = "" if math.isnan(fit.se_tau2) else f" (se {_number(fit.se_tau2)})"
    lines.append(("tau2", f"{_number(fit.tau2)}{se}, {options.tau2_in_words}; tau = {_number(fit.tau)}"))
    return lines


def _heterogeneity_lines(fit: MetaResult) -> list[tuple[str, str]]:
    basis = fit.options.i2_basis
    lines = [("Heterogeneity", f"I2 = {fit.i2:.1f}%, H2 = {fit.h2:.2f} ({basis}-based)")]
    if basis == "tau2":
        lines.append(("", f"I2 = {fit.i2_q:.1f}%, H2 = {fit.h2_q:.2f} (Q-based)"))
    if fit.k > 1:
        lines.append(("Cochran's Q", f"{fit.q:.4f} on {fit.q_df:g} df, {_p(fit.q_p)}"))
    return lines


def _test_line(test: object) -> str:
    from k2meta.records import Test

    assert isinstance(test, Test)
    if math.isnan(test.statistic):
        return f"not available ({test.note})"
    df = test.df if isinstance(test.df, tuple) else (test.df,)
    shown = "" if math.isinf(df[0]) else f" on {', '.join(f'{d:g}' for d in df)} df"
    return f"{test.statistic:.4f}{shown}, {_p(test.p_value)}"


def _wald_beside(fit: MetaResult) -> tuple[str, str] | None:
    """The Wald interval, when Knapp-Hartung is the narrower of the two or k <= 3."""
    if not fit.options.test.startswith("knapp-hartung") or fit.k == 1:
        return None
    wald = fit.conf_int(method="z")
    if wald.width > fit.ci.width:
        return (
            "Note",
            f"Knapp-Hartung is narrower than the Wald interval here: {_interval(wald)}; "
            "consider test='knapp-hartung-adhoc'",
        )
    if fit.k <= 3:
        return (
            "Note",
            f"with k = {fit.k} Knapp-Hartung is very wide; the Wald interval is {_interval(wald)}",
        )
    return None


def summarise(fit: MetaResult) -> str:
    """Lay a fit out as aligned lines of text."""
    lines = _lines(fit)
    width = max(len(head) for head, _ in lines)
    return "\n".join(f"{head:<{width}}  {text}".rstrip() for head, text in lines)


def summarise_html(fit: MetaResult) -> str:
    """Lay a fit out as a small HTML table."""
    rows = "".join(
        f"<tr><th style='text-align:left'>{html.escape(head)}</th>"
        f"<td style='text-align:left'>{html.escape(text)}</td></tr>"
        for head, text in _lines(fit)
    )
    return f"<table>{rows}</table>"
