"""Tools that judge the risk of bias: one record for each, with its domains and its judgements.

To add a tool, add a record to ``_RECORDS``; reading, figures, legends and tests follow the registry.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from k2meta.errors import OptionError, unknown_option
from k2meta.figures.bias.bias_judgements import JUDGEMENTS

__all__ = ["TOOLS", "BiasTool", "Domain", "custom_tool", "get_tool", "tool_names"]


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain of a tool.

    Attributes
    ----------
    code : str
        What stands over its column (``"D1"``).
    en, zh : str
        Its name, as the tool's guidance words it.
    group : {"bias", "applicability"}
        QUADAS-2 judges applicability apart from the risk of bias.
    judgements : tuple of str
        Those that it may get, where they are not all of the tool's (the Newcastle-Ottawa Scale gives two
        stars for comparability only).
    """

    code: str
    en: str
    zh: str
    group: str = "bias"
    judgements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BiasTool:
    """A tool: what it is called, what it judges, and which judgements it knows.

    Attributes
    ----------
    key, name : str
    domains : tuple of Domain
    judgements : tuple of str
        Keys of :data:`~k2meta.figures.bias.bias_judgements.JUDGEMENTS`, as the legend orders them.
    source : str
        DOI of its guidance.
    bare : bool
        Whether judgements are called ``Low`` rather than ``Low risk``.
    overall_rule : bool
        Whether the guidance has the overall judgement at least as bad as the worst domain.
    symbols : tuple of pairs of str
        Marks that this tool's tables use for judgements, beside the words.
    """

    key: str
    name: str
    domains: tuple[Domain, ...]
    judgements: tuple[str, ...]
    source: str = ""
    bare: bool = False
    overall_rule: bool = False
    symbols: tuple[tuple[str, str], ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the domains, in order."""
        return tuple(domain.code for domain in self.domains)


def _domains(*names: tuple[str, str], codes: Sequence[str] = ()) -> tuple[Domain, ...]:
    labels = codes or [f"D{number + 1}" for number in range(len(names))]
    return tuple(Domain(code, en, zh) for code, (en, zh) in zip(labels, names, strict=True))


def _starred(domains: tuple[Domain, ...]) -> tuple[Domain, ...]:
    return tuple(
        d if d.code.startswith("C") else dataclasses.replace(d, judgements=_ONE_STAR) for d in domains
    )


_RANDOMISATION = ("Bias arising from the randomisation process", "随机化过程中的偏倚")
_DEVIATIONS = ("Bias due to deviations from intended interventions", "偏离既定干预的偏倚")
_MISSING = ("Bias due to missing outcome data", "结局数据缺失的偏倚")
_MEASUREMENT = ("Bias in measurement of the outcome", "结局测量的偏倚")
_SELECTION = ("Bias in selection of the reported result", "结果选择性报告的偏倚")
_ROB2 = ("low", "some concerns", "high")
_COCHRANE_SYMBOLS = (("-", "high"), ("−", "high"), ("–", "high"))
_ONE_STAR = ("star", "no star", "no information", "not applicable")
_STARS = ("star", "two stars", "no star", "no information", "not applicable")

_RECORDS = (
    BiasTool(
        "rob1",
        "RoB 1",
        _domains(
            ("Random sequence generation (selection bias)", "随机序列的产生（选择偏倚）"),
            ("Allocation concealment (selection bias)", "分配隐藏（选择偏倚）"),
            (
                "Blinding of participants and personnel (performance bias)",
                "对受试者和研究人员施盲（实施偏倚）",
            ),
            ("Blinding of outcome assessment (detection bias)", "对结局评价者施盲（测量偏倚）"),
            ("Incomplete outcome data (attrition bias)", "结局数据不完整（失访偏倚）"),
            ("Selective reporting (reporting bias)", "选择性报告（报告偏倚）"),
            ("Other bias", "其他偏倚"),
        ),
        ("low", "unclear", "high"),
        "10.1136/bmj.d5928",
        symbols=_COCHRANE_SYMBOLS,
    ),
    BiasTool(
        "rob2",
        "RoB 2",
        _domains(_RANDOMISATION, _DEVIATIONS, _MISSING, _MEASUREMENT, _SELECTION),
        _ROB2,
        "10.1136/bmj.l4898",
        overall_rule=True,
    ),
    BiasTool(
        "rob2-cluster",
        "RoB 2 for cluster-randomised trials",
        _domains(
            _RANDOMISATION,
            (
                "Bias arising from the timing of identification or recruitment of participants",
                "受试者识别或招募时机的偏倚",
            ),
            *(_DEVIATIONS, _MISSING, _MEASUREMENT, _SELECTION),
            codes=("D1a", "D1b", "D2", "D3", "D4", "D5"),
        ),
        _ROB2,
        "10.1136/bmj.l4898",
        overall_rule=True,
    ),
    BiasTool(
        "rob2-crossover",
        "RoB 2 for crossover trials",
        _domains(
            _RANDOMISATION,
            ("Bias arising from period and carryover effects", "时期效应和延滞效应的偏倚"),
            *(_DEVIATIONS, _MISSING, _MEASUREMENT, _SELECTION),
            codes=("D1", "DS", "D2", "D3", "D4", "D5"),
        ),
        _ROB2,
        "10.1136/bmj.l4898",
        overall_rule=True,
    ),
    BiasTool(
        "robins-i",
        "ROBINS-I",
        _domains(
            ("Bias due to confounding", "混杂偏倚"),
            ("Bias in selection of participants into the study", "研究对象选择的偏倚"),
            ("Bias in classification of interventions", "干预分类的偏倚"),
            _DEVIATIONS,
            ("Bias due to missing data", "数据缺失的偏倚"),
            ("Bias in measurement of outcomes", "结局测量的偏倚"),
            _SELECTION,
        ),
        ("low", "moderate", "serious", "critical", "no information"),
        "10.1136/bmj.i4919",
        overall_rule=True,
    ),
    BiasTool(
        "robins-e",
        "ROBINS-E",
        _domains(
            ("Bias due to confounding", "混杂偏倚"),
            ("Bias arising from measurement of the exposure", "暴露测量的偏倚"),
            ("Bias in selection of participants into the study", "研究对象选择的偏倚"),
            ("Bias due to post-exposure interventions", "暴露后干预的偏倚"),
            ("Bias due to missing data", "数据缺失的偏倚"),
            ("Bias arising from measurement of the outcome", "结局测量的偏倚"),
            _SELECTION,
        ),
        ("low", "some concerns", "high", "very high"),
        "10.1016/j.envint.2024.108602",
        overall_rule=True,
    ),
    BiasTool(
        "quadas2",
        "QUADAS-2",
        (
            Domain("D1", "Patient selection", "病例选择"),
            Domain("D2", "Index test", "待评价试验"),
            Domain("D3", "Reference standard", "参考标准"),
            Domain("D4", "Flow and timing", "病例流程和进展情况"),
            Domain("A1", "Patient selection", "病例选择", "applicability"),
            Domain("A2", "Index test", "待评价试验", "applicability"),
            Domain("A3", "Reference standard", "参考标准", "applicability"),
        ),
        ("low", "unclear", "high"),
        "10.7326/0003-4819-155-8-201110180-00009",
        bare=True,
        symbols=_COCHRANE_SYMBOLS,
    ),
    BiasTool(
        "quips",
        "QUIPS",
        _domains(
            ("Study participation", "研究对象的参与"),
            ("Study attrition", "研究对象的失访"),
            ("Prognostic factor measurement", "预后因素的测量"),
            ("Outcome measurement", "结局的测量"),
            ("Study confounding", "研究的混杂"),
            ("Statistical analysis and reporting", "统计分析与报告"),
        ),
        ("low", "moderate", "high"),
        "10.7326/0003-4819-158-4-201302190-00009",
    ),
    BiasTool(
        "nos-cohort",
        "Newcastle–Ottawa Scale, cohort studies",
        _starred(
            _domains(
                ("Representativeness of the exposed cohort", "暴露组的代表性"),
                ("Selection of the non-exposed cohort", "非暴露组的选择"),
                ("Ascertainment of exposure", "暴露的确定"),
                ("Outcome not present at start of study", "研究开始时未发生结局"),
                ("Comparability of cohorts", "组间可比性"),
                ("Assessment of outcome", "结局的评估"),
                ("Follow-up long enough for outcomes to occur", "随访时间足够长"),
                ("Adequacy of follow-up of cohorts", "随访的完整性"),
                codes=("S1", "S2", "S3", "S4", "C1", "O1", "O2", "O3"),
            )
        ),
        _STARS,
    ),
    BiasTool(
        "nos-case-control",
        "Newcastle–Ottawa Scale, case–control studies",
        _starred(
            _domains(
                ("Adequacy of the case definition", "病例定义的恰当性"),
                ("Representativeness of the cases", "病例的代表性"),
                ("Selection of controls", "对照的选择"),
                ("Definition of controls", "对照的定义"),
                ("Comparability of cases and controls", "病例与对照的可比性"),
                ("Ascertainment of exposure", "暴露的确定"),
                ("Same method of ascertainment for cases and controls", "病例与对照的暴露确定方法相同"),
                ("Non-response rate", "无应答率"),
                codes=("S1", "S2", "S3", "S4", "C1", "E1", "E2", "E3"),
            )
        ),
        _STARS,
    ),
)
TOOLS: Mapping[str, BiasTool] = MappingProxyType({tool.key: tool for tool in _RECORDS})
_CUSTOM = BiasTool("custom", "custom", (), tuple(JUDGEMENTS))


def tool_names() -> tuple[str, ...]:
    """Names of the tools, ``"custom"`` last.

    Examples
    --------
    >>> tool_names()[:3]
    ('rob1', 'rob2', 'rob2-cluster')
    """
    return (*TOOLS, _CUSTOM.key)


def custom_tool(names: Sequence[str], *, name: str = "", judgements: Sequence[str] = ()) -> BiasTool:
    """Make a tool of one's own: domains of any number and any names.

    Parameters
    ----------
    names : sequence of str
        Names of the domains, printed as they are in either language.
    name : str
        What the tool is called.
    judgements : sequence of str
        Keys of ``JUDGEMENTS`` that it knows, best first; all by default.

    Returns
    -------
    BiasTool

    Raises
    ------
    OptionError
        Without domains, with a name given twice, or with a judgement that is not known.

    Examples
    --------
    >>> custom_tool(["Selection", "Funding"]).codes
    ('D1', 'D2')
    """
    labels = [str(label).strip() for label in names]
    if not labels or not all(labels):
        raise OptionError(
            f"domains={list(names)!r} - expected one name or more, none of them blank - name every domain"
        )
    for place, label in enumerate(labels):
        if label in labels[:place]:
            raise OptionError(f"domain {label!r} is named twice - expected names that differ - rename one")
    for key in judgements:
        if key not in JUDGEMENTS:
            raise unknown_option("judgement", key, JUDGEMENTS)
    return dataclasses.replace(
        _CUSTOM,
        name=name or _CUSTOM.name,
        domains=_domains(*((label, label) for label in labels)),
        judgements=tuple(judgements) or _CUSTOM.judgements,
    )


def get_tool(tool: str | BiasTool) -> BiasTool:
    """Look a tool up by name; a tool is returned as it is.

    Raises
    ------
    OptionError
        When no tool has this name; the message lists them.

    Examples
    --------
    >>> get_tool("RoB 2").key, get_tool("QUADAS-2").key
    ('rob2', 'quadas2')
    """
    if isinstance(tool, BiasTool):
        return tool
    if tool == _CUSTOM.key:
        return _CUSTOM
    if isinstance(tool, str):
        wanted = _folded(tool)
        for known in TOOLS.values():
            if wanted in (_folded(known.key), _folded(known.name)):
                return known
    raise unknown_option("tool", tool, tool_names())


def _folded(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
