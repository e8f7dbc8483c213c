"""Which study belongs to which group."""

from __future__ import annotations

from typing import Any

import numpy as np

from k2meta.errors import DataError, nearest
from k2meta.studies.effects import Effects

__all__ = ["group_labels"]


def group_labels(effects: Effects, by: Any) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Resolve ``by`` to a name, one label for each pooled study, and the groups in order.

    Groups come in order of appearance; those of a pandas Categorical in the order of its categories.

    Raises
    ------
    DataError
        Unknown column (with the nearest name), wrong length, or a study without a group.
    """
    name, values, order = _values(effects, by)
    labels: list[str] = []
    missing: list[str] = []
    for value, study in zip(values, effects.study, strict=True):
        if value is None or value != value or str(value).strip() in ("", "<NA>", "NaT"):
            missing.append(study)
        labels.append(str(value))
    if missing:
        shown = ", ".join(repr(study) for study in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise DataError(
            f"{name}: no group for {shown}{more}; give each study a group, or leave those studies out "
            "before computing effects"
        )
    seen = tuple(dict.fromkeys(labels))
    groups = tuple(g for g in order if g in seen) if order else seen
    return name, tuple(labels), groups


def _values(effects: Effects, by: Any) -> tuple[str, list[Any], tuple[str, ...]]:
    if isinstance(by, str):
        source = effects.source
        columns = [] if source is None else [str(c) for c in source.columns]
        if source is None or by not in columns:
            close = nearest(by, columns)
            hint = f"; did you mean {close!r}?" if close else ""
            have = (
                f" The data have: {', '.join(columns)}."
                if columns
                else " The effects carry no data: give an array."
            )
            raise DataError(f"by={by!r} is not a column of the data{hint}{have}")
        column = source[by]
        order = tuple(str(c) for c in column.cat.categories) if hasattr(column, "cat") else ()
        return by, column.iloc[effects.row].tolist(), order
    name = str(getattr(by, "name", None) or "group")
    order = tuple(str(c) for c in by.cat.categories) if hasattr(by, "cat") else ()
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


def masks(labels: tuple[str, ...], groups: tuple[str, ...]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Membership, shape (groups, k)."""
    array = np.array(labels, dtype=object)
    return np.stack([array == group for group in groups])
