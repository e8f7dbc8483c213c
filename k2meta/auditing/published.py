"""Published results as they come in tables, read without losing their printed digits."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from k2meta.auditing.digits import PrintedNumber, PrintedP, parse_number, parse_p
from k2meta.errors import DataError, OptionError, nearest, unknown_option

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "PublishedResult", "read_published", "typed_columns"]

# What a column may be called, the plainest name first.
COLUMNS: dict[str, tuple[str, ...]] = {
    "source": ("meta_analysis", "meta_id", "review", "paper", "study", "study_id", "source"),
    "outcome": ("outcome", "analysis"),
    "subgroup": ("subgroup", "prevention"),
    "measure": ("measure", "measure_printed"),
    "estimate": ("estimate", "estimate_printed"),
    "ci_low": ("ci_low", "ci_low_printed"),
    "ci_high": ("ci_high", "ci_high_printed"),
    "p": ("p", "p_printed", "p_reported", "reported_p", "p_value"),
    "z": ("z", "z_printed"),
    "k": ("k", "k_printed"),
    "n": ("n", "n_printed", "n_participants", "n_note"),
    "i2": ("i2", "i2_printed"),
    "level": ("level",),
    "decimals": ("decimals",),
    "note": ("note",),
    "integrity": ("integrity", "retracted"),
}
_RATIOS = frozenset({"RR", "OR", "HR", "IRR", "ROM", "SMR", "SIR", "DOR", "PETO", "POR", "VR", "CVR"})
DIGITS = ("triple", "as given")
PRINTED = ("estimate", "ci_low", "ci_high", "p", "z", "k", "n", "i2")


@dataclass(frozen=True, slots=True)
class PublishedResult:
    """One printed result: an estimate, its interval, its P value, and what is printed beside them."""

    source: str
    outcome: str
    subgroup: str
    measure: str
    estimate: PrintedNumber | None
    ci_low: PrintedNumber | None
    ci_high: PrintedNumber | None
    p: PrintedP | None
    z: PrintedNumber | None
    p_text: str = ""
    k: str = ""
    n: str = ""
    i2: str = ""
    level: float = 0.95
    note: str = ""
    integrity: str = ""

    @property
    def is_ratio(self) -> bool:
        """Whether the measure is a ratio, whose interval is made on the log scale."""
        words = re.findall(r"[A-Za-z0-9]+", self.measure)
        if len(words) == 1:
            return words[0].upper() in _RATIOS
        return bool(_RATIOS & set(words))  # case matters in a phrase: "MD or SMD" names no odds ratio

    @property
    def decimals(self) -> int:
        """Most decimals among the estimate and its limits."""
        triple = (self.estimate, self.ci_low, self.ci_high)
        return max((number.decimals for number in triple if number is not None), default=0)

    @property
    def alone(self) -> bool:
        """Whether an estimate is printed without any limit."""
        return self.estimate is not None and self.ci_low is None and self.ci_high is None

    def widened(self, decimals: int, assumed: bool = True) -> PublishedResult:
        """Give the estimate and its limits at least so many decimals."""

        def widen(number: PrintedNumber | None) -> PrintedNumber | None:
            return None if number is None else number.widened(decimals, assumed)

        return replace(
            self, estimate=widen(self.estimate), ci_low=widen(self.ci_low), ci_high=widen(self.ci_high)
        )


def typed_columns() -> list[str]:
    """Name the columns whose digits must be kept as typed."""
    return [name for role in PRINTED for name in COLUMNS[role]]


def refuse_doubled_columns(frame: pd.DataFrame) -> None:
    """Refuse columns of one name: it could not be told which is meant.

    Raises
    ------
    DataError
    """
    names = [str(name) for name in frame.columns]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise DataError(
            f"the rows have more than one column named {', '.join(map(repr, double))}. Expected each name "
            "once. Rename the columns, so that it is clear which is meant."
        )


def _frame(rows: Any) -> tuple[pd.DataFrame, str]:
    """Turn a data set's name, a file, a DataFrame or records into a DataFrame and a name."""
    import pandas as pd

    if isinstance(rows, pd.DataFrame):
        return rows, str(rows.attrs.get("name", "") or "rows")
    if isinstance(rows, str) and not os.path.splitext(rows)[1] and not os.path.exists(rows):
        from k2meta.studies.datasets import load_dataset

        return load_dataset(rows, include_retracted=True), rows  # listed with its notice, never pooled
    if isinstance(rows, str | os.PathLike):
        from k2meta.auditing.typed_text import read_as_typed

        return read_as_typed(rows, typed_columns()), os.path.basename(os.fspath(rows))
    if isinstance(rows, Mapping):
        rows = [rows]
    if isinstance(rows, Iterable):
        return pd.DataFrame(list(rows)), "rows"
    raise DataError(
        f"audit cannot read {type(rows).__name__}; give a data set's name, a CSV file, a DataFrame, "
        "or a list of dictionaries"
    )


