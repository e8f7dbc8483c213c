"""Moderators: the columns a formula may use, a checked value for each pooled study."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.errors import DataError, DataWarning
from k2meta.records import BoolArray
from k2meta.studies.cell_text import DIGITS, text_fault
from k2meta.studies.columns import Table, closest, is_missing, label_text
from k2meta.studies.effects import Effects
from k2meta.studies.problems import shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ModeratorSource", "columns_of", "moderator_values", "named"]

_NUMBERS = (int, float, np.integer, np.floating, Decimal, Fraction)


class ModeratorSource:
    """Where a formula finds its variables: ``data=`` first, then the data of the effects, then their roles.

    Parameters
    ----------
    effects : Effects
    data : DataFrame or mapping of columns, optional
        One row for each study pooled, or for each row of the data that the effects came from.
    """

    def __init__(self, effects: Effects, data: Any = None) -> None:
        given = Table.of(data)
        source = Table.of(effects.source)
        self._rows = effects.row
        self._given = given
        self._pooled = given.n_rows is None or self._is_pooled(given, effects)
        self._source = source
        self._numbers: dict[str, Any] = {
            **{name: values[effects.row] for name, values in effects.roles.items()},
            "vi": effects.vi,
            "sei": effects.sei,
        }

    @staticmethod
    def _is_pooled(given: Table, effects: Effects) -> bool:
        """Whether ``data=`` has one row a study (else one for each row of the original data)."""
        index, source = given.index, effects.source
        n_rows = len(effects.labels) or (effects.k if source is None else len(source))
        if given.n_rows not in (effects.k, n_rows):
            both = "" if n_rows == effects.k else f" or {n_rows} (one for each row of the data)"
            raise DataError(
                f"data= has {given.n_rows} rows. Expected {effects.k} (one for each study pooled){both}. "
                "Give the rows in the order of the studies."
            )
        pooled = given.n_rows == effects.k
        _refuse_other_order(given, effects, pooled)
        if source is not None and index is not None:
            expected = source.index[effects.row] if pooled else source.index
            if not index.equals(expected):
                raise DataError(
                    "data= has another index than the data of the effects. Expected the same, so that each "
                    "row meets its study. Put its rows in the order of the studies and give "
                    "data=frame.set_index(effects.source.index)."
                )
        return pooled

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that a formula may use, in the order in which they are looked up."""
        return tuple(dict.fromkeys([*self._given.columns, *self._source.columns, *self._numbers]))

    def raw(self, name: str) -> Any:
        """The values of a variable for the studies pooled.

        Raises
        ------
        DataError
            When there is no such variable; the message has the nearest name.
        """
        if name in self._given.columns:
            values = self._given.columns[name]
            return values if self._pooled else _take(values, self._rows)
        if name in self._source.columns:
            return _take(self._source.columns[name], self._rows)
        if name in self._numbers:
            return self._numbers[name]
        close = closest(name, self.names)
        hint = f"; did you mean {close!r}?" if close else "."
        quoted = [known for known in self.names if known.startswith((f"{name}.", f"{name} ", f"{name}-"))]
        if quoted:
            hint = f". Is `{quoted[0]}` meant? Such a name goes between backquotes."
        raise DataError(
            f"the formula names {name!r}, which is no column of the data{hint} Known: "
            f"{', '.join(self.names)}. Give other columns by data=."
        )


def _take(values: Any, rows: Any) -> Any:
    if hasattr(values, "iloc"):
        return values.iloc[rows]
    return values[rows] if isinstance(values, np.ndarray) else [values[i] for i in rows]


def _refuse_other_order(given: Table, effects: Effects, pooled: bool) -> None:
    """Labels that are the same but in another order mean rows that would meet the wrong study."""
    if "study" not in given.columns:
        return
    theirs = [label_text(value) for value in given.columns["study"]]
    ours = list(effects.study if pooled else effects.labels)
    wrong = [(a, b) for a, b in zip(theirs, ours, strict=False) if a != b]
    if wrong and sorted(theirs) == sorted(ours):
        raise DataError(
            f"data= has the studies in another order: {wrong[0][0]!r} stands where the effects have "
            f"{wrong[0][1]!r}. Expected the order of the effects. Sort it, or make the effects from it."
        )


