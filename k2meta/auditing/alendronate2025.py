"""Cochrane's review of alendronate (2025), recomputed from its own rows as RevMan 5 does.

Each analysis is pooled by Mantel-Haenszel risk ratios in women without (primary prevention) and
with osteoporosis (secondary prevention); every printed estimate, limit, weight and count is
compared with what the rows give.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from k2meta.auditing.alendronate2025_summary import headlines, say, summarise
from k2meta.auditing.comparison import compare_fit, compare_number, natural_triple
from k2meta.auditing.digits import parse_number
from k2meta.auditing.published import PublishedResult
from k2meta.auditing.result import ReproductionResult
from k2meta.auditing.verdicts import AuditResult, AuditRow
from k2meta.errors import DataError
from k2meta.tables.fits import fit_record, study_records
from k2meta.tables.numbers import format_fixed, format_p
from k2meta.tables.table import Column, Table

if TYPE_CHECKING:
    import pandas as pd

    from k2meta.analysis.subgroups import SubgroupResult
    from k2meta.auditing.reproduction import Request
    from k2meta.models.result import MetaResult

__all__ = ["CONVENTION", "Group", "run"]

CONVENTION = "revman5"
SOURCE = "Cochrane CD001155.pub3"
ROLES: dict[str, Any] = {role: role for role in ("events1", "n1", "events2", "n2")}
PREVENTION = ("primary", "secondary")
GROUP_NAMES = {
    "primary": {"en": "Primary prevention (no osteoporosis)", "zh": "一级预防（无骨质疏松）"},
    "secondary": {"en": "Secondary prevention (osteoporosis)", "zh": "二级预防（骨质疏松）"},
}
STUDY_COLUMNS = {
    "estimate": "rr_printed",
    "ci_low": "ci_low_printed",
    "ci_high": "ci_high_printed",
    "weight": "weight_printed",
}
STUDY_DECIMALS = 6  # the data export prints six; the copy drops trailing zeros


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """One analysis in one population: its rows, and its fit where one exists.

    Attributes
    ----------
    analysis, outcome, prevention : str
    rows : DataFrame
    fit : MetaResult or None
        None when no study has an event.
    printed : PublishedResult or None
    """

    analysis: str
    outcome: str
    prevention: str
    rows: pd.DataFrame
    fit: MetaResult | None
    printed: PublishedResult | None

    @property
    def labels(self) -> tuple[str, str, str]:
        """Source, outcome and subgroup of the audit's rows."""
        return SOURCE, f"{self.analysis} {self.outcome}", self.prevention

    @property
    def n(self) -> int:
        """Women in both arms of all rows."""
        return int(self.rows["n1"].sum() + self.rows["n2"].sum())


def _fit(rows: pd.DataFrame) -> MetaResult | None:
    from k2meta.models.stratified import mantel_haenszel

    if not (rows["events1"] + rows["events2"]).any():
        return None
    return mantel_haenszel(rows, "RR", study="study", convention=CONVENTION, **ROLES)


def _printed(published: pd.DataFrame, analysis: str, prevention: str) -> PublishedResult | None:
    from k2meta.auditing.published import read_published

    found = published[(published["analysis"] == analysis) & (published["prevention"] == prevention)]
    if found.empty:
        return None
    (result,), _ = read_published(found.drop(columns="analysis"))
    return result


def _groups(request: Request) -> Iterator[Group]:
    from k2meta.studies.datasets import load_dataset

    rows = load_dataset("alendronate_fractures")
    published = load_dataset("alendronate_published")
    for (analysis, outcome), part in rows.groupby(["analysis", "outcome"], sort=False):
        request.step(f"{analysis} {outcome}")
        for prevention in PREVENTION:
            own = part[part["prevention"] == prevention].reset_index(drop=True)
            if len(own):
                printed = _printed(published, str(analysis), prevention)
                yield Group(str(analysis), str(outcome), prevention, own, _fit(own), printed)


