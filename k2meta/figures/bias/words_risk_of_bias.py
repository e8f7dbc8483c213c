"""Words of the risk-of-bias figures, with the names of all tools' domains and judgements."""

from __future__ import annotations

from k2meta.figures.bias.bias_judgements import JUDGEMENTS
from k2meta.figures.bias.bias_tools import TOOLS, BiasTool, Domain
from k2meta.figures.words.catalogue import register_words, say

__all__ = ["code_label", "domain_name", "judgement_name", "tool_label"]

register_words(
    {
        "rob: overall": ("Overall", "总体"),
        "rob: bias": ("Risk of bias", "偏倚风险"),
        "rob: applicability": ("Applicability concerns", "适用性问题"),
        "rob: domains": ("Domains", "领域"),
        "rob: judgement": ("Judgement", "判断"),
        "rob: domain": ("{code}: {name}", "{code}：{name}"),
        "rob: domain applicability": ("{code}: {name} (applicability)", "{code}：{name}（适用性）"),
        "rob: axis": ("Share of studies (%)", "研究所占比例（%）"),
        "rob: axis weighted": ("Share of the weight (%)", "权重所占比例（%）"),
        "rob: title": ("Risk of bias", "偏倚风险"),
        "rob: title summary": ("Summary of the risk of bias", "偏倚风险汇总"),
        "rob: own tool": ("a tool with {n} domains", "含{n}个领域的工具"),
        "rob: count": ("{n} {judgement}", "{judgement}{n}项"),
        "rob: studies": ("{n} studies", "{n}项研究"),
        "rob: studies one": ("1 study", "1项研究"),
        "rob: alt": (
            "Traffic-light plot of the risk of bias in {studies}, judged with {tool}, "
            "one dot for each domain.",
            "{studies}的偏倚风险交通灯图，评价工具为{tool}，每个领域一个圆点。",
        ),
        "rob: alt summary": (
            "Stacked bars of the risk of bias in {studies}, judged with {tool}, one bar for each domain; "
            "{weighted}.",
            "{studies}偏倚风险的堆积条形图，评价工具为{tool}，每个领域一条；{weighted}。",
        ),
        "rob: alt page": ("Page {page} of {pages}.", "第{page}页，共{pages}页。"),
        "rob: alt overall": ("Overall: {counts}.", "总体判断：{counts}。"),
        "rob: alt all": ("Over all domains: {counts}.", "各领域合计：{counts}。"),
        "rob: alt worst": (
            "Furthest from low risk: {domain}, where {n} of {k} are not judged low.",
            "问题最多的领域为“{domain}”，{k}项中有{n}项未判为低风险。",
        ),
        "rob: weighted": ("each study counts by its weight", "各研究按权重计"),
        "rob: unweighted": ("each study counts the same", "各研究权重相同"),
        "rob: caption": (
            "Risk of bias in {studies}, judged with {tool}. Judgements: {marks}. {domains}.",
            "{studies}的偏倚风险，评价工具为{tool}。判断：{marks}。{domains}。",
        ),
        "rob: caption summary": (
            "Summary of the risk of bias in {studies}, judged with {tool}; {weighted}. Judgements: {marks}.",
            "{studies}偏倚风险汇总，评价工具为{tool}；{weighted}。判断：{marks}。",
        ),
        "rob: glyph plus": ("plus", "加号"),
        "rob: glyph minus": ("minus", "减号"),
        "rob: glyph cross": ("cross", "叉号"),
        "rob: glyph question": ("question mark", "问号"),
        "rob: glyph exclamation": ("exclamation mark", "感叹号"),
        "rob: glyph slash": ("slash", "斜线"),
        "rob: glyph star": ("star", "一颗星"),
        "rob: glyph two stars": ("two stars", "两颗星"),
        "rob: mark": ("{glyph}, {judgement}", "{glyph}，{judgement}"),
        **{f"rob: judgement {key}": known.name for key, known in JUDGEMENTS.items()},
        **{f"rob: judgement {key} bare": known.bare for key, known in JUDGEMENTS.items()},
        **{
            f"rob: domain {tool.key} {domain.code}": (domain.en, domain.zh)
            for tool in TOOLS.values()
            for domain in tool.domains
        },
    }
)
_TOOL_NAMES = {
    "rob2-cluster": ("RoB 2 for cluster-randomised trials", "RoB 2（整群随机试验）"),
    "rob2-crossover": ("RoB 2 for crossover trials", "RoB 2（交叉试验）"),
    "nos-cohort": ("the Newcastle–Ottawa Scale for cohort studies", "Newcastle-Ottawa量表（队列研究）"),
    "nos-case-control": (
        "the Newcastle–Ottawa Scale for case–control studies",
        "Newcastle-Ottawa量表（病例对照研究）",
    ),
}
register_words({f"rob: tool {key}": pair for key, pair in _TOOL_NAMES.items()})


def tool_label(tool: BiasTool, lang: str) -> str:
    """Return the name of a tool inside a sentence.

    Examples
    --------
    >>> from k2meta.figures.bias.bias_tools import get_tool
    >>> tool_label(get_tool("robins-i"), "zh")
    'ROBINS-I'
    """
    if tool.key in _TOOL_NAMES:
        return say(f"rob: tool {tool.key}", lang)
    if tool.key == "custom" and tool.name == "custom":
        return say("rob: own tool", lang, n=len(tool.domains))
    return tool.name


def judgement_name(judgement: str, tool: BiasTool, lang: str) -> str:
    """Return a judgement as a legend prints it; nothing for a blank.

    Examples
    --------
    >>> from k2meta.figures.bias.bias_tools import get_tool
    >>> judgement_name("low", get_tool("rob2"), "zh"), judgement_name("low", get_tool("quadas2"), "en")
    ('低风险', 'Low')
    """
    if not judgement:
        return ""
    return say(f"rob: judgement {judgement}" + (" bare" if tool.bare else ""), lang)


def domain_name(domain: Domain, tool: BiasTool, lang: str) -> str:
    """Return the name of a domain in a language; domains of one's own have one name in both."""
    key = f"rob: domain {tool.key} {domain.code}"
    return say(key, lang) if tool.key in TOOLS else domain.zh if lang == "zh" else domain.en


def code_label(domain: Domain, tool: BiasTool, lang: str) -> str:
    """Return a domain as the legend lists it.

    Examples
    --------
    >>> from k2meta.figures.bias.bias_tools import get_tool
    >>> tool = get_tool("quadas2")
    >>> code_label(tool.domains[4], tool, "en")
    'A1: Patient selection (applicability)'
    """
    key = "rob: domain applicability" if domain.group == "applicability" else "rob: domain"
    return say(key, lang, code=domain.code, name=domain_name(domain, tool, lang))
