"""Which rows answer which of Xu 2021's questions, by rules stated before any pooling."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from k2meta.auditing.selection import Rule, Selection, select_rows
from k2meta.studies.datasets import DEFAULT_LEVELS, load_dataset

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CONTESTED", "PLANS", "Plan", "select_plan"]

CONTESTED = "questioned_in_print"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """One re-analysis.

    Attributes
    ----------
    key : str
    dataset : str
    title, title_zh : str
    measure : str
    roles : mapping of str to str
        Role to column.
    rules : tuple of Rule
        Beside those on vitamin, retraction and verification, which hold for all.
    prefer : callable
        Which row of a trial is used.
    preferred : str
        Reason for the other rows of the trial.
    caution, caution_zh : str
        What a reader must keep in mind.
    xu_outcome : str
        The outcome of Xu 2021 that this re-analysis is nearest to.
    by : str
        Column of subgroups; empty for none.
    favours : tuple of str
        Which arm is favoured left and right of no effect.
    """

    key: str
    dataset: str
    title: str
    title_zh: str
    measure: str
    roles: Mapping[str, Any]
    rules: tuple[Rule, ...]
    prefer: Callable[[Row], tuple[Any, ...]]
    preferred: str
    caution: str
    caution_zh: str
    xu_outcome: str
    by: str = ""
    favours: tuple[str, str] = ("k2", "control")


def _known(row: Row, *columns: str) -> bool:
    return all(isinstance(row[c], int | float) and not math.isnan(row[c]) for c in columns)


def _integrity(row: Row) -> str:
    return str(row.get("integrity_reason", "")).strip().rstrip(".") or "retracted"


COMMON_RULES = (
    Rule(lambda r: r["vitamin"] == "K2", "vitamin K1, not K2"),
    Rule(lambda r: r["retracted"] == "no", _integrity),
    Rule(
        lambda r: r["verification"] in DEFAULT_LEVELS,
        lambda r: f"verification level '{r['verification']}' never enters a default analysis",
    ),
)
_COUNTS = ("events1", "n1", "events2", "n2")
_MEANS = {
    "mean1": "mean1",
    "sd1": "sd1_used",
    "n1": "n1_used",
    "mean2": "mean2",
    "sd2": "sd2_used",
    "n2": "n2_used",
}
_POSTMENOPAUSAL = Rule(
    lambda r: r["secondary_cause"] == "no", "osteoporosis of another cause, or another population"
)
_ARMS_KNOWN = Rule(
    lambda r: _known(r, *_MEANS.values()), "no mean with a usable dispersion in both arms has been read"
)
_LAST = "an earlier time point; the last one of this trial is used"

PLANS: tuple[Plan, ...] = (
    Plan(
        key="fracture_osteoporotic",
        dataset="k2_fractures",
        title="Vertebral or any new fracture, osteoporotic women",
        title_zh="骨质疏松妇女的椎体骨折或任何新发骨折",
        measure="RR",
        roles={role: role for role in _COUNTS},
        rules=(
            Rule(lambda r: r["outcome"] in {"vertebral", "any", "clinical"}, "a single other fracture site"),
            Rule(lambda r: r["osteoporotic"] == "yes", "women without osteoporosis"),
            Rule(lambda r: _known(r, *_COUNTS), "no counts in both arms have been read"),
        ),
        prefer=lambda r: (r["comparator_type"] == "inactive", r["months"]),
        preferred="another comparison of this trial is used (an inactive comparator before an active one)",
        caution="It demonstrates what one contested trial does to a result; it is no estimate of efficacy. "
        "Jiang 2014 compares with an active drug.",
        caution_zh="此分析仅用于展示一项有争议试验对结果的影响，不是疗效估计。Jiang 2014的对照为活性药物。",
        xu_outcome="vertebral_fracture",
    ),
    Plan(
        key="ucoc_smd",
        dataset="k2_biomarkers",
        title="Undercarboxylated osteocalcin, all women",
        title_zh="未羧化骨钙素（ucOC），全部妇女",
        measure="SMD",
        roles=_MEANS,
        rules=(
            Rule(lambda r: r["marker"] == "ucOC", "another marker"),
            _POSTMENOPAUSAL,
            _ARMS_KNOWN,
        ),
        prefer=lambda r: (r["months"],),
        preferred=_LAST,
        caution="Units differ between trials, hence the standardised difference.",
        caution_zh="各试验单位不同，故采用标准化均数差。",
        xu_outcome="ucOC",
        by="osteoporotic",
    ),
    Plan(
        key="lumbar_bmd_smd",
        dataset="k2_bmd",
        title="Lumbar spine bone mineral density, last time point",
        title_zh="腰椎骨密度，末次测量",
        measure="SMD",
        roles=_MEANS,
        rules=(
            Rule(lambda r: r["site_group"] == "lumbar_spine", "another site"),
            _POSTMENOPAUSAL,
            _ARMS_KNOWN,
        ),
        prefer=lambda r: (r["months"],),
        preferred=_LAST,
        caution="Xu 2021 pools results at 12 months; the trials here end at other times. Each subgroup holds "
        "one trial.",
        caution_zh="Xu 2021合并的是12个月的结果，此处各试验的终点时间不同；每个亚组只有一项试验。",
        xu_outcome="lumbar_spine_BMD_12mo",
        by="osteoporotic",
        favours=("control", "k2"),
    ),
)


def select_plan(plan: Plan, data: pd.DataFrame | None = None) -> Selection:
    """Choose the rows of a plan; contested trials stay in, for the caller to switch."""
    rows = load_dataset(plan.dataset, include_retracted=True) if data is None else data
    return select_rows(rows, (*COMMON_RULES, *plan.rules), prefer=plan.prefer, preferred=plan.preferred)
