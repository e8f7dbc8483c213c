"""Which studies to pool: the choices of a specification curve, as masks."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from k2meta.analysis.grouping import group_labels
from k2meta.analysis.subsets import distinct_labels
from k2meta.errors import DataError, OptionError, unknown_option
from k2meta.records import BoolArray
from k2meta.studies.effects import Effects

__all__ = ["ALL_STUDIES", "Choice", "as_sequence", "study_choices"]

ALL_STUDIES = "all studies"
# Factors and answers of a specification, and what figures add to them; a column of the data with such a
# name gets "by" before it.
_TAKEN = (
    "effects", "model", "test", "studies",
    "estimate", "se", "ci_low", "ci_high", "p_value", "k", "tau2", "i2",
    "rank", "natural", "natural_low", "natural_high", "significant",
)  # fmt: skip
MOST_CHOICES = 200_000


@dataclass(frozen=True, eq=False, slots=True)
class Choice:
    """One choice of studies.

    Attributes
    ----------
    options : mapping of str to str
        Factor to option: ``"studies"`` and the grouping columns.
    mask : ndarray of bool, shape (k,)
        Who is in.
    """

    options: Mapping[str, str]
    mask: BoolArray

    @property
    def name(self) -> str:
        """The options in words."""
        told = [f"{factor}: {option}" for factor, option in self.options.items()]
        return ", ".join(told)


def as_sequence(name: str, given: Any) -> tuple[Any, ...]:
    """One option or several as a tuple.

    Raises
    ------
    OptionError
        For a mapping, a set (which has no order), or anything else that is neither.
    """
    if isinstance(given, str | int | float):
        return (given,)
    if isinstance(given, Sequence) or (isinstance(given, np.ndarray) and given.ndim == 1):
        return tuple(given)
    raise OptionError(f"{name} is a {type(given).__name__}. Expected one option or a list of them.")


def study_choices(
    effects: Effects, subsets: Any, by: tuple[Any, ...], min_studies: int
) -> tuple[tuple[Choice, ...], list[str]]:
    """All different choices of studies, and why the other combinations are none.

    Parameters
    ----------
    effects : Effects
    subsets : "all but one", mapping of str to mask, or None
    by : tuple of str
        Columns of the data.
    min_studies : int

    Returns
    -------
    tuple of Choice, list of str
        The choices, "all studies" first, and a line for each combination that was left out.
    """
    factors = {"studies": _named_masks(effects, subsets, bool(by))}
    for column in by:
        if not isinstance(column, str):
            raise OptionError(
                f"by holds a {type(column).__name__}. Expected names of columns of the data. Give arrays as "
                "subsets={name: mask}."
            )
        factor = f"by {column}" if column in _TAKEN else column
        if factor in factors:
            raise OptionError(f"by names {column!r} twice. Expected each column once.")
        factors[factor] = _group_masks(effects, column)
    if len(factors["studies"]) == 1 and len(factors) > 1:
        del factors["studies"]
    count = int(np.prod([len(options) for options in factors.values()], dtype=float))
    if count > MOST_CHOICES:
        raise OptionError(
            f"by and subsets combine to {count:,} choices of studies. Expected at most {MOST_CHOICES:,}. "
            "Give fewer columns, or columns with fewer groups."
        )
    kept: list[Choice] = []
    first: dict[bytes, Choice] = {}
    left_out: list[str] = []
    for combination in itertools.product(*(options.items() for options in factors.values())):
        names = dict(zip(factors, (name for name, _ in combination), strict=True))
        choice = Choice(names, np.logical_and.reduce([mask for _, mask in combination]))
        size = int(choice.mask.sum())
        if size < min_studies:
            left_out.append(f"{choice.name}: {size} of at least {min_studies} studies")
            continue
        twin = first.setdefault(choice.mask.tobytes(), choice)
        if twin is choice:
            kept.append(choice)
        else:
            left_out.append(f"{choice.name}: the same studies as {twin.name}")
    return tuple(kept), left_out


def _named_masks(effects: Effects, subsets: Any, grouped: bool) -> dict[str, BoolArray]:
    k = effects.k
    out: dict[str, BoolArray] = {ALL_STUDIES: np.ones(k, dtype=bool)}
    if subsets is None and grouped:
        return out
    if subsets is None or (isinstance(subsets, str) and subsets == "all but one"):
        names = distinct_labels(effects.study)
        return out | {f"without {name}": np.arange(k) != i for i, name in enumerate(names)}
    if not isinstance(subsets, Mapping):
        raise unknown_option("choice of subsets", subsets, ("all but one", "a mapping of names to masks"))
    for name, values in subsets.items():
        if not isinstance(name, str) or name == ALL_STUDIES:
            raise OptionError(f"subsets has the name {name!r}. Expected a text other than {ALL_STUDIES!r}.")
        out[name] = _checked_mask(effects, name, values)
    return out


def _checked_mask(effects: Effects, name: str, values: Any) -> BoolArray:
    mask = np.asarray(values)
    n_rows = len(effects.labels) or (0 if effects.source is None else len(effects.source))
    fits = mask.ndim == 1 and mask.size in {effects.k, n_rows}
    if mask.dtype != np.bool_ or not fits:
        rows = f", or {n_rows}, one for each row of the data" if n_rows not in (0, effects.k) else ""
        raise DataError(
            f"subsets[{name!r}] has the shape {mask.shape} and type {mask.dtype}. Expected {effects.k} "
            f"booleans, one for each study with an effect{rows}. Compare an array of that length, as in "
            "effects.role('n1') > 100."
        )
    out: BoolArray = mask if mask.size == effects.k else mask[effects.row]
    return out


def _group_masks(effects: Effects, column: str) -> dict[str, BoolArray]:
    _, labels, groups = group_labels(effects, column)
    values = np.array(labels, dtype=object)
    out: dict[str, BoolArray] = {"all": np.ones(effects.k, dtype=bool)}
    others = {f"not {group}": group for group in groups} if len(groups) > 2 else {}
    for group in groups:
        name = group
        while name in out or name in others or (name != group and name in groups):
            name = f"only {name}"
        out[name] = np.asarray(values == group, dtype=bool)
    return out | {name: np.asarray(values != group, dtype=bool) for name, group in others.items()}
