"""The order in which studies are taken: by a column, by effect, by precision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

import numpy as np

from k2meta.errors import DataError, nearest
from k2meta.records import FloatArray, IntArray
from k2meta.studies.effects import Effects

__all__ = ["study_order"]


def study_order(effects: Effects, order: Any, descending: bool = False) -> tuple[str, IntArray]:
    """Resolve ``order`` to a name and the positions of the studies, first to last.

    Parameters
    ----------
    effects : Effects
    order : str or array_like
        ``"data"``, ``"effect"``, ``"precision"``, a column of the data, or one value for each study.
    descending : bool
        The other way round; ties keep the order of the data all the same.

    Raises
    ------
    DataError
        Unknown column, wrong length, missing values, or values without an order.
    """
    if isinstance(order, str) and order == "data":
        name, keys = order, np.arange(effects.k, dtype=float)
    elif isinstance(order, str) and order == "effect":
        name, keys = order, effects.yi
    elif isinstance(order, str) and order == "precision":
        name, keys = order, effects.vi
    else:
        name, values = _values(effects, order)
        keys = _keys(effects, name, values)
    return name, np.argsort(-keys if descending else keys, kind="stable").astype(np.int64)


def _values(effects: Effects, order: Any) -> tuple[str, Any]:
    """One value for each pooled study, as a pandas Series."""
    import pandas as pd

    if isinstance(order, str):
        source = effects.data
        columns = [str(column) for column in source.columns]
        if order not in columns:
            known = ("data", "effect", "precision", *columns)
            close = nearest(order, known)
            hint = f"; did you mean {close!r}?" if close else "."
            raise DataError(
                f"order={order!r} is not a column of the data{hint} Known: {', '.join(known)}. Give a "
                "column, or one value for each study."
            )
        return order, source.iloc[:, columns.index(order)].iloc[effects.row]
    if isinstance(order, Iterator):
        order = list(order)
    if isinstance(order, Mapping | Set) or not isinstance(order, Iterable) or _dimensions(order) != 1:
        raise DataError(
            f"order is a {type(order).__name__}. Expected 'data', 'effect', 'precision', the name of a "
            "column, or one value for each study."
        )
    name = str(getattr(order, "name", None) or "values given")
    values = order if isinstance(order, pd.Series) else pd.Series(order)
    _refuse_other_index(effects, order)
    if len(values) == effects.k:
        return name, values
    n_rows = len(effects.labels) or (0 if effects.source is None else len(effects.source))
    if len(values) == n_rows:
        return name, values.iloc[effects.row]
    raise DataError(
        f"order has {len(values)} values. Expected {effects.k} (one for each study pooled)"
        + (f" or {n_rows} (one for each row of the data)" if n_rows and n_rows != effects.k else "")
        + ". Give a value to each."
    )


def _dimensions(values: Any) -> int:
    # a DataFrame lists its columns' names, not its values
    known = getattr(values, "ndim", None)
    if isinstance(known, int):
        return known
    return 2 if any(isinstance(value, list | tuple | np.ndarray) for value in values) else 1


def _refuse_other_index(effects: Effects, order: Any) -> None:
    """A Series is matched by position, so its index must be that of the data."""
    index: Any = getattr(order, "index", None)
    source = effects.source
    if source is None or not hasattr(index, "equals") or len(order) not in (len(source), effects.k):
        return
    if not (index.equals(source.index) or index.equals(source.index[effects.row])):
        raise DataError(
            "the Series given as order has another index than the data. Expected the same, so that each "
            "value meets its study. Pass the name of a column, or order=series.to_numpy() to match by "
            "position."
        )


def _keys(effects: Effects, name: str, values: Any) -> FloatArray:
    """Numbers that sort as the values do, shape (k,)."""
    missing = np.flatnonzero(np.asarray(values.isna()))
    if missing.size:
        shown = ", ".join(repr(effects.study[i]) for i in missing[:5])
        more = f" and {missing.size - 5} more" if missing.size > 5 else ""
        raise DataError(
            f"order by {name}: no value for {shown}{more}. Expected a value for each study pooled. Fill it "
            "in, or leave those studies out with exclude= of effect_sizes."
        )
    if hasattr(values, "cat"):
        if not values.cat.ordered:
            raise DataError(
                f"order by {name}: the categories {list(values.cat.categories)} have no order. Expected "
                "numbers, dates or an ordered Categorical. Use series.cat.as_ordered() if their order is "
                "meant."
            )
        return np.asarray(values.cat.codes, dtype=float)
    if values.dtype.kind == "M":
        return _ranks(values.to_numpy())
    first = next((value for value in values if isinstance(value, str)), None)
    if first is not None:
        raise DataError(
            f"order by {name}: {first!r} is text. Expected numbers, dates or an ordered Categorical. Convert "
            "the column (pandas.to_numeric, pandas.to_datetime), or give an array of ranks."
        )
    try:
        if values.dtype.kind == "c":
            raise TypeError
        return _ranks(np.asarray(values.tolist()))
    except (TypeError, ValueError):
        raise DataError(
            f"order by {name}: {values.iloc[0]!r} cannot be compared with the others. Expected numbers, "
            "dates or an ordered Categorical, one for each study."
        ) from None


def _ranks(values: Any) -> FloatArray:
    # ranks, so that dates and integers beyond 2^53 keep their order
    return np.unique(values, return_inverse=True)[1].astype(float)
