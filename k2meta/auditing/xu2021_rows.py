"""The full run: Xu 2021's rows, filled in by a reader, pooled under every convention and compared."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from k2meta.auditing.comparison import compare_fit, compare_number
from k2meta.auditing.digits import PrintedNumber, parse_number, parse_p
from k2meta.auditing.grid import fit_grid
from k2meta.auditing.published import PublishedResult
from k2meta.auditing.typed_text import read_as_typed
from k2meta.auditing.verdicts import AuditRow
from k2meta.auditing.xu2021_template import COLUMNS, OUTCOMES, Outcome
from k2meta.errors import DataError, nearest
from k2meta.studies.door import effect_sizes
from k2meta.tables.fits import fit_record, study_records
from k2meta.tables.numbers import format_p
from k2meta.tables.table import Column, Table

if TYPE_CHECKING:
    import pandas as pd

    from k2meta.models.result import MetaResult

__all__ = ["FilledRows", "RowsResult", "convention_table", "read_rows", "run_rows"]

SOURCE = "Xu 2021"
PRINTED = (
    "weight_printed",
    "effect_printed",
    "ci_low_printed",
    "ci_high_printed",
    "p_printed",
    "i2_printed",
    "k_printed",
)
NEEDED = ("kind", "outcome", "study", "in_xu_2021", "osteoporotic")
ANSWERS = {
    "kind": ("trial", "pooled"),
    "outcome": tuple(outcome.key for outcome in OUTCOMES),
    "in_xu_2021": ("yes", "no", "unknown", ""),
    "osteoporotic": ("yes", "no", "all", "unclear", ""),
}
POPULATIONS = {
    "all": "all postmenopausal",
    "yes": "postmenopausal osteoporosis",
    "no": "without osteoporosis",
}


@dataclass(frozen=True, eq=False, slots=True)
class FilledRows:
    """The template as a reader filled it.

    Attributes
    ----------
    name : str
        The file, for messages.
    trials : DataFrame
        Trials marked as part of the paper's forest plots.
    printed : DataFrame
        Pooled results as printed.
    """

    name: str
    trials: pd.DataFrame
    printed: pd.DataFrame


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

    @property
    def complete(self) -> bool:
        """Whether every trial of the forest plot is there with its numbers."""
        return self.usable == self.marked and self.k_printed in (None, self.usable)

    @property
    def reproducing(self) -> list[str]:
        """Conventions under which every printed number is reached."""
        return [name for name, (reached, judged) in self.score.items() if judged and reached == judged]


def read_rows(rows: Any) -> FilledRows:
    """Read and check a filled template.

    Parameters
    ----------
    rows : path or DataFrame

    Raises
    ------
    DataError
        When columns are missing, an answer is not known, or no trial is marked as included.
    """
    import pandas as pd

    if isinstance(rows, pd.DataFrame):
        frame, name = rows.reset_index(drop=True), "rows"
    else:
        frame, name = read_as_typed(rows, PRINTED), os.path.basename(os.fspath(rows))
    lacking = [column for column in NEEDED if column not in frame.columns]
    if lacking:
        close = {column: nearest(column, map(str, frame.columns)) for column in lacking}
        hints = ", ".join(f"{c} (is it {n!r}?)" if n else c for c, n in close.items())
        raise DataError(
            f"{name} lacks the column{'s' if len(lacking) > 1 else ''} {hints}; expected the columns of the "
            f"template: {', '.join(COLUMNS)}"
        )
    frame = frame.reindex(columns=list(dict.fromkeys([*frame.columns, *COLUMNS])))
    for column in NEEDED:
        frame[column] = [_text(value) for value in frame[column]]
    _check_answers(frame, name)
    trials = frame[(frame["kind"] == "trial") & (frame["in_xu_2021"] == "yes")]
    if trials.empty:
        raise DataError(
            f"{name}: no row is marked in_xu_2021 = yes; mark the trials of the paper's forest plots and give "
            "their numbers"
        )
    return FilledRows(
        name, trials.reset_index(drop=True), frame[frame["kind"] == "pooled"].reset_index(drop=True)
    )


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value).strip()


def _check_answers(frame: pd.DataFrame, name: str) -> None:
    for column, known in ANSWERS.items():
        for position, value in enumerate(frame[column], start=1):
            if value not in known:
                close = nearest(value, [answer for answer in known if answer])
                hint = f" (did you mean {close!r}?)" if close else ""
                expected = ", ".join(answer or "nothing" for answer in known)
                raise DataError(
                    f"{name}, row {position}, column {column}: {value!r} is not known{hint}; expected {expected}"
                )


def _cell(record: Mapping[str, Any], column: str) -> PrintedNumber | None:
    text = _text(record[column])
    number = parse_number(text if isinstance(record[column], str) else record[column]) if text else None
    if text and number is None:
        raise DataError(
            f"{record['outcome']}, {record['study'] or record['kind']}, column {column}: {text!r} is not a number; "
            "expected digits such as 0.52"
        )
    return number


def _printed(filled: FilledRows, outcome: Outcome, population: str) -> PublishedResult | None:
    wanted = {"all": ("all", ""), "yes": ("yes",), "no": ("no",)}[population]
    found = filled.printed
    found = found[(found["outcome"] == outcome.key) & found["osteoporotic"].isin(wanted)]
    if found.empty:
        return None
    if len(found) > 1:
        raise DataError(
            f"{filled.name}, outcome {outcome.key}: {len(found)} pooled rows for {POPULATIONS[population]}; "
            "expected one - keep one"
        )
    record = {str(key): value for key, value in found.iloc[0].to_dict().items()}
    p_text = _text(record["p_printed"])
    result = PublishedResult(
        SOURCE,
        outcome.key,
        POPULATIONS[population],
        outcome.measure,
        _cell(record, "effect_printed"),
        _cell(record, "ci_low_printed"),
        _cell(record, "ci_high_printed"),
        parse_p(p_text) if p_text else None,
        None,
        k=_text(record["k_printed"]).removesuffix(".0"),
        i2=_text(record["i2_printed"]),
    )
    return result.widened(result.decimals)


def _usable(filled: FilledRows, outcome: Outcome, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Take the rows whose numbers are complete; name the others."""
    full = rows[list(outcome.roles)].notna().all(axis=1)
    for column in outcome.roles:
        if rows[column].dtype.kind not in "iuf":
            bad = next(
                value for value in rows[column] if isinstance(value, str) and parse_number(value) is None
            )
            raise DataError(
                f"{filled.name}, outcome {outcome.key}, column {column}: {bad!r} is not a number; expected digits, "
                "or nothing where the number is not known"
            )
    return rows[full].reset_index(drop=True), rows.loc[~full, "study"].tolist()