def moderator_values(name: str, raw: Any, labels: Sequence[str], bare: bool) -> tuple[pd.Series, BoolArray]:
    """One variable as numbers, true/false or categories, with what is missing.

    Parameters
    ----------
    name : str
    raw : array_like, shape (k,)
    labels : sequence of str, length k
        Studies, for messages.
    bare : bool
        Whether the formula has the variable as it is, so that text would become categories.

    Returns
    -------
    values : Series
        float64, bool, or Categorical in the order of its categories (sorted for text).
    missing : ndarray of bool, shape (k,)

    Raises
    ------
    DataError
        Dates, infinite values, a mixture of text and numbers, or numbers typed as text.
    """
    import pandas as pd

    dtype = getattr(raw, "dtype", None)
    if getattr(dtype, "kind", "O") in "mM":
        raise DataError(
            f"moderator {name!r} holds dates. Expected numbers, true/false or text. Make it a number, such "
            "as the year: data[name].dt.year."
        )
    items = list(raw)
    missing = np.array([is_missing(item) or (isinstance(item, str) and not item.strip()) for item in items])
    seen = [item for item, gap in zip(items, missing, strict=True) if not gap]
    if isinstance(dtype, pd.CategoricalDtype):
        found = set(seen)
        order = [category for category in dtype.categories if category in found]
        return pd.Series(pd.Categorical(_blank(items, missing), categories=order)), missing
    if all(isinstance(item, bool | np.bool_) for item in seen) and seen:
        return pd.Series([bool(item) and not gap for item, gap in zip(items, missing, strict=True)]), missing
    if all(isinstance(item, _NUMBERS) and not isinstance(item, bool) for item in seen):
        numbers = np.array([np.nan if gap else float(item) for item, gap in zip(items, missing, strict=True)])
        _refuse_infinite(name, numbers, labels)
        return pd.Series(numbers, dtype=np.float64), missing
    texts = [item for item in seen if isinstance(item, str)]
    if len(texts) < len(seen):
        other = next(item for item in seen if not isinstance(item, str))
        first = f"{texts[0]!r} and {shown(other)}" if texts else shown(other)
        raise DataError(
            f"moderator {name!r} holds {first}. Expected numbers only, true/false only, or text only. Make "
            "it one kind: data[name].astype(str) for groups, pandas.to_numeric(data[name]) for numbers."
        )
    faults = {text_fault(text) for text in texts}
    if bare and faults & _MEANT_AS_NUMBERS and "text" not in faults:
        raise DataError(
            f"moderator {name!r} holds numbers typed as text ({texts[0]!r}). Expected numbers, or groups. "
            f"Convert it with pandas.to_numeric, or write C({name}) in the formula if they are codes of "
            "groups."
        )
    levels = sorted(set(texts))
    _warn_of_twins(name, levels)
    return pd.Series(pd.Categorical(_blank(items, missing), categories=levels)), missing


# "<50" and "10-20" are groups as often as they are numbers; these are not
_MEANT_AS_NUMBERS = {DIGITS, "text with a decimal comma"}


def _blank(items: Sequence[Any], missing: BoolArray) -> list[Any]:
    return [None if gap else item for item, gap in zip(items, missing, strict=True)]


def _refuse_infinite(name: str, numbers: Any, labels: Sequence[str]) -> None:
    rows = np.flatnonzero(np.isinf(numbers))
    if rows.size:
        raise DataError(
            f"moderator {name!r} is infinite for {named(labels[int(i)] for i in rows)}. Expected finite "
            "numbers. Look for a division by zero, or put None where the value is not known."
        )


def _warn_of_twins(name: str, levels: Sequence[str]) -> None:
    """Warn of levels that people would not tell apart: "yes" and "Yes ", say."""
    alike: dict[str, list[str]] = {}
    for level in levels:
        alike.setdefault(" ".join(level.split()).casefold(), []).append(level)
    for twins in alike.values():
        if len(twins) > 1:
            told = ", ".join(map(repr, twins))
            warnings.warn(
                DataWarning(
                    f"moderator {name!r}: {told} are {len(twins)} groups, which differ only in case or "
                    "spaces. Expected one spelling for each group. Spell them alike if they are one."
                ),
                stacklevel=5,
            )


def named(labels: Iterable[str]) -> str:
    """Studies for a message: the first five by name, the others counted.

    Examples
    --------
    >>> named(["Xu", "Li"])
    "'Xu', 'Li'"
    """
    names = list(labels)
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(map(repr, names[:5])) + more


def columns_of(new: Any) -> Mapping[str, Any]:
    """Columns of what is to be predicted for; a single value in a mapping holds for every row."""
    pandas = sys.modules.get("pandas")
    if not isinstance(new, Mapping) and not (pandas and isinstance(new, pandas.DataFrame)):
        raise DataError(
            f"new is a {type(new).__name__}. Expected a DataFrame or dict with a value of each moderator, "
            "such as {'year': [1990, 2000]}. Leave new out to predict for the studies themselves."
        )
    if isinstance(new, Mapping):
        rows = next((len(values) for values in new.values() if _has_length(values)), 1)
        new = {name: values if _has_length(values) else [values] * rows for name, values in new.items()}
    table = Table.of(new)
    if not table.n_rows:
        raise DataError(
            "nothing to predict for: new has no rows. Expected a DataFrame or dict with a value of each "
            "moderator. Leave new out to predict for the studies themselves."
        )
    return table.columns


def _has_length(value: Any) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, str | bytes)
