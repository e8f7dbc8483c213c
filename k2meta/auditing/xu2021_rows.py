"""The full run: Xu 2021's rows, filled in by a reader, pooled under every convention and compared."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from k2meta.auditing.comparison import compare_fit, compare_number
from k2meta.auditing.digits import parse_number
from k2meta.auditing.grid import fit_grid
from k2meta.auditing.verdicts import AuditRow
from k2meta.auditing.words import Words
from k2meta.auditing.xu2021_filled import (
    POPULATIONS,
    SOURCE,
    FilledRows,
    printed_number,
    printed_result,
    usable_rows,
)
from k2meta.auditing.xu2021_template import OUTCOMES, Outcome
from k2meta.errors import DataError
from k2meta.studies.door import effect_sizes
from k2meta.tables.fits import fit_record, study_records
from k2meta.tables.numbers import format_p
from k2meta.tables.table import Column, Table

if TYPE_CHECKING:
    import pandas as pd

    from k2meta.models.result import MetaResult
    from k2meta.studies.effects import Effects

__all__ = ["RowsResult", "convention_table", "run_rows"]


@dataclass(frozen=True, eq=False, slots=True)
class RowsResult:
    """One outcome in one population: the rows, the fits, and the verdicts.

    Attributes
    ----------
    outcome : Outcome
    population : str
        ``"all"``, ``"yes"`` (osteoporosis) or ``"no"``.
    marked, usable : int
        Trials marked as included, and those of them whose numbers are complete.
    missing : tuple of str
        Trials marked but not complete.
    fits : mapping of str to MetaResult
        By convention.
    audit : tuple of AuditRow
    score : mapping of str to (int, int)
        Printed numbers reached and judged, by convention.
    k_printed : int or None
        Number of trials as printed.
    idle : mapping of str to str
        Why a convention gives no result.
    """

    outcome: Outcome
    population: str
    marked: int
    usable: int
    missing: tuple[str, ...]
    fits: Mapping[str, MetaResult]
    audit: tuple[AuditRow, ...]
    score: Mapping[str, tuple[int, int]]
    k_printed: int | None = None
    idle: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_trials(self) -> int:
        """Number of trials of the forest plot, as printed or as marked."""
        return self.k_printed or self.marked

    @property
    def complete(self) -> bool:
        """Whether every trial of the forest plot is there with its numbers."""
        return self.usable == self.marked and self.k_printed in (None, self.usable)

    @property
    def reproducing(self) -> list[str]:
        """Conventions under which every printed number is reached."""
        return [name for name, (reached, judged) in self.score.items() if judged and reached == judged]


def _study_audit(
    outcome: Outcome, rows: pd.DataFrame, fit: MetaResult, convention: str, lang: str
) -> Iterator[AuditRow]:
    """Judge what the forest plot prints beside each trial."""
    ours = {record["row"]: record for record in study_records(fit)}
    names = {"estimate": "effect_printed", "ci_low": "ci_low_printed", "ci_high": "ci_high_printed"}
    records: list[Any] = rows.to_dict("records")
    for position, record in enumerate(records):
        labels = (SOURCE, outcome.key, f"trial {record['study']}")
        numbers = {quantity: printed_number(record, column) for quantity, column in names.items()}
        decimals = max((number.decimals for number in numbers.values() if number is not None), default=0)
        printed = {q: n.widened(decimals) for q, n in numbers.items() if n is not None}
        weight = printed_number(record, "weight_printed")
        if weight is not None:
            printed["weight"] = weight
        for quantity, number in printed.items():
            found = ours.get(position)
            value = math.nan if found is None else found[quantity]
            yield compare_number(labels, quantity, number, value, convention, lang)


def _unjudged(row: AuditRow, result: RowsResult, lang: str) -> AuditRow:
    """Withdraw a verdict that incomplete rows cannot carry."""
    if row.verdict == "not checkable":
        return row
    value = row.range_text(lang)
    note = Words(lang)("incomplete", usable=result.usable, all=result.all_trials, value=value)
    return replace(row, verdict="not checkable", note=note)


def _fits(
    filled: FilledRows, outcome: Outcome, rows: pd.DataFrame
) -> tuple[dict[str, MetaResult], dict[str, str]]:
    def make(drop00: bool) -> Effects:
        roles: dict[str, Any] = {role: role for role in outcome.roles}
        return effect_sizes(rows, outcome.measure, study="study", drop00=drop00, **roles)

    try:
        return fit_grid(make, outcome.counts)
    except DataError as error:
        raise DataError(f"{filled.name}, outcome {outcome.key}: {error}") from error


def _run(filled: FilledRows, outcome: Outcome, population: str, lang: str) -> RowsResult | None:
    """Pool one outcome in one population; None where the template has no rows for it."""
    rows = filled.trials[filled.trials["outcome"] == outcome.key]
    if population != "all":
        rows = rows[rows["osteoporotic"] == population]
    if rows.empty:
        return None
    usable, missing = usable_rows(filled, outcome, rows)
    printed = printed_result(filled, outcome, population)
    k_number = parse_number(printed.k) if printed is not None and printed.k else None
    k_printed = None if k_number is None else int(k_number.value)
    fits, idle = _fits(filled, outcome, usable) if len(usable) else ({}, {})
    result = RowsResult(
        outcome, population, len(rows), len(usable), tuple(missing), fits, (), {}, k_printed, idle
    )
    if printed is None or not fits:
        return result
    counts = {"k": float(len(usable))}
    judged = {name: compare_fit(printed, fit, name, counts=counts, lang=lang) for name, fit in fits.items()}
    judged = {name: [row for row in part if row.printed] for name, part in judged.items()}
    score = {name: _score(part) for name, part in judged.items()}
    best = max(fits, key=lambda name: score[name][0])
    audit = [row for part in judged.values() for row in part]
    if population == "all":
        audit += list(_study_audit(outcome, usable, fits[best], best, lang))
    if not result.complete:
        audit = [_unjudged(row, result, lang) for row in audit]
        score = {}
    return replace(result, audit=tuple(audit), score=score)


def _score(rows: list[AuditRow]) -> tuple[int, int]:
    judged = [row for row in rows if row.verdict in {"reproduced", "contradicted"} and row.quantity != "k"]
    return sum(row.verdict == "reproduced" for row in judged), len(judged)


def run_rows(filled: FilledRows, lang: str = "en") -> list[RowsResult]:
    """Pool every outcome in every population that has rows, and compare with the print."""
    results = (_run(filled, outcome, population, lang) for outcome in OUTCOMES for population in POPULATIONS)
    return [result for result in results if result is not None]


def convention_table(results: list[RowsResult]) -> Table:
    """Lay the conventions side by side: what each gives, and how many printed numbers it reaches."""
    records = []
    for result in results:
        for name, fit in result.fits.items():
            reached = result.score.get(name)
            records.append(
                {
                    **fit_record(fit),
                    "outcome": result.outcome.key,
                    "population": POPULATIONS[result.population],
                    "convention": name,
                    "rows": f"{result.usable} of {result.all_trials}",
                    "reached": "" if reached is None or not reached[1] else f"{reached[0]} of {reached[1]}",
                    "verdict": "reproduces" if name in result.reproducing else "",
                }
            )
    columns = [
        Column("outcome", "Outcome"),
        Column("population", "Women"),
        Column("rows", "Rows"),
        Column("convention", "Convention"),
        Column("measure", "Measure"),
        Column("estimate", "Estimate", "right", 3),
        Column("ci_low", "CI low", "right", 3),
        Column("ci_high", "CI high", "right", 3),
        Column("p_value", "P", "right", show=format_p),
        Column("i2", "I² %", "right", 0),
        Column("reached", "Printed numbers reached"),
        Column("verdict", "Verdict"),
    ]
    notes = [
        f"{result.outcome.key}, {POPULATIONS[result.population]}, {name}: {reason}"
        for result in results
        for name, reason in result.idle.items()
    ]
    return Table.build("Every convention against the printed results", columns, records, notes)
