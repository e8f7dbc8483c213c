"""Arrays of numbers of any shape, read as strictly as columns are."""

from __future__ import annotations

from typing import Any

import numpy as np

from k2meta.errors import DataError
from k2meta.records import FloatArray
from k2meta.studies.cell_text import TEXT_REMEDIES, text_fault
from k2meta.studies.columns import is_missing
from k2meta.studies.problems import shown

__all__ = ["ascending_array", "number_array"]

_REFUSED = {"b": "true/false values", "c": "complex numbers", "m": "durations", "M": "dates"}


def number_array(name: str, values: Any) -> FloatArray:
    """Read numbers of any shape; what is missing (None, pandas.NA, masked) becomes NaN.

    Parameters
    ----------
    name : str
        For messages.
    values : array_like
        Numbers, nested lists of them, an array, a Series or a DataFrame.

    Returns
    -------
    ndarray of float
        Not copied when it is one already.

    Raises
    ------
    DataError
        For text (also ``"12"``), booleans, complex numbers, dates, and lists of unequal length.

    Examples
    --------
    >>> number_array("se", [1, None]).tolist()
    [1.0, nan]
    """
    try:
        array = values if isinstance(values, np.ndarray) else np.asarray(values)
    except (TypeError, ValueError):
        raise DataError(
            f"{name} holds lists of unequal length. Expected one number in every place. Fill gaps with None."
        ) from None
    if array.dtype.kind in "US" and not isinstance(values, np.ndarray):
        array = np.asarray(values, dtype=object)  # numbers beside a text have become text
    if isinstance(array, np.ma.MaskedArray):
        array = np.ma.filled(array.astype(np.float64), np.nan) if array.dtype.kind in "fiu" else array.data
    kind = array.dtype.kind
    if kind in "fiu":
        return np.asarray(array, dtype=np.float64)
    if kind in _REFUSED:
        raise DataError(f"{name} holds {_REFUSED[kind]}. Expected numbers. Convert them first.")
    out = np.full(array.shape, np.nan)
    for place, item in np.ndenumerate(array):
        if not is_missing(item):
            out[place] = _number(item, f"{name}{list(place) if place else ''}")
    return out


def _number(item: Any, where: str) -> float:
    if isinstance(item, str):
        raise DataError(f"{where} is the text {shown(str(item))}. Expected a number. {_remedy(item)}")
    if isinstance(item, (list, tuple, np.ndarray)):
        raise DataError(
            f"{where} is a list of another length than its neighbours, or no list like them. Expected one "
            "number in every place. Fill gaps with None."
        )
    if isinstance(item, (bool, bytes, complex)):
        raise DataError(f"{where} is {shown(item)}. Expected a number. Convert it first.")
    try:
        return float(item)
    except OverflowError:
        return float("inf")
    except (TypeError, ValueError):
        raise DataError(f"{where} is {shown(item)}. Expected a number. Convert it first.") from None


def _remedy(text: str) -> str:
    return TEXT_REMEDIES[text_fault(text)]


def ascending_array(name: str, values: Any, remedy: str, least: int = 1) -> FloatArray:
    """Read finite numbers in ascending order, as a copy.

    Raises
    ------
    DataError
        With the first place that is wrong, and the remedy.

    Examples
    --------
    >>> ascending_array("grid", [0, 1, 1], "Sort it.").tolist()
    [0.0, 1.0, 1.0]
    """
    array = np.array(number_array(name, values))
    fault = ""
    if array.ndim != 1:
        fault = f"has the shape {array.shape}"
    elif array.size < least:
        fault = f"has {array.size} {'value' if array.size == 1 else 'values'}"
    elif not np.isfinite(array).all():
        i = int(np.argmin(np.isfinite(array)))
        fault = f"has {array[i]} at position {i}"
    elif (np.diff(array) < 0).any():
        i = int(np.argmax(np.diff(array) < 0))
        fault = f"falls from {array[i]:g} to {array[i + 1]:g} at position {i + 1}"
    if fault:
        raise DataError(f"{name} {fault}. Expected {least} or more finite numbers, ascending. {remedy}")
    return array
