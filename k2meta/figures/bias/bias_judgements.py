"""Judgements of the risk of bias: their names in both languages, and how tables spell them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from k2meta.errors import OptionError

__all__ = ["JUDGEMENTS", "RISING", "Judgement", "find_judgement"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One judgement that a tool may give.

    Attributes
    ----------
    key : str
        How results and records call it.
    name : pair of str
        Its name in a legend, English and Chinese.
    bare : pair of str
        Its name where the tool says no more than ``Low`` (QUADAS-2).
    spellings : tuple of str
        What it may be called in a table, folded as by ``_folded``.
    """

    key: str
    name: tuple[str, str]
    bare: tuple[str, str]
    spellings: tuple[str, ...]


# key; name; bare name; spellings. The order is that of a legend of all of them.
_ROWS = (
    ("low", "Low risk|低风险", "Low|低", "low|low concern|low concerns|l|+|低"),
    (
        "some concerns",
        "Some concerns|有一定风险",
        "",
        "some concerns|some concern|some|sc|s|有一定|一定|有些担忧",
    ),
    ("moderate", "Moderate risk|中等风险", "Moderate|中等", "moderate|m|中等|中|中度"),
    (
        "unclear",
        "Unclear risk|风险不清楚",
        "Unclear|不清楚",
        "unclear|unclear concern|u|?|？|不清楚|不明确|不确定|不清|不明",
    ),
    ("high", "High risk|高风险", "High|高", "high|high concern|high concerns|h|高"),
    ("serious", "Serious risk|严重风险", "Serious|严重", "serious|s|严重|重度|高"),
    ("very high", "Very high risk|极高风险", "Very high|极高", "very high|vh|极高|很高"),
    ("critical", "Critical risk|极严重风险", "Critical|极严重", "critical|c|极严重|极重度|极高"),
    ("two stars", "Two stars|两颗星", "", "two stars|2|2 stars|**|★★|两颗星|2颗星"),
    ("star", "Star awarded|得星", "", "star awarded|star|1|1 star|*|★|得星|一颗星|1颗星"),
    ("no star", "No star|未得星", "", "no star|0|0 stars|未得星|无星|0颗星"),
    ("no information", "No information|无信息", "", "no information|ni|no info|无信息|没有信息|信息不足"),
    ("not applicable", "Not applicable|不适用", "", "not applicable|na|n/a|不适用"),
)


def _pair(text: str) -> tuple[str, str]:
    en, zh = text.split("|")
    return en, zh


JUDGEMENTS: Mapping[str, Judgement] = MappingProxyType(
    {
        key: Judgement(key, _pair(name), _pair(bare or name), tuple(spellings.split("|")))
        for key, name, bare, spellings in _ROWS
    }
)
# From the best to the worst, those that speak of a risk.
RISING = ("low", "some concerns", "moderate", "unclear", "high", "serious", "very high", "critical")
_FILLER = re.compile(r"\b(risk|of bias)\b")
_FILLER_HAN = re.compile("偏倚|风险|[的性]")


def _folded(text: str) -> str:
    """Small letters, one blank between words, without the words that every judgement shares.

    Examples
    --------
    >>> _folded("Low risk of bias"), _folded("低偏倚风险"), _folded("Some_concerns")
    ('low', '低', 'some concerns')
    """
    words = re.sub(r"[\s_]+", " ", text.casefold()).strip(" .。")
    return _FILLER_HAN.sub("", re.sub(" +", " ", _FILLER.sub("", words))).strip()


def find_judgement(value: object, allowed: Iterable[str], symbols: Mapping[str, str]) -> str | None:
    """Return the key of a judgement as a table spells it; None when it is none of those allowed.

    Parameters
    ----------
    value : object
        The cell.
    allowed : iterable of str
        Keys that the tool knows. ``S`` is *serious* where that is known, *some concerns* elsewhere.
    symbols : mapping of str to str
        The tool's own marks, such as ``-`` for *high* in RoB 1.

    Raises
    ------
    OptionError
        When two of the allowed judgements have this spelling.

    Examples
    --------
    >>> find_judgement("低风险", ("low", "high"), {}), find_judgement("-", ("low", "high"), {"-": "high"})
    ('low', 'high')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a column of numbers with a gap is read as floats
    text = str(value).strip()
    if text in symbols:
        return symbols[text]
    wanted = {text.casefold(), _folded(text)} - {""}
    found = [key for key in allowed if wanted & {key, *JUDGEMENTS[key].spellings}]
    if len(found) > 1:
        raise OptionError(f"may mean {' or '.join(found)}")
    return found[0] if found else None
