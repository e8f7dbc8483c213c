"""A meta-regression as text and as HTML: every number with the convention behind it."""

from __future__ import annotations

import html
import math
import unicodedata
from typing import TYPE_CHECKING

from k2meta.measures.registry import get_measure
from k2meta.models.summary import _number, _p, _test_line

if TYPE_CHECKING:
    from k2meta.models.regression_result import MetaRegressionResult

__all__ = ["summarise", "summarise_html"]


def _lines(fit: MetaRegressionResult) -> list[tuple[str, str]]:
    options, measure = fit.options, get_measure(fit.measure)
    excluded = f" ({len(fit.effects.excluded)} excluded)" if fit.effects.excluded else ""
    scale = f", {fit.effects.scale} scale" if fit.effects.scale != "identity" else ""
    mixed = "mixed-effects model" if options.model == "random" else "common-effect model with moderators"
    if fit.terms == ("Intercept",):
        mixed = options.model_in_words
    lines = [
        ("Studies", f"k = {fit.k}{excluded}"),
        ("Measure", f"{measure.name} ({fit.measure}){scale}"),
        ("Model", f"{mixed}, {options.weights} weights"),
        ("Formula", fit.formula),
        ("Test", options.test_in_words + ("" if math.isinf(fit.df) else f", {fit.df:g} df")),
    ]
    if not math.isnan(fit.omnibus.statistic):
        symbol = "F" if fit.omnibus.distribution == "F" else "chi2"
        lines.append(("Moderators", f"QM: {symbol} = {_test_line(fit.omnibus)}"))
    return lines + _heterogeneity_lines(fit) + _notes(fit)


def _heterogeneity_lines(fit: MetaRegressionResult) -> list[tuple[str, str]]:
    options, basis = fit.options, fit.options.i2_basis
    lines = []
    if options.model == "random":
        se = "" if math.isnan(fit.se_tau2) else f" (se {_number(fit.se_tau2)})"
        lines.append(
            ("Residual tau2", f"{_number(fit.tau2)}{se}, {options.tau2_in_words}; tau = {_number(fit.tau)}")
        )
    lines.append(("Residual I2", f"{fit.i2:.1f}%, H2 = {fit.h2:.2f} ({basis}-based)"))
    if basis == "tau2":
        lines.append(("", f"{fit.i2_q:.1f}%, H2 = {fit.h2_q:.2f} (Q-based)"))
    if not math.isnan(fit.r2):
        lines.append(("R2", f"{fit.r2:.1f}% of tau2 = {_number(fit.tau2_without)} without moderators"))
    lines.append(("Residual QE", f"{fit.qe:.4f} on {fit.qe_df:g} df, {_p(fit.qe_p)}"))
    lines.append(("Log-likelihood", f"{fit.log_likelihood:.4f}; AIC {fit.aic:.4f}, BIC {_number(fit.bic)}"))
    return lines


def _notes(fit: MetaRegressionResult) -> list[tuple[str, str]]:
    notes = list(fit.options.notes)
    moderators = fit.p - (1 if "Intercept" in fit.terms else 0)
    if moderators and fit.k < 10 * moderators:
        notes.append(
            f"{fit.k} studies for {moderators} {'coefficient' if moderators == 1 else 'coefficients'} of "
            "moderators; ten for each are advised (Cochrane Handbook, section 10.11.5.1)"
        )
    if fit.convergence.optima > 1:
        notes.append(f"the likelihood has {fit.convergence.optima} local maxima; the highest is reported")
    if not fit.convergence.converged:
        notes.append("the root search stopped before it reached rounding error")
    return [("Note", note) for note in notes]


def _table(fit: MetaRegressionResult) -> list[list[str]]:
    percent = f"{100 * fit.options.level:g}%"
    rows = [["", "estimate", "se", "z" if math.isinf(fit.df) else "t", "p", f"{percent} CI"]]
    margin = fit.quantile(fit.options.level) * fit.se
    columns = (fit.beta, fit.se, fit.statistic, fit.p_value, fit.beta - margin, fit.beta + margin)
    for term, *numbers in zip(fit.terms, *(column.tolist() for column in columns), strict=True):
        estimate, se, statistic, p, low, high = numbers
        shown = "" if math.isnan(p) else "< 0.0001" if p < 0.0001 else f"{p:.4f}"
        cells = [term, _number(estimate), _number(se), _number(statistic), shown]
        rows.append([*cells, f"{_number(low)} to {_number(high)}"])
    return rows


def _cells(text: str) -> int:
    # Chinese characters take two cells of a terminal
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def summarise(fit: MetaRegressionResult) -> str:
    """Lay a meta-regression out as aligned lines of text."""
    lines = _lines(fit)
    width = max(len(head) for head, _ in lines)
    table = _table(fit)
    widths = [max(len(row[j]) for row in table) for j in range(1, len(table[0]))]
    names = max(_cells(row[0]) for row in table)
    text = [f"{head:<{width}}  {line}".rstrip() for head, line in lines]
    text.append("")
    for row in table:
        numbers = [f"{cell:>{width}}" for cell, width in zip(row[1:], widths, strict=True)]
        text.append("  ".join([row[0] + " " * (names - _cells(row[0])), *numbers]).rstrip())
    return "\n".join(text)


def summarise_html(fit: MetaRegressionResult) -> str:
    """Lay a meta-regression out as two small HTML tables."""
    facts = "".join(
        f"<tr><th style='text-align:left'>{html.escape(head)}</th>"
        f"<td style='text-align:left'>{html.escape(text)}</td></tr>"
        for head, text in _lines(fit)
    )
    head, *rows = _table(fit)
    header = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table>{facts}</table><table><thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>"