def _study_audit(
    outcome: Outcome, rows: pd.DataFrame, fit: MetaResult, convention: str
) -> Iterator[AuditRow]:
    """Judge what the forest plot prints beside each trial."""
    ours = {record["row"]: record for record in study_records(fit)}
    names = {"estimate": "effect_printed", "ci_low": "ci_low_printed", "ci_high": "ci_high_printed"}
    for position, record in enumerate(rows.to_dict("records")):
        labels = (SOURCE, outcome.key, f"trial {record['study']}")
        numbers = {quantity: _cell(record, column) for quantity, column in names.items()}
        decimals = max((number.decimals for number in numbers.values() if number is not None), default=0)
        printed = {q: n.widened(decimals) for q, n in numbers.items() if n is not None}
        weight = _cell(record, "weight_printed")
        if weight is not None:
            printed["weight"] = weight
        for quantity, number in printed.items():
            found = ours.get(position)
            value = float("nan") if found is None else found[quantity]
            yield compare_number(labels, quantity, number, value, convention)


def _unjudged(row: AuditRow, reason: str) -> AuditRow:
    """Withdraw a verdict that incomplete rows cannot carry."""
    if row.verdict == "not checkable":
        return row
    note = f"{reason}; the rows give {row.recomputed}"
    return replace(row, verdict="not checkable", note=note)


def _run(filled: FilledRows, outcome: Outcome, population: str) -> RowsResult | None:
    rows = filled.trials[filled.trials["outcome"] == outcome.key]
    if population != "all":
        rows = rows[rows["osteoporotic"] == population]
    if rows.empty:
        return None
    usable, missing = _usable(filled, outcome, rows)
    printed = _printed(filled, outcome, population)
    k_text = "" if printed is None else printed.k
    k_number = parse_number(k_text) if k_text else None
    k_printed = None if k_number is None else int(k_number.value)
    if usable.empty:
        return RowsResult(outcome, population, len(rows), 0, tuple(missing), {}, (), {}, k_printed)
    try:
        effects = effect_sizes(
            usable, outcome.measure, study="study", **{role: role for role in outcome.roles}
        )
        fits = fit_grid(effects)
    except DataError as error:
        raise DataError(f"{filled.name}, outcome {outcome.key}: {error}") from error
    result = RowsResult(outcome, population, len(rows), len(usable), tuple(missing), fits, (), {}, k_printed)
    if printed is None:
        return result
    counts = {"k": float(len(usable))}
    judged = {name: compare_fit(printed, fit, name, counts=counts) for name, fit in fits.items()}
    judged = {name: [row for row in part if row.printed] for name, part in judged.items()}
    score = {name: _score(part) for name, part in judged.items()}
    best = max(fits, key=lambda name: score[name][0])
    audit = [row for part in judged.values() for row in part]
    if population == "all":
        audit += list(_study_audit(outcome, usable, fits[best], best))
    if not result.complete:
        reason = f"{len(usable)} of {k_printed or len(rows)} trials are filled in"
        audit = [_unjudged(row, reason) for row in audit]
        score = {}
    return replace(result, audit=tuple(audit), score=score)


def _score(rows: list[AuditRow]) -> tuple[int, int]:
    judged = [row for row in rows if row.verdict in {"reproduced", "contradicted"} and row.quantity != "k"]
    return sum(row.verdict == "reproduced" for row in judged), len(judged)


def run_rows(filled: FilledRows) -> list[RowsResult]:
    """Pool every outcome in every population that has rows, and compare with the print."""
    results = (_run(filled, outcome, population) for outcome in OUTCOMES for population in POPULATIONS)
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
                    "rows": f"{result.usable} of {result.k_printed or result.marked}",
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
    return Table.build("Every convention against the printed results", columns, records)
