"""Effects: checked study-level effects and sampling variances, with where they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.records import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Conversion", "Effects", "ExcludedStudy"]

_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ExcludedStudy:
    """A row that takes no part in the analysis, and why.

    Attributes
    ----------
    row : int
        Position in the data as given (0 is the first).
    study : str
    reason : str
        ``"no events in either arm"``, ``"missing value in sd1"``, ``"retracted"`` ...
    """

    row: int
    study: str
    reason: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """A number that was not used as printed, and how it was converted.

    Attributes
    ----------
    row : int
    study : str
    target : str
        The role that was filled (``"sd1"``).
    method : str
        In words, with the source (``"SD = SE * sqrt(n)"``).
    inputs : mapping of str to float
        The numbers that went in.
    value : float
        The number that came out.
    """

    row: int
    study: str
    target: str
    method: str
    inputs: Mapping[str, float]
    value: float


@dataclass(frozen=True, eq=False, slots=True)
class Effects:
    """Study-level effects, ready to be pooled.

    Attributes
    ----------
    yi : ndarray, shape (k,)
        Effects on the analysis scale (log for ratios).
    vi : ndarray, shape (k,)
        Sampling variances on the same scale, > 0.
    study : tuple of str, length k
        Labels, for people; two studies may share one. ``"Study 3"`` where none was given.
    measure : str
        Code of the effect measure, ``"GEN"`` when unknown.
    row : ndarray of int, shape (k,)
        Position of each study in the data as given.
    roles : mapping of str to ndarray, each (n_rows,)
        The checked input columns, all rows, the excluded ones too.
    labels : tuple of str, length n_rows
        Labels of all rows.
    excluded : tuple of ExcludedStudy
        Rows that take no part, with their reasons.
    conversions : tuple of Conversion
        Every number that was converted on the way.
    options : mapping
        Measure options in words (``add``, ``to``, ``drop00``, ``vtype``, ``scale``).
    source : DataFrame or None
        The data as given.
    """

    yi: FloatArray
    vi: FloatArray
    study: tuple[str, ...]
    measure: str
    row: IntArray
    roles: Mapping[str, FloatArray] = field(default_factory=lambda: _EMPTY)
    labels: tuple[str, ...] = ()
    excluded: tuple[ExcludedStudy, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    options: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    source: pd.DataFrame | None = None

    @property
    def k(self) -> int:
        """Number of studies with an effect."""
        return int(self.yi.size)

    @property
    def sei(self) -> FloatArray:
        """Standard errors, shape (k,)."""
        out: FloatArray = np.sqrt(self.vi)
        return out

    def role(self, name: str) -> FloatArray | None:
        """One input column for the included studies, shape (k,); None when it was not given."""
        values = self.roles.get(name)
        return None if values is None else values[self.row]

    def subset(self, keep: BoolArray) -> Effects:
        """The same effects with only the studies where ``keep`` is true.

        ``roles``, ``labels`` and ``excluded`` keep referring to all rows of the data.
        """
        index = np.flatnonzero(keep)
        return replace(
            self,
            yi=self.yi[index],
            vi=self.vi[index],
            study=tuple(self.study[i] for i in index),
            row=self.row[index],
        )
