"""From what the caller gave for a role to a checked array of numbers; nothing is coerced silently."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from k2meta.errors import DataError, nearest
from k2meta.records import BoolArray, FloatArray
from k2meta.studies.cell_text import DIGITS, TEXT_REMEDIES, text_fault
from k2meta.studies.problems import Problem, shown

__all__ = [
    "Column",
    "Table",
    "closest",
    "column_of",
    "is_missing",
    "label_text",
    "read_labels",
    "read_numbers",
]

_LIST_LIMIT = 30  # column names listed in a message


@dataclass(frozen=True, slots=True)
class Column:
    """One role's numbers, with the name the caller knows them by.

    Attributes
    ----------
    role : str
    name : str
        Column name in the data; empty for an array.
    values : ndarray, shape (n_rows,)
        NaN where missing (and where a problem was found).
    missing : ndarray of bool, shape (n_rows,)
    problems : tuple of Problem
        Values that are not numbers, or infinite.
    """

    role: str
    name: str
    values: FloatArray
    missing: BoolArray
    problems: tuple[Problem, ...] = ()

    @property
    def where(self) -> str:
        """The role and, when it differs, the column it came from."""
        return self.role if self.name in ("", self.role) else f"{self.role} (column {self.name!r})"


@dataclass(frozen=True, slots=True)
class Table:
    """The caller's data: a DataFrame, a mapping of columns, or nothing but arrays."""

    columns: Mapping[str, Any]
    n_rows: int | None
    index: Any = None  # the DataFrame's index, when there is one
    frame: Any = None

    @classmethod
    def of(cls, data: Any) -> Table:
        """Accept a DataFrame, a mapping of equally long columns, or None.

        Raises
        ------
        DataError
            For anything else, duplicated column names, or columns of unequal length.
        """
        if data is None:
            return cls({}, None)
        pandas = sys.modules.get("pandas")  # without pandas loaded, data cannot be a DataFrame
        if pandas is not None and isinstance(data, pandas.DataFrame):
            if data.columns.nlevels > 1:
                raise DataError(
                    f"the data have {data.columns.nlevels} header rows (columns such as "
                    f"{tuple(data.columns[0])!r}). Expected one name for each column. Join them: "
                    "data.columns = ['_'.join(map(str, c)) for c in data.columns]."
                )
            names = [str(name) for name in data.columns]
            _refuse_duplicates(names)
            columns = {name: data.iloc[:, i] for i, name in enumerate(names)}
            return cls(columns, len(data), data.index, data)
        if isinstance(data, Mapping):
            names = [str(name) for name in data]
            _refuse_duplicates(names)
            columns = {str(name): _sequence(values, str(name)) for name, values in data.items()}
            _refuse_unequal({name: len(values) for name, values in columns.items()})
            lengths = [len(values) for values in columns.values()]
            return cls(columns, lengths[0] if lengths else 0, None, None)
        raise DataError(
            f"data is a {type(data).__name__}. Expected a DataFrame, a dict of columns, or None with "
            "arrays as roles. Build one with pandas.DataFrame(...), or read a file with "
            "k2meta.read_table(path)."
        )

    def unknown(self, name: str, role: str) -> DataError:
        """Word the error for a column that the data do not have."""
        if self.n_rows is None:
            return DataError(
                f"{role}={name!r} names a column, but data is None. Expected a DataFrame or dict that has "
                "it, or an array of numbers."
            )
        close = closest(name, self.columns)
        hint = f"; did you mean {close!r}?" if close else "."
        return DataError(f"unknown column {name!r} for {role}{hint} {self.listed()}")

    def listed(self) -> str:
        """The names of the columns, for a message."""
        names = list(self.columns)
        more = f" and {len(names) - _LIST_LIMIT} more" if len(names) > _LIST_LIMIT else ""
        return f"Columns: {', '.join(names[:_LIST_LIMIT]) or '(none)'}{more}."


def closest(name: str, names: Iterable[str]) -> str | None:
    """Return the name most like the one asked for; case and punctuation do not count.

    Examples
    --------
    >>> closest("n1", ["study", "N_1"])
    'N_1'
    """
    plain = {"".join(filter(str.isalnum, known)).casefold(): known for known in names}
    found = nearest("".join(filter(str.isalnum, name)).casefold(), plain)
    return None if found is None else plain[found]


def _refuse_duplicates(names: Sequence[str]) -> None:
    seen: set[str] = set()
    double = sorted({name for name in names if name in seen or seen.add(name)})  # type: ignore[func-returns-value]
    if double:
        raise DataError(
            f"the data have more than one column named {', '.join(map(repr, double))}. Expected each name "
            "once. Rename the columns, so that it is clear which is meant."
        )


def _refuse_unequal(lengths: Mapping[str, int]) -> None:
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise DataError(
            f"columns of unequal length: {told}. Expected one value for each study in every column. Fill "
            "what is missing with None, so that rows keep together."
        )


def _sequence(values: Any, where: str) -> Any:
    """Return something with a length and one dimension."""
    shape = getattr(values, "shape", None)
    if shape is not None:
        if len(shape) == 1:
            return values
        raise DataError(
            f"{where} has the shape {tuple(shape)}. Expected one dimension, one value for each study. Pass "
            "one column at a time."
        )
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise DataError(
            f"{where} is {shown(values)}. Expected a column name, a list or an array with one value for "
            "each study."
        )
    if isinstance(values, (Mapping, set, frozenset)):
        raise DataError(
            f"{where} is a {type(values).__name__}, which has no order of rows. Expected a list or an "
            "array with one value for each study."
        )
    return list(values)


