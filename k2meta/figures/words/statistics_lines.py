"""The lines of statistics under a group and under the figure, as styled runs.

Each line is a tuple of segments; a line that is too long breaks between segments. Symbols are italic
where the number style says so (after GB/T 3358 in Chinese: *t F z χ² P ν* and so on).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from k2meta.figures.lettering.numbers import (
    NumberStyle,
    format_df,
    format_i2,
    format_number,
    format_p,
    format_tau2,
    get_number_style,
)
from k2meta.figures.looks.model import Line, Run, Runs
from k2meta.figures.words.catalogue import say

__all__ = [
    "heterogeneity_line",
    "index_line",
    "named_test_line",
    "overall_effect_line",
    "p_value_runs",
    "subgroup_line",
    "term_runs",
]

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _symbol(name: str, look: NumberStyle, lang: str) -> tuple[Run, ...]:
    """Return a statistical symbol: ``tau2 chi2 i2 df z t F``."""
    if name == "df":
        return (Run("ν", italic=True),) if lang == "zh" else (Run("df"),)
    words = look.symbols == "words" and lang == "en"
    letters = {"tau2": "Tau" if words else "τ", "chi2": "Chi" if words else "χ", "i2": "I", "r2": "R"}
    letter = letters.get(name, name)
    if name == "z" and lang == "en":
        letter = "Z" if words else "z"
    slanted = (look.symbol_italic or lang == "zh") and not words
    power = (Run("²"),) if name.endswith("2") else ()
    return (Run(letter, italic=slanted), *power)


def _equals(look: NumberStyle, relation: str = "=") -> str:
    return f" {relation} " if look.p_spaced else relation


def _term(name: str, value: str, look: NumberStyle, lang: str) -> tuple[Run, ...]:
    """Return ``symbol = value``, or ``symbol < value`` where the value says so."""
    relation, value = ("<", value[1:]) if value.startswith("<") else ("=", value)
    return (*_symbol(name, look, lang), Run(_equals(look, relation) + value))


def term_runs(name: str, value: str, style: str | NumberStyle = "plain", lang: str = "en") -> Runs:
    """Return ``R² = 75.6%`` as runs: a symbol (``tau2 chi2 i2 r2 df z t F``) and its value as printed.

    Examples
    --------
    >>> "".join(run.text for run in term_runs("r2", "75.6%"))
    'R² = 75.6%'
    """
    return _joined(_term(name, value, get_number_style(style), lang))


def p_value_runs(p: float, style: str | NumberStyle = "plain", lang: str = "en") -> Runs:
    """Return ``P = 0.26`` as runs, the symbol italic where the style wants it.

    Examples
    --------
    >>> "".join(run.text for run in p_value_runs(0.26, "lancet"))
    'p=0·26'
    """
    look = get_number_style(style)
    relation, digits = format_p(p, look)
    symbol = look.p_symbol if lang == "en" else "P"
    italic = look.p_italic or lang == "zh"
    return Run(symbol, italic=italic), Run(_equals(look, relation) + digits)


def _marks(lang: str) -> tuple[str, str, str, str, str]:
    """Return colon, semicolon, comma, opening and closing bracket of a language."""
    return ("：", "；", "，", "（", "）") if lang == "zh" else (": ", "; ", ", ", " (", ")")


def _joined(runs: Sequence[Run]) -> Runs:
    """Join neighbours of one style."""
    out: list[Run] = []
    for item in runs:
        if out and (out[-1].bold, out[-1].italic) == (item.bold, item.italic):
            out[-1] = Run(out[-1].text + item.text, item.bold, item.italic)
        else:
            out.append(item)
    return tuple(out)


def _head(key: str, lang: str, model: str) -> Run:
    words = say(key, lang)
    if model:
        words = say("line for model", lang, line=words, model=model)
    return Run(words + _marks(lang)[0])


def heterogeneity_line(
    q: float,
    df: float,
    p: float,
    i2: float,
    tau2: float | None = None,
    *,
    style: str | NumberStyle = "plain",
    lang: str = "en",
    model: str = "",
) -> Line:
    """Return the heterogeneity line of a group of studies.

    Parameters
    ----------
    q, df, p : float
        Cochran's Q, its degrees of freedom and its P value. With ``df`` 0 (one study) the line says
        that there is none.
    i2 : float
        In percent.
    tau2 : float or None
        None leaves it out (common-effect models, and the jama style).
    style : str or NumberStyle
    lang : {"en", "zh"}
    model : str
        Name of the model, where several are shown.

    Returns
    -------
    tuple of Runs
        Segments between which the line may break.

    Examples
    --------
    >>> line = heterogeneity_line(5.3, 4, 0.26, 24.4, 0.12, style="revman")
    >>> "".join(run.text for runs in line for run in runs)
    'Heterogeneity: Tau² = 0.12; Chi² = 5.30, df = 4 (P = 0.26); I² = 24%'
    """
    look = get_number_style(style)
    _, semicolon, comma, opening, closing = _marks(lang)
    form = look.line if lang == "en" else "semicolons"
    head = _head(look.heterogeneity, lang, model)
    if df < 1 or math.isnan(q):
        return ((Run(head.text + say("not applicable", lang)),),)
    q_text, df_text = format_number(q, 2, look), format_df(df)
    p_runs = p_value_runs(p, look, lang)
    spread = (*_term("i2", format_i2(i2, look), look, lang),)
    if form == "subscript":
        chi = (*_symbol("chi2", look, lang), Run(df_text.translate(SUBSCRIPTS) + f" = {q_text}"))
        return (_joined((head, *chi, Run(opening), *p_runs, Run(closing + comma))), _joined(spread))
    chi = _term("chi2", q_text, look, lang)
    nu = (Run(comma), *_term("df", df_text, look, lang))
    tail = (Run(comma), *p_runs) if form == "commas" else (Run(opening), *p_runs, Run(closing))
    test = (*chi, *nu, *tail, Run(semicolon))
    if tau2 is None:
        return _joined((head, *test)), _joined(spread)
    first = (head, *_term("tau2", format_tau2(tau2, look, matters=i2 >= 1), look, lang), Run(semicolon))
    return _joined(first), _joined(test), _joined(spread)


def overall_effect_line(
    statistic: float,
    p: float,
    df: float = math.inf,
    *,
    style: str | NumberStyle = "plain",
    lang: str = "en",
    model: str = "",
) -> Line:
    """Return the line of the test for an overall effect.

    Parameters
    ----------
    statistic : float
        z, or t with ``df`` degrees of freedom.
    p : float
    df : float
        Infinite for a normal statistic.
    style : str or NumberStyle
    lang : {"en", "zh"}
    model : str
        Name of the model, where several are shown.

    Examples
    --------
    >>> line = overall_effect_line(-3.987, 6.7e-5, style="revman")
    >>> "".join(run.text for runs in line for run in runs)
    'Test for overall effect: Z = 3.99 (P < 0.0001)'
    """
    look = get_number_style(style)
    _, _, comma, opening, closing = _marks(lang)
    head = _head("test for overall effect", lang, model)
    if math.isnan(statistic):
        return ((Run(head.text + say("not applicable", lang)),),)
    value = abs(statistic) if look.absolute_z else statistic
    text = format_number(value, 2, look)
    term = _term("t" if math.isfinite(df) else "z", text, look, lang)
    nu = (Run(comma), *_term("df", format_df(df), look, lang)) if math.isfinite(df) else ()
    return (_joined((head, *term, *nu, Run(opening), *p_value_runs(p, look, lang), Run(closing))),)


def named_test_line(
    name: str,
    statistic: float,
    p: float,
    df: float | tuple[float, float] = math.inf,
    *,
    symbol: str = "",
    style: str | NumberStyle = "plain",
    lang: str = "en",
) -> Line:
    """Return the line of any test by its name.

    Parameters
    ----------
    name : str
        The test, in words of the language.
    statistic, p : float
    df : float or pair of float
        Infinite for a normal statistic, a pair for F.
    symbol : str
        ``"t"``, ``"z"``, ``"chi2"``, ``"F"``; after ``df`` by default.

    Examples
    --------
    >>> line = named_test_line("Egger’s test", -1.4013, 0.1887, 11)
    >>> "".join(run.text for runs in line for run in runs)
    'Egger’s test: t = −1.40, df = 11 (P = 0.19)'
    """
    look = get_number_style(style)
    _, _, comma, opening, closing = _marks(lang)
    head = Run(name + _marks(lang)[0])
    if math.isnan(statistic):
        return ((Run(head.text + say("not applicable", lang)),),)
    pair = df if isinstance(df, tuple) else None
    single = math.inf if isinstance(df, tuple) else df
    chosen = symbol or ("F" if pair else "t" if math.isfinite(single) else "z")
    term = _term(chosen, format_number(statistic, 2, look), look, lang)
    nu: tuple[Run, ...] = ()
    if pair or math.isfinite(single):
        text = comma.join(map(format_df, pair)) if pair else format_df(single)
        nu = (Run(comma), *_term("df", text, look, lang))
    return (_joined((head, *term, *nu, Run(opening), *p_value_runs(p, look, lang), Run(closing))),)


def index_line(
    name: str, value: str, verdict: str = "", *, style: str | NumberStyle = "plain", lang: str = "en"
) -> Line:
    """Return ``LFK index = −2.31 (major asymmetry)``; the value as printed.

    Examples
    --------
    >>> "".join(run.text for runs in index_line("LFK index", "0.31", "no asymmetry") for run in runs)
    'LFK index = 0.31 (no asymmetry)'
    """
    look = get_number_style(style)
    _, _, _, opening, closing = _marks(lang)
    tail = f"{opening}{verdict}{closing}" if verdict else ""
    return ((Run(f"{name}{_equals(look)}{value}{tail}"),),)


def subgroup_line(
    statistic: float,
    df: float | tuple[float, float],
    p: float,
    i2: float | None = None,
    *,
    style: str | NumberStyle = "plain",
    lang: str = "en",
    model: str = "",
) -> Line:
    """Return the line of the test for subgroup differences.

    Parameters
    ----------
    statistic : float
        Q between the groups, or F when ``df`` is a pair.
    df : float or pair of float
    p : float
    i2 : float or None
        Percent of the variation between subgroups beyond chance; None leaves it out.
    style : str or NumberStyle
    lang : {"en", "zh"}
    model : str
        Name of the model, where several are shown.

    Examples
    --------
    >>> line = subgroup_line(1.53, 2, 0.47, 0.0, style="revman")
    >>> "".join(run.text for runs in line for run in runs)
    'Test for subgroup differences: Chi² = 1.53, df = 2 (P = 0.47), I² = 0%'
    """
    look = get_number_style(style)
    _, _, comma, opening, closing = _marks(lang)
    head = _head("test for subgroup differences", lang, model)
    if math.isnan(statistic):
        return ((Run(head.text + say("not applicable", lang)),),)
    text = format_number(statistic, 2, look)
    if look.line == "subscript" and lang == "en" and not isinstance(df, tuple):
        number = format_df(df).translate(SUBSCRIPTS)
        chi = (*_symbol("chi2", look, lang), Run(f"{number} = {text}"))
        end = (Run(closing + comma),) if i2 is not None else (Run(closing),)
        whole = _joined((head, *chi, Run(opening), *p_value_runs(p, look, lang), *end))
        return (whole,) if i2 is None else (whole, _joined(_term("i2", format_i2(i2, look), look, lang)))
    pair = df if isinstance(df, tuple) else None
    term = _term("F" if pair else "chi2", text, look, lang)
    df_text = (
        comma.join(map(format_df, pair)) if pair else format_df(df if isinstance(df, (int, float)) else 0)
    )
    nu = (Run(comma), *_term("df", df_text, look, lang))
    ending = (Run(comma),) if i2 is not None else ()
    test = _joined((head, *term, *nu, Run(opening), *p_value_runs(p, look, lang), Run(closing), *ending))
    if i2 is None:
        return (test,)
    return test, _joined(_term("i2", format_i2(i2, look), look, lang))
