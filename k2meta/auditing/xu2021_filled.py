"""Reading the template that a reader of Xu 2021 filled: every answer checked before any pooling."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from k2meta.auditing.digits import PrintedNumber, parse_number, parse_p
from k2meta.auditing.published import PublishedResult, refuse_doubled_columns
from k2meta.auditing.typed_text import read_as_typed
from k2meta.auditing.xu2021_template import COLUMNS, OUTCOMES, Outcome
from k2meta.errors import DataError, nearest

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "POPULATIONS",
    "PRINTED",
    "SOURCE",
    "FilledRows",
    "printed_number",
    "printed_result",
    "read_rows",
    "usable_rows",
]

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
        refuse_doubled_columns(rows)
        frame, name = rows.reset_index(drop=True), "rows"
    elif not isinstance(rows, str | os.PathLike):
        raise DataError(
            f"rows is a {type(rows).__name__}. Expected the filled template: the name of a CSV file, or a "
            "DataFrame. Read it with read_table(path)."
        )
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
            f"{name}: no row is marked in_xu_2021 = yes; mark the trials of the paper's forest plots and "
            "give their numbers"
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
                where = f"{name}, row {position}, column {column}"
                raise DataError(f"{where}: {value!r} is not known{hint}; expected {expected}")


def printed_number(record: Mapping[str, Any], column: str) -> PrintedNumber | None:
    """Read a printed number of a row; None where the cell is empty."""
    text = _text(record[column])
    number = parse_number(text if isinstance(record[column], str) else record[column]) if text else None
    if text and number is None:
        raise DataError(
            f"{record['outcome']}, {record['study'] or record['kind']}, column {column}: {text!r} is not a "
            "number; expected digits such as 0.52"
        )
    return number


def printed_result(filled: FilledRows, outcome: Outcome, population: str) -> PublishedResult | None:
    """Take the pooled result printed for an outcome in a population; None where there is none."""
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
        printed_number(record, "effect_printed"),
        printed_number(record, "ci_low_printed"),
        printed_number(record, "ci_high_printed"),
        parse_p(p_text) if p_text else None,
        None,
        k=_text(record["k_printed"]).removesuffix(".0"),
        i2=_text(record["i2_printed"]),
    )
    return result.widened(result.decimals)


def usable_rows(filled: FilledRows, outcome: Outcome, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Take the rows whose numbers are complete; name the others."""
    rows = rows.copy()
    for column in outcome.roles:
        rows[column] = [
            _value(value, f"{filled.name}, outcome {outcome.key}, trial {study!r}, column {column}")
            for value, study in zip(rows[column], rows["study"], strict=True)
        ]
    full = rows[list(outcome.roles)].notna().all(axis=1)
    return rows[full].reset_index(drop=True), rows.loc[~full, "study"].tolist()


def _value(value: Any, where: str) -> float:
    """Read one number; NaN where nothing is given."""
    text = _text(value)
    if not text:
        return math.nan
    number = parse_number(text if isinstance(value, str) else float(value))
    if number is None:
        raise DataError(
            f"{where}: {text!r} is not a number; expected digits such as 0.52, or nothing where it is not "
            "known"
        )
    return number.value