def is_missing(value: Any) -> bool:
    """Whether a value stands for nothing: None, NaN, pandas.NA, NaT, a masked element."""
    if value is None or value is np.ma.masked:
        return True
    if isinstance(value, (float, np.floating)):
        return bool(np.isnan(value))
    if isinstance(value, Decimal):
        return value.is_nan()
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return bool(np.isnat(value))
    return type(value).__name__ in ("NAType", "NaTType")


def column_of(role: str, given: Any, table: Table) -> tuple[str, Any]:
    """Resolve what was given for a role to (column name, raw values); scalars stay scalars."""
    if isinstance(given, str):
        if given not in table.columns:
            raise table.unknown(given, role)
        return given, table.columns[given]
    if isinstance(given, (int, float, np.number, Decimal, Fraction)) or is_missing(given):
        return "", given
    same_index = getattr(getattr(given, "index", None), "equals", None)  # a Series has one, a list has not
    if same_index is not None and table.index is not None and table.n_rows == len(given):
        aligned = same_index(table.index)
    else:
        aligned = True
    if not aligned:
        raise DataError(
            f"the Series given for {role} has another index than the data. Expected the same index, so "
            "that each value meets its study. Pass it as a column of the data, or "
            f"{role}=series.to_numpy() to match by position."
        )
    return "", _sequence(given, role)


def read_numbers(role: str, name: str, raw: Any, n_rows: int) -> Column:
    """Turn raw values into floats, keeping account of what is missing and what is no number.

    Accepted: integers, floats, NumPy and pandas numbers (nullable ones too), Decimal, Fraction; a
    single number holds for every row. None, NaN, pandas.NA and masked elements are missing. Refused:
    text (also ``"12"``), booleans, complex numbers, dates, infinities.
    """
    if isinstance(raw, (int, float, np.number, Decimal, Fraction)) or is_missing(raw):
        raw = [raw] * n_rows
    if not isinstance(raw, np.ma.MaskedArray):
        dtype = getattr(raw, "dtype", None)
        kind = getattr(dtype, "kind", "O")
        if isinstance(dtype, np.dtype) and kind in "fiu":
            values = np.array(raw, dtype=np.float64)
            missing = np.isnan(values)
            if not np.isinf(values).any():
                return Column(role, name, values, missing)
    items = raw.tolist() if isinstance(raw, np.ndarray) else list(raw)
    values = np.full(len(items), np.nan)
    missing = np.zeros(len(items), dtype=bool)
    faults: dict[str, list[tuple[int, str]]] = {}
    for row, item in enumerate(items):
        if is_missing(item):
            missing[row] = True
            continue
        number, fault = _number(item)
        if fault:
            faults.setdefault(fault, []).append((row, shown(item)))
        else:
            values[row] = number
    column = Column(role, name, values, missing)
    return Column(role, name, values, missing, _problems(column.where, faults))


def _problems(where: str, faults: dict[str, list[tuple[int, str]]]) -> tuple[Problem, ...]:
    """One problem for each kind of fault; digits that are text because of other cells are only counted."""
    beside = ""
    if DIGITS in faults and len(faults.keys() & TEXT_REMEDIES.keys()) > 1:
        count = len(faults.pop(DIGITS))
        beside = f" ({count} other {'cells hold' if count > 1 else 'cell holds'} a number typed as text.)"
    return tuple(
        Problem(f"{fault} in {where}", tuple(rows), "finite numbers", _REMEDIES[fault] + beside)
        for fault, rows in faults.items()
    )


_REMEDIES = {
    **TEXT_REMEDIES,
    "true/false": "Counts and measurements are numbers: give 1 and 0, or the counts meant.",
    "an infinite value": "Put None where a number was not reported; look for a division by zero.",
    "something that is no number": "Give plain numbers.",
}


def _number(item: Any) -> tuple[float, str]:
    """Return (value, "") or (nan, kind of fault)."""
    if isinstance(item, (bool, np.bool_)):
        return np.nan, "true/false"
    if isinstance(item, (str, bytes)):
        return np.nan, text_fault(item) if isinstance(item, str) else "text"
    if not isinstance(item, (int, float, np.integer, np.floating, Decimal, Fraction)):
        return np.nan, "something that is no number"
    try:
        number = float(item)
    except (OverflowError, ValueError):
        return np.nan, "an infinite value"
    return (number, "") if np.isfinite(number) else (np.nan, "an infinite value")


def read_labels(given: Any, table: Table, n_rows: int) -> tuple[str, ...]:
    """Read study labels; rows without one are called ``"Study 3"`` after their place."""
    if given is None:
        raw = table.columns.get("study")
        if raw is None:
            return tuple(f"Study {i + 1}" for i in range(n_rows))
    else:
        _, raw = column_of("study", given, table)
    raw = _sequence(raw, "study")
    if len(raw) != n_rows:
        raise DataError(
            f"study has {len(raw)} labels for {n_rows} rows. Expected one label for each study. Add or "
            "remove labels until the lengths agree."
        )
    items = raw.tolist() if isinstance(raw, np.ndarray) and raw.dtype.kind not in "mM" else list(raw)
    return tuple(label_text(item) or f"Study {i + 1}" for i, item in enumerate(items))


def label_text(item: Any) -> str:
    """A label as people write it: a year that a gap made a float has no ``.0``, a date no midnight.

    Empty where nothing is given.

    Examples
    --------
    >>> label_text(2001.0), label_text(" Xu "), label_text(None)
    ('2001', ' Xu ', '')
    """
    if is_missing(item):
        return ""
    if isinstance(item, (float, np.floating)) and float(item).is_integer() and abs(float(item)) < 1e15:
        return str(int(item))
    text = str(item)
    if isinstance(item, np.datetime64) or type(item).__name__ in ("Timestamp", "datetime"):
        text = text.replace("T", " ").partition(".")[0].removesuffix(" 00:00:00")
    return "" if text.strip() == "" else text
