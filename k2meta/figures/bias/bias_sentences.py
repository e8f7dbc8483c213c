"""Whole sentences about risk-of-bias figures: alternative texts and captions, in both languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from k2meta.figures.bias.bias_legend import legend_judgements
from k2meta.figures.bias.bias_marks import look_of
from k2meta.figures.bias.bias_reading import RiskOfBias
from k2meta.figures.bias.words_risk_of_bias import code_label, judgement_name, tool_label
from k2meta.figures.words.catalogue import say

__all__ = ["bias_alt", "bias_caption", "bias_summary_alt", "bias_summary_caption"]

BEST = ("low", "star", "two stars")
ALT_MAX = 600


def _studies(found: RiskOfBias, lang: str) -> str:
    return say("rob: studies" if found.k != 1 else "rob: studies one", lang, n=found.k)


def _counts(cells: Iterable[str], found: RiskOfBias, lang: str) -> str:
    given = Counter(cells)
    between = "，" if lang == "zh" else ", "
    words = []
    for key in found.tool.judgements:
        if given[key]:
            name = judgement_name(key, found.tool, lang)
            low = name[:1].lower() + name[1:] if lang == "en" else name
            words.append(say("rob: count", lang, n=given[key], judgement=low))
    return between.join(words)


def _findings(found: RiskOfBias, lang: str) -> list[str]:
    """What the judgements come to: overall, or over all domains, and the domain with most of a problem."""
    parts = []
    if found.overall is not None and any(found.overall):
        parts.append(say("rob: alt overall", lang, counts=_counts(found.overall, found, lang)))
    else:
        cells = [cell for row in found.judgements for cell in row]
        if any(cells):
            parts.append(say("rob: alt all", lang, counts=_counts(cells, found, lang)))
    bad = [
        sum(1 for row in found.judgements if row[place] and row[place] not in BEST)
        for place in range(len(found.domains))
    ]
    if max(bad) and found.tool.key[:3] != "nos":
        place = bad.index(max(bad))
        name = code_label(found.domains[place], found.tool, lang)
        if len(name) <= 120:
            parts.append(say("rob: alt worst", lang, domain=name, n=bad[place], k=found.k))
    return parts


def _joined(parts: list[str], lang: str) -> str:
    """Join sentences, the last ones left out when there would be too many characters."""
    between = "" if lang == "zh" else " "
    while len(parts) > 1 and len(between.join(parts)) > ALT_MAX:
        parts = parts[:-1]
    return between.join(parts)


def bias_alt(found: RiskOfBias, lang: str, page: int = 1, pages: int = 1) -> str:
    """Return the alternative text of a traffic light.

    Examples
    --------
    >>> from k2meta.figures.bias.bias_reading import read_risk_of_bias
    >>> found = read_risk_of_bias({"study": ["A"], "Selection": ["Low"], "Funding": ["High"]}, "custom")
    >>> print(bias_alt(found, "en")[:93])
    Traffic-light plot of the risk of bias in 1 study, judged with a tool with 2 domains, one dot
    """
    tool = tool_label(found.tool, lang)
    parts = [say("rob: alt", lang, studies=_studies(found, lang), tool=tool)]
    if pages > 1:
        parts.append(say("rob: alt page", lang, page=page, pages=pages))
    return _joined(parts + _findings(found, lang), lang)


def bias_summary_alt(found: RiskOfBias, lang: str, *, weighted: bool) -> str:
    """Return the alternative text of a summary."""
    how = say("rob: weighted" if weighted else "rob: unweighted", lang)
    tool = tool_label(found.tool, lang)
    parts = [say("rob: alt summary", lang, studies=_studies(found, lang), tool=tool, weighted=how)]
    return _joined(parts + _findings(found, lang), lang)


def _marks(found: RiskOfBias, lang: str) -> str:
    words = []
    for key in legend_judgements(found):
        glyph = say(f"rob: glyph {look_of(key).glyph}", lang)
        name = judgement_name(key, found.tool, lang)
        low = name[:1].lower() + name[1:] if lang == "en" else name
        words.append(say("rob: mark", lang, glyph=glyph, judgement=low))
    return ("；" if lang == "zh" else "; ").join(words)


def bias_caption(found: RiskOfBias, lang: str) -> str:
    """Return the legend of a traffic light: studies, tool, marks, domains.

    Examples
    --------
    >>> from k2meta.figures.bias.bias_reading import read_risk_of_bias
    >>> found = read_risk_of_bias({"study": ["A"], "Selection": ["Low"], "Funding": ["High"]}, "custom")
    >>> bias_caption(found, "zh")
    '1项研究的偏倚风险，评价工具为含2个领域的工具。判断：加号，低风险；叉号，高风险。D1：Selection；D2：Funding。'
    """
    between = "；" if lang == "zh" else "; "
    names = between.join(code_label(domain, found.tool, lang) for domain in found.domains)
    return say(
        "rob: caption",
        lang,
        studies=_studies(found, lang),
        tool=tool_label(found.tool, lang),
        marks=_marks(found, lang),
        domains=names,
    )


def bias_summary_caption(found: RiskOfBias, lang: str, *, weighted: bool) -> str:
    """Return the legend of a summary."""
    return say(
        "rob: caption summary",
        lang,
        studies=_studies(found, lang),
        tool=tool_label(found.tool, lang),
        weighted=say("rob: weighted" if weighted else "rob: unweighted", lang),
        marks=_marks(found, lang),
    )
