"""The notes under a table of pooled results: which model, estimator, interval and I2 these are.

English and Chinese side by side, one entry for each choice a fit can carry.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from k2meta.errors import unknown_option

if TYPE_CHECKING:
    from k2meta.models.result import MetaResult

__all__ = ["LANGUAGES", "checked_language", "method_note", "phrase", "say"]

LANGUAGES = ("en", "zh")

_WORDS: dict[str, tuple[str, str]] = {
    "random": ("random-effects model", "随机效应模型"),
    "common": ("common-effect model", "共同效应（固定效应）模型"),
    "inverse variance": ("inverse-variance weights", "倒方差加权"),
    "Mantel-Haenszel": ("Mantel-Haenszel weights", "Mantel-Haenszel加权"),
    "Peto": ("Peto's one-step method", "Peto一步法"),
    "tau2": ("tau² by {name} ({code})", "τ²估计：{name}（{code}）"),
    "tau2 fixed": ("tau² fixed by the user", "τ²由使用者设定"),
    "ci": ("{level}% CI by {name}", "{level}% CI：{name}"),
    "z": ("the normal distribution (Wald)", "正态分布（Wald法）"),
    "t": ("the t distribution ({df} df)", "t分布（ν = {df}）"),
    "knapp-hartung": ("Hartung-Knapp (t, {df} df)", "Hartung-Knapp法（t分布，ν = {df}）"),
    "knapp-hartung-adhoc": (
        "Hartung-Knapp, never narrower than Wald (t, {df} df)",
        "Hartung-Knapp法，不窄于Wald区间（t分布，ν = {df}）",
    ),
    "i2 tau2": ("I² from tau²", "I²由τ²计算"),
    "i2 Q": ("I² from Q", "I²由Q计算"),
    "i2 Q around MH": (
        "tau² and I² from Q round the Mantel-Haenszel estimate",
        "τ²与I²由围绕Mantel-Haenszel估计值的Q计算",
    ),
    "prediction same": (
        "prediction interval with the quantile of the confidence interval",
        "预测区间采用与置信区间相同的分位数",
    ),
    "prediction t(k-1)": ("prediction interval with t, k − 1 df", "预测区间采用t分布（ν = k − 1）"),
    "prediction t(k-2)": ("prediction interval with t, k − 2 df", "预测区间采用t分布（ν = k − 2）"),
    "prediction normal": ("prediction interval with the normal distribution", "预测区间采用正态分布"),
    "add only0": ("{add} added to every cell of studies with a zero cell", "含零格的研究各格加{add}"),
    "add all": ("{add} added to every cell of all studies", "所有研究各格加{add}"),
    "add if0all": (
        "{add} added to every cell of all studies, as one has a zero cell",
        "因有研究含零格，所有研究各格加{add}",
    ),
    "drop00": ("studies without events in both arms are not pooled", "两组均无事件的研究不参与合并"),
    "convention": ("choices of {name}", "采用{name}的惯例"),
    "excluded": ("{n} of {total} rows not pooled: {names}", "{total}行中{n}行未合并：{names}"),
}


def checked_language(lang: str) -> str:
    """Return the language, or say which are known."""
    if lang not in LANGUAGES:
        raise unknown_option("language", lang, LANGUAGES)
    return lang


def phrase(words: Mapping[str, tuple[str, str]], key: str, lang: str, **values: object) -> str:
    """Take an entry of a catalogue in one language and fill in its values."""
    return words[key][LANGUAGES.index(checked_language(lang))].format(**values)


def say(key: str, lang: str, **values: object) -> str:
    """Take an entry of this catalogue in one language and fill in its values."""
    return phrase(_WORDS, key, lang, **values)


def _estimator(code: str, lang: str) -> str:
    from k2meta.kernels.tau2 import TAU2_ESTIMATORS

    if code not in TAU2_ESTIMATORS:
        return say("tau2 fixed", lang)
    estimator = TAU2_ESTIMATORS[code]
    return say("tau2", lang, name=estimator.name_zh if lang == "zh" else estimator.name, code=code)


def _zero_cells(fit: MetaResult, lang: str) -> list[str]:
    """Say which correction was used, where any study has a zero cell."""
    options = fit.effects.options
    add, to = float(options.get("add", 0.0) or 0.0), str(options.get("to", ""))
    roles = fit.effects.roles
    zero = any(
        name in roles and bool((roles[name][fit.effects.row] == 0).any())
        for name in ("events1", "events2", "nonevents1", "nonevents2")
    )
    notes = []
    if zero and add > 0 and f"add {to}" in _WORDS:
        notes.append(say(f"add {to}", lang, add=f"{add:g}"))
    return notes


def method_note(fit: MetaResult, lang: str = "en") -> str:
    """Say in one line how a pooled result was made.

    Parameters
    ----------
    fit : MetaResult
    lang : {"en", "zh"}

    Returns
    -------
    str
        Model, weights, tau2 estimator, interval, basis of I2, prediction rule, zero-cell rule and
        convention, whichever apply.

    Raises
    ------
    OptionError
        When the language is not known.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.35], vi=[0.03, 0.03, 0.05])
    >>> print(method_note(fit)[:52])
    random-effects model, inverse-variance weights; tau²
    """
    options = fit.options
    comma = "，" if checked_language(lang) == "zh" else ", "
    parts = [say(options.model, lang) + comma + say(options.pooling, lang)]
    if options.model == "random":
        parts.append(_estimator(options.tau2, lang))
    df = "" if math.isinf(fit.df) else f"{fit.df:g}"
    method = options.test if df or options.test == "z" else "z"
    parts.append(say("ci", lang, level=f"{100 * options.level:g}", name=say(method, lang, df=df)))
    if fit.k > 1:
        around = options.q_around == "Mantel-Haenszel"
        parts.append(say("i2 Q around MH" if around else f"i2 {options.i2_basis}", lang))
    if options.model == "random" and fit.k > 1:
        parts.append(say(f"prediction {options.prediction}", lang))
    parts += _zero_cells(fit, lang)
    if options.convention:
        parts.append(say("convention", lang, name=options.convention))
    excluded = fit.effects.excluded
    if excluded:
        reasons = "; ".join(f"{study.study} ({study.reason})" for study in excluded)
        parts.append(say("excluded", lang, n=len(excluded), total=len(fit.effects.labels), names=reasons))
    return ("；" if lang == "zh" else "; ").join(parts)
