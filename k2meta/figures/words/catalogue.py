"""Every word that a figure prints, in English and in Chinese, in one place.

A key gives both languages; :func:`say` picks one and fills in the values. Nothing else in
``k2meta.figures`` holds words that a reader of a figure sees, so the two languages cannot drift apart.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from k2meta.errors import OptionError, nearest, unknown_option
from k2meta.kernels.tau2 import TAU2_ESTIMATORS
from k2meta.measures.registry import Measure

__all__ = [
    "CATALOGUE",
    "FAVOURS_WORDS",
    "LANGUAGES",
    "TAU2_NAMES",
    "Words",
    "effect_name",
    "favours",
    "level_text",
    "model_name",
    "pooled_label",
    "register_words",
    "say",
    "tau2_name",
]

LANGUAGES = ("en", "zh")


class Words(NamedTuple):
    """One entry in both languages; ``{name}`` marks a value to fill in."""

    en: str
    zh: str


_CATALOGUE: dict[str, Words] = {
    # Column heads
    "study": Words("Study", "研究"),
    "study or subgroup": Words("Study or subgroup", "研究或亚组"),
    "events": Words("Events", "事件数"),
    "total": Words("Total", "总数"),
    "events/total": Words("Events/total", "事件数/总数"),
    "n/N": Words("n/N", "n/N"),
    "mean": Words("Mean", "均数"),
    "sd": Words("SD", "标准差"),
    "mean (sd)": Words("Mean (SD)", "均数（标准差）"),
    "time": Words("Person-time", "人时"),
    "events/time": Words("Events/person-time", "事件数/人时"),
    "n": Words("N", "例数"),
    "r": Words("Correlation", "相关系数"),
    "estimate": Words("Estimate", "估计值"),
    "se": Words("SE", "标准误"),
    "weight": Words("Weight", "权重"),
    "weight (%)": Words("Weight (%)", "权重（%）"),
    "weight, common": Words("Common", "共同效应"),
    "weight, random": Words("Random", "随机效应"),
    "effect, level": Words("{effect} ({level} CI)", "{effect}（{level} CI）"),
    "level ci": Words("{level} CI", "{level} CI"),
    "p value": Words("P value", "P值"),
    "experimental": Words("Experimental", "试验组"),
    "control": Words("Control", "对照组"),
    "risk of bias": Words("Risk of bias", "偏倚风险"),
    # Rows
    "subtotal": Words("Subtotal", "小计"),
    "subtotal, level": Words("Subtotal ({level} CI)", "小计（{level} CI）"),
    "total, level": Words("Total ({level} CI)", "合计（{level} CI）"),
    "prediction interval": Words("Prediction interval", "预测区间"),
    "prediction interval, level": Words("{level} prediction interval", "{level}预测区间"),
    "changes": Words(
        "* The conclusion at P < {alpha} changes when this study is left out",
        "* 剔除该研究后，以P < {alpha}为界的结论改变",
    ),
    "not estimable": Words("Not estimable", "不可估计"),
    "not applicable": Words("Not applicable", "不适用"),
    "excluded": Words("Excluded", "已排除"),
    "continued": Words("(continued)", "（续）"),
    "omitting": Words("Omitting {study}", "剔除 {study}"),
    "cumulative": Words("+ {study}", "+ {study}"),
    "all studies": Words("All studies", "全部研究"),
    # Models
    "random": Words("Random-effects model", "随机效应模型"),
    "common": Words("Common-effect model", "共同效应模型"),
    "Mantel-Haenszel": Words("Common-effect model, Mantel–Haenszel", "共同效应模型，Mantel-Haenszel法"),
    "Peto": Words("Common-effect model, Peto", "共同效应模型，Peto法"),
    # Statistics lines (see statistics_lines.py for the symbols between them)
    "heterogeneity": Words("Heterogeneity", "异质性检验"),
    "test for heterogeneity": Words("Test for heterogeneity", "异质性检验"),
    "test for overall effect": Words("Test for overall effect", "总体效应检验"),
    "test for subgroup differences": Words("Test for subgroup differences", "亚组间差异检验"),
    "line for model": Words("{line} ({model})", "{line}（{model}）"),
    # Favours
    "favours": Words("Favours {arm}", "支持{arm}"),
    "favors": Words("Favors {arm}", "支持{arm}"),
    "favours, revman": Words("Favours [{arm}]", "支持[{arm}]"),
    # Axis
    "log scale": Words("{effect} (log scale)", "{effect}，对数尺度"),
    # Footnote pieces
    "note random": Words("Random-effects model", "随机效应模型"),
    "note common": Words("Common-effect model (inverse variance)", "共同效应模型（倒方差法）"),
    "note Mantel-Haenszel": Words(
        "Common-effect model (Mantel–Haenszel)", "共同效应模型（Mantel-Haenszel法）"
    ),
    "note Peto": Words("Common-effect model (Peto)", "共同效应模型（Peto法）"),
    "note tau2": Words("τ² by {estimator}", "τ²的估计：{estimator}"),
    "note tau2 fixed": Words("τ² fixed at {value}", "τ²固定为{value}"),
    "note ci": Words("{level} CI by {method}", "{level} CI：{method}"),
    "note prediction": Words("prediction interval from {method}", "预测区间：{method}"),
    "note add": Words("{add} added to {which}", "{which}加{add}"),
    "note i2 tau2": Words("I² from τ²", "I²由τ²计算"),
    "note i2 q": Words("I² from Q", "I²由Q计算"),
    "note i2 q mh": Words(
        "τ² and I² from Q round the Mantel–Haenszel estimate", "τ²与I²由围绕Mantel-Haenszel估计值的Q计算"
    ),
    "note excluded": Words("{n} not pooled", "{n}项未合并"),
    "note add studies": Words(
        "{add} added to {which} for their own effects, not for pooling",
        "计算单项研究效应时{which}加{add}，合并时不加",
    ),
    "note inverse variance": Words("inverse variance", "倒方差法"),
    "note convention": Words("conventions of {name}", "计算惯例：{name}"),
    "add only0": Words("all cells of studies with a zero cell", "含零格研究的所有格子"),
    "add all": Words("all cells of all studies", "所有研究的所有格子"),
    "add if0all": Words("all cells of all studies, as one has a zero cell", "所有研究的所有格子（因有零格）"),
    "add none": Words("no cell", "不作校正，各格"),
    "name z": Words("Wald", "Wald法"),
    "name t": Words("t", "t分位数"),
    "name knapp-hartung": Words("Knapp–Hartung", "Knapp-Hartung法"),
    "name knapp-hartung-adhoc": Words("Knapp–Hartung (ad hoc)", "Knapp-Hartung法（不窄于Wald）"),
    "name tau2 fixed": Words("τ² = {value}", "τ² = {value}"),
    "name weights": Words("own weights", "自定义权重"),
    "test z": Words("normal quantiles (Wald)", "正态分位数（Wald法）"),
    "test t": Words("t quantiles", "t分位数"),
    "test knapp-hartung": Words("Knapp–Hartung", "Knapp-Hartung法"),
    "test knapp-hartung-adhoc": Words(
        "Knapp–Hartung (ad hoc: never narrower than Wald)", "Knapp-Hartung法（不窄于Wald区间）"
    ),
    "pi same z": Words("normal quantiles", "正态分位数"),
    "pi same t": Words("t quantiles, df = {df}", "t分位数，ν = {df}"),
    "dropped": Words("Columns left out for want of width: {columns}", "因版面宽度省略的列：{columns}"),
    # Studies that take no part, and why (see k2meta.studies.exclusion)
    "not pooled": Words("Not pooled", "未合并"),
    "reason: no events in either arm": Words("no events in either arm", "两组均无事件"),
    "reason: no events in the group": Words("no events", "无事件"),
    "reason: events in everybody in both arms": Words("events in everybody in both arms", "两组全部发生事件"),
    "reason: events in everybody in the group": Words("events in everybody", "全部发生事件"),
    "reason: a zero cell without correction": Words("a zero cell without correction", "含零格而未校正"),
    "reason: missing value": Words("missing value in {role}", "{role}缺失"),
    "reason: missing": Words("{what} missing", "{what}缺失"),
    "reason: missing in arm": Words("{what} missing in arm {arm}", "第{arm}组{what}缺失"),
    "reason: excluded by a column": Words("excluded ({column})", "按“{column}”列排除"),
    "reason: no effect": Words("{code} cannot be computed from these numbers", "由现有数据无法计算{code}"),
    "reason: no variance": Words("the sampling variance of {code} is 0", "{code}的抽样方差为0"),
    "reason: unknown variance": Words(
        "the sampling variance of {code} cannot be computed", "无法计算{code}的抽样方差"
    ),
    "reason: mean not above 0": Words(
        "{code} needs means above 0; there is {value}", "{code}要求均数大于0，而有均数为{value}"
    ),
    "role: events": Words("events", "事件数"),
    "role: nonevents": Words("non-events", "未发生事件数"),
    "role: n": Words("total", "总数"),
    "role: mean": Words("mean", "均数"),
    "role: sd": Words("SD", "标准差"),
    "role: time": Words("person-time", "人时"),
    "role: r": Words("correlation", "相关系数"),
    "role: estimate": Words("estimate", "估计值"),
    "role: se": Words("SE", "标准误"),
    "role: var": Words("variance", "方差"),
    "reason: excluded by the caller": Words("left out on request", "按要求排除"),
    # Alternative text and captions
    "alt start": Words("Forest plot of {k} studies, {effect}", "{k}项研究的森林图，效应量为{effect}"),
    "alt start one": Words("Forest plot of 1 study, {effect}", "1项研究的森林图，效应量为{effect}"),
    "alt groups": Words("in {n} subgroups", "分为{n}个亚组"),
    "alt pooled": Words(
        "{model}: {estimate} ({level} CI {low} to {high})", "{model}：{estimate}（{level} CI {low}～{high}）"
    ),
    "alt includes": Words("which includes no effect", "包含无效值"),
    "alt excludes": Words("which excludes no effect", "不包含无效值"),
    "alt prediction": Words("{level} prediction interval {low} to {high}", "{level}预测区间{low}～{high}"),
    "alt i2": Words("I² = {i2}", "I² = {i2}"),
    "alt range": Words(
        "Study estimates run from {low} ({first}) to {high} ({last})",
        "各研究的估计值从{low}（{first}）到{high}（{last}）",
    ),
    "alt one": Words("The study is {first}", "该研究为{first}"),
    "alt not estimable": Words("{n} studies have no estimate", "{n}项研究无法估计"),
    "alt not estimable one": Words("1 study has no estimate", "1项研究无法估计"),
    "alt kind loo": Words(
        "Leave-one-out forest plot of {k} studies, {effect}", "{k}项研究的逐一剔除森林图，效应量为{effect}"
    ),
    "caption start": Words("Forest plot of {title}", "{title}的森林图"),
    "caption k": Words("{k} studies", "{k}项研究"),
    "caption k one": Words("1 study", "1项研究"),
    "caption n": Words("{n} participants", "{n}名受试者"),
    "caption marks": Words(
        "Squares are study estimates, their area proportional to weight; lines are {level} confidence "
        "intervals; diamonds are pooled estimates with {level} confidence intervals",
        "方块为各研究的估计值，面积与权重成正比；横线为{level}置信区间；菱形为合并估计值及其{level}置信区间",
    ),
    "caption prediction": Words("the bar is the {level} prediction interval", "粗横线为{level}预测区间"),
    "caption arrows": Words("arrows mark intervals that run past the axis", "箭头表示区间超出坐标轴"),
    "caption abbreviations": Words("Abbreviations: {items}", "缩写：{items}"),
    "abbr CI": Words("CI, confidence interval", "CI，置信区间"),
}
CATALOGUE: Mapping[str, Words] = MappingProxyType(_CATALOGUE)

# The registry's names, so that a new estimator has one here too; surnames are joined by en dashes in print.
TAU2_NAMES: Mapping[str, Words] = MappingProxyType(
    {
        code.upper(): Words(re.sub("(?<=[a-z])-(?=[A-Z])", "–", estimator.name), estimator.name_zh)
        for code, estimator in TAU2_ESTIMATORS.items()
    }
    | {
        "HSK": Words("Hunter–Schmidt, corrected for k", "经k校正的Hunter-Schmidt法"),
        "REML": Words("restricted maximum likelihood (REML)", "限制性最大似然法（REML）"),
    }
)


def register_words(words: Mapping[str, tuple[str, str]]) -> None:
    """Add the words of a figure to the catalogue: key -> (English, Chinese).

    A module ``words_<figure>.py`` calls it once. Keys begin with the figure's name, as in
    ``"funnel: standard error"``, so that no two figures share one by accident.

    Raises
    ------
    OptionError
        When a key already has other words.
    """
    for key, pair in words.items():
        entry = Words(*pair)
        if _CATALOGUE.setdefault(key, entry) != entry:
            raise OptionError(f"two sets of words for {key!r} in the catalogue - expected one - rename a key")


def _pick(words: Words, lang: str) -> str:
    if lang not in LANGUAGES:
        raise unknown_option("lang", lang, LANGUAGES)
    return words.zh if lang == "zh" else words.en


def say(key: str, lang: str, **values: object) -> str:
    """Return the words of a key in a language, with the values filled in.

    Parameters
    ----------
    key : str
        A key of ``CATALOGUE``.
    lang : {"en", "zh"}
    **values
        What replaces ``{name}`` in the words.

    Raises
    ------
    OptionError
        When the key or the language is unknown, or a value is missing.

    Examples
    --------
    >>> say("omitting", "en", study="Knapen 2007"), say("weight", "zh")
    ('Omitting Knapen 2007', '权重')
    """
    words = CATALOGUE.get(key)
    if words is None:
        hint = nearest(key, CATALOGUE)
        raise OptionError(
            f"no words for {key!r} in the catalogue" + (f"; did you mean {hint!r}?" if hint else "")
        )
    text = _pick(words, lang)
    if not values:
        return text
    try:
        return text.format(**values)
    except KeyError as gone:
        needed = sorted({name for _, name, _, _ in string.Formatter().parse(text) if name})
        raise OptionError(f"the words for {key!r} need {', '.join(needed)}; {gone} is missing") from None


def tau2_name(code: str, lang: str) -> str:
    """Return the name of a tau2 estimator; an unknown code stands for itself.

    Examples
    --------
    >>> tau2_name("PM", "en")
    'Paule–Mandel'
    """
    words = TAU2_NAMES.get(code.upper())
    return _pick(words, lang) if words else code


def level_text(level: float) -> str:
    """Return a coverage as a percentage without needless digits.

    Examples
    --------
    >>> level_text(0.95), level_text(0.975)
    ('95%', '97.5%')
    """
    return f"{level * 100:.6g}%"


def effect_name(measure: Measure, lang: str, *, short: bool = False) -> str:
    """Return a measure's name as it heads a column.

    Chinese gives the code as well, because 风险比 alone may mean RR or HR.

    Parameters
    ----------
    measure : Measure
    lang : {"en", "zh"}
    short : bool
        The code only (``RR``), where the measure has one that readers know.
    """
    known = measure.code.isalpha() and measure.code != "GEN"
    if short and known:
        return measure.code
    if lang == "en":
        return measure.name[:1].upper() + measure.name[1:]
    name = _pick(Words(measure.name, measure.name_zh), lang)
    needs_code = known and measure.is_ratio and measure.code.casefold() not in name.casefold()
    return f"{name}（{measure.code}）" if needs_code else name


def model_name(model: str, lang: str, pooling: str = "inverse variance") -> str:
    """Return the name of a model as it labels a pooled row.

    Examples
    --------
    >>> model_name("random", "en"), model_name("common", "zh", "Peto")
    ('Random-effects model', '共同效应模型，Peto法')
    """
    return say(pooling if pooling in ("Mantel-Haenszel", "Peto") else model, lang)


def pooled_label(lang: str, level: float, *, sub: bool = False) -> str:
    """Return ``Total (95% CI)`` or ``Subtotal (95% CI)``.

    Examples
    --------
    >>> pooled_label("zh", 0.95, sub=True)
    '小计（95% CI）'
    """
    return say("subtotal, level" if sub else "total, level", lang, level=level_text(level))


# How a theme says whom the results favour -> key of the catalogue
FAVOURS_WORDS: Mapping[str, str] = MappingProxyType(
    {"favours": "favours", "favors": "favors", "bracketed": "favours, revman"}
)


def favours(arm: str, lang: str, style: str = "favours") -> str:
    """Return what stands beside the null.

    Examples
    --------
    >>> favours("vitamin K2", "en"), favours("control", "en", "bracketed"), favours("control", "en", "favors")
    ('Favours vitamin K2', 'Favours [control]', 'Favors control')
    """
    if style not in FAVOURS_WORDS:
        raise unknown_option("favours_words", style, FAVOURS_WORDS)
    return say(FAVOURS_WORDS[style], lang, arm=arm)