def _pooled_rows(group: Group, lang: str) -> list[AuditRow]:
    """Judge the printed pooled result of a group; show ours where none is printed."""
    counts = {"k": float(len(group.rows)), "n": float(group.n)}
    if group.fit is None:
        return []
    if group.printed is None:
        ours = natural_triple(group.fit)
        return [
            compare_number(group.labels, name, None, value, say("method", lang), lang)
            for name, value in ours.items()
        ]
    source, outcome, subgroup = group.labels
    printed = group.printed
    labelled = PublishedResult(
        source,
        outcome,
        subgroup,
        printed.measure,
        printed.estimate,
        printed.ci_low,
        printed.ci_high,
        printed.p,
        printed.z,
        k=printed.k,
        n=printed.n,
    )
    rows = compare_fit(labelled, group.fit, say("method", lang), counts=counts, lang=lang)
    rows = [row for row in rows if row.printed or row.quantity not in counts]
    return [_explained(group, row, lang) if row.quantity == "n" else row for row in rows]


def _explained(group: Group, row: AuditRow, lang: str) -> AuditRow:
    """Say of a number of women that differs which study's size the difference equals."""
    if row.verdict != "contradicted":
        return row
    difference = row.recomputed_low - float(row.printed.replace(",", ""))
    sizes = group.rows["n1"] + group.rows["n2"]
    same = group.rows[sizes == abs(difference)]
    note = say("women more" if difference > 0 else "women fewer", lang, n=f"{abs(difference):.0f}")
    if len(same):
        named = "; ".join(
            f"{r['study']} ({r['events1']:.0f}/{r['n1']:.0f} v {r['events2']:.0f}/{r['n2']:.0f})"
            for r in same.to_dict("records")
        )
        note += say("same size", lang, named=named)
    return replace(row, note=note)


def _study_rows(group: Group, lang: str) -> list[AuditRow]:
    """Judge the printed effect, limits and weight of every study of a group."""
    ours = {} if group.fit is None else {r["row"]: r for r in study_records(group.fit)}
    rows = []
    for position, record in enumerate(group.rows.to_dict("records")):
        source, outcome, subgroup = group.labels
        labels = (source, outcome, f"{subgroup}: {record['study']}")
        found = ours.get(position)
        for quantity, column in STUDY_COLUMNS.items():
            printed = parse_number(record[column])
            if printed is None and found is None:
                continue
            value = math.nan if found is None else found[quantity]
            number = None if printed is None else printed.widened(STUDY_DECIMALS)
            rows.append(compare_number(labels, quantity, number, value, say("method", lang), lang))
    return rows


def _subgroups(groups: list[Group], lang: str = "") -> SubgroupResult | None:
    """Pool an analysis by prevention, where both kinds have events; groups named in a language."""
    import pandas as pd

    from k2meta.analysis.subgroups import subgroup_analysis
    from k2meta.studies.door import effect_sizes

    if len(groups) < 2 or any(group.fit is None for group in groups):
        return None
    rows = pd.concat([group.rows for group in groups], ignore_index=True)
    rows["prevention"] = [GROUP_NAMES[name].get(lang, name) for name in rows["prevention"]]
    effects = effect_sizes(rows, "RR", study="study", **ROLES)
    return subgroup_analysis(effects, "prevention", pooling="Mantel-Haenszel", convention=CONVENTION)


def _matches_table(rows: list[AuditRow], lang: str) -> Table:
    """Lay printed and recomputed numbers side by side, at the printed decimals."""
    records = []
    for row in rows:
        printed = parse_number(row.printed)
        decimals = 2 if printed is None else printed.decimals
        match = {"reproduced": "yes", "contradicted": "NO"}.get(row.verdict, "not printed")
        records.append(
            {
                "outcome": row.outcome,
                "subgroup": row.subgroup,
                "quantity": row.quantity,
                "printed": row.printed or "-",
                "ours": format_fixed(row.recomputed_low, decimals),
                "match": say(match, lang),
                "recomputed": row.recomputed_low,
                "note": "" if row.verdict == "not checkable" else row.note,
            }
        )
    right = {"printed", "ours"}
    names = ("outcome", "subgroup", "quantity", "printed", "ours", "match", "note")
    columns = [
        Column(name, say(f"head {name}", lang), "right" if name in right else "left") for name in names
    ]
    return Table.build(say("table printed", lang), columns, records)