def _columns(frame: pd.DataFrame) -> dict[str, str]:
    """Find each known column under one of its names."""
    found = {}
    for role, names in COLUMNS.items():
        for name in names:
            if name in frame.columns:
                found[role] = name
                break
    if not {"estimate", "ci_low", "ci_high", "p", "z"} & set(found):
        close = [nearest(str(column), ("estimate", "ci_low", "ci_high", "p")) for column in frame.columns]
        hint = next((f" (is {frame.columns[i]!r} {name!r}?)" for i, name in enumerate(close) if name), "")
        raise DataError(
            f"nothing to audit: the columns are {', '.join(map(str, frame.columns)) or 'none'}{hint}; "
            "at least one of estimate, ci_low, ci_high, p, z is needed "
            "(beside them: source, outcome, subgroup, measure, k, n, i2, level, note)"
        )
    return found


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)) or str(value) in {"nan", "<NA>"}:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _number(value: Any, where: str) -> PrintedNumber | None:
    if not _text(value):
        return None
    if hasattr(value, "item"):
        value = value.item()
    number = parse_number(value)
    if number is None:
        raise DataError(
            f"{where} - {value!r} is not a number - expected digits such as 0.52 - correct the cell"
        )
    return number


def _level(value: Any, where: str, default: float) -> float:
    number = _number(value, where)
    level = default if number is None else number.value
    level = level / 100.0 if level > 1.0 else level
    if not 0.0 < level < 1.0:
        raise DataError(
            f"{where} - {value!r} is not a confidence level - expected 0.95 or 95 - correct the cell"
        )
    return level


def _integrity(text: str) -> str:
    """Say in words what a column ``integrity`` or ``retracted`` flags; empty when there is no notice."""
    plain = text.replace("_", " ")
    if plain.casefold() in {"", "no", "false", "0", "none found"}:
        return ""
    return "retracted" if plain.casefold() in {"yes", "true", "1"} else plain


def _widen_all(results: list[PublishedResult]) -> list[PublishedResult]:
    """Restore trailing zeros: from the triple, or for a lone estimate from the source's other results."""
    habit: dict[tuple[str, str], int] = {}
    for result in results:
        key = (result.source, result.measure)
        habit[key] = max(habit.get(key, 0), result.decimals)
    return [
        result.widened(
            habit[result.source, result.measure] if result.alone and result.source else result.decimals
        )
        for result in results
    ]


def read_published(
    rows: Any, digits: str = "triple", level: float = 0.95
) -> tuple[list[PublishedResult], str]:
    """Read published results from a data set's name, a file, a DataFrame or dictionaries.

    Parameters
    ----------
    rows : str, path, DataFrame, mapping or iterable of mappings
    digits : {"triple", "as given"}
        ``"triple"``: an estimate and its limits print equally many decimals, the largest number
        seen among the three (tables of numbers lose trailing zeros), and an estimate without
        limits as many as its source's other results of that measure; ``"as given"``: each number
        has the decimals it shows. A column ``decimals`` goes before either.
    level : float
        Confidence level where no column ``level`` says otherwise.

    Raises
    ------
    DataError
        When no column can be audited or a cell is not a number; row and column are named.
    OptionError
        When ``digits`` is unknown.
    """
    if digits not in DIGITS:
        raise unknown_option("reading of digits", digits, DIGITS)
    if isinstance(level, bool) or not isinstance(level, int | float):
        raise OptionError(f"level is {level!r}. Expected a coverage between 0 and 1, such as 0.95.")
    if not 0.0 < (level / 100.0 if level > 1.0 else level) < 1.0:
        raise OptionError(f"level is {level:g}. Expected a coverage between 0 and 1, such as 0.95.")
    frame, name = _frame(rows)
    refuse_doubled_columns(frame)
    columns = _columns(frame)
    results = []
    for position, record in enumerate(frame.to_dict("records"), start=1):
        cells = {role: record[column] for role, column in columns.items()}

        def where(role: str, position: int = position) -> str:
            return f"row {position}, column {columns.get(role, role)!r}"

        p_text = _text(cells.get("p"))
        p_value = cells.get("p")
        result = PublishedResult(
            source=_text(cells.get("source")),
            outcome=_text(cells.get("outcome")),
            subgroup=_text(cells.get("subgroup")),
            measure=_text(cells.get("measure")),
            estimate=_number(cells.get("estimate"), where("estimate")),
            ci_low=_number(cells.get("ci_low"), where("ci_low")),
            ci_high=_number(cells.get("ci_high"), where("ci_high")),
            p=parse_p(p_text if isinstance(p_value, str) else p_value) if p_text else None,
            z=_number(cells.get("z"), where("z")),
            p_text=p_text,
            k=_text(cells.get("k")),
            n=_text(cells.get("n")),
            i2=_text(cells.get("i2")),
            level=_level(cells.get("level"), where("level"), level),
            note=_text(cells.get("note")),
            integrity=_integrity(_text(cells.get("integrity"))),
        )
        decimals = _number(cells.get("decimals"), where("decimals"))
        results.append(result if decimals is None else result.widened(int(decimals.value), assumed=False))
    return (_widen_all(results) if digits == "triple" else results), name
