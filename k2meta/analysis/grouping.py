"""Which study belongs to which group."""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from k2meta.errors import DataError, DataWarning, nearest
from k2meta.studies.columns import label_text
from k2meta.studies.effects import Effects

__all__ = ["group_labels", "masks", "row_groups"]


def group_labels(effects: Effects, by: Any) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Resolve ``by`` to a name, one label for each pooled study, and the groups in order.

    Groups come in order of appearance; those of a pandas Categorical in the order of its categories.

    Raises
    ------
    DataError
        Unknown column (with the nearest name), wrong length, or a study without a group.
    """
    name, values, order = _values(effects, by)
    labels = [label_text(value) for value in values]
    missing = [study for label, study in zip(labels, effects.study, strict=True) if not label]
    if missing:
        shown = ", ".join(repr(study) for study in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise DataError(
            f"{name}: no group for {shown}{more}; give each study a group, or leave those studies out with "
            "exclude= of effect_sizes"
        )
    seen = tuple(dict.fromkeys(labels))
    _warn_of_twins(name, seen)
    groups = tuple(g for g in order if g in seen) if order else seen
    return name, tuple(labels), groups


def _warn_of_twins(name: str, groups: tuple[str, ...]) -> None:
    """Warn of groups that people would not tell apart: "yes" and "Yes ", say."""
    alike: dict[str, list[str]] = {}
    for group in groups:
        plain = unicodedata.normalize("NFKC", " ".join(group.split())).casefold()
        alike.setdefault(plain, []).append(group)
    for twins in alike.values():
        if len(twins) > 1:
            told = ", ".join(map(repr, twins))
            warnings.warn(
                DataWarning(
                    f"{name}: {told} are {len(twins)} groups, which differ only in case, spaces or width. "
                    "Expected one spelling for each group. Spell them alike if they are one."
                ),
                stacklevel=4,
            )


def _values(effects: Effects, by: Any) -> tuple[str, list[Any], tuple[str, ...]]:
    if isinstance(by, str):
        source = effects.source
        columns = [] if source is None else [str(c) for c in source.columns]
        if source is None or by not in columns:
            close = nearest(by, columns)
            hint = f"; did you mean {close!r}?" if close else "."
            have = (
                f" The data have: {', '.join(columns)}."
                if columns
                else " The effects carry no data: give an array."
            )
            raise DataError(f"by={by!r} is not a column of the data{hint}{have}")
        column = source[by]
        return by, column.iloc[effects.row].tolist(), _categories(column)
    shape = np.shape(by) if hasattr(by, "shape") else None
    if isinstance(by, Mapping) or not isinstance(by, Iterable) or (shape is not None and len(shape) != 1):
        what = f"{type(by).__name__} of shape {shape}" if shape else type(by).__name__
        raise DataError(
            f"by is a {what}. Expected the name of a column of the data, or one value for each study. "
            "Group by one column at a time."
        )
    _refuse_other_index(effects, by)
    name = str(getattr(by, "name", None) or "group")
    order = _categories(by)
    values = by.tolist() if hasattr(by, "tolist") else list(by)
    if len(values) == effects.k:
        return name, values, order
    n_rows = len(effects.labels) or (0 if effects.source is None else len(effects.source))
    if len(values) == n_rows:
        return name, [values[i] for i in effects.row], order
    raise DataError(
        f"by has {len(values)} values; expected {effects.k} (one for each study pooled)"
        + (f" or {n_rows} (one for each row of the data)" if n_rows and n_rows != effects.k else "")
    )


def _categories(column: Any) -> tuple[str, ...]:
    """Labels of a pandas Categorical in its own order; nothing for other columns."""
    return tuple(label_text(c) for c in column.cat.categories) if hasattr(column, "cat") else ()


def row_groups(effects: Effects, by: Any, labels: tuple[str, ...]) -> tuple[str, ...]:
    """Group of every row of the data, studies that are not pooled included; "" where none is known.

    Parameters
    ----------
    effects : Effects
    by : str or array_like
        As :func:`group_labels` accepted it.
    labels : tuple of str, length k
        What it made of it.
    """
    n_rows = len(effects.labels) or (0 if effects.source is None else len(effects.source))
    values: list[Any] = []
    if isinstance(by, str) and effects.source is not None:
        values = effects.source[by].tolist()
    elif not isinstance(by, str):
        values = by.tolist() if hasattr(by, "tolist") else list(by)
    found = [label_text(value) for value in values] if len(values) == n_rows else [""] * n_rows
    for row, label in zip(effects.row.tolist(), labels, strict=True):
        if row < n_rows:
            found[row] = label
    return tuple(found)


def _refuse_other_index(effects: Effects, by: Any) -> None:
    """A Series is matched by position, so its index must be that of the data."""
    index, source = getattr(by, "index", None), effects.source
    if source is None or index is None or not hasattr(index, "equals"):  # a list's index is a method
        return
    if len(by) not in (len(source), effects.k):
        return  # told with the lengths
    if not (index.equals(source.index) or index.equals(source.index[effects.row])):
        raise DataError(
            "the Series given as by has another index than the data. Expected the same, so that each value "
            "meets its study. Pass the name of a column, or by=series.to_numpy() to match by position."
        )


def masks(labels: tuple[str, ...], groups: tuple[str, ...]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Membership, shape (groups, k)."""
    array = np.array(labels, dtype=object)
    return np.stack([array == group for group in groups])