def _pooled_table(groups: list[Group], tests: dict[str, SubgroupResult], lang: str) -> Table:
    """List every pooled result with the test for a difference between the populations."""
    records: list[dict[str, Any]] = []
    for group in groups:
        empty = dict.fromkeys(("estimate", "ci_low", "ci_high", "p_value", "i2"), math.nan)
        numbers = empty if group.fit is None else fit_record(group.fit)
        between = tests.get(group.analysis)
        records.append(
            {
                **{key: numbers[key] for key in empty},
                "outcome": f"{group.analysis} {group.outcome}",
                "subgroup": group.prevention,
                "rows": len(group.rows),
                "k": 0 if group.fit is None else group.fit.k,
                "n": group.n,
                "p_between": math.nan if between is None else between.between.p_value,
            }
        )
    columns = [
        *(Column(name, say(f"head {name}", lang)) for name in ("outcome", "subgroup")),
        *(Column(name, say(f"head {name}", lang), "right") for name in ("rows", "k", "n")),
        *(Column(name, say(f"head {name}", lang), "right", 2) for name in ("estimate", "ci_low", "ci_high")),
        Column("p_value", "P", "right", show=format_p),
        Column("i2", "I² %", "right", 0),
        Column("p_between", say("head p_between", lang), "right", show=format_p),
    ]
    return Table.build(say("table pooled", lang), columns, records, [say("method note", lang)])


def _draw(groups: list[Group], lang: str) -> Any:
    """Draw an analysis as Cochrane does: weights add to 100 in each population."""
    from k2meta.figures.forest.forest import forest_plot

    result = _subgroups(groups, lang)
    if result is None:
        raise DataError(f"{groups[0].outcome}: nothing to draw, one population has no events")
    arms = ("Alendronate", "Control") if lang == "en" else ("阿仑膦酸钠", "对照")
    return forest_plot(result, theme="revman", lang=lang, arms=arms, favours=arms, overall=False)


def _file_name(group: Group) -> str:
    return f"forest_{group.analysis.replace('.', '_')}_{group.outcome.lower().replace(' ', '_')}"


def run(request: Request) -> ReproductionResult:
    """Recompute the review; see :func:`k2meta.reproduce`."""
    groups = list(_groups(request))
    if not groups:
        raise DataError("the data set alendronate_fractures has no rows; reinstall the package")
    pooled = [row for group in groups for row in _pooled_rows(group, request.lang)]
    studies = [row for group in groups for row in _study_rows(group, request.lang)]
    by_analysis: dict[str, list[Group]] = {}
    for group in groups:
        by_analysis.setdefault(group.analysis, []).append(group)
    tests = {name: found for name, parts in by_analysis.items() if (found := _subgroups(parts)) is not None}
    audited = AuditResult("alendronate2025", (*pooled, *studies))
    lang = request.lang
    tables = {
        "printed_and_ours": _matches_table(pooled, lang),
        "pooled_by_prevention": _pooled_table(groups, tests, lang),
        "studies_printed_and_ours": AuditResult("", tuple(studies)).to_table(say("studies", lang), lang=lang),
    }
    analyses = {f"{g.analysis}/{g.prevention}": g.fit for g in groups if g.fit is not None}
    analyses |= {f"{name}/all": result.overall for name, result in tests.items()}
    return ReproductionResult(
        name="alendronate2025",
        title=say("title", lang),
        audit=audited,
        analyses=analyses,
        tables=tables,
        summary=summarise(pooled, studies, tables, lang),
        headlines=headlines(pooled, studies, lang),
        shown=("printed_and_ours", "pooled_by_prevention"),
        lang=lang,
        drawings={_file_name(by_analysis[name][0]): partial(_draw, by_analysis[name]) for name in tests},
    )
